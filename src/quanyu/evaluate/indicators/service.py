"""What people see of indicators: definitions with their newest values, values by period, boards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from quanyu.core.clock import city_day
from quanyu.core.errors import Invalid
from quanyu.core.page_token import Page, page_of, place_of
from quanyu.evaluate.indicators import _sql, definitions
from quanyu.evaluate.indicators.model import Definition, Direction, Indicator, Status, Thresholds
from quanyu.evaluate.indicators.naming import names_of
from quanyu.evaluate.indicators.periods import Period, PeriodKind, period_of
from quanyu.evaluate.indicators.sources import CITY, DIMENSIONS
from quanyu.evaluate.indicators.tree import written
from quanyu.evaluate.service import policy_on
from quanyu.store import Connection

MOST_VALUES = 5000


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A value. `stale`: its inputs are older than the indicator allows, or its period goes on and was not counted again."""

    start: date
    end: date
    dimension: str
    key: str
    name: str
    value: float | None
    status: Status
    version: int
    computed: datetime
    inputs_at: datetime | None
    stale: bool


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator with its newest value for the city and the one before."""

    code: str
    titles: Mapping[str, str]
    about: Mapping[str, str]
    domain: str
    unit: str
    period: PeriodKind
    direction: Direction
    thresholds: Thresholds | None
    owner: str
    freshness_hours: float
    sources: tuple[str, ...]
    dimensions: tuple[str, ...]
    formula: str
    version: int
    valid_from: date
    latest: Shown | None
    previous: float | None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    valid_from: date
    published: datetime | None
    publisher: str
    formula: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of a formula, by whose number its records are asked for."""

    number: int
    text: str
    source: str


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    indicator: Listed
    versions: tuple[Version, ...]
    measures: tuple[Part, ...]
    refers_to: tuple[str, ...]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    titles: Mapping[str, str]
    unit: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    name: str
    score: float | None
    grade: str | None
    values: Mapping[str, float | None]


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Best first. `total` is of all that were asked for, not of this part. `at` is when the newest of what it was counted from was
    written; None: nothing is counted. `sources` is what that is.
    """

    by: str
    start: date
    end: date
    at: datetime | None
    sources: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """What a board shows; the first one is the score."""

    codes: tuple[str, ...]


_OF_BODIES = _Layout((
    "case.score", "case.judged", "case.closing_rate", "case.closing_on_time_rate", "case.on_time_rate", "case.rework_rate",
    "answer.solved_degree", "answer.response_rate", "answer.solution_rate", "answer.satisfaction_rate", "case.open",
))  # fmt: skip
_OF_POSTS = _Layout((
    "post.score", "post.valid_report_rate", "post.verified_on_time_rate", "post.checked_on_time_rate",
    "post.accepted_on_time_rate", "post.verifying_on_time_rate", "post.filed_on_time_rate", "post.filed_rightly_rate",
    "post.closed_on_time_rate", "post.dispatched_on_time_rate", "post.dispatched_rightly_rate", "post.handled_on_time_rate",
))  # fmt: skip
BOARDS: Mapping[str, _Layout] = {
    "area": _OF_BODIES, "street": _OF_BODIES, "department": _OF_BODIES, "class": _OF_BODIES, "post": _OF_POSTS, "person": _OF_POSTS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Which values. `key` None is every key of the dimension."""

    dimension: str = CITY
    key: str | None = None
    first: date | None = None
    until: date | None = None
    limit: int = 500
    after: str | None = None


async def listed(connection: Connection, *, now: datetime, domain: str | None = None) -> tuple[Listed, ...]:
    every = (await definitions.known(connection)).newest()
    wanted = [one for one in every.values() if domain is None or one.said.domain == domain]
    return await _with_values(connection, wanted, now)


async def shown(connection: Connection, code: str, *, now: datetime) -> Whole:
    """Raises NotFound."""
    one = await definitions.indicator(connection, code)
    every = (await definitions.known(connection)).versions[one.code]
    measures = enumerate(one.measures)
    return Whole(
        indicator=(await _with_values(connection, [one], now))[0],
        versions=tuple(
            Version(
                version=other.version, valid_from=other.said.valid_from, published=other.published,
                publisher=other.publisher, formula=other.said.formula,
            )
            for other in reversed(every)
        ),
        measures=tuple(
            Part(number=number, text=written(part), source=part.source.name) for number, part in measures
        ),
        refers_to=one.refers_to,
    )  # fmt: skip


async def values(
    connection: Connection, code: str, asked: Asked, *, now: datetime, language: str
) -> Page[Shown]:
    """Newest first, then by key. Raises NotFound, and Invalid for a dimension that there is not."""
    if asked.dimension not in DIMENSIONS:
        raise Invalid("evaluate.values.dimension", dimension=asked.dimension, offered=", ".join(DIMENSIONS))
    one = await definitions.indicator(connection, code)
    limit = max(1, min(asked.limit, MOST_VALUES))
    start, key = (
        place_of(asked.after, tuple[date, str], refusal="evaluate.records.token")
        if asked.after
        else (None, "")
    )
    rows = await _sql.values(
        connection, [code], asked.dimension, key=asked.key, first=asked.first, until=asked.until, limit=limit + 1,
        after=None if start is None else (start, code, key),
    )  # fmt: skip
    page = page_of(rows, limit, lambda row: (row["start"], row["key"]))
    names = await names_of(
        connection, [(row["dimension"], row["key"]) for row in page.items], language=language
    )
    shown = tuple(_shown(row, one.said, now, names[row["dimension"], row["key"]]) for row in page.items)
    return Page(shown, page.next)


