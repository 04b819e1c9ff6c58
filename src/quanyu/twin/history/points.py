"""The values of attributes as a chart needs them: from the log and from what somebody else keeps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from quanyu.store import Connection
from quanyu.twin.history.aggregate import Aggregation, Frame, Method, aggregate
from quanyu.twin.history.duration import Duration
from quanyu.twin.history.instances import Instance
from quanyu.twin.history.interval import Interval
from quanyu.twin.history.log import Reading, read
from quanyu.twin.history.observed import BEGINNING, END
from quanyu.twin.history.source import Archive, HistorySource
from quanyu.twin.model import Point
from quanyu.twin.ngsild.document import simple_value

MAX_POINTS = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIGURES = {Method.TOTAL_COUNT: "count", Method.AVG: "avg", Method.MIN: "min", Method.MAX: "max"}


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until before `end`; the newest `limit` points of it. `folder` is where sealed days lie."""

    start: datetime = BEGINNING
    end: datetime = END
    limit: int = 1000
    folder: Path | None = None


async def history(
    connection: Connection, tenant: str, id: str, attribute: str, *, span: Span, source: HistorySource
) -> tuple[Point, ...]:
    """The values of one attribute in order of time, each moment once."""
    limit = max(1, min(span.limit, MAX_POINTS))
    logged = (await _logged(connection, tenant, id, span, attribute)).get(attribute, [])
    older = await source.history(tenant, id, attribute, span.start, span.end, limit)
    return _merged((*older, *logged))[-limit:]


async def histories(
    connection: Connection, tenant: str, id: str, *, span: Span
) -> dict[str, tuple[Point, ...]]:
    """The logged values of every attribute of an entity."""
    logged = await _logged(connection, tenant, id, span, None)
    return {name: _merged(points)[-span.limit :] for name, points in sorted(logged.items())}


def aggregated(points: Iterable[Point], period: timedelta) -> list[dict[str, Any]]:
    """Numbers per period, counted from 1970: count, avg, min, max. Values that are no numbers are left out."""
    numbers = [
        (point.at, point.value)
        for point in points
        if isinstance(point.value, int | float) and not isinstance(point.value, bool)
    ]
    asked = Aggregation(tuple(_FIGURES), Duration(rest=period))
    found = aggregate(numbers, asked, Frame(_EPOCH, _EPOCH))
    periods: dict[datetime, dict[str, Any]] = {}
    for method, name in _FIGURES.items():
        for value, begin, _ in found.get(method.value, ()):
            periods.setdefault(begin, {"at": begin})[name] = value
    return list(periods.values())


async def _logged(
    connection: Connection, tenant: str, id: str, span: Span, attribute: str | None
) -> dict[str, list[Point]]:
    after = None if span.start == BEGINNING else span.start
    before = None if span.end == END else span.end
    interval = Interval(after=after, before=before, last=MAX_POINTS)
    reading = Reading(entities=[id], attributes=attribute and [attribute], interval=interval, most=MAX_POINTS)
    found = await read(connection, tenant, reading, Archive(folder=span.folder))
    points: dict[str, list[Point]] = {}
    for one in found.get(id, ()):
        point = None if one.deleted else _point(one)
        if point and attribute in (None, one.name) and span.start <= point.at < span.end:
            points.setdefault(one.name, []).append(point)
    return points


def _point(one: Instance) -> Point:
    observed = one.content.get("observedAt")
    return Point(
        at=datetime.fromisoformat(observed) if observed else one.received,
        value=simple_value(one.content),
        observed=observed is not None,
        unit=one.content.get("unitCode"),
    )


def _merged(points: Iterable[Point]) -> tuple[Point, ...]:
    """In order of time; of two points with one moment the later written stays, and an unchanged value that no source
    has observed anew is no new point.
    """
    by_moment = {point.at: point for point in points}
    merged: list[Point] = []
    for at in sorted(by_moment):
        point = by_moment[at]
        if point.observed or not merged or merged[-1].value != point.value:
            merged.append(point)
    return tuple(merged)
