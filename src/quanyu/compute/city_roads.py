"""The road network of a city, from the road segments of its twin; kept in memory until they change."""

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from quanyu.compute.roads import Road, RoadGraph, road_graph
from quanyu.core.errors import Conflict
from quanyu.store import Connection

TYPE = "RoadSegment"
_USUAL_KMH = 30.0
_MOST_CITIES = 8
_LARGE = 200_000
"""Edges from which on a network gets its core, beside the work."""


@dataclass(slots=True)
class Networks:
    """Of the tenants that were asked lately."""

    _known: dict[str, tuple[tuple[int, str], RoadGraph]] = field(default_factory=dict)

    async def of(self, connection: Connection, tenant: str) -> RoadGraph:
        """Raises Conflict where the city has no roads."""
        row = await connection.fetchrow(
            "select count(*) as count, coalesce(sum(version), 0)::text as sum "
            "from entity where tenant=$1 and type=$2",
            tenant, TYPE,
        )  # fmt: skip
        if not row["count"]:
            raise Conflict("compute.no_roads")
        mark = (row["count"], row["sum"])
        if tenant not in self._known or self._known[tenant][0] != mark:
            rows = await connection.fetch(
                "select id, doc from entity where tenant=$1 and type=$2 order by id", tenant, TYPE
            )
            graph = await asyncio.to_thread(graph_of, [(one["id"], one["doc"]) for one in rows])
            if len(graph.ids) >= _LARGE:
                threading.Thread(target=lambda: graph.core, name="core", daemon=True).start()
            self._known.pop(tenant, None)
            self._known[tenant] = (mark, graph)
            while len(self._known) > _MOST_CITIES:
                self._known.pop(next(iter(self._known)))
        return self._known[tenant][1]


NETWORKS = Networks()


def graph_of(segments: Iterable[tuple[str, dict[str, Any]]]) -> RoadGraph:
    """Identifier and normalized document of each. Ends meet where they are the same place to a metre; `oneway` goes as drawn.

    A segment is driven at its `averageVehicleSpeed` where traffic tells one, else at what is allowed; one whose `status` is
    closed is not driven. Raises Conflict where none of them is a line.
    """
    nodes: dict[str, tuple[float, float]] = {}
    roads: list[Road] = []
    for id_, doc in segments:
        place = doc.get("location", {}).get("value") or {}
        if place.get("type") != "LineString" or doc.get("status", {}).get("value") == "closed":
            continue
        line = [(float(point[0]), float(point[1])) for point in place["coordinates"]]
        begin, end = (f"{point[0]:.5f},{point[1]:.5f}" for point in (line[0], line[-1]))
        nodes |= {begin: line[0], end: line[-1]}
        kmh = _number(doc, "averageVehicleSpeed") or _number(doc, "maximumAllowedSpeed") or _USUAL_KMH
        roads.append(Road(id=id_, begin=begin, end=end, kmh=kmh, shape=line[1:-1]))
        if not doc.get("oneway", {}).get("value"):
            roads.append(Road(id=id_, begin=end, end=begin, kmh=kmh, shape=line[-2:0:-1]))
    if not roads:
        raise Conflict("compute.no_roads")
    return road_graph(nodes, roads)


def _number(doc: dict[str, Any], name: str) -> float:
    value = doc.get(name, {}).get("value")
    return max(0.0, float(value)) if isinstance(value, int | float) else 0.0
