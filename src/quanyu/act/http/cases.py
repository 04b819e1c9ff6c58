"""The desk's view of cases: lists, the case itself, its acts, and what the city has laid down about classes and duties."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from quanyu.act.cases import _laid_sql
from quanyu.act.cases.conditions import condition_versions, conditions, put_conditions
from quanyu.act.cases.finding import CaseQuery, find
from quanyu.act.cases.known import check_class, check_recipients
from quanyu.act.cases.model import Callback, Case, CaseClass, CaseView, Condition, Duty, Extent
from quanyu.act.cases.sampling import Sampling, put_sampling
from quanyu.act.cases.service import Cases, view
from quanyu.act.http.asking import After, Area, Asker, Key, Limit, Now, Number, Organisation, Store, doer_of
from quanyu.act.http.pressing import routes as pressing_routes
from quanyu.act.http.seeing import bodies_of, ground_of, seen, seen_or_done
from quanyu.act.http.several import routes as several_routes
from quanyu.act.rules import rule_titles
from quanyu.act.rules.notes import retold
from quanyu.core.actor import Actor
from quanyu.core.clock import city_day
from quanyu.core.errors import NotFound
from quanyu.identity import account_names
from quanyu.store import Connection
from quanyu.workflow import Act

_READ = {"action": "case.read"}
_ACT = {"action": "work.act"}
_MANAGE = {"action": "case.manage"}
_RULE = "rule:"
"""How a rule is called where it has done something."""

Wanted = Annotated[str | None, QueryParameter(max_length=80)]
Moment = Annotated[datetime | None, QueryParameter()]


class CaseList(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Case, ...]
    next: str | None


class Classified(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    category: str = msgspec.field(name="class")


class Merged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    into: str


class Laid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a city lays down; what is left out stays as it is."""

    classes: tuple[CaseClass, ...] = ()
    conditions: tuple[Condition, ...] = ()
    duties: tuple[Duty, ...] = ()
    extent: Extent | None = None
    callbacks: Sampling | None = None


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    classes: int
    conditions: int
    duties: int


@get("/api/v1/cases", opt=_READ)
async def list_cases(
    actor: Asker, database: Store, limit: Limit = 50, after: After = None,
    q: Annotated[str, QueryParameter(max_length=200)] = "", in_state: Annotated[str | None, QueryParameter(name="state", max_length=80)] = None, channel: Wanted = None,
    category: Annotated[str | None, QueryParameter(name="class", max_length=80)] = None,
    is_open: Annotated[bool | None, QueryParameter(name="open")] = None,
    bbox: Annotated[str | None, QueryParameter(max_length=100)] = None, area: Area = None, organisation: Organisation = None,
    reported_from: Moment = None, reported_before: Moment = None, closed_from: Moment = None, closed_before: Moment = None,
) -> CaseList:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        box, rings = await ground_of(connection, actor, bbox, area)
        wanted = CaseQuery(
            state=in_state, category=category, organisations=bodies_of(actor, organisation), text=q, open=is_open, channel=channel,
            box=box, rings=rings, reported=(reported_from, reported_before), closed=(closed_from, closed_before),
            limit=limit, after=after,
        )  # fmt: skip
        page = await find(connection, wanted)
    return CaseList(items=page.items, next=page.next)


@get("/api/v1/cases/{number:str}", opt=_READ)
async def show_case(number: Number, actor: Asker, database: Store) -> CaseView:
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, number)
        return await shown_case(connection, actor, number)


@post("/api/v1/cases/{number:str}/acts", opt=_ACT, status_code=HTTP_200_OK)
async def act_on_case(
    number: Number, data: JSONBody[Act], actor: Asker, database: Store, clock: Now, key: Key = None
) -> CaseView:
    """An action, an approval that is asked for, or a decision about one: see `acts` of the case."""
    async with database.tenant(actor.tenant) as connection:
        await seen_or_done(connection, actor, number, key)
        await check_recipients(connection, data)
        await Cases(connection, actor.tenant, clock()).act(number, data, doer_of(actor), key=key)
        return await shown_case(connection, actor, number)


@put("/api/v1/cases/{number:str}/class", opt={"action": "case.classify"})
async def classify_case(
    number: Number, data: JSONBody[Classified], actor: Asker, database: Store, clock: Now, key: Key = None
) -> Case:
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, number)
        await check_class(connection, data.category)
        return await Cases(connection, actor.tenant, clock()).classify(
            number, data.category, doer_of(actor), key=key
        )


