"""Accepted records become entities in the twin's COPY format."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from quanyu.core.coordinates import gcj02_from_wgs84
from quanyu.core.errors import Invalid
from quanyu.govern.engine.model import AttributeSource, EntityMapping

Importer = Callable[..., Any]
Row = list[str]


def _entities(done: Any) -> list[Row]:
    return [row for text in done.entities for row in csv.reader(StringIO(text, newline=""))]


def _mapping(**more: Any) -> EntityMapping:
    return EntityMapping(
        **{
            "type": "Lamp",
            "key": ("id",),
            "attributes": (AttributeSource(attribute="power", column="w", unit="WTT"),),
            **more,
        }
    )


def test_an_entity_has_its_attributes_in_normalized_form(imported: Importer) -> None:
    done = imported(
        'id,w,name,lon,lat\nL 1,70.5,"灯 ""一""",114.3,22.7\nL2,,,114.4,22.8\n',
        mapping=_mapping(name="name", longitude="lon", latitude="lat"),
    )
    first, second = _entities(done)
    assert first[:2] == ["urn:ngsi-ld:Lamp:things:L%201", "Lamp"]
    assert json.loads(first[2]) == {
        "name": {"type": "Property", "value": '灯 "一"'},
        "power": {"type": "Property", "value": 70.5, "unitCode": "WTT"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [114.3, 22.7]}},
    }
    assert [float(side) for side in first[3:7]] == [114.3, 22.7, 114.3, 22.7]
    assert json.loads(second[2]).keys() == {"location"}


def test_many_entities_are_several_files_in_the_order_of_their_ids(
    imported: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quanyu.govern.engine.entities.AT_ONCE", 2048)
    text = "id,w\n" + "".join(f"L{n * 7919 % 5000},{n}\n" for n in range(5000))
    done = imported(text, mapping=_mapping())
    assert [len(file.splitlines()) for file in done.entities] == [2048, 2048, 904]
    ids = [row[0] for row in _entities(done)]
    assert ids == sorted(f"urn:ngsi-ld:Lamp:things:L{n}" for n in range(5000))


def test_of_observations_the_newest_is_the_entity_and_times_are_utc(imported: Importer) -> None:
    text = "id,w,seen\nA,1,2020-01-02 08:00:00\nA,2,2020-01-03 08:00:00\nB,3,2020-01-01 00:30:00\nA,4,2020-01-01 08:00:00\n"
    rows = sorted(_entities(imported(text, mapping=_mapping(time="seen"))))
    assert [(row[0][-1], row[7]) for row in rows] == [
        ("A", "2020-01-03T00:00:00Z"),
        ("B", "2019-12-31T16:30:00Z"),
    ]
    assert json.loads(rows[0][2])["power"] == {
        "type": "Property",
        "value": 2,
        "unitCode": "WTT",
        "observedAt": "2020-01-03T00:00:00Z",
    }


def test_refused_records_are_no_entities(imported: Importer) -> None:
    text = (
        "id,w,lon,lat\n" + "".join(f"{i},1,{114.3 + i / 1000:.4f},22.7\n" for i in range(30)) + "99,1,0,0\n"
    )
    done = imported(text, mapping=_mapping(longitude="lon", latitude="lat"))
    assert done.report.quarantined == 1
    assert done.report.entities == 30


@pytest.mark.parametrize("declared", ["GCJ-02", "BD-09", "EPSG:4490", "EPSG:4547"])
def test_other_coordinate_systems_end_as_wgs84(imported: Importer, declared: str) -> None:
    x, y = {
        "GCJ-02": gcj02_from_wgs84(114.3, 22.7),
        "BD-09": (114.3115, 22.7033),
        "EPSG:4490": (114.3, 22.7),
        "EPSG:4547": (530824.4, 2511346.1),
    }[declared]
    done = imported(
        f"id,w,x,y\nA,1,{x},{y}\n", mapping=_mapping(longitude="x", latitude="y", crs=declared), suggest=False
    )
    ((_, _, _, lon, lat, *_),) = _entities(done)
    assert (float(lon), float(lat)) == pytest.approx((114.3, 22.7), abs=2e-3 if declared == "BD-09" else 1e-4)


def test_an_unknown_coordinate_system_is_said_so(imported: Importer) -> None:
    with pytest.raises(Invalid, match="Mars"):
        imported("id,w,x,y\nA,1,2,3\n", mapping=_mapping(longitude="x", latitude="y", crs="Mars"))


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ('"(22.7, 114.3)"', [114.3, 22.7, 114.3, 22.7]),
        ('"114.3,22.7"', [114.3, 22.7, 114.3, 22.7]),
        ('"POLYGON ((114 22, 115 22, 115 23, 114 22))"', [114, 22, 115, 23]),
        ('"{""type"":""LineString"",""coordinates"":[[114,22],[115,23,8]]}"', [114, 22, 115, 23]),
    ],
)
def test_geometry_may_be_a_pair_or_wkt_or_geojson(imported: Importer, text: str, box: list[float]) -> None:
    done = imported(f"id,w,shape\nA,1,{text}\nB,1,nothing\n", mapping=_mapping(geometry="shape"))
    placed, unplaced = sorted(_entities(done))
    assert [float(side) for side in placed[3:7]] == box
    assert json.loads(placed[2])["location"]["type"] == "GeoProperty"
    assert "location" not in json.loads(unplaced[2])


def test_heights_stay_where_places_are_moved(imported: Importer) -> None:
    done = imported(
        'id,g\nL1,"POINT Z (114.3 22.7 8.5)"\nL2,"POINT (114.4 22.8)"\n',
        mapping=_mapping(attributes=(), geometry="g", crs="GCJ-02"),
    )
    first, second = (json.loads(row[2])["location"]["value"]["coordinates"] for row in _entities(done))
    assert first[2:] == [8.5]
    assert gcj02_from_wgs84(*first[:2]) == pytest.approx((114.3, 22.7), abs=1e-6)
    assert len(second) == 2


def test_a_text_that_is_no_geometry_is_refused_with_its_reason(imported: Importer) -> None:
    good = "".join(f'L{n},"POINT (114.{n} 22.7)"\n' for n in range(10, 40))
    done = imported(
        f'id,shape\n{good}A,"POLYGON ((0 0, 1 1, 1 0))"\nB,\n',
        mapping=_mapping(attributes=(), geometry="shape"),
    )
    ((line, faults),) = done.rows("quarantine", "_line, _faults")
    assert (line, [fault["rule"] for fault in faults]) == (32, ["geometry:shape"])
    assert done.report.rules["geometry:shape"] == 1
    assert not any(fault.key == "govern.engine.place.none" for fault in done.report.faults)


def test_a_place_beyond_the_globe_is_counted_with_its_line(imported: Importer) -> None:
    done = imported(
        'id,shape\nA,"SRID=4326;POINT (114.3 22.7)"\nB,"POINT (214.3 22.7)"\nC,\n',
        mapping=_mapping(attributes=(), geometry="shape"),
    )
    (told,) = [fault for fault in done.report.faults if fault.key == "govern.engine.place.none"]
    assert told.values == {"count": 1, "columns": "shape", "lines": "3"}
    assert [bool(row[3]) for row in sorted(_entities(done))] == [True, False, False]
