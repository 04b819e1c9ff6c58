"""The road network of a city, from the road segments of its twin; kept in memory, and kept as the twin is.

A segment that is driven at another speed, closes or opens changes seconds of edges; one that is drawn anew, came or went
makes the network new. Reading all of a large city takes seconds: who cannot wait asks `at_once`.
"""

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from quanyu.compute import _speeds_sql as speeds_sql
from quanyu.compute.plane import Floats
from quanyu.compute.roads import RoadGraph
from quanyu.compute.segments import Driven, Segment, driven_of, network, place_of, segment_of, shape_of
from quanyu.core.errors import Conflict, QuanyuError
from quanyu.store import Connection, Database

TYPE = "RoadSegment"
_MOST_CITIES = 8
_LARGE = 200_000
"""Edges from which on a network gets its core, beside the work."""

_VALUES = ("averageVehicleSpeed", "maximumAllowedSpeed", "oneway", "status")
_READ = (
    "select id, version, modified, doc#>>'{location,value}' as place, "
    + ", ".join(f"doc#>>'{{{name},value}}' as \"{name}\"" for name in _VALUES)
    + " from entity where tenant=$1 and type=$2 and ($3::timestamptz is null or modified>=$3)"
)
_BATCH = 2000

Mark = tuple[int, str]
Shape = tuple[int, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One segment as it was read."""

    version: int
    shape: Shape
    driven: Driven


@dataclass(slots=True, kw_only=True)
class _City:
    mark: Mark
    newest: datetime
    known: dict[str, _Known]
    graph: RoadGraph
    hours: dict[tuple[int, bool, datetime | None], RoadGraph] = field(default_factory=dict)


@dataclass(slots=True)
class Networks:
    """Of the tenants that were asked lately. `patience`: seconds for which `at_once` waits for a network that is being read."""

    patience: float = 1.0
    _cities: dict[str, _City] = field(default_factory=dict)
    _reading: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _locks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = field(
        default_factory=WeakKeyDictionary
    )

    async def of(
        self, connection: Connection, tenant: str, *, hour: int | None = None, ahead: bool = False
    ) -> RoadGraph:
        """As it is driven now; or at an `hour` of the day (0 to 23, of the city), as it was measured, where it was. What traffic
        tells now goes before that, unless it is about a time `ahead`. Raises Conflict where the city has no roads."""
        locks = self._locks.setdefault(asyncio.get_running_loop(), {})
        async with locks.setdefault(tenant, asyncio.Lock()):
            city = await self._current(connection, tenant)
            return city.graph if hour is None else await _at(connection, tenant, city, hour, ahead)

    async def at_once(
        self, database: Database, tenant: str, *, hour: int | None = None, ahead: bool = False
    ) -> RoadGraph | None:
        """As `of`, but None while a large network is read the first time: that goes on beside the work."""
        if tenant not in self._cities:
            task = self._reading.get(tenant)
            if task is None or task.done():
                task = self._reading[tenant] = asyncio.create_task(self._read(database, tenant))
                task.add_done_callback(lambda done: done.cancelled() or done.exception())
            done, _ = await asyncio.wait({task}, timeout=self.patience)
            if not done:
                return None
            task.result()
        async with database.tenant(tenant) as connection:
            return await self.of(connection, tenant, hour=hour, ahead=ahead)

    async def warm(self, database: Database, tenant: str) -> None:
        """Reads it before anybody asks, where there are roads."""
        with suppress(QuanyuError):
            await self._read(database, tenant)

    async def _read(self, database: Database, tenant: str) -> None:
        async with database.tenant(tenant) as connection:
            await self.of(connection, tenant)

    async def _current(self, connection: Connection, tenant: str) -> _City:
        row = await connection.fetchrow(
            "select count(*) as count, coalesce(sum(version), 0)::text as sum "
            "from entity where tenant=$1 and type=$2",
            tenant, TYPE,
        )  # fmt: skip
        if not row["count"]:
            raise Conflict("compute.no_roads")
        mark, city = (row["count"], row["sum"]), self._cities.get(tenant)
        if city is None or city.mark != mark:
            city = await _redriven(connection, tenant, city, mark) if city else None
            city = city or await _anew(connection, tenant, mark)
            self._cities.pop(tenant, None)
            self._cities[tenant] = city
            while len(self._cities) > _MOST_CITIES:
                self._cities.pop(next(iter(self._cities)))
        return city


NETWORKS = Networks()


def graph_of(segments: Iterable[tuple[str, dict[str, Any]]]) -> RoadGraph:
    """Identifier and normalized document of each. Raises Conflict where none of them is a line."""
    found = []
    for id_, doc in segments:
        values = {name: doc.get(name, {}).get("value") for name in _VALUES}
        found.append(segment_of(id_, doc.get("location", {}).get("value"), values))
    return network(one for one in found if one is not None)


async def _anew(connection: Connection, tenant: str, mark: Mark) -> _City:
    rows = [row async for row in connection.cursor(_READ, tenant, TYPE, None, prefetch=_BATCH)]
    city = await asyncio.to_thread(_built, rows, mark)
    if len(city.graph.ids) >= _LARGE:
        threading.Thread(target=lambda: city.graph.core, name="core", daemon=True).start()
    return city


def _built(rows: Sequence[Mapping[str, Any]], mark: Mark) -> _City:
    segments = (segment_of(row["id"], place_of(row["place"]), row) for row in rows)
    graph = network(one for one in sorted(filter(None, segments), key=_by_id))
    _ = (
        graph.places,
        graph.by_seconds,
        graph.by_seconds_back,
    )  # so that the first who asks waits for none of it
    known = {row["id"]: _known(row) for row in rows}
    return _City(mark=mark, newest=max(row["modified"] for row in rows), known=known, graph=graph)


def _by_id(one: Segment) -> str:
    return one.id


async def _redriven(connection: Connection, tenant: str, city: _City, mark: Mark) -> _City | None:
    """The same network, driven otherwise; None where it is another one."""
    rows = await connection.fetch(_READ, tenant, TYPE, city.newest)
    changed = {row["id"]: _known(row) for row in rows}
    known = city.known | changed
    if len(known) != mark[0] or str(sum(one.version for one in known.values())) != mark[1]:
        return None
    if any(id_ not in city.known or city.known[id_].shape != one.shape for id_, one in changed.items()):
        return None
    newest = max([city.newest, *(row["modified"] for row in rows)])
    graph = await asyncio.to_thread(
        _with_times, city.graph, {id_: one.driven for id_, one in changed.items()}
    )
    return _City(mark=mark, newest=newest, known=known, graph=graph)


def _with_times(graph: RoadGraph, changed: Mapping[str, Driven]) -> RoadGraph:
    seconds, live = graph.seconds.copy(), graph.live.copy()
    for id_, driven in changed.items():
        for edge in graph.edges_of.get(id_, ()):
            seconds[edge] = np.inf if driven.closed else graph.length[edge] / max(driven.kmh, 1.0) * 3.6
            live[edge] = driven.live
    return graph.driven_in(seconds, live)


async def _at(connection: Connection, tenant: str, city: _City, hour: int, ahead: bool) -> RoadGraph:
    told = await speeds_sql.told(connection, tenant)
    if told is None:
        return city.graph
    if (hour, ahead, told) not in city.hours:
        measured = await speeds_sql.kmh_at(connection, tenant, hour)
        seconds = await asyncio.to_thread(seconds_at, city.graph, measured, ahead=ahead)
        city.hours = {key: one for key, one in city.hours.items() if key[2] == told}
        city.hours[hour, ahead, told] = city.graph.driven_in(seconds) if measured else city.graph
    return city.hours[hour, ahead, told]


def seconds_at(graph: RoadGraph, measured: Mapping[str, float], *, ahead: bool) -> Floats:
    """Of every edge at an hour, by km/h of its road; where none was measured its own seconds times what the others took longer."""
    kmh = np.array([measured.get(id_, np.nan) for id_ in graph.ids])
    known = np.isfinite(kmh) & np.isfinite(graph.seconds) & (ahead | ~graph.live)
    driven = np.where(known, graph.length / np.maximum(np.where(known, kmh, 1.0), 1.0) * 3.6, graph.seconds)
    usual = float(driven[known].sum() / graph.seconds[known].sum()) if known.any() else 1.0
    return np.where(known | (graph.live & (not ahead)), driven, graph.seconds * usual)


def _known(row: Mapping[str, Any]) -> _Known:
    return _Known(version=row["version"], shape=shape_of(row["place"], row["oneway"]), driven=driven_of(row))
