"""Contracts: looked at, proposed anew, suspended, ended; their ledgers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import NotFound
from quanyu.core.page_token import page_token, place_in_time
from quanyu.exchange.contracts import _sql
from quanyu.exchange.contracts.model import Contract, Usage, Version
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery import ledger
from quanyu.exchange.delivery.ledger import Call
from quanyu.exchange.http.asking import (
    ANSWER,
    ASK,
    READ,
    After,
    Asker,
    Folder,
    Id,
    Limit,
    Now,
    Number,
    Store,
    Word,
)
from quanyu.exchange.parties import bodies_of, check_consumer, check_seen, check_side, is_side
from quanyu.exchange.policy import Terms
from quanyu.exchange.policy.masks import Tokens
from quanyu.exchange.requests.model import Said
from quanyu.exchange.titles import titles_of
from quanyu.govern.catalogue import service as catalogue
from quanyu.identity import Outcome, account_names, append_evidence
from quanyu.store import Connection

_ROOT = "/api/v1/sharing/contracts"


class ContractPage(msgspec.Struct, frozen=True, kw_only=True):
    """`usage` by the id of the contract, `titles` by the name of the dataset."""

    items: tuple[Contract, ...]
    usage: dict[str, Usage]
    titles: dict[str, str]
    next: str | None


class ContractView(msgspec.Struct, frozen=True, kw_only=True):
    """`versions` newest first, with proposals that wait; `sides` are those that the looker acts for; `labels` are what items
    are called, `people` the names of accounts."""

    contract: Contract
    entry_title: str
    labels: dict[str, str]
    people: dict[str, str]
    usage: Usage
    versions: tuple[Version, ...]
    sides: tuple[str, ...]


class Stated(Said, frozen=True):
    to: Literal["suspended", "active", "terminated"]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class Proposed(Said, frozen=True):
    """Other terms, or the same ones longer (renewal)."""

    terms: Terms
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Decided(Said, frozen=True):
    """`hash` of the version that was read."""

    accept: bool
    hash: str
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Tokenised(Said, frozen=True):
    tokens: Annotated[tuple[str, ...], msgspec.Meta(max_length=1000)]


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    items: tuple[Call, ...]
    next: str | None

    @classmethod
    def page(cls, found: Sequence[Call], limit: int) -> "Calls":
        """Of those that were found: one more than the limit, where there are more."""
        shown = tuple(found[:limit])
        more = len(found) > limit
        return cls(items=shown, next=page_token((shown[-1].at, shown[-1].id)) if more else None)


class Values(msgspec.Struct, frozen=True, kw_only=True):
    values: dict[str, str]


@get(_ROOT, opt=READ)
async def list_contracts(
    actor: Asker, database: Store, clock: Now, dataset: Word = None,
    in_state: Annotated[str | None, QueryParameter(name="state", max_length=40)] = None, after: After = None, limit: Limit = 50,
) -> ContractPage:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        page = await Contracts(connection, actor, clock()).page(
            bodies_of(actor), dataset=dataset, state=in_state, after=after, limit=limit
        )
        usage = await _sql.usages(connection, [one.id for one in page.items])
        titles = await titles_of(connection, (one.dataset for one in page.items))
    return ContractPage(items=page.items, usage=usage, titles=titles, next=page.next)


@get(_ROOT + "/{id:str}", opt=READ)
async def show_contract(id: Id, actor: Asker, database: Store, clock: Now) -> ContractView:
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, id, clock())
        return await _shown(connection, actor, id, clock())


@get(_ROOT + "/{id:str}/calls", opt=READ)
async def list_calls(
    id: Id, actor: Asker, database: Store, clock: Now, day: Annotated[date | None, QueryParameter()] = None,
    after: After = None, limit: Limit = 50,
) -> Calls:  # fmt: skip
    """The ledger, newest first; of one day of the city's calendar, as `days` counts them."""
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, id, clock())
        found = await ledger.calls(
            connection, id, day=day, before=place_in_time(after, refusal="exchange.token"), limit=limit + 1
        )
    return Calls.page(found, limit)


@post(_ROOT + "/{id:str}/state", opt=ANSWER, status_code=200)
async def state_contract(
    id: Id, data: JSONBody[Stated], actor: Asker, database: Store, clock: Now
) -> ContractView:
    """The provider suspends, lets go on, or ends; running downloads are cut."""
    async with database.tenant(actor.tenant) as connection:
        found = await seen(connection, actor, id, clock())
        check_side(actor, found.provider, "share.answer", id)
        desk = Contracts(connection, actor, clock())
        step = {"suspended": desk.suspend, "active": desk.resume, "terminated": desk.terminate}[data.to]
        await step(id, data.reason)
        return await _shown(connection, actor, id, clock())


