"""The processes as functions of SQL, apart from the SQL: tables in, a table out."""

from typing import Any

import msgspec
import pytest

from quanyu.compute import RoadGraph
from quanyu.compute.processes import PROCESSES, execute, process_of
from quanyu.compute.tables import FUNCTIONS, Rows, TableFunction, function_named
from quanyu.core.errors import Invalid, TooLarge

HERE, THERE, BEYOND = (
    {"ID": name, "lon": lon, "lat": lat, "beds": 3}
    for name, lon, lat in (("a", 121.5, 31.2), ("b", 121.505, 31.203), ("c", 121.503, 31.2))
)


def called(name: str, graph: RoadGraph | None, *tables: Rows, **values: object) -> list[dict[str, Any]]:
    function = function_named(name)
    assert function is not None
    function.check(len(tables), values)
    read = function.read(tables)
    run = execute(process_of(function.process), graph, {**function.inputs(*read), **values})
    rows: list[dict[str, Any]] = function.table(run.outputs, read).to_pylist()
    return rows


def test_every_process_is_a_function_that_knows_all_of_its_inputs() -> None:
    assert [one.process for one in FUNCTIONS] == [one.id for one in PROCESSES]
    for one in FUNCTIONS:
        form = {field.name for field in msgspec.structs.fields(process_of(one.process).inputs)}
        assert {*one.inputs(*one.read([()] * len(one.takes))), *one.values} == form


def test_times_have_the_names_of_both_rows(town: RoadGraph) -> None:
    rows = called("travel_times", town, [HERE], [HERE, THERE], limit=3600)
    assert [(one["source"], one["target"]) for one in rows] == [("a", "a"), ("a", "b")]
    assert rows[0]["seconds"] == 0
    assert rows[1]["seconds"] == pytest.approx(5 * 9.51 + 3 * 11.12, rel=0.01)


def test_ways_and_areas_are_geojson(town: RoadGraph) -> None:
    (way,) = called("route", town, [HERE], [THERE])
    (area,) = called("isochrone", town, [HERE], seconds=30)
    assert way["line"].startswith('{"type":"LineString"')
    assert area["area"].startswith('{"type":"Polygon"')


def test_tracks_tours_and_stations_name_the_rows_they_speak_of(town: RoadGraph) -> None:
    fixes = [{**HERE, "at": f"2026-05-01T08:00:{second:02d}Z"} for second in (0, 9)]
    assert [one["fix"] for one in called("lay_track", town, fixes)] == ["a", "a"]
    assert {one["stop"] for one in called("tours", town, [HERE, THERE, BEYOND])} == {"b", "c"}
    demand = [{**THERE, "weight": 2}, {**HERE, "weight": 1}]
    (site,) = called("station_siting", town, [HERE, THERE], demand, seconds=10, more=1)
    assert (site["candidate"], site["before"], site["after"]) == ("b", 0, pytest.approx(2 / 3))
    (other,) = called("station_siting", town, [HERE], [HERE, THERE], [THERE], seconds=10, more=1)
    assert (other["before"], other["after"]) == (0.5, 1)


def test_a_series_goes_on_by_its_name() -> None:
    values = [{"series": name, "value": value} for name in "xy" for value in [1.0, 2.0] * 70]
    rows = called("forecast", None, values, day=2, ahead=1)
    assert [one["series"] for one in rows] == ["x", "y"]
    assert rows[0]["low"] <= rows[0]["value"] <= rows[0]["high"]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.name)
def test_what_does_not_fit_is_refused(function: TableFunction) -> None:
    with pytest.raises(Invalid, match=function.name):
        function.check(0, ())
    with pytest.raises(Invalid, match=function.name):
        function.check(len(function.takes), ("nonsense",))
    with pytest.raises(Invalid, match=r"lon|value"):
        function.read([[{"beds": 1}]])
    with pytest.raises(TooLarge):
        function.read([[HERE] * (function.takes[0].most + 1)])
