"""一数一源: elements asked for, claimed, negotiated and settled."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from quanyu.core.actor import Actor
from quanyu.exchange.elements.model import Agreeing, Claiming, Deciding, Element, ElementView, Wanted
from quanyu.exchange.elements.service import Elements
from quanyu.exchange.elements.steps import AUTHORITY, BODY, SIDES
from quanyu.exchange.http.asking import (
    ANSWER,
    ASK,
    DECIDE,
    READ,
    After,
    Asker,
    Id,
    Key,
    Limit,
    Now,
    Store,
)
from quanyu.exchange.parties import acts_for, resource
from quanyu.exchange.requests.model import Said
from quanyu.identity import check

_ROOT = "/api/v1/sharing/elements"

State = Annotated[str | None, QueryParameter(name="state", max_length=40)]
Flag = Annotated[bool | None, QueryParameter()]


class ElementPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Element, ...]
    next: str | None


class ElementAct(Said, frozen=True):
    """open, reject, confirm, take_over, leave, uphold, reopen, retire (authority); withdraw, accept, refer, appeal, bring (a body)."""

    act: str
    reason: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    organisation: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class ElementDecision(Deciding, frozen=True):
    """`act` is decide, or overturn after an appeal or new evidence."""

    act: Annotated[str, msgspec.Meta(pattern="^(decide|overturn)$")] = "decide"


@post(_ROOT, opt=ASK)
async def ask_for_element(
    data: JSONBody[Wanted], actor: Asker, database: Store, clock: Now, key: Key = None
) -> ElementView:
    """On behalf of `organisation`, else of the asker's own."""
    body = acts_for(actor, data.organisation, "share.request")
    async with database.tenant(actor.tenant) as connection:
        desk = Elements(connection, actor, clock())
        await desk.ask(data, body, key=key)
        return await desk.view(data.code)


@get(_ROOT, opt=READ)
async def list_elements(
    actor: Asker, database: Store, clock: Now, in_state: State = None, is_open: Annotated[bool | None, QueryParameter(name="open")] = None,
    settled: Flag = None, of: Annotated[str | None, QueryParameter(name="body", max_length=200)] = None, q: Annotated[str, QueryParameter(max_length=200)] = "", after: After = None,
    limit: Limit = 50,
) -> ElementPage:  # fmt: skip
    """The last moved first. `settled`: with a source that holds now; `body`: that asked for it, claims it or is its source."""
    async with database.tenant(actor.tenant) as connection:
        page = await Elements(connection, actor, clock()).page(
            state=in_state,
            open=is_open,
            settled=settled,
            body=of,
            words=q.strip(),
            after=after,
            limit=limit,
        )
    return ElementPage(items=page.items, next=page.next)


@get(_ROOT + "/{code:str}", opt=READ)
async def show_element(code: Id, actor: Asker, database: Store, clock: Now) -> ElementView:
    """What claimants say to each other is shown to them, to who asked for the element and to who may read everything."""
    async with database.tenant(actor.tenant) as connection:
        return await Elements(connection, actor, clock()).view(code)


@post(_ROOT + "/{code:str}/claims", opt=ANSWER)
async def claim(code: Id, data: JSONBody[Claiming], actor: Asker, database: Store, clock: Now) -> ElementView:
    body = acts_for(actor, data.organisation, BODY)
    async with database.tenant(actor.tenant) as connection:
        desk = Elements(connection, actor, clock())
        await desk.claim(code, data, body)
        return await desk.view(code)


@post(_ROOT + "/{code:str}/accords", opt=ANSWER)
async def propose(
    code: Id, data: JSONBody[Agreeing], actor: Asker, database: Store, clock: Now
) -> ElementView:
    body = acts_for(actor, data.organisation, BODY)
    async with database.tenant(actor.tenant) as connection:
        desk = Elements(connection, actor, clock())
        await desk.propose(code, data, body)
        return await desk.view(code)


@post(_ROOT + "/{code:str}/acts", opt=READ, status_code=200)
async def act(code: Id, data: JSONBody[ElementAct], actor: Asker, database: Store, clock: Now) -> ElementView:
    body = _acting(actor, code, data)
    async with database.tenant(actor.tenant) as connection:
        desk = Elements(connection, actor, clock())
        await desk.act(code, data.act, data.reason, body)
        return await desk.view(code)


@post(_ROOT + "/{code:str}/decision", opt=DECIDE, status_code=200)
async def decide(
    code: Id, data: JSONBody[ElementDecision], actor: Asker, database: Store, clock: Now
) -> ElementView:
    check(actor, AUTHORITY, resource(actor, code))
    async with database.tenant(actor.tenant) as connection:
        desk = Elements(connection, actor, clock())
        await desk.decide(code, data.act, data)
        return await desk.view(code)


def _acting(actor: Actor, code: str, said: ElementAct) -> str | None:
    """The body whose act it is, None for the authority. Raises AccessDenied."""
    if SIDES.get(said.act) == BODY:
        return acts_for(actor, said.organisation, BODY)
    check(actor, AUTHORITY, resource(actor, code))
    return None


routes = (ask_for_element, list_elements, show_element, claim, propose, act, decide)
"""Of elements."""
