"""Cases as they lay open at a moment, and how many came and went in the course of a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import msgspec

from quanyu.act.cases import _past_sql
from quanyu.act.cases.ground import Rings, parameters
from quanyu.core.geometry import Box
from quanyu.store import Connection

MOST = 2_000


class OpenThen(msgspec.Struct, frozen=True, kw_only=True):
    """`due` as it is known by now."""

    id: str
    title: str
    lon: float
    lat: float
    due: datetime | None


class PastCases(msgspec.Struct, frozen=True, kw_only=True):
    """`more`: there were more than are told."""

    at: datetime
    items: tuple[OpenThen, ...]
    more: bool


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How many were reported and closed in each span of so many minutes, the oldest first; `start` is when the first begins."""

    start: datetime
    minutes: int
    reported: tuple[int, ...]
    closed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Of which bodies (None: all) and where."""

    organisations: Collection[str] | None = None
    box: Box | None = None
    rings: Rings | None = None

    @property
    def parameters(self) -> tuple[list[str] | None, asyncpg.Box | None, list[str] | None]:
        bodies = None if self.organisations is None else sorted(self.organisations)
        return bodies, *parameters(self.box, self.rings)


async def open_at(connection: Connection, tenant: str, at: datetime, part: Part) -> PastCases:
    """With a place."""
    rows = await connection.fetch(_past_sql.OPEN_AT, tenant, *part.parameters, at, MOST + 1)
    items = tuple(OpenThen(**row) for row in rows[:MOST])
    return PastCases(at=at, items=items, more=len(rows) > MOST)


async def pace(
    connection: Connection, tenant: str, until: datetime, part: Part, *, spans: int, minutes: int
) -> Pace:
    start = until - timedelta(minutes=spans * minutes)
    rows = await connection.fetch(
        _past_sql.PACE, tenant, *part.parameters, start, until, timedelta(minutes=minutes)
    )
    counted = {(row["closing"], row["span"]): row["n"] for row in rows}
    came, went = (
        tuple(counted.get((closing, span), 0) for span in range(spans)) for closing in (False, True)
    )
    return Pace(start=start, minutes=minutes, reported=came, closed=went)