async def board(
    connection: Connection, by: str, start: date | None, *, now: datetime, language: str,
    text: str = "", after: str | None = None, limit: int = 500,
) -> Board:  # fmt: skip
    """The bodies of a month beside each other, graded by the policy of its last day. `text` is part of a name or key.

    Raises Invalid, also for an `after` that no board has given out.
    """
    if by not in BOARDS:
        raise Invalid("evaluate.board.unknown", by=by, offered=", ".join(BOARDS))
    every = (await definitions.known(connection)).newest()
    codes = [code for code in BOARDS[by].codes if code in every]
    period = period_of(PeriodKind.MONTH, start or city_day(now))
    month: dict[str, Any] = {"first": period.start, "until": period.end}
    standing, at = await _sql.standings(connection, codes, by, **month, score=BOARDS[by].codes[0])
    if text:
        called = await names_of(connection, [(by, key) for key, _ in standing], language=language)
        standing = [one for one in standing if text.casefold() in f"{called[by, one[0]]} {one[0]}".casefold()]
    standing.sort(key=_better, reverse=True)
    place = place_of(after, tuple[str, float | None], refusal="evaluate.records.token") if after else None
    behind = [one for one in standing if place is None or _better(one) < _better(place)]
    page = page_of(behind, limit, lambda one: one)
    keys = [key for key, _ in page.items]
    values_by_key: dict[str, dict[str, float | None]] = {key: {} for key in keys}
    for row in await _sql.values_of_keys(connection, codes, by, **month, keys=keys):
        values_by_key[row["key"]][row["code"]] = row["value"]
    names = await names_of(connection, [(by, key) for key in keys], language=language)
    policy = await policy_on(connection, period.last_day)
    rows = tuple(
        Row(
            key=key, name=names[by, key], score=score, grade=None if score is None else policy.band(score).grade,
            values=values_by_key[key],
        )
        for key, score in page.items
    )  # fmt: skip
    columns = tuple(
        Column(code=code, titles=every[code].said.titles, unit=every[code].said.unit) for code in codes
    )
    return Board(
        by=by, start=period.start, end=period.end, at=at, sources=_sources(every[code] for code in codes), columns=columns,
        rows=rows, next=page.next, total=len(standing),
    )  # fmt: skip


def _sources(counted: Iterable[Indicator]) -> tuple[str, ...]:
    return tuple(sorted({measure.source.name for one in counted for measure in one.measures}))


def _better(one: tuple[str, float | None]) -> tuple[float, str]:
    """Of a key and its score: greater for who stands before others; who has no score stands last."""
    return -1 if one[1] is None else one[1], one[0]


async def _with_values(
    connection: Connection, wanted: Sequence[Indicator], now: datetime
) -> tuple[Listed, ...]:
    found: dict[str, list[Any]] = {}
    for row in await _sql.newest(connection, [one.code for one in wanted], city_day(now)):
        found.setdefault(row["code"], []).append(row)
    return tuple(_listed(one, found.get(one.code, []), now) for one in wanted)


def _listed(one: Indicator, newest: Sequence[Any], now: datetime) -> Listed:
    said = one.said
    return Listed(
        code=said.code, titles=said.titles, about=said.about, domain=said.domain, unit=said.unit, period=said.period,
        direction=said.direction, thresholds=said.thresholds, owner=said.owner, freshness_hours=said.freshness_hours,
        sources=_sources([one]), dimensions=one.dimensions,
        formula=said.formula, version=one.version, valid_from=said.valid_from,
        latest=_shown(newest[0], said, now, "") if newest else None,
        previous=newest[1]["value"] if len(newest) > 1 else None,
    )  # fmt: skip


def _shown(row: Any, said: Definition, now: datetime, name: str) -> Shown:
    period = Period(said.period, row["start"])
    return Shown(
        start=period.start, end=period.end, dimension=row["dimension"], key=row["key"], name=name, value=row["value"],
        status=said.status(row["value"]), version=row["version"], computed=row["computed"], inputs_at=row["inputs"],
        stale=_is_stale(row, said, period, now),
    )  # fmt: skip


def _is_stale(row: Any, said: Definition, period: Period, now: datetime) -> bool:
    """A period that is over was counted from what there was at its end."""
    until = min(now, period.ends)
    oldest = until - timedelta(hours=said.freshness_hours)
    counted_in_time: bool = row["computed"] >= oldest
    return not counted_in_time or (row["inputs"] is not None and row["inputs"] < oldest)
