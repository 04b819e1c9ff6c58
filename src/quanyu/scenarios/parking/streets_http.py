"""Routes of streets: a day's tracks counted, index by street and hour, causes with their evidence, effects of measures."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from quanyu.core.errors import Conflict
from quanyu.packs import Asker, DataFolder, TheClock, TheDatabase, settings_of
from quanyu.scenarios.parking import _sql, streets
from quanyu.scenarios.parking.causes import Loss, Signalled
from quanyu.scenarios.parking.congestion import Effect, level_of

_PREFIX = "/api/v1/packs/parking"
_READ, _WORK = {"action": "entity.read"}, {"action": "score.manage"}

TheDay = Annotated[date, PathParameter()]
Hours = Annotated[list[int] | None, QueryParameter(name="hour")]
Name = Annotated[str, QueryParameter(max_length=200)]
EVERY_HOUR = list(range(24))
_MOST_DAYS = 31


class DayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    day: date
    segments: int


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """That were counted, the newest first; `last` is it."""

    last: date | None
    days: list[date]


class StreetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    street: str
    index: float
    level: str
    metres: float
    links: int


class Streets(msgspec.Struct, frozen=True, kw_only=True):
    """`curve`: the index of all streets by hour."""

    items: list[StreetAnswer]
    curve: dict[int, float]


class PlanAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A plan of a signal that ran then. `wait`: seconds that its red alone costs on average; `lost`: what one drive of the link lost."""

    thing: str
    name: str
    link: str
    plan: str
    cycle: float
    green: float
    wait: float
    lost: float


class LossAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A link, and the streets that it runs between (`name`), near the evidence of a `cause`: seconds that all drives lost there, in how many; `slower`: driven over free time."""

    cause: str
    link: str
    name: str
    lost: float
    passes: float
    slower: float


class CauseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`share` of the seconds that the street lost; `things` with their `names`, the `losses` of links and of signals `plans` are the evidence."""

    cause: str
    lost: float
    share: float
    things: list[str]
    names: list[str]
    links: list[str]
    losses: list[LossAnswer]
    plans: list[PlanAnswer]


class Causes(msgspec.Struct, frozen=True, kw_only=True):
    items: list[CauseAnswer]


class EffectInput(msgspec.Struct, frozen=True, kw_only=True):
    """Segments of the corridor and of its control; days from the first until before the second."""

    links: list[str]
    control: list[str]
    before: tuple[date, date]
    after: tuple[date, date]
    hours: list[int] | None = None


class EffectAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """By how much the index changed beyond that of the control; 95 % lie from `low` to `high`. `sure`: none of that is nothing."""

    value: float
    low: float
    high: float
    before: float
    after: float
    control_before: float
    control_after: float
    sure: bool


@post(f"{_PREFIX}/streets/{{day:date}}", opt=_WORK, status_code=200)
async def count_day(
    actor: Asker, database: TheDatabase, clock: TheClock, folder: DataFolder, day: TheDay
) -> DayAnswer:
    """Lays the day's tracks on the city's roads; again as often as one likes."""
    async with database.tenant(actor.tenant) as connection:
        settings = await settings_of(connection, actor.tenant, "parking")
    found = await streets.count_day(
        database, actor.tenant, folder, day, dataset=str(settings["tracks"]), now=clock()
    )
    return DayAnswer(day=day, segments=found)


@get(f"{_PREFIX}/streets", opt=_READ)
async def list_days(actor: Asker, database: TheDatabase) -> Days:
    async with database.tenant(actor.tenant) as connection:
        days = await _sql.days_of(connection, actor.tenant, _MOST_DAYS)
    return Days(last=days[0] if days else None, days=days)


@get(f"{_PREFIX}/streets/{{day:date}}", opt=_READ)
async def show_streets(actor: Asker, database: TheDatabase, day: TheDay, hours: Hours = None) -> Streets:
    async with database.tenant(actor.tenant) as connection:
        found = await streets.streets(connection, actor.tenant, day, hours or EVERY_HOUR)
        rows = await _sql.drives_of(
            connection, actor.tenant, day, date.fromordinal(day.toordinal() + 1), EVERY_HOUR
        )
    return Streets(
        items=[
            StreetAnswer(
                street=one.name, index=round(one.index, 2), level=level_of(one.index), metres=round(one.metres), links=len(one.links)
            )
            for one in found
        ],
        curve={hour: round(index, 2) for hour, index in streets.index_curve(rows).items()},
    )  # fmt: skip


@get(f"{_PREFIX}/streets/{{day:date}}/causes", opt=_READ)
async def show_causes(
    actor: Asker, database: TheDatabase, day: TheDay, street: Name, hours: Hours = None
) -> Causes:
    """The greatest loss first, by what was there at those hours."""
    async with database.tenant(actor.tenant) as connection:
        found = await streets.causes(connection, actor.tenant, street, day, hours or EVERY_HOUR)
    return Causes(
        items=[
            CauseAnswer(
                cause=one.cause, lost=round(one.lost, 1), share=round(one.share, 3), things=list(one.things), names=list(one.names),
                links=list(one.links), losses=[_loss(one.cause, loss) for loss in one.losses], plans=[_plan(plan) for plan in one.plans],
            )
            for one in found
        ]
    )  # fmt: skip


def _loss(cause: str, one: Loss) -> LossAnswer:
    return LossAnswer(
        cause=cause, link=one.link, name=one.name or one.link, lost=round(one.lost, 1), passes=round(one.passes, 1), slower=round(one.ratio, 2)
    )  # fmt: skip


def _plan(one: Signalled) -> PlanAnswer:
    timing = one.timing
    return PlanAnswer(
        thing=one.thing, name=one.name, link=one.link, plan=timing.plan, cycle=timing.cycle, green=timing.green,
        wait=round(timing.wait, 1), lost=round(one.lost, 1),
    )  # fmt: skip


@post(f"{_PREFIX}/effects", opt=_READ, status_code=200)
async def show_effect(actor: Asker, database: TheDatabase, data: JSONBody[EffectInput]) -> EffectAnswer:
    """Difference in differences from the days that are kept. 409 where they are fewer than two anywhere."""
    async with database.tenant(actor.tenant) as connection:
        try:
            found = await streets.effect_of(
                connection, actor.tenant, links=data.links, control=data.control, before=data.before,
                after=data.after, hours=data.hours or EVERY_HOUR,
            )  # fmt: skip
        except ValueError as error:
            raise Conflict("packs.thing.days") from error
    return told_effect(found)


def told_effect(found: Effect) -> EffectAnswer:
    return EffectAnswer(**asdict(found), sure=found.low * found.high > 0)


routes = (count_day, list_days, show_streets, show_causes, show_effect)
