"""A call for entities, from the question to what may be shown: covered, counted and noted like a call of any other way."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid, NotFound
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.counting import Counting
from quanyu.exchange.delivery.coverage import Ask, Covered
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.entities.eyes import Eyes, eyes
from quanyu.exchange.entities.outline import outline
from quanyu.exchange.parties import check_consumer, check_seen
from quanyu.exchange.policy import Governed, Way
from quanyu.govern.imports import _sql as imports_sql
from quanyu.store import Connection
from quanyu.twin.find import Finder, Found, find, find_after, number_found
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import Ordering, ordered
from quanyu.twin.search import BEGINNING, SECONDS, Position, Search, TooComplexQuery, position_of

_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a call may see, and what it is counted as."""

    actor: Actor
    ask: Ask
    covered: Covered
    eyes: Eyes

    @property
    def most(self) -> int | None:
        return self.covered.terms.rows


@dataclass(frozen=True, slots=True)
class Entities:
    counting: Counting
    engines: Engines

    async def view(self, actor: Actor, id: str, said: str) -> View:
        """Raises NotFound for a contract of others, AccessDenied where it covers nothing now, Denied for one of figures only."""
        async with self.counting.database.tenant(actor.tenant) as connection:
            contract = await self.own(connection, actor, id)
        return await self.of(actor, contract, said)

    async def own(self, connection: Connection, actor: Actor, id: str) -> Contract:
        """Raises NotFound, AccessDenied."""
        contract = await Contracts(connection, actor, self.counting.clock()).one(id)
        check_seen(actor, contract.deal, id)
        check_consumer(actor, contract.consumer, "share.use", id)
        return contract

    async def of(self, actor: Actor, contract: Contract, said: str) -> View:
        """Raises as `view`."""
        ask = Ask(
            party=contract.consumer, sql="", datasets=(contract.dataset,), way=Way.ENTITIES, contracts=(contract.id,), said=said
        )  # fmt: skip
        (covered,) = await self.counting.cover(actor, ask)
        async with self.counting.database.tenant(actor.tenant) as connection:
            seen = await eyes_of(connection, self.engines, covered)
        return View(actor=actor, ask=ask, covered=covered, eyes=seen)

    async def count(self, view: View) -> str:
        """Before anything leaves; the number of the call. Raises AccessDenied, TooOften."""
        given = Governed(sql="", columns=tuple(sorted(view.eyes.outline.given)))
        return await self.counting.count(view.actor, view.ask, [view.covered], given)

    async def shown(self, view: View, entities: tuple[Stored, ...]) -> list[Stored]:
        return await self.engines.work(partial(view.eyes.shown, entities))

    async def page(
        self, connection: Connection, view: View, search: Search, finder: Finder, ordering: Ordering | None, *,
        limit: int, offset: int,
    ) -> Found:  # fmt: skip
        """Rows that the contract leaves out are no part of the list, so they move no page. Raises TooComplexQuery."""
        if not limit:
            return Found((), more=False)
        if ordering:
            found = ordered([one async for one in self._all(connection, view, search)], ordering)
            return Found(tuple(found[offset : offset + limit]), more=len(found) > offset + limit)
        if not view.covered.terms.where:
            page = await find(connection, search, finder, limit=limit, offset=offset)
            return Found(tuple(await self.shown(view, page.items)), more=page.more)
        passed, kept = 0, list[Stored]()
        async for one in self._all(connection, view, search):
            passed += 1
            if passed > offset + limit:
                return Found(tuple(kept), more=True)
            if passed > offset:
                kept.append(one)
        return Found(tuple(kept), more=False)

    async def number(self, connection: Connection, view: View, search: Search) -> int:
        if not view.covered.terms.where:
            return await number_found(connection, search)
        return sum([1 async for _ in self._all(connection, view, search)])

    async def _all(self, connection: Connection, view: View, search: Search) -> AsyncIterator[Stored]:
        """Raises TooComplexQuery when all batches together take longer than a query may."""
        after: Position | None = BEGINNING
        began = time.monotonic()
        while after is not None:
            found = await find_after(connection, search, after, limit=_BATCH)
            for one in await self.shown(view, found.items):
                yield one
            after = position_of(found.items[-1]) if found.more else None
            if time.monotonic() - began > SECONDS:
                raise TooComplexQuery("twin.query.complex", seconds=SECONDS)


async def eyes_of(connection: Connection, engines: Engines, covered: Covered) -> Eyes:
    """Raises NotFound for a dataset whose records are no entities, AccessDenied where the terms give figures only."""
    dataset = await imports_sql.dataset(connection, covered.dataset)
    if dataset is None or dataset.mapping is None:
        raise NotFound("exchange.entities.none", dataset=covered.dataset)
    types = await engines.work(partial(engines.columns, covered.files, covered.source))
    terms = covered.terms
    return eyes(covered.dataset, outline(covered.dataset, dataset.mapping, terms), terms, types, covered.key)


def own_id(view: View, id: str) -> str:
    """Raises NotFound for an id that this contract never gave."""
    try:
        return view.eyes.own_id(id)
    except Invalid:
        raise NotFound("twin.entity.unknown", id=id) from None
