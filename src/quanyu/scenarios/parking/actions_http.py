"""Routes of what is done about congestion: who accepted what, when, and what came of it."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from quanyu.packs import Asker, TheClock, TheDatabase
from quanyu.scenarios.parking import actions
from quanyu.scenarios.parking.causes import Cause
from quanyu.scenarios.parking.measures import Action, Measure
from quanyu.scenarios.parking.streets_http import EVERY_HOUR, EffectAnswer, told_effect

_PATH = "/api/v1/packs/parking/actions"
_READ, _WORK = {"action": "entity.read"}, {"action": "score.manage"}

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Hour = Annotated[int, msgspec.Meta(ge=0, le=23)]
Number = Annotated[int, PathParameter(ge=1)]


class ActionInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`control` is a street where nothing is done; it holds from `day` on, at those `hours` of the day."""

    street: Name
    control: Name
    cause: Cause
    measure: Measure
    what: Annotated[str, msgspec.Meta(max_length=500)] = ""
    day: date
    hours: Annotated[tuple[Hour, ...], msgspec.Meta(max_length=24)] = ()


class ActionNumber(msgspec.Struct, frozen=True, kw_only=True):
    id: int


class ActionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`by` accepted it. `effect` is null while fewer than two days are counted anywhere."""

    id: int
    street: str
    control: str
    cause: Cause
    measure: Measure
    what: str
    day: date
    hours: tuple[int, ...]
    by: str
    at: datetime
    effect: EffectAnswer | None


class Actions(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ActionAnswer]


@post(_PATH, opt=_WORK)
async def accept_action(
    actor: Asker, database: TheDatabase, clock: TheClock, data: JSONBody[ActionInput]
) -> ActionNumber:
    """Written down as accepted by who asks, now."""
    action = Action(
        street=data.street, control=data.control, cause=data.cause, measure=data.measure, what=data.what, day=data.day,
        hours=data.hours or tuple(EVERY_HOUR),
    )  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        return ActionNumber(id=await actions.accept(connection, actor, action, now=clock()))


@get(_PATH, opt=_READ)
async def list_actions(
    actor: Asker, database: TheDatabase, limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20
) -> Actions:
    """The newest first, each with what came of it: two weeks before it against two weeks after."""
    async with database.tenant(actor.tenant) as connection:
        found = await actions.accepted(connection, actor.tenant, limit=limit)
    return Actions(items=[_answer(one) for one in found])


@delete(f"{_PATH}/{{number:int}}", opt=_WORK)
async def withdraw_action(actor: Asker, database: TheDatabase, number: Number) -> None:
    """One that was never carried out, or was written down wrongly."""
    async with database.tenant(actor.tenant) as connection:
        await actions.withdraw(connection, actor.tenant, number)


def _answer(one: actions.Accepted) -> ActionAnswer:
    did, came = one.action, one.effect
    return ActionAnswer(
        id=one.id, street=did.street, control=did.control, cause=did.cause, measure=did.measure, what=did.what, day=did.day,
        hours=did.hours, by=one.by, at=one.at,
        effect=told_effect(came) if came else None,
    )  # fmt: skip


routes = (accept_action, list_actions, withdraw_action)
