"""Entities for those who read an earlier version of the standard (ETSI GS CIM 009 V1.9.1, 4.3.6.8)."""

from typing import Any

import pytest

from quanyu.twin.ngsild.document.conformance import conformant_body, conformant_document, parse_version

OF_1_9: dict[str, Any] = {
    "name": {"type": "LanguageProperty", "languageMap": {"en": "Lamp"}},
    "raw": {"type": "JsonProperty", "json": {"id": 1}},
    "kind": {"type": "VocabProperty", "vocab": "Street"},
    "shifts": {"type": "ListProperty", "valueList": [1, 2]},
    "route": {"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}]},
    "power": [
        {"type": "Property", "value": 2, "datasetId": "urn:x:d", "unitCode": "WTT"},
        {
            "type": "Property",
            "value": 1,
            "valueType": "int",
            "by": {"type": "VocabProperty", "vocab": "Meter"},
        },
    ],
    "owner": {"type": "Relationship", "object": "urn:x:2", "objectType": "Firm"},
}


def test_the_newest_version_is_told_as_it_is() -> None:
    assert conformant_document(OF_1_9, (1, 9), str) == OF_1_9


def test_kinds_that_came_later_are_told_as_properties_and_relationships() -> None:
    made = conformant_document(OF_1_9, (1, 7), str.upper)
    assert made["name"] == OF_1_9["name"]
    assert made["raw"] == {"type": "Property", "value": {"id": 1}}
    assert made["kind"] == {"type": "Property", "value": "STREET"}
    assert made["shifts"] == {"type": "Property", "value": [1, 2]}
    assert made["route"] == {"type": "Relationship", "object": ["urn:x:1"]}
    assert made["owner"] == {"type": "Relationship", "object": "urn:x:2"}
    assert made["power"][1] == {"type": "Property", "value": 1, "by": {"type": "Property", "value": "METER"}}


def test_the_first_version_knows_one_instance_and_no_unit() -> None:
    made = conformant_document(OF_1_9, (1, 0), str)
    assert made["name"] == {"type": "Property", "value": {"en": "Lamp"}}
    assert made["power"]["value"] == 1


@pytest.mark.parametrize(("text", "version"), [("1.5", (1, 5)), ("1", None), ("1.x", None), ("1.5.1", None)])
def test_a_version_is_major_and_minor(text: str, version: tuple[int, int] | None) -> None:
    assert parse_version(text) == version


def test_what_is_sent_to_a_source_is_of_its_version() -> None:
    """4.3.6.6, ngsildConformance."""
    entity = {
        "id": "urn:x:1",
        "type": ["A", "B"],
        "scope": "/a",
        "a": {"type": "VocabProperty", "vocab": "x"},
    }
    assert conformant_body([entity], (1, 2)) == [
        {"id": "urn:x:1", "type": "A", "a": {"type": "Property", "value": "x"}}
    ]
    assert conformant_body({"type": "JsonProperty", "json": 1}, (1, 7)) == {"type": "Property", "value": 1}
