"""The network of a city is as its twin is, and as its roads are driven at an hour."""

import numpy as np
import pytest

from quanyu.compute import RoadGraph, keep_speeds, travel_times
from quanyu.compute._roads_sql import changed_between, mark_of
from quanyu.compute.city_roads import Networks, kmh_of, seconds_at
from quanyu.packs.testing import City
from quanyu.twin import EntityWrite, Op
from tests.unit.packs.conftest import city

__all__ = ["city"]

WEST, EAST = (121.5, 31.2), (121.51, 31.2)


async def _network(city: City, networks: Networks, **asked: object) -> RoadGraph:
    async with city.database.tenant(city.tenant) as connection:
        return await networks.of(connection, city.tenant, **asked)  # type: ignore[arg-type]


def _seconds(graph: RoadGraph) -> float:
    return float(travel_times(graph, [graph.nearest_node(*WEST)], [graph.nearest_node(*EAST)])[0, 0])


async def _two_ways(city: City) -> str:
    """A street, and a way around it that takes twice as long; the street's identifier."""
    line = {"type": "LineString", "coordinates": [WEST, EAST]}
    around = {"type": "LineString", "coordinates": [WEST, (121.505, 31.2043), EAST]}
    await city.write("RoadSegment", "around", location=around, maximumAllowedSpeed=24)
    return await city.write("RoadSegment", "street", location=line, maximumAllowedSpeed=36)


async def test_a_street_that_slows_closes_and_opens_is_driven_so_without_reading_all_again(
    city: City,
) -> None:
    await _two_ways(city)
    networks = Networks()
    first = await _network(city, networks)
    await city.write("RoadSegment", "street", averageVehicleSpeed=30)
    slow = await _network(city, networks)
    await city.write("RoadSegment", "street", status="closed")
    closed = await _network(city, networks)
    await city.write("RoadSegment", "street", status="open", averageVehicleSpeed=36)
    again = await _network(city, networks)
    assert [round(_seconds(one) / _seconds(first), 2) for one in (slow, closed, again)] == [1.2, 2.13, 1.0]
    assert first.lines is slow.lines is closed.lines is again.lines


async def test_what_else_happens_in_the_city_leaves_its_roads_alone(city: City) -> None:
    await _two_ways(city)
    networks = Networks()
    first = await _network(city, networks)
    await city.write("Lamp", "l1", working=False)
    await city.write("RoadSegment", "street", name="Long Street")
    assert await _network(city, networks) is first


async def test_a_street_that_came_or_went_makes_another_network(city: City) -> None:
    street = await _two_ways(city)
    networks = Networks()
    edges = [len((await _network(city, networks)).ids)]
    await city.write(
        "RoadSegment", "new", location={"type": "LineString", "coordinates": [EAST, (121.52, 31.2)]}
    )
    edges.append(len((await _network(city, networks)).ids))
    await city.writer.submit(city.tenant, [EntityWrite(id=street, op=Op.DELETE, actor="test")])
    edges.append(len((await _network(city, networks)).ids))
    assert edges == [4, 6, 4]


async def test_who_read_the_roads_before_the_oldest_change_that_is_kept_reads_them_anew(city: City) -> None:
    await _two_ways(city)
    async with city.database.tenant(city.tenant) as connection:
        mark = await mark_of(connection, city.tenant)
        assert await changed_between(connection, city.tenant, mark.number, mark.number + 5) is None
        changed = await changed_between(connection, city.tenant, 0, mark.number)
    assert changed is not None
    assert len(changed) == mark.segments == 2


async def test_roads_are_driven_as_they_were_measured_at_the_hour_unless_traffic_tells_now(
    city: City,
) -> None:
    street = await _two_ways(city)
    networks = Networks()
    async with city.database.tenant(city.tenant) as connection:
        await keep_speeds(connection, city.tenant, [(8, street, 500.0, 100.0)], now=city.clock())
    free, rush = [_seconds(await _network(city, networks, hour=hour)) for hour in (3, 8)]
    assert (round(rush / free, 2), round(free / _seconds(await _network(city, networks)), 2)) == (2.0, 1.0)
    await city.write("RoadSegment", "street", averageVehicleSpeed=36)
    now, later = [_seconds(await _network(city, networks, hour=8, ahead=ahead)) for ahead in (False, True)]
    assert (round(now / free, 2), round(later / free, 2)) == (1.0, 2.0)


def test_where_nobody_drove_at_an_hour_it_takes_longer_as_it_does_elsewhere(town: RoadGraph) -> None:
    told = seconds_at(town, kmh_of(town, {town.ids[0]: 18.0}), ahead=False)
    assert np.allclose(told, town.seconds * 2)


async def test_who_cannot_wait_has_no_network_while_a_large_one_is_read_and_has_it_afterwards(
    city: City,
) -> None:
    await _two_ways(city)
    networks = Networks(patience=0)
    assert await networks.at_once(city.database, city.tenant) is None
    await networks.warm(city.database, city.tenant)
    found = await networks.at_once(city.database, city.tenant)
    assert found is not None
    assert _seconds(found) == pytest.approx(95, abs=1)