@post(_ROOT + "/{id:str}/proposals", opt=READ)
async def propose(
    id: Id, data: JSONBody[Proposed], actor: Asker, database: Store, clock: Now
) -> ContractView:
    """By either side; the other one decides."""
    async with database.tenant(actor.tenant) as connection:
        found = await seen(connection, actor, id, clock())
        entry = await catalogue.find(connection, found.dataset)
        await Contracts(connection, actor, clock()).propose(
            id, data.terms, by=_acting_side(actor, found), columns=[one.name for one in entry.description.items], reason=data.reason
        )  # fmt: skip
        return await _shown(connection, actor, id, clock())


@post(_ROOT + "/{id:str}/proposals/{version:int}", opt=READ, status_code=200)
async def decide(
    id: Id, version: Number, data: JSONBody[Decided], actor: Asker, database: Store, clock: Now
) -> ContractView:
    async with database.tenant(actor.tenant) as connection:
        found = await seen(connection, actor, id, clock())
        proposal = next((one for one in await _sql.versions(connection, id) if one.version == version), None)
        proposer = proposal.proposed_by if proposal else ""
        other = found.consumer.organisation if proposer == found.provider else found.provider
        if other == found.provider:
            check_side(actor, other, "share.answer", id)
        else:
            check_consumer(actor, found.consumer, "share.request", id)
        await Contracts(connection, actor, clock()).decide(
            id, version, accept=data.accept, by=other, hash=data.hash, reason=data.reason
        )
        return await _shown(connection, actor, id, clock())


@post(_ROOT + "/{id:str}/deletion", opt=ASK, status_code=200)
async def confirm_deletion(id: Id, actor: Asker, database: Store, clock: Now) -> ContractView:
    """The consumer says that what it got is deleted."""
    async with database.tenant(actor.tenant) as connection:
        found = await seen(connection, actor, id, clock())
        check_consumer(actor, found.consumer, "share.request", id)
        await Contracts(connection, actor, clock()).confirm_deletion(id)
        return await _shown(connection, actor, id, clock())


@post(_ROOT + "/{id:str}/tokens", opt=ANSWER, status_code=200)
async def reverse_tokens(
    id: Id, data: JSONBody[Tokenised], actor: Asker, database: Store, folder: Folder, clock: Now
) -> Values:
    """What stands behind tokens of this contract, for the owner of the data only; each use is evidence."""
    async with database.tenant(actor.tenant) as connection:
        found = await seen(connection, actor, id, clock())
        check_side(actor, found.provider, "share.answer", id)
        tokens = Tokens(await Contracts(connection, actor, clock()).key(id, folder))
        values = {one: tokens.value(one) for one in data.tokens}
        about = Resource("share", id, actor.tenant, found.provider)
        await append_evidence(
            connection, actor, "share.tokens.reversed", about, Outcome.DONE, {"tokens": len(values)}
        )
    return Values(values=values)


async def seen(connection: Connection, actor: Actor, id: str, now: datetime) -> Contract:
    """Raises NotFound, also for a contract of others."""
    found = await Contracts(connection, actor, now).one(id)
    check_seen(actor, found.deal, id)
    return found


async def _shown(connection: Connection, actor: Actor, id: str, now: datetime) -> ContractView:
    desk = Contracts(connection, actor, now)
    found = await desk.one(id)
    sides = {
        "provider": is_side(actor, found.provider, "share.answer"),
        "consumer": not found.consumer.node and is_side(actor, found.consumer.organisation, "share.request"),
    }
    entry, versions = await catalogue.find(connection, found.dataset), await desk.versions(id)
    people = {one for version in versions for one in (version.author, version.decided_by) if one}
    return ContractView(
        contract=found, entry_title=entry.description.title,
        labels={one.name: one.label for one in entry.description.items},
        people=await account_names(connection, people), usage=await _sql.usage(connection, id), versions=tuple(versions),
        sides=tuple(name for name, acts in sides.items() if acts),
    )  # fmt: skip


def _acting_side(actor: Actor, found: Contract) -> str:
    """Whoever may act for both proposes for the consumer: what the provider gives is the provider's to say."""
    if not found.consumer.node and is_side(actor, found.consumer.organisation, "share.request"):
        return found.consumer.organisation
    if is_side(actor, found.provider, "share.answer"):
        return found.provider
    raise NotFound("exchange.unknown", id=found.id)


routes = (
    list_contracts, show_contract, list_calls, state_contract, propose, decide, confirm_deletion, reverse_tokens,
)  # fmt: skip
