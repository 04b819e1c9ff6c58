"""Where things happen again and again, and what stays undone and why: questions about cases that no single number answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from quanyu.core.errors import Invalid
from quanyu.core.messages import DEFAULT_LANGUAGE
from quanyu.core.page_token import page_token, place_of
from quanyu.evaluate.indicators import _ledger_sql
from quanyu.evaluate.indicators.naming import names_of
from quanyu.store import Connection

MOST = 500
_NEWEST = ("9999-12-31T00:00:00+00:00", "")


class Reason(StrEnum):
    NOT_ACCEPTED = "not_accepted"  # 不予受理
    SUSPENDED = "suspended"  # 挂账
    UNSOLVED = "unsolved"  # 回访未解决
    OVERDUE = "overdue"  # 超期未办结


class Place(msgspec.Struct, frozen=True, kw_only=True):
    lon: float
    lat: float


class HotSpot(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of one class in one cell of the city's ground, at one component or one address. `ids`: the newest of them."""

    category: str = msgspec.field(name="class")
    title: str
    place: Place | None
    box: tuple[float, float, float, float] | None
    cases: int
    repeats: int
    open: int
    first: datetime
    last: datetime
    ids: tuple[str, ...]


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """`why` in the words of whoever decided or answered."""

    id: str
    title: str
    reason: Reason
    why: str
    since: datetime
    category: str | None = msgspec.field(name="class")
    region: str | None
    organisation: str | None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    reason: Reason
    category: str | None = msgspec.field(name="class")
    organisation: str | None
    name: str
    cases: int


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    groups: tuple[Group, ...]
    items: tuple[Need, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Of the cases reported in it."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise Invalid("evaluate.zone")
        if self.start >= self.end:
            raise Invalid("evaluate.period", start=self.start.isoformat(), end=self.end.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """`category` is the beginning of a class; a case is a repeat within `days` after the end of the one before it there."""

    category: str = ""
    metres: float = 250
    least: int = 3
    days: int = 30
    limit: int = 100


async def hot_spots(
    connection: Connection, span: Span, looking: Looking, *, language: str = DEFAULT_LANGUAGE
) -> tuple[HotSpot, ...]:
    """Those with most repeats first. Merged cases are the same thing told twice, and no repeats."""
    rows = await connection.fetch(
        _ledger_sql.HOT_SPOTS, span.start, span.end, looking.category, looking.metres, looking.least, looking.days,
        max(1, min(looking.limit, MOST)),
    )  # fmt: skip
    names = await names_of(connection, [("class", row["class"]) for row in rows], language=language)
    return tuple(
        HotSpot(
            category=row["class"], title=names["class", row["class"]], cases=row["cases"], repeats=row["repeats"],
            place=None if row["lon"] is None else Place(lon=row["lon"], lat=row["lat"]),
            box=None if row["lon"] is None else (row["x1"], row["y1"], row["x2"], row["y2"]),
            open=row["open"], first=row["first"], last=row["last"], ids=tuple(row["ids"]),
        )
        for row in rows
    )  # fmt: skip


async def unmet_needs(
    connection: Connection, span: Span, *, now: datetime, reason: Reason | None = None, limit: int = 50, after: str | None = None
) -> Needs:  # fmt: skip
    """The whole ledger by reason, class and body, and a page of it, newest first."""
    limit = max(1, min(limit, MOST))
    since, id = place_of(after, tuple[str, str], refusal="evaluate.records.token") if after else _NEWEST
    groups = await connection.fetch(_ledger_sql.UNMET_GROUPS, span.start, span.end, now, reason)
    rows = await connection.fetch(
        _ledger_sql.UNMET, span.start, span.end, now, reason, _moment(since), id, limit + 1
    )
    names = await names_of(connection, [("department", row["organisation"] or "") for row in groups])
    shown = [
        Need(
            id=row["id"], title=row["title"], reason=Reason(row["reason"]), why=row["why"] or "", since=row["since"],
            category=row["class"], region=row["region"], organisation=row["organisation"],
        )
        for row in rows[:limit]
    ]  # fmt: skip
    told = tuple(
        Group(
            reason=Reason(row["reason"]), category=row["class"], organisation=row["organisation"], cases=row["cases"],
            name=names["department", row["organisation"] or ""],
        )
        for row in groups
    )  # fmt: skip
    more = page_token((shown[-1].since.isoformat(), shown[-1].id)) if len(rows) > limit else None
    return Needs(groups=told, items=tuple(shown), next=more)


def _moment(text: str) -> datetime:
    """Raises Invalid for what no list has given out."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("evaluate.records.token", token=text[:80]) from None
    if moment.tzinfo is None:
        raise Invalid("evaluate.records.token", token=text[:80])
    return moment
