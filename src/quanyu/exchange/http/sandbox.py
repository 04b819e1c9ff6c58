"""可用不可见 over HTTP: run on data that does not leave, release what came of it, take it."""

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from quanyu.core.page_token import page_token, place_in_time
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.http.asking import (
    ANSWER,
    READ,
    USE,
    After,
    Asker,
    Folder,
    Id,
    Limit,
    Now,
    Store,
    TheEngines,
)
from quanyu.exchange.parties import bodies_of
from quanyu.exchange.sandbox import _sql
from quanyu.exchange.sandbox.model import Decision, Trial, Wanted
from quanyu.exchange.sandbox.service import Sandbox

_ROOT = "/api/v1/sharing/trials"


class TrialPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Trial, ...]
    next: str | None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    result: Any


@post("/api/v1/sharing/contracts/{id:str}/trials", opt=USE)
async def run_trial(
    id: Id, data: JSONBody[Wanted], actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now
) -> Trial:  # fmt: skip
    """SQL, or an algorithm that the contract names, on records that stay here. The result waits for a release."""
    return await _sandbox(database, folder, engines, clock).run(actor, id, data)


@get(_ROOT, opt=READ)
async def list_trials(
    actor: Asker, database: Store, contract: Annotated[str | None, QueryParameter(max_length=60)] = None,
    after: After = None, limit: Limit = 50,
) -> TrialPage:  # fmt: skip
    """Of both sides, the newest first, without results."""
    place = place_in_time(after, refusal="exchange.token")
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.listed(
            connection, bodies_of(actor), contract=contract, after=place, limit=limit + 1
        )
    more = page_token((found[limit - 1].at, found[limit - 1].id)) if len(found) > limit else None
    return TrialPage(items=tuple(found[:limit]), next=more)


@get(_ROOT + "/{id:str}", opt=READ)
async def show_trial(
    id: Id, actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now
) -> Trial:
    """With its result for the provider, and for the consumer once it is released."""
    return await _sandbox(database, folder, engines, clock).view(actor, id)


@post(_ROOT + "/{id:str}/release", opt=ANSWER, status_code=200)
async def decide_trial(
    id: Id, data: JSONBody[Decision], actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now
) -> Trial:  # fmt: skip
    """By a person of the provider who has not run it."""
    return await _sandbox(database, folder, engines, clock).decide(actor, id, data)


@get(_ROOT + "/{id:str}/result", opt=USE)
async def take_result(
    id: Id, actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now
) -> Result:
    return Result(result=await _sandbox(database, folder, engines, clock).result(actor, id))


def _sandbox(database: Store, folder: Folder, engines: TheEngines, clock: Now) -> Sandbox:
    return Sandbox(Deliveries(database, folder, engines, clock))


routes = (run_trial, list_trials, show_trial, decide_trial, take_result)
