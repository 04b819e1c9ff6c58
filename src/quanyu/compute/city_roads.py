"""The road network of a city, from the road segments of its twin; kept in memory, and kept as the twin is.

Whoever asks is told what the log of the twin says at that moment: a segment that is driven at another speed, closes or opens
changes seconds of edges; one that is drawn anew, came or went makes the network new. Reading all of a large city takes seconds:
who cannot wait asks `at_once`.
"""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

import numpy as np

from quanyu.compute import _roads_sql as sql
from quanyu.compute import _speeds_sql as speeds_sql
from quanyu.compute.plane import Floats
from quanyu.compute.roads import RoadGraph
from quanyu.compute.segments import Driven, Segment, driven_of, network, place_of, segment_of, shape_of
from quanyu.core.errors import Conflict, QuanyuError
from quanyu.store import Connection, Database

_MOST_CITIES = 8
_LARGE = 200_000
"""Edges from which on a network gets its core, beside the work."""

Shape = tuple[int, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One segment as it was read."""

    shape: Shape
    driven: Driven


@dataclass(slots=True, kw_only=True)
class _City:
    """As it was at the change `number` of its twin. `measured`: km/h of each edge by hour, as they were `told`; `hours`: the network
    driven so, at that hour of now or of a day ahead."""

    number: int
    known: dict[str, _Known]
    graph: RoadGraph
    told: datetime | None = None
    measured: dict[int, Floats] = field(default_factory=dict)
    hours: dict[tuple[int, bool], RoadGraph] = field(default_factory=dict)


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
        mark, city = await sql.mark_of(connection, tenant), self._cities.get(tenant)
        if not mark.segments:
            raise Conflict("compute.no_roads")
        if city is None or not await _is_followed(connection, tenant, city, mark):
            city = await _anew(connection, tenant, mark)
        self._cities.pop(tenant, None)
        self._cities[tenant] = city
        while len(self._cities) > _MOST_CITIES:
            self._cities.pop(next(iter(self._cities)))
        return city


NETWORKS = Networks()


async def _anew(connection: Connection, tenant: str, mark: sql.Mark) -> _City:
    rows = [row async for row in sql.every_segment(connection, tenant)]
    city = await asyncio.to_thread(_built, rows, mark.number)
    if len(city.graph.ids) >= _LARGE:
        threading.Thread(target=lambda: city.graph.core, name="core", daemon=True).start()
    return city


def _built(rows: Sequence[sql.Row], number: int) -> _City:
    """With all that the first who asks would wait for."""
    segments = (segment_of(row["id"], place_of(row["place"]), row) for row in rows)
    graph = network(one for one in sorted(filter(None, segments), key=_by_id))
    _ = graph.places, graph.by_seconds, graph.by_seconds_back, graph.edges_of
    return _City(number=number, known={row["id"]: _known(row) for row in rows}, graph=graph)


def _by_id(one: Segment) -> str:
    return one.id


async def _is_followed(connection: Connection, tenant: str, city: _City, mark: sql.Mark) -> bool:
    """Whether it is the same network still; then it is driven as it is now."""
    if city.number != mark.number:
        ids = await sql.changed_between(connection, tenant, city.number, mark.number)
        if ids is None:
            return False
        rows = await sql.segments(connection, tenant, ids) if ids else []
        changed = {row["id"]: _known(row) for row in rows}
        if changed.keys() != ids or not all(_is_drawn_so(city, id_, one) for id_, one in changed.items()):
            return False
        driven = {id_: one.driven for id_, one in changed.items() if one.driven != city.known[id_].driven}
        if driven:
            city.graph = await asyncio.to_thread(_with_times, city.graph, driven)
            city.hours.clear()
        city.known.update(changed)
        city.number = mark.number
    return len(city.known) == mark.segments


def _is_drawn_so(city: _City, id_: str, one: _Known) -> bool:
    return id_ in city.known and city.known[id_].shape == one.shape


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
    if city.told != told:
        city.told = told
        city.measured.clear()
        city.hours.clear()
    if hour not in city.measured:
        city.measured[hour] = kmh_of(city.graph, await speeds_sql.kmh_at(connection, tenant, hour))
    if (hour, ahead) not in city.hours:
        seconds = await asyncio.to_thread(seconds_at, city.graph, city.measured[hour], ahead=ahead)
        city.hours[hour, ahead] = city.graph.driven_in(seconds)
    return city.hours[hour, ahead]


def kmh_of(graph: RoadGraph, measured: Mapping[str, float]) -> Floats:
    """Of every edge, by its road; nan where none was measured."""
    return np.array([measured.get(id_, np.nan) for id_ in graph.ids])


def seconds_at(graph: RoadGraph, kmh: Floats, *, ahead: bool) -> Floats:
    """Of every edge at an hour, by its measured km/h; where that is nan its own seconds times what the others took longer."""
    known = np.isfinite(kmh) & np.isfinite(graph.seconds) & (ahead | ~graph.live)
    driven = np.where(known, graph.length / np.maximum(np.where(known, kmh, 1.0), 1.0) * 3.6, graph.seconds)
    usual = float(driven[known].sum() / graph.seconds[known].sum()) if known.any() else 1.0
    return np.where(known | (graph.live & (not ahead)), driven, graph.seconds * usual)


def _known(row: sql.Row) -> _Known:
    return _Known(shape=shape_of(row["place"], row["oneway"]), driven=driven_of(row))