@post("/api/v1/cases/{number:str}/callback", opt=_ACT, status_code=HTTP_200_OK)
async def call_back_case(
    number: Number, data: JSONBody[Callback], actor: Asker, database: Store, clock: Now, key: Key = None
) -> Case:
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, number)
        return await Cases(connection, actor.tenant, clock()).call_back(number, data, doer_of(actor), key=key)


@post("/api/v1/cases/{number:str}/merge", opt=_ACT, status_code=HTTP_200_OK)
async def merge_case(
    number: Number, data: JSONBody[Merged], actor: Asker, database: Store, clock: Now, key: Key = None
) -> Case:
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, number)
        return await Cases(connection, actor.tenant, clock()).merge(
            number, data.into, doer_of(actor), key=key
        )


@get("/api/v1/case-classes", opt={"action": "case.report"})
async def list_classes(actor: Asker, database: Store) -> tuple[CaseClass, ...]:
    async with database.tenant(actor.tenant) as connection:
        return tuple(await _laid_sql.classes(connection))


@get("/api/v1/case-conditions", opt=_READ)
async def list_conditions(
    actor: Asker, database: Store, clock: Now, at: Annotated[date | None, QueryParameter()] = None
) -> tuple[Condition, ...]:
    """立案条件 of a day: under which limit a class is filed in an area."""
    async with database.tenant(actor.tenant) as connection:
        return tuple(await conditions(connection, at or city_day(clock())))


@get("/api/v1/case-conditions/versions", opt=_READ)
async def list_condition_versions(actor: Asker, database: Store) -> tuple[Condition, ...]:
    """Also those to come and those that have ended, the newest of a class and area first."""
    async with database.tenant(actor.tenant) as connection:
        return tuple(await condition_versions(connection))


@get("/api/v1/case-duties", opt=_READ)
async def list_duties(actor: Asker, database: Store) -> tuple[Duty, ...]:
    """权责清单: which body has a class, or all that begin so, in an area."""
    async with database.tenant(actor.tenant) as connection:
        return tuple(await _laid_sql.all_duties(connection))


@delete("/api/v1/case-duties", opt=_MANAGE, status_code=HTTP_204_NO_CONTENT)
async def drop_duty(
    actor: Asker, database: Store, organisation: Annotated[str, QueryParameter(max_length=80)],
    category: Annotated[str, QueryParameter(name="class", max_length=80)] = "",
    area: Annotated[str, QueryParameter(max_length=80)] = "",
) -> None:  # fmt: skip
    duty = Duty(organisation=organisation, category=category, area=area)
    async with database.tenant(actor.tenant) as connection:
        if not await _laid_sql.drop_duty(connection, duty):
            raise NotFound("act.duty.unknown")


@put("/api/v1/case-rules", opt=_MANAGE)
async def lay_down(data: JSONBody[Laid], actor: Asker, database: Store, clock: Now) -> Counted:
    async with database.tenant(actor.tenant) as connection:
        await _laid_sql.put_classes(connection, actor.tenant, data.classes)
        await put_conditions(connection, actor.tenant, data.conditions, today=city_day(clock()))
        await _laid_sql.put_duties(connection, actor.tenant, data.duties)
        if data.extent is not None:
            await _laid_sql.put_extent(connection, actor.tenant, data.extent)
        if data.callbacks is not None:
            await put_sampling(connection, actor.tenant, data.callbacks)
    return Counted(classes=len(data.classes), conditions=len(data.conditions), duties=len(data.duties))


async def shown_case(connection: Connection, actor: Actor, number: str) -> CaseView:
    """With the names of who has done something; whether the actor may see it is not asked here."""
    shown = await view(connection, number, doer_of(actor))
    actors = {step.actor for step in shown.timeline}
    names = await account_names(connection, actors) | await _rules_among(connection, actors, actor.language)
    steps = tuple(
        msgspec.structs.replace(step, reason=retold(step.reason, actor.language)) for step in shown.timeline
    )
    return msgspec.structs.replace(shown, people=names, timeline=steps)


async def _rules_among(connection: Connection, actors: Iterable[str], language: str) -> dict[str, str]:
    """Who reads a case reads what made it, and need not be one who sees rules."""
    names = {one.removeprefix(_RULE) for one in actors if one.startswith(_RULE)}
    return {_RULE + name: title for name, title in (await rule_titles(connection, names, language)).items()}


routes = (
    list_cases, show_case, act_on_case, classify_case, call_back_case, merge_case, list_classes, list_conditions,
    list_condition_versions, list_duties, drop_duty, lay_down,
    *pressing_routes, *several_routes,
)  # fmt: skip
