"""Scores and budgets over HTTP."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from quanyu.act.cases.known import check_bodies
from quanyu.act.cases.model import Callback
from quanyu.core.actor import Actor
from quanyu.core.clock import Clock, city_day
from quanyu.core.errors import Invalid
from quanyu.evaluate import service
from quanyu.evaluate.policy import Policy
from quanyu.evaluate.service import AS_IT_IS, BudgetRow, Sheet, Simulation
from quanyu.store import Database

Asker = NamedDependency[Actor]
Store = NamedDependency[Database]
Now = NamedDependency[SkipValidation[Clock]]
From = Annotated[datetime, QueryParameter(name="from")]
Until = Annotated[datetime, QueryParameter(name="until")]

_READ = {"action": "score.read"}
_MANAGE = {"action": "score.manage"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Simulated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cases whose call-back is left out, and those whose call-back is another: what would the sheet be then?"""

    cases: Annotated[tuple[str, ...], msgspec.Meta(max_length=10_000)] = ()
    changed: Annotated[dict[str, Callback], msgspec.Meta(max_length=10_000)] = {}


class Published(msgspec.Struct, frozen=True, kw_only=True):
    version: int


class BudgetList(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[BudgetRow, ...]


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[dict[str, Any], ...]
    next: str | None


@get("/api/v1/scores", opt=_READ)
async def show_scores(actor: Asker, database: Store, start: From, end: Until) -> Sheet:
    return await _sheet(actor, database, start, end)


@post("/api/v1/scores/simulation", opt=_READ, status_code=200)
async def simulate_scores(
    data: JSONBody[Simulated], actor: Asker, database: Store, start: From, end: Until
) -> Sheet:
    simulation = Simulation(without=data.cases, changed=data.changed)
    return await _sheet(actor, database, start, end, simulation=simulation)


@get("/api/v1/scores.xlsx", opt=_READ)
async def export_scores(
    actor: Asker, database: Store, start: From, end: Until,
    language: Annotated[str, QueryParameter(name="language", max_length=20)] = "zh-CN",
) -> Response[bytes]:  # fmt: skip
    made = await _sheet(actor, database, start, end)
    headers = {"content-disposition": 'attachment; filename="scores.xlsx"'}
    from quanyu.evaluate.workbook import workbook  # openpyxl is slow to load, and few ask for it

    return Response(workbook(made, language), media_type=_XLSX, headers=headers)


@get("/api/v1/scores/{organisation:str}/cases", opt=_READ)
async def show_cases_behind(
    organisation: Annotated[str, PathParameter(max_length=64)], actor: Asker, database: Store, start: From, end: Until,
    after: Annotated[str, QueryParameter(max_length=40)] = "",
) -> Behind:  # fmt: skip
    _check_zones(start, end)
    async with database.tenant(actor.tenant) as connection:
        found, more = await service.cases_behind(
            connection, actor.tenant, start, end, organisation, after=after
        )
    return Behind(items=tuple(found), next=more)


@get("/api/v1/score-policy", opt=_READ)
async def show_policy(actor: Asker, database: Store, clock: Now) -> Policy:
    async with database.tenant(actor.tenant) as connection:
        return await service.policy_on(connection, city_day(clock()))


@post("/api/v1/score-policy", opt=_MANAGE)
async def publish_policy(data: JSONBody[Any], actor: Asker, database: Store, clock: Now) -> Published:
    async with database.tenant(actor.tenant) as connection:
        version = await service.publish_policy(connection, actor.tenant, data, by=actor.id, now=clock())
    return Published(version=version)


@get("/api/v1/budgets", opt=_READ)
async def list_budgets(
    actor: Asker, database: Store, year: Annotated[int, QueryParameter(ge=1990, le=2200)]
) -> BudgetList:
    """What each body, or each of its systems, has in a year."""
    async with database.tenant(actor.tenant) as connection:
        return BudgetList(items=await service.budgets_of(connection, year))


@put("/api/v1/budgets", opt=_MANAGE, status_code=204)
async def put_budgets(data: JSONBody[tuple[BudgetRow, ...]], actor: Asker, database: Store) -> None:
    async with database.tenant(actor.tenant) as connection:
        await check_bodies(connection, (one.organisation for one in data if one.amount is not None))
        await service.put_budgets(connection, actor.tenant, data)


async def _sheet(
    actor: Actor, database: Database, start: datetime, end: datetime, *, simulation: Simulation = AS_IT_IS
) -> Sheet:
    _check_zones(start, end)
    async with database.tenant(actor.tenant) as connection:
        return await service.sheet(connection, actor.tenant, start, end, simulation=simulation)


def _check_zones(*moments: datetime) -> None:
    if any(one.tzinfo is None for one in moments):
        raise Invalid("evaluate.zone")


routes = (
    show_scores, simulate_scores, export_scores, show_cases_behind, show_policy, publish_policy, list_budgets,
    put_budgets,
)  # fmt: skip
