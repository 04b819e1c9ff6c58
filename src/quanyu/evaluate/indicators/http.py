"""Indicators, boards, hot spots and the ledger of unmet needs over HTTP."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock, city_day
from quanyu.core.errors import Denied, Invalid
from quanyu.evaluate.indicators import definitions, ledger, service
from quanyu.evaluate.indicators.dataset_records import dataset_records
from quanyu.evaluate.indicators.ledger import HotSpot, Looking, Needs, Reason, Span
from quanyu.evaluate.indicators.model import Indicator
from quanyu.evaluate.indicators.periods import period_of
from quanyu.evaluate.indicators.records import Drill, RecordPage, records
from quanyu.evaluate.indicators.rerun import JOB, counting_of
from quanyu.evaluate.indicators.service import Asked, Board, Listed, Shown, Whole
from quanyu.evaluate.indicators.sources import CITY, DATASET, SOURCE_BY_NAME
from quanyu.evaluate.indicators.tree import Kind, condition_text, written
from quanyu.identity import Reach, allowed
from quanyu.query import Engine
from quanyu.store import Connection, Database, enqueue

Asker = NamedDependency[Actor]
Store = NamedDependency[Database]
Now = NamedDependency[SkipValidation[Clock]]
DataFolder = NamedDependency[SkipValidation[Path]]
TheEngine = NamedDependency[SkipValidation[Engine]]
Code = Annotated[str, PathParameter(max_length=64)]
From = Annotated[datetime, QueryParameter(name="from")]
Until = Annotated[datetime, QueryParameter(name="until")]
After = Annotated[str | None, QueryParameter(name="after", max_length=400)]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=500)]
Word = Annotated[str, QueryParameter(max_length=200)]
Day = Annotated[date | None, QueryParameter(name="start")]

_READ = {"action": "indicator.read"}
_MANAGE = {"action": "indicator.manage"}
_RECORDS = {"case": "case.read", "move": "case.read", "entity": "entity.read", "row": "dataset.read"}
"""What somebody must be allowed everywhere in the city, to see what a number was counted from."""


class Items(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Listed, ...]


class Values(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Shown, ...]
    next: str | None


class Spots(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[HotSpot, ...]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    formula: str
    sources: tuple[str, ...]
    refers_to: tuple[str, ...]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    version: int


class Counting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without days what has changed is counted; with a day all periods from or until it."""

    codes: Annotated[tuple[str, ...], msgspec.Meta(max_length=1000)] | None = None
    start: date | None = msgspec.field(default=None, name="from")
    until: date | None = None


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    job: int


@get("/api/v1/indicators", opt=_READ)
async def list_indicators(
    actor: Asker, database: Store, clock: Now, domain: Annotated[str | None, QueryParameter(max_length=64)] = None
) -> Items:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        return Items(items=await service.listed(connection, now=clock(), domain=domain))


@get("/api/v1/indicators/{code:str}", opt=_READ)
async def show_indicator(code: Code, actor: Asker, database: Store, clock: Now) -> Whole:
    async with database.tenant(actor.tenant) as connection:
        return await service.shown(connection, code, now=clock())


@get("/api/v1/indicators/{code:str}/values", opt=_READ)
async def show_values(
    code: Code, actor: Asker, database: Store, clock: Now, dimension: Word = CITY,
    key: Annotated[str | None, QueryParameter(max_length=200)] = None,
    start: Annotated[date | None, QueryParameter(name="from")] = None,
    until: Annotated[date | None, QueryParameter(name="until")] = None,
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=service.MOST_VALUES)] = 500,
    after: After = None,
) -> Values:  # fmt: skip
    asked = Asked(dimension, key, start, until, limit, after)
    async with database.tenant(actor.tenant) as connection:
        found = await service.values(connection, code, asked, now=clock(), language=actor.language)
    return Values(items=found.items, next=found.next)


@get("/api/v1/indicators/{code:str}/records", opt=_READ)
async def show_records(
    code: Code, actor: Asker, database: Store, clock: Now, folder: DataFolder, engine: TheEngine, start: Day = None,
    dimension: Word = CITY, key: Word = "", measure: Annotated[int, QueryParameter(ge=0, le=500)] = 0,
    part: Annotated[str, QueryParameter(pattern="^(part|whole)$")] = "whole", limit: Limit = 50, after: After = None,
) -> RecordPage:  # fmt: skip
    """Of a measure of the formula that was in force then; raises Denied where its records are not the asker's to see."""
    now = clock()
    async with database.tenant(actor.tenant) as connection:
        newest = await definitions.indicator(connection, code)
        period = period_of(newest.said.period, start or city_day(now))
        one = (await definitions.known(connection)).on(period.last_day).get(code, newest)
        if measure >= len(one.measures):
            raise Invalid("evaluate.records.measure", code=code, count=len(one.measures), others=", ".join(one.refers_to))  # fmt: skip
        drill = Drill(
            measure=one.measures[measure], period=period, dimension=dimension, key=key, part=part == "part",
            limit=limit, after=after,
        )  # fmt: skip
        return await _page(connection, actor, (engine, folder), drill, now)


