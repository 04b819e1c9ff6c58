"""Requests: asked, checked, answered, signed, their effect told; and what bodies are told of all this."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post, put
from litestar.params import JSONBody, QueryParameter

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.page_token import page_token, place_in_time
from quanyu.exchange.http.asking import (
    ANSWER,
    ASK,
    DECIDE,
    READ,
    After,
    Asker,
    Folder,
    Id,
    Key,
    Limit,
    Name,
    Now,
    Store,
    Word,
)
from quanyu.exchange.parties import Deal, Party, acts_for, bodies_of, check_seen, sees
from quanyu.exchange.policy import Terms
from quanyu.exchange.requests import _sql
from quanyu.exchange.requests.model import (
    Answer,
    Application,
    Commitment,
    Effect,
    Request,
    Said,
)
from quanyu.exchange.requests.service import Requests
from quanyu.exchange.requests.view import RequestView
from quanyu.store import Database

_ROOT = "/api/v1/sharing/requests"
Side = Annotated[Literal["consumer", "provider"] | None, QueryParameter(name="side")]
Desk = Annotated[bool, QueryParameter(name="desk")]


class RequestPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Request, ...]
    next: str | None


class Acted(Said, frozen=True):
    """One of forward, return, reject, uphold, overrule, accept_report, return_report; withhold; decline, object, let_be, withdraw."""

    act: str
    reason: str = ""


class Countered(Said, frozen=True):
    terms: Terms
    reason: str


class Signed(Said, frozen=True):
    """`sm3` is the hash of the text that was read."""

    sm3: str
    language: str = "zh-CN"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[dict[str, Any], ...]
    next: str | None


@asynccontextmanager
async def _seen(
    database: Database, actor: Actor, folder: Path, clock: Clock, id: str
) -> AsyncIterator[Requests]:
    """The desk with a request that the asker may see. Raises NotFound."""
    async with database.tenant(actor.tenant) as connection:
        desk = Requests(connection, actor, clock(), folder)
        check_seen(actor, (await desk.one(id)).deal, id)
        yield desk


@post(_ROOT, opt=ASK)
async def submit(
    data: JSONBody[Application], actor: Asker, database: Store, folder: Folder, clock: Now, key: Key = None
) -> RequestView:
    """On behalf of `organisation`, else of the asker's own."""
    body = acts_for(actor, data.organisation, "share.request")
    async with database.tenant(actor.tenant) as connection:
        desk = Requests(connection, actor, clock(), folder)
        made = await desk.submit(data, Party(organisation=body), key=key)
        return await desk.view(made.id)


@get(_ROOT, opt=READ)
async def list_requests(
    actor: Asker, database: Store, folder: Folder, clock: Now, side: Side = None, dataset: Word = None,
    in_state: Annotated[str | None, QueryParameter(name="state", max_length=40)] = None,
    is_open: Annotated[bool | None, QueryParameter(name="open")] = None, at_desk: Desk = False, after: After = None,
    limit: Limit = 50,
) -> RequestPage:  # fmt: skip
    """What the asker's bodies ask for and are asked for, newest first; `desk`: what waits for the authority."""
    async with database.tenant(actor.tenant) as connection:
        page = await Requests(connection, actor, clock(), folder).page(
            bodies_of(actor),
            side=side,
            dataset=dataset,
            state=in_state,
            open=is_open,
            desk=at_desk,
            after=after,
            limit=limit,
        )
    return RequestPage(items=page.items, next=page.next)


@get(_ROOT + "/{id:str}", opt=READ)
async def show_request(id: Id, actor: Asker, database: Store, folder: Folder, clock: Now) -> RequestView:
    async with _seen(database, actor, folder, clock, id) as desk:
        return await desk.view(id)


@post(_ROOT + "/{id:str}/acts", opt=READ, status_code=200)
async def act(
    id: Id, data: JSONBody[Acted], actor: Asker, database: Store, folder: Folder, clock: Now
) -> RequestView:
    """Whose act it is says `acts` of the request."""
    async with _seen(database, actor, folder, clock, id) as desk:
        await desk.act(id, data.act, data.reason)
        return await desk.view(id)


@put(_ROOT + "/{id:str}", opt=ASK)
async def resubmit(
    id: Id, data: JSONBody[Application], actor: Asker, database: Store, folder: Folder, clock: Now
) -> RequestView:
    async with _seen(database, actor, folder, clock, id) as desk:
        await desk.resubmit(id, data)
        return await desk.view(id)


