"""回流: records given back under a contract, looked at and settled by their owner."""

from uuid import uuid4

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from quanyu.core.page_token import page_token, place_in_time
from quanyu.exchange.http.asking import ANSWER, ASK, READ, After, Asker, Folder, Id, Key, Limit, Now, Store
from quanyu.exchange.http.contracts import seen
from quanyu.exchange.parties import bodies_of, check_consumer
from quanyu.exchange.returns import _sql
from quanyu.exchange.returns.model import Decision, ListedReturn, Returned, ReturnView
from quanyu.exchange.returns.service import Returns
from quanyu.exchange.titles import titles_of

_ROOT = "/api/v1/sharing/returns"


class ReturnPage(msgspec.Struct, frozen=True, kw_only=True):
    """`titles` by the name of the dataset."""

    items: tuple[ListedReturn, ...]
    titles: dict[str, str]
    next: str | None


@post("/api/v1/sharing/contracts/{id:str}/returns", opt=ASK)
async def give_back(
    id: Id,
    data: JSONBody[Returned],
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
    key: Key = None,
) -> ReturnView:
    async with database.tenant(actor.tenant) as connection:
        contract = await seen(connection, actor, id, clock())
        check_consumer(actor, contract.consumer, "share.request", id)
        desk = Returns(connection, actor, clock(), folder)
        made = await desk.give(contract, data, key=key or uuid4().hex)
        return await desk.view(made.id)


@get(_ROOT, opt=READ)
async def list_returns(actor: Asker, database: Store, after: After = None, limit: Limit = 50) -> ReturnPage:
    """What the asker's bodies gave back and were given back, newest first."""
    place = place_in_time(after, refusal="exchange.token")
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.page(connection, bodies_of(actor), after=place, limit=limit + 1)
        shown = tuple(found[:limit])
        titles = await titles_of(connection, (one.dataset for one in shown))
    more = page_token((shown[-1].created, shown[-1].id)) if len(found) > limit else None
    return ReturnPage(items=shown, titles=titles, next=more)


@get(_ROOT + "/{id:str}", opt=READ)
async def show_return(id: Id, actor: Asker, database: Store, folder: Folder, clock: Now) -> ReturnView:
    """For the owner with what is new, the same and in conflict now."""
    async with database.tenant(actor.tenant) as connection:
        return await Returns(connection, actor, clock(), folder).view(id)


@post(_ROOT + "/{id:str}/decision", opt=ANSWER, status_code=200)
async def decide_return(
    id: Id, data: JSONBody[Decision], actor: Asker, database: Store, folder: Folder, clock: Now
) -> ReturnView:
    async with database.tenant(actor.tenant) as connection:
        desk = Returns(connection, actor, clock(), folder)
        await desk.decide(id, data)
        return await desk.view(id)


routes = (give_back, list_returns, show_return, decide_return)
