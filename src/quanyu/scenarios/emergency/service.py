"""A call answered from what the twin knows now: ambulances, facilities and roads of the city."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from quanyu.core.errors import Conflict
from quanyu.packs import Connection, Database, Road, RoadGraph, Thing, road_graph, things
from quanyu.scenarios.emergency.matching import Ambulance, Decision, Facility, Scene, decide


@dataclass(slots=True)
class Networks:
    """The road networks of the tenants that were asked lately; one that has grown is read anew."""

    _known: dict[str, tuple[int, RoadGraph]] = field(default_factory=dict)

    async def of(self, connection: Connection, tenant: str) -> RoadGraph:
        """Raises Conflict where the city has no roads."""
        count = await connection.fetchval(
            "select count(*) from entity where tenant=$1 and type='RoadSegment'", tenant
        )
        if not count:
            raise Conflict("packs.thing.no_roads")
        if tenant not in self._known or self._known[tenant][0] != count:
            segments = await things(connection, tenant, "RoadSegment", limit=1_000_000)
            self._known[tenant] = (count, await asyncio.to_thread(graph_of, segments))
        return self._known[tenant][1]


NETWORKS = Networks()


async def answer(database: Database, tenant: str, scene: Scene) -> Decision | None:
    async with database.tenant(tenant) as connection:
        graph = await NETWORKS.of(connection, tenant)
        crews = await things(connection, tenant, "Ambulance")
        hospitals = await things(connection, tenant, "EmergencyFacility")
    ambulances = [crew for thing in crews if (crew := ambulance_of(thing))]
    facilities = [facility for thing in hospitals if (facility := facility_of(thing))]
    return await asyncio.to_thread(decide, graph, scene, ambulances, facilities)


def graph_of(segments: Sequence[Thing]) -> RoadGraph:
    """Segments are lines; their ends meet where they are the same place to a metre. `oneway` goes as it is drawn."""
    nodes: dict[str, tuple[float, float]] = {}
    roads: list[Road] = []
    for one in segments:
        if one.geometry is None or one.geometry["type"] != "LineString":
            continue
        line = [(float(point[0]), float(point[1])) for point in one.geometry["coordinates"]]
        begin, end = (f"{place[0]:.5f},{place[1]:.5f}" for place in (line[0], line[-1]))
        nodes |= {begin: line[0], end: line[-1]}
        kmh = float(one.values.get("maximumAllowedSpeed") or 30)
        roads.append(Road(id=one.id, begin=begin, end=end, kmh=kmh, shape=line[1:-1]))
        if not one.values.get("oneway"):
            roads.append(Road(id=one.id, begin=end, end=begin, kmh=kmh, shape=line[-2:0:-1]))
    return road_graph(nodes, roads)


def ambulance_of(thing: Thing) -> Ambulance | None:
    place = _place(thing)
    return place and Ambulance(
        id=thing.id, lon=place[0], lat=place[1], free=str(thing.values.get("serviceStatus", "free")) == "free"
    )


def facility_of(thing: Thing) -> Facility | None:
    place, values = _place(thing), thing.values
    return place and Facility(
        id=thing.id, name=str(values.get("name", "")), lon=place[0], lat=place[1],
        capabilities=frozenset(_words(values.get("capabilities"))), on_duty=frozenset(_words(values.get("onDuty"))),
        open=bool(values.get("open", True)), capacity=int(values.get("capacity", 1)),
        load=float(values.get("load", 0.0)),
    )  # fmt: skip


def _place(thing: Thing) -> tuple[float, float] | None:
    if thing.geometry is None or thing.geometry["type"] != "Point":
        return None
    lon, lat = thing.geometry["coordinates"][:2]
    return float(lon), float(lat)


def _words(said: Any) -> Iterable[str]:
    """A list, or a text with commas."""
    return (
        said if isinstance(said, list) else [one.strip() for one in str(said or "").split(",") if one.strip()]
    )