@post(_ROOT + "/{id:str}/authorisation", opt=DECIDE, status_code=200)
async def authorise(id: Id, actor: Asker, database: Store, folder: Folder, clock: Now) -> RequestView:
    """无条件共享: offered at once."""
    async with database.tenant(actor.tenant) as connection:
        desk = Requests(connection, actor, clock(), folder)
        await desk.authorise(id)
        return await desk.view(id)


@get(_ROOT + "/{id:str}/draft-terms", opt=READ)
async def show_draft(
    id: Id, actor: Asker, database: Store, folder: Folder, clock: Now,
    items: Annotated[list[str] | None, QueryParameter(name="item", max_items=1000)] = None,
) -> Terms:  # fmt: skip
    """What would be offered for these items, or for all that may be given; a provider changes it and answers with it."""
    async with _seen(database, actor, folder, clock, id) as desk:
        return await desk.draft(id, tuple(items) if items else None)


@post(_ROOT + "/{id:str}/answer", opt=ANSWER, status_code=200)
async def answer(
    id: Id, data: JSONBody[Answer], actor: Asker, database: Store, folder: Folder, clock: Now
) -> RequestView:
    async with _seen(database, actor, folder, clock, id) as desk:
        await desk.answer(id, data)
        return await desk.view(id)


@post(_ROOT + "/{id:str}/counter", opt=ASK, status_code=200)
async def counter(
    id: Id, data: JSONBody[Countered], actor: Asker, database: Store, folder: Folder, clock: Now
) -> RequestView:
    async with _seen(database, actor, folder, clock, id) as desk:
        await desk.counter(id, data.terms, data.reason)
        return await desk.view(id)


@get(_ROOT + "/{id:str}/commitment", opt=READ)
async def show_commitment(
    id: Id, actor: Asker, database: Store, folder: Folder, clock: Now,
    language: Annotated[str, QueryParameter(name="language", max_length=20)] = "zh-CN",
) -> Commitment:  # fmt: skip
    """As it was signed, or as it would be signed now."""
    async with _seen(database, actor, folder, clock, id) as desk:
        return await desk.commitment(id, language)


@post(_ROOT + "/{id:str}/signature", opt=ASK, status_code=200)
async def sign(
    id: Id, data: JSONBody[Signed], actor: Asker, database: Store, folder: Folder, clock: Now
) -> RequestView:
    async with _seen(database, actor, folder, clock, id) as desk:
        await desk.sign(id, data.sm3, data.language)
        return await desk.view(id)


@post(_ROOT + "/{id:str}/effect", opt=ASK, status_code=200)
async def report_effect(
    id: Id, data: JSONBody[Effect], actor: Asker, database: Store, folder: Folder, clock: Now
) -> RequestView:
    """成效反馈."""
    async with _seen(database, actor, folder, clock, id) as desk:
        await desk.report(id, data)
        return await desk.view(id)


@get("/api/v1/catalogue/{name:str}/effects", opt={"action": "catalogue.read"})
async def list_effects(
    name: Name, actor: Asker, database: Store, after: After = None, limit: Limit = 50
) -> Told:
    """What the data has achieved so far, where a use has ended and its report was accepted."""
    from quanyu.govern.catalogue.http.asking import entry_for

    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.read")
        before = place_in_time(after, refusal="exchange.token")
        found = await _sql.effects(connection, name, before=before, limit=limit + 1)
    shown = tuple(_told(actor, **one) for one in found[:limit])
    return Told(
        items=shown, next=page_token((shown[-1]["at"], shown[-1]["id"])) if len(found) > limit else None
    )


def _told(
    actor: Actor, *, provider: str, consumer: str, consumer_node: str, contract: str | None, **told: Any
) -> dict[str, Any]:
    """`consumer` as `Party.desk` says it; under which contract, for whoever may look at it."""
    party = Party(organisation=consumer, node=consumer_node)
    seen = sees(actor, Deal(provider=provider, consumer=party))
    return {**told, "consumer": party.desk, "contract": contract if seen else None}


routes = (
    submit, list_requests, show_request, act, resubmit, authorise, show_draft, answer, counter, show_commitment, sign,
    report_effect, list_effects,
)  # fmt: skip
