"""What was: the log of changes, joined with older observations where somebody keeps them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from quanyu.core.entity import instances
from quanyu.store import Connection
from quanyu.twin import _read_sql
from quanyu.twin.model import Op, Point
from quanyu.twin.represent import simple_value

MAX_POINTS = 10_000
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
END = datetime(9999, 12, 30, tzinfo=UTC)


class HistorySource(Protocol):
    """Older observations than the log holds, e.g. the rows of a dataset's accepted files."""

    async def history(
        self, tenant: str, entity_id: str, attribute: str, start: datetime, end: datetime, limit: int
    ) -> Sequence[Point]:
        """At most `limit` points from `start` until before `end`, the newest of them, in order of time."""
        ...


class NoHistory:
    """Nobody keeps more than the log does."""

    async def history(
        self, tenant: str, entity_id: str, attribute: str, start: datetime, end: datetime, limit: int
    ) -> Sequence[Point]:
        return ()


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until before `end`; the newest `limit` points of it."""

    start: datetime = BEGINNING
    end: datetime = END
    limit: int = 1000


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
    seconds = period.total_seconds()
    buckets: dict[int, list[float]] = {}
    for point in points:
        if isinstance(point.value, int | float) and not isinstance(point.value, bool):
            buckets.setdefault(int(point.at.timestamp() // seconds), []).append(point.value)
    return [
        {
            "at": datetime.fromtimestamp(number * seconds, UTC),
            "count": len(values),
            "avg": sum(values) / len(values),
            "min": min(values),
            "max": max(values),
        }
        for number, values in sorted(buckets.items())
    ]


async def _logged(
    connection: Connection, tenant: str, id: str, span: Span, attribute: str | None
) -> dict[str, list[Point]]:
    rows = await connection.fetch(_read_sql.CHANGES, tenant, id, span.start, span.end, MAX_POINTS, attribute)
    points: dict[str, list[Point]] = {}
    for row in reversed(rows):
        if row["op"] == Op.DELETE:
            continue
        for name, value in row["attrs"].items():
            if value is not None and attribute in (None, name):
                made = (_point(one, row["ts"]) for one in instances(value))
                points.setdefault(name, []).extend(one for one in made if span.start <= one.at < span.end)
    return points


def _point(instance: dict[str, Any], received: datetime) -> Point:
    observed = instance.get("observedAt")
    return Point(
        at=datetime.fromisoformat(observed) if observed else received,
        value=simple_value(instance),
        observed=observed is not None,
        unit=instance.get("unitCode"),
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
