"""How streets were driven on a day: tracks laid on the city's roads, kept by hour and segment; index, causes, effects from them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from quanyu.core.clock import CITY_ZONE
from quanyu.packs import (
    Connection,
    Database,
    Drive,
    RoadFix,
    RoadGraph,
    Thing,
    city_roads,
    drives,
    keep_speeds,
    lay_track,
    records,
    speeds,
    things,
)
from quanyu.scenarios.parking import _sql
from quanyu.scenarios.parking.causes import Explained, Loss, ranked
from quanyu.scenarios.parking.congestion import Effect, Link, corridor_index, effect
from quanyu.scenarios.parking.evidence import evidence_at, heading, line_of, middle, spans_of
from quanyu.scenarios.parking.stretches import called, name_of

_COLUMNS = ("vehicle", "time", "longitude", "latitude")
_USUAL = timedelta(days=27)

Row = tuple[int, str, float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """`metres` of its links that were driven; `links` of them by their segment."""

    name: str
    index: float
    metres: float
    links: tuple[str, ...]


async def count_day(
    database: Database, tenant: str, folder: Path, day: date, *, dataset: str, now: datetime
) -> int:
    """Segments that were driven, each by hour; the same day counted again replaces what was there.

    The four weeks until that day are how the city's roads are driven at each hour, for every pack that asks for a way.
    """
    begin = datetime.combine(day, time(), CITY_ZONE)
    async with database.tenant(tenant) as connection:
        graph = await city_roads(connection, tenant)
        rows = await records(
            connection, tenant, folder, dataset,
            columns=_COLUMNS, time="time", begin=begin, end=begin + timedelta(days=1),
        )  # fmt: skip
    driven = await asyncio.to_thread(drives_of_tracks, graph, rows)
    kept = by_segment(graph, driven)
    async with database.tenant(tenant) as connection:
        await _sql.put_drives(connection, tenant, day, kept)
        usual = await _sql.drives_by_hour(connection, tenant, day - _USUAL, day)
        await keep_speeds(connection, tenant, usual, now=now)
    return len({row[1] for row in kept})


def drives_of_tracks(graph: RoadGraph, rows: Iterable[tuple[Any, ...]]) -> list[Drive]:
    """Rows of vehicle, time, longitude, latitude."""
    by_vehicle = sorted((row for row in rows if None not in row[:4]), key=lambda row: (str(row[0]), row[1]))
    offset = int(timedelta(hours=8).total_seconds())
    found: list[Drive] = []
    for _, group in groupby(by_vehicle, key=lambda row: str(row[0])):
        track = [RoadFix(float(lon), float(lat), at.timestamp()) for _, at, lon, lat in group]
        found += drives(graph, track, lay_track(graph, track), zone_seconds=offset)
    return found


def by_segment(graph: RoadGraph, driven: Sequence[Drive]) -> list[Row]:
    """Hour, segment, metres and seconds of all drives on it in both directions, its length, its seconds when free."""
    measured = speeds(graph, driven)
    rows: dict[tuple[int, str], list[float]] = {}
    for edge, hour in zip(*np.nonzero(measured.seconds), strict=True):
        row = rows.setdefault((int(hour), graph.ids[edge]), [0.0, 0.0, 0.0, 0.0])
        row[0] += float(measured.metres[edge, hour])
        row[1] += float(measured.seconds[edge, hour])
        row[2], row[3] = float(graph.length[edge]), float(graph.seconds[edge])
    return [(hour, segment, *values) for (hour, segment), values in sorted(rows.items())]  # type: ignore[misc]


async def streets(connection: Connection, tenant: str, day: date, hours: Sequence[int]) -> tuple[Street, ...]:
    """The slowest first; of streets by the name of their segments."""
    names = {one.id: name_of(one) for one in await things(connection, tenant, "RoadSegment")}
    rows = await _sql.drives_of(connection, tenant, day, day + timedelta(days=1), hours)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(names.get(row["segment"], ""), []).append(row)
    told = []
    for name, own in found.items():
        index = corridor_index(links_of(own))
        if index is not None:
            told.append(
                Street(
                    name=name, index=index, metres=sum(one.metres for one in links_of(own)),
                    links=tuple(sorted({row["segment"] for row in own})),
                )
            )  # fmt: skip
    return tuple(sorted(told, key=lambda one: (-one.index, one.name)))


def links_of(rows: Iterable[Mapping[str, Any]]) -> list[Link]:
    """One for each segment, over all hours."""
    sums: dict[str, list[float]] = {}
    for row in rows:
        one = sums.setdefault(row["segment"], [0.0, 0.0, row["length"], row["free"]])
        one[0] += row["metres"]
        one[1] += row["seconds"]
    return [
        Link(length, metres / seconds * 3.6, length / free * 3.6)
        for metres, seconds, length, free in sums.values()
        if seconds > 0 and free > 0
    ]


async def causes(
    connection: Connection, tenant: str, street: str, day: date, hours: Sequence[int]
) -> tuple[Explained, ...]:
    """By the evidence of those hours of that day."""
    roads = await things(connection, tenant, "RoadSegment")
    segments = {one.id: one for one in roads if name_of(one) == street}
    rows = [
        row
        for row in await _sql.drives_of(connection, tenant, day, day + timedelta(days=1), hours)
        if row["segment"] in segments
    ]
    evidence = await evidence_at(connection, tenant, spans_of(day, hours, CITY_ZONE))
    return ranked(_losses(rows, segments, called(segments, roads)), evidence)


async def effect_of(
    connection: Connection, tenant: str, *, links: Sequence[str], control: Sequence[str],
    before: tuple[date, date], after: tuple[date, date], hours: Sequence[int],
) -> Effect:  # fmt: skip
    """From the days that are kept. Raises ValueError with fewer than two days anywhere."""
    values: list[list[float]] = []
    for segments in (links, control):
        for begin, end in (before, after):
            rows = await _sql.drives_of(connection, tenant, begin, end, hours)
            values.append(_daily([row for row in rows if row["segment"] in set(segments)]))
    return effect(*values)


def _daily(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    found = (corridor_index(links_of(list(own))) for _, own in groupby(rows, key=lambda row: row["day"]))
    return [one for one in found if one is not None]


def _losses(
    rows: Sequence[Mapping[str, Any]], segments: Mapping[str, Thing], names: Mapping[str, str]
) -> list[Loss]:
    found = []
    for segment, own in groupby(sorted(rows, key=lambda row: row["segment"]), key=lambda row: row["segment"]):
        place, lies = middle(segments[segment]), heading(segments[segment])
        told = list(own)
        metres, seconds = (sum(row[name] for row in told) for name in ("metres", "seconds"))
        free = metres / told[0]["length"] * told[0]["free"] if told[0]["length"] else 0.0
        if place and free > 0:
            found.append(
                Loss(
                    link=segment, name=names[segment], lon=place[0], lat=place[1], lost=seconds - free, ratio=seconds / free,
                    passes=metres / told[0]["length"], heading=lies, line=line_of(segments[segment]),
                )
            )  # fmt: skip
    return found


def index_curve(rows: Sequence[Mapping[str, Any]]) -> dict[int, float]:
    """The index by hour."""
    by_hour: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_hour.setdefault(row["hour"], []).append(row)
    return {
        hour: index
        for hour, own in sorted(by_hour.items())
        if (index := corridor_index(links_of(own))) is not None
    }