@post("/api/v1/indicators", opt=_MANAGE)
async def publish_indicator(data: JSONBody[Any], actor: Asker, database: Store, clock: Now) -> Published:
    async with database.tenant(actor.tenant) as connection:
        made = await definitions.publish(connection, actor.tenant, data, by=actor.id, now=clock())
    return Published(code=made.code, version=made.version)


@post("/api/v1/indicators/check", opt=_MANAGE, status_code=200)
async def check_indicator(data: JSONBody[Any], actor: Asker, database: Store) -> Checked:
    """What publishing it would say; nothing is kept."""
    async with database.tenant(actor.tenant) as connection:
        read = await definitions.check(connection, data)
    return Checked(formula=written(read.formula), sources=_sources(read), refers_to=read.refers_to)


@post("/api/v1/indicators/compute", opt=_MANAGE, status_code=202)
async def compute_indicators(data: JSONBody[Counting], actor: Asker, database: Store) -> Begun:
    """As a job; its end is the job's."""
    async with database.tenant(actor.tenant) as connection:
        known = (await definitions.known(connection)).newest()
        definitions.with_references(data.codes or (), known)
        asked = msgspec.to_builtins(data)
        counting_of(asked)
        job = await enqueue(connection, actor.tenant, JOB, asked)
    return Begun(job=job)


@get("/api/v1/boards/{by:str}", opt={"action": "score.read"})
async def show_board(
    by: Code, actor: Asker, database: Store, clock: Now, start: Day = None,
    q: Annotated[str, QueryParameter(max_length=200)] = "", after: After = None, limit: Limit = 500,
) -> Board:  # fmt: skip
    """Best first; `q` is part of what one is called or of its key."""
    async with database.tenant(actor.tenant) as connection:
        return await service.board(
            connection, by, start, now=clock(), language=actor.language, text=q, after=after, limit=limit
        )


@get("/api/v1/hot-spots", opt=_READ)
async def show_hot_spots(
    actor: Asker, database: Store, start: From, end: Until,
    category: Annotated[str, QueryParameter(name="class", max_length=64)] = "",
    metres: Annotated[float, QueryParameter(ge=10, le=20_000)] = 250,
    least: Annotated[int, QueryParameter(ge=1, le=10_000)] = 3,
    days: Annotated[int, QueryParameter(ge=0, le=3660)] = 30, limit: Limit = 100,
) -> Spots:  # fmt: skip
    looking = Looking(category=category, metres=metres, least=least, days=days, limit=limit)
    async with database.tenant(actor.tenant) as connection:
        found = await ledger.hot_spots(
            connection, Span(start=start, end=end), looking, language=actor.language
        )
    return Spots(items=found)


@get("/api/v1/unmet-needs", opt={"action": "case.read"})
async def show_unmet_needs(
    actor: Asker, database: Store, clock: Now, start: From, end: Until, reason: Annotated[Reason | None, QueryParameter()] = None, limit: Limit = 50, after: After = None
) -> Needs:  # fmt: skip
    _see_everywhere(actor, "case")
    async with database.tenant(actor.tenant) as connection:
        return await ledger.unmet_needs(
            connection, Span(start=start, end=end), now=clock(), reason=reason, limit=limit, after=after
        )


async def _page(
    connection: Connection, actor: Actor, files: tuple[Engine, Path], drill: Drill, now: datetime
) -> RecordPage:
    measure = drill.measure
    is_row = measure.source.name == DATASET
    _see_everywhere(actor, "row" if is_row else SOURCE_BY_NAME[measure.source.name].kind)
    if is_row:
        total, items, more = await dataset_records(connection, *files, drill)
    else:
        total, items, more = await records(connection, drill, now=now)
    share = measure.kind is Kind.SHARE and measure.part is not None
    shown = condition_text(measure.part) if drill.part and share and measure.part else "whole"
    return RecordPage(measure=written(measure), part=shown, total=total, items=tuple(items), next=more)


def _see_everywhere(actor: Actor, kind: str) -> None:
    """Raises Denied."""
    action = _RECORDS[kind]
    if (
        allowed(actor, action, Resource(action.partition(".")[0], tenant=actor.tenant)).reach
        is not Reach.TENANT
    ):
        raise Denied("evaluate.records.denied", action=action)


def _sources(one: Indicator) -> tuple[str, ...]:
    return tuple(sorted({measure.source.name for measure in one.measures}))


routes = (
    list_indicators, show_indicator, show_values, show_records, publish_indicator, check_indicator, compute_indicators,
    show_board, show_hot_spots, show_unmet_needs,
)  # fmt: skip
