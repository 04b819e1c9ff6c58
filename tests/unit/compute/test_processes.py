import pytest

from quanyu.compute import RoadGraph
from quanyu.compute.city_roads import NETWORKS
from quanyu.compute.http import execute_process, list_runs, show_run
from quanyu.compute.processes import PROCESSES, execute, process_of
from quanyu.compute.segments import network, segment_of
from quanyu.core.actor import Actor, ActorKind, Resource, anonymous
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.identity import allowed
from quanyu.packs.testing import City
from tests.unit.packs.conftest import city

__all__ = ["city"]

HERE, THERE = [121.5, 31.2], [121.505, 31.203]


def test_times_and_route_agree(town: RoadGraph) -> None:
    times = execute(process_of("travel-times"), town, {"sources": [HERE], "targets": [THERE]})
    way = execute(process_of("route"), town, {"source": HERE, "target": THERE})
    assert times.outputs["seconds"][0][0] == pytest.approx(way.outputs["seconds"], abs=0.1)
    assert way.outputs["line"]["coordinates"][0] == HERE
    assert times.metrics["edges"] == len(town.ids)


def test_an_isochrone_is_an_area_and_a_track_is_laid(town: RoadGraph) -> None:
    assert (
        execute(process_of("isochrone"), town, {"source": HERE, "seconds": 30}).outputs["area"]["type"]
        == "Polygon"
    )
    fixes = [
        {"lon": 121.5 + step / 2000, "lat": 31.20002, "at": f"2026-05-01T08:00:{step:02d}Z"}
        for step in range(9)
    ]
    assert len(execute(process_of("lay-track"), town, {"fixes": fixes}).outputs["laid"]) == 9


def test_plans_and_forecasts_are_processes_too(town: RoadGraph) -> None:
    stations = {"candidates": [HERE, THERE], "demand": [THERE, THERE, HERE], "seconds": 10, "more": 1}
    sited = execute(process_of("station-siting"), town, stations).outputs
    assert (sited["chosen"], sited["before"], round(sited["after"], 3)) == ([1], 0, 0.667)
    planned = execute(process_of("tours"), town, {"places": [HERE, THERE, [121.503, 31.2]]}).outputs
    assert sorted(planned["tours"][0]) == [1, 2]
    told = execute(process_of("forecast"), None, {"values": [[1.0, 2.0] * 70], "day": 2, "ahead": 1}).outputs
    assert told["values"][0] == pytest.approx(1, abs=0.01)
    with pytest.raises(Invalid, match="a week"):
        execute(process_of("forecast"), None, {"values": [[1.0]], "day": 2, "ahead": 1})


@pytest.mark.parametrize("process", PROCESSES, ids=lambda one: one.id)
def test_inputs_of_another_form_are_refused(process, town: RoadGraph) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Invalid):
        execute(process, town, {"nonsense": 1})


def test_a_moment_before_all_calendars_is_refused(town: RoadGraph) -> None:
    with pytest.raises(Invalid):
        execute(
            process_of("lay-track"),
            town,
            {"fixes": [{"lon": 121.5, "lat": 31.2, "at": "0001-01-01T00:00:00"}]},
        )


def test_a_street_of_one_way_leads_one_way() -> None:
    line = {"type": "LineString", "coordinates": [[121.5, 31.2], [121.51, 31.2]]}
    both, one = (segment_of("a", line, {"oneway": oneway}) for oneway in (None, True))
    assert both is not None
    assert one is not None
    assert [len(network([segment]).ids) for segment in (both, one)] == [2, 1]


async def test_a_new_road_of_the_twin_is_driven_at_once(city: City) -> None:
    async with city.database.tenant(city.tenant) as connection:
        with pytest.raises(Conflict):
            await NETWORKS.of(connection, city.tenant)
    for number in (1, 2):
        line = {"type": "LineString", "coordinates": [[121.5, 31.2], [121.5 + number / 100, 31.2]]}
        await city.write("RoadSegment", str(number), location=line)
        async with city.database.tenant(city.tenant) as connection:
            assert len((await NETWORKS.of(connection, city.tenant)).ids) == 2 * number


async def test_runs_are_for_those_who_made_them_and_none_is_made_by_somebody_unknown(city: City) -> None:
    for route in (execute_process, list_runs, show_run):
        assert not allowed(anonymous(city.tenant), route.opt["action"], Resource("route")).allowed
    async with city.database.tenant(city.tenant) as connection:
        number = await connection.fetchval(
            """insert into compute_run (tenant, process, version, inputs, outputs, metrics, at, author)
               values ($1, 'lay-track', '1', '{}', '{}', '{}', now(), 'account:one') returning id""",
            city.tenant,
        )
    for id, role, seen in (
        ("account:one", "citizen", 1),
        ("account:two", "citizen", 0),
        ("account:three", "viewer", 1),
    ):
        actor = Actor(kind=ActorKind.ACCOUNT, id=id, tenant=city.tenant, roles=frozenset({role}))
        assert len((await list_runs.fn(actor=actor, database=city.database)).items) == seen
        if seen:
            await show_run.fn(actor=actor, database=city.database, number=number)
        else:
            with pytest.raises(NotFound):
                await show_run.fn(actor=actor, database=city.database, number=number)
