import json
from typing import Any

import pytest

from quanyu.core.errors import Invalid
from quanyu.govern.mapping.entity import entity_mapping
from quanyu.govern.mapping.file import check_mapping, parse_mapping, read_mapping
from quanyu.govern.mapping.model import MappedColumn, Mapping, Part
from quanyu.govern.standards.built_in import data_models
from quanyu.govern.standards.model import DatasetKind

MAPPING = Mapping(
    type="OffStreetParking",
    model="OffStreetParking",
    kind=DatasetKind.OBSERVATIONS,
    key=("code",),
    time="at",
    crs="GCJ-02",
    columns=(
        MappedColumn(column="code", attribute="parkingCode"),
        MappedColumn(column="free", attribute="availableSpotNumber", unit="C62"),
        MappedColumn(column="x", attribute="location", part=Part.LONGITUDE),
        MappedColumn(column="y", attribute="location", part=Part.LATITUDE),
        MappedColumn(column="note"),
    ),
)


def test_all_faults_of_a_mapping_are_named_at_once() -> None:
    text = json.dumps(
        {
            "type": "no good",
            "model": "Parkhaus",
            "kind": "observations",
            "key": ["code", "gone"],
            "crs": "moon",
            "columns": [{"column": "code", "attribute": "a"}, {"column": "code", "attribute": "a"}],
        }
    )
    with pytest.raises(Invalid) as caught:
        parse_mapping(text, columns=["code"], models=data_models())
    assert [fault.where for fault in caught.value.faults] == [
        "/model", "/type", "/crs", "/time", "/key/1",
        "/columns/0/column", "/columns/0/attribute", "/columns/1/column", "/columns/1/attribute",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"type": 3}', '{"type": "A", "kind": "both"}', "\xff"])
def test_what_is_no_mapping_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_mapping(text, columns=[], models=data_models())
    assert caught.value.key == "govern.mapping.unreadable"


def test_the_engine_gets_attributes_without_parts_and_columns_left_out() -> None:
    made = entity_mapping(MAPPING)
    assert made is not None
    assert (made.longitude, made.latitude, made.crs, made.time) == ("x", "y", "GCJ-02", "at")
    assert [(one.attribute, one.column, one.unit, one.observed_at) for one in made.attributes] == [
        ("parkingCode", "code", None, "at"),
        ("availableSpotNumber", "free", "C62", "at"),
    ]


def test_records_without_a_key_become_no_entities() -> None:
    assert entity_mapping(Mapping(type="A")) is None


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"crs": "EPSG:99999"}, "/crs"),
        ({"columns": [{"column": "code", "attribute": "id"}]}, "/columns/0/attribute"),
        ({"columns": [{"column": "code", "attribute": 'a"b'}]}, "/columns/0/attribute"),
        ({"columns": [{"column": "code", "attribute": "location", "part": "longitude"}]}, "/columns"),
        ({"time": "code"}, "/time"),
    ],
)
def test_what_no_import_could_follow_is_refused_at_once(changes: dict[str, Any], where: str) -> None:
    mapping = read_mapping(json.dumps({"type": "A", "key": ["code"]} | changes))
    with pytest.raises(Invalid) as caught:
        check_mapping(mapping, columns=["code"], models=[], dated={"at"})
    assert [fault.where for fault in caught.value.faults] == [where]
