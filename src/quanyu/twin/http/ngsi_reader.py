"""What one request of consumption reads, as its asker sees it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from quanyu.store import Connection
from quanyu.twin.conformant import conformant
from quanyu.twin.find import Found, find, find_ordered, known_to, linked_entities, number_found
from quanyu.twin.http.ngsi_asked import Asked
from quanyu.twin.http.ngsi_exchange import Exchange
from quanyu.twin.http.ngsi_federated import Gathered, number_of_all, page_of_all, whole_of
from quanyu.twin.http.ngsi_join import shown_entities
from quanyu.twin.http.sight import Seen, as_asked, shown_to
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import Query, depth, matches, targets
from quanyu.twin.search import Search


@dataclass(frozen=True, slots=True)
class Reader:
    """What one request reads within one transaction, as its asker sees it."""

    exchange: Exchange
    connection: Connection
    seen: Seen

    @classmethod
    async def of(cls, exchange: Exchange, connection: Connection) -> "Reader":
        seen = await exchange.sight.seen(connection, exchange.actor, "entity.read")
        return cls(exchange, connection, seen)

    async def search(self, asked: Asked) -> Search:
        exchange = self.exchange
        declared = exchange.door.finder.declared
        search = Search(
            tenant=exchange.actor.tenant, query=asked.query, declared=declared, datasets=self.seen.datasets
        )
        search = await as_asked(self.connection, exchange.actor, exchange.sight, search, asked.ordering)
        return replace(search, question=self._question(asked, search))

    def _question(self, asked: Asked, search: Search) -> str:
        """Who sees something else asks another question, and so does another @context."""
        others = {"offset": "", "limit": "", "count": ""}
        text = urlencode(sorted({**self.exchange.parameters, **others}.items()))
        body = repr(asked.query) if self.exchange.scope["method"] == "POST" else ""
        seen = "*" if self.seen.datasets is None else ",".join(sorted(self.seen.datasets))
        veils = repr(sorted((name, sorted(found.items(), key=str)) for name, found in search.veils.items()))
        return "\x00".join((search.tenant, seen, veils, repr(asked.context.source), text, body))

    async def page(self, asked: Asked, search: Search, gathered: Gathered | None) -> Found:
        page, finder = asked.page, self.exchange.door.finder
        if not page.limit:
            return Found((), more=False)
        if gathered is not None:
            return await page_of_all(self.connection, asked, search, gathered, finder)
        if asked.ordering:
            return await find_ordered(
                self.connection, search, asked.ordering, limit=page.limit, offset=page.start
            )
        return await find(self.connection, search, finder, limit=page.limit, offset=page.start)

    async def number(self, search: Search, gathered: Gathered | None) -> int:
        if gathered is not None:
            return await number_of_all(self.connection, search, gathered)
        return await number_found(self.connection, search)

    async def shown(self, entities: Sequence[Stored], asked: Asked) -> list[dict[str, Any]]:
        veiled = await shown_to(self.connection, self.exchange.actor, self.exchange.sight, entities)
        return await shown_entities(told(self.exchange, veiled), asked.shown, asked.context, self.fetch)

    async def fetch(self, ids: Collection[str]) -> Mapping[str, Stored]:
        tenant = self.exchange.actor.tenant
        found = await linked_entities(self.connection, tenant, ids, self.seen.datasets)
        veiled = await shown_to(self.connection, self.exchange.actor, self.exchange.sight, found.values())
        return {one.id: one for one in told(self.exchange, veiled)}

    async def listed(
        self, asked: Asked, search: Search, ids: Sequence[str], gathered: Gathered | None
    ) -> tuple[Found, list[str]]:
        """The page of a list of ids, as full as can be, and the ids that do not fit any more (5.5.9.3)."""
        page, place = asked.page, asked.page.start
        kept: list[Stored] = []
        gone: list[str] = []
        while place < len(ids) and len(kept) < page.limit:
            some = ids[place : place + page.limit - len(kept)]
            whole = await self._whole(search, some, gathered)
            for id in some:
                one = whole[id]
                if one is not None and matches(_of_one(asked.query), one):
                    kept.append(one)
                else:
                    gone.append(id)
            place += len(some)
        return Found(tuple(kept), more=bool(page.limit) and place < len(ids)), gone

    async def _whole(
        self, search: Search, ids: Sequence[str], gathered: Gathered | None
    ) -> dict[str, Stored | None]:
        own = await known_to(self.connection, search, ids)
        return {id: whole_of(gathered, id, own.get(id), search) if gathered else own.get(id) for id in ids}


def told(exchange: Exchange, entities: Iterable[Stored]) -> list[Stored]:
    """As the version of the standard has them that the asker prefers (4.3.6.8)."""
    made = []
    for one in entities:
        made.append(conformant(one, exchange.version, exchange.asked_context))
        exchange.altered |= made[-1] is not one
    return made


def _of_one(query: Query) -> Query:
    """What can be said of an entity without those that its relationships lead to."""
    return replace(query, q=None) if query.q and any(map(depth, targets(query.q))) else query
