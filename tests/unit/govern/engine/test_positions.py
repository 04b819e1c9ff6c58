"""Where records lie, however their columns are called and whatever their figures count."""

import json
from typing import Any

import pyproj
import pytest

from quanyu.core.province_boxes import province_box
from tests.unit.govern.engine.conftest import Imported, Importer

POINTS = [(118.70 + number / 500, 31.90 + number / 700) for number in range(60)]


def table(head: str, rows: list[tuple[float, float]], digits: int = 6) -> str:
    lines = [f"P{number},{a:.{digits}f},{b:.{digits}f}" for number, (a, b) in enumerate(rows)]
    return "\n".join([f"编号,{head}", *lines]) + "\n"


def metres(crs: str, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    move = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return [move.transform(*point) for point in points]


def first_place(done: Imported) -> Any:
    line = done.entities[0].splitlines()[0]
    start = line.index('{""type"":""Point"')
    return json.loads(line[start : line.index("}", start) + 1].replace('""', '"'))["coordinates"]


def told(done: Imported) -> list[str]:
    return [fault.key for fault in done.report.faults]


@pytest.mark.parametrize("head", ["经度,纬度", "X,Y"])
def test_exchanged_columns_are_read_as_their_values_say_and_it_is_told(imported: Importer, head: str) -> None:
    done = imported(table(head, [(y, x) for x, y in POINTS]))
    assert told(done) == ["govern.engine.place.exchanged"]
    assert first_place(done) == pytest.approx(POINTS[0])


def test_where_both_could_be_either_the_region_decides(imported: Importer) -> None:
    text = table("经度,纬度", [(43.8 + n / 900, 87.6 + n / 900) for n in range(60)])
    assert told(imported(text)) == []
    assert told(imported(text, home=province_box("650100"))) == ["govern.engine.place.exchanged"]


def test_a_single_exchanged_record_goes_to_quarantine_and_says_so(imported: Importer) -> None:
    rows = [(y, x) if number == 7 else (x, y) for number, (x, y) in enumerate(POINTS)]
    done = imported(table("经度,纬度", rows))
    assert (done.report.accepted, done.report.quarantined) == (59, 1)
    ((faults,),) = done.rows("quarantine", "_faults")
    assert "inside_region:exchanged" in [fault["reason"] for fault in faults]


def test_metres_with_their_zone_in_front_are_placed(imported: Importer) -> None:
    rows = [(north, east) for east, north in metres("EPSG:4528", POINTS)]
    done = imported(table("X坐标,Y坐标", rows, 3))
    assert done.report.mapping is not None
    assert done.report.mapping.crs == "EPSG:4528"
    assert told(done) == ["govern.engine.place.projected.used"]
    assert first_place(done) == pytest.approx(POINTS[0], abs=1e-6)


@pytest.mark.parametrize(("region", "crs", "word"), [
    ("310000", "EPSG:4549", "used"), ("230000", "EPSG:4326", "unknown"), (None, "EPSG:4326", "unknown"),
])  # fmt: skip
def test_metres_without_a_zone_are_placed_where_the_region_leaves_one_meridian(
    imported: Importer, region: str | None, crs: str, word: str
) -> None:
    rows = metres("EPSG:4549", [(121.4 + n / 900, 31.2) for n in range(60)])
    done = imported(table("横坐标,纵坐标", rows, 3), home=province_box(region))
    assert done.report.mapping is not None
    assert done.report.mapping.crs == crs
    assert told(done) == [f"govern.engine.place.projected.{word}"]


def test_metres_that_fit_several_meridians_are_not_placed_but_told(imported: Importer) -> None:
    done = imported(table("X,Y", metres("EPSG:4549", POINTS), 3), home=province_box("320100"))
    (fault,) = done.report.faults
    assert fault.key == "govern.engine.place.projected.several"
    assert "EPSG:4549" in str(fault.values["candidates"])
    assert done.report.mapping is not None
    assert done.report.mapping.longitude is None


def test_degrees_minutes_and_seconds_are_read(imported: Importer) -> None:
    rows = ["编号,经度,纬度", *(f"P{n},118°{40 + n}′30″E,N31°{n}.5′" for n in range(9)), "P9,118.9,31.9"]
    done = imported("\n".join(rows) + "\n")
    assert [profile.format for profile in done.report.columns] == [None, "dms", "dms"]
    assert first_place(done) == pytest.approx([118.675, 31.0083333])


def shapes(points: list[tuple[float, float]]) -> str:
    return "编号,geom\n" + "\n".join(f"P{n},POINT({x:.2f} {y:.2f})" for n, (x, y) in enumerate(points)) + "\n"


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4528"])
def test_geometries_in_metres_that_nobody_declared_are_read_by_their_size(
    imported: Importer, crs: str
) -> None:
    points = [(x + 1.4, y) for x, y in POINTS]
    done = imported(shapes(metres(crs, points)))
    assert told(done) == ["govern.engine.place.shapes.used"]
    assert done.report.mapping is not None
    assert done.report.mapping.crs == crs
    assert first_place(done) == pytest.approx(points[0], abs=1e-6)


def test_geometries_beyond_the_globe_give_no_place(imported: Importer) -> None:
    done = imported(shapes([(500_000 + n, 12_000) for n in range(20)]))
    assert set(told(done)) == {"govern.engine.place.shapes.unknown", "govern.engine.place.none"}
    assert "Point" not in done.entities[0]
