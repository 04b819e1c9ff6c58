"""Consumption of entities (ETSI GS CIM 009, 5.7.1, 5.7.2; 6.4.3.2, 6.5.3.1, 6.23.3.1)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from quanyu.core.errors import Invalid, NotFound
from quanyu.store import Connection
from quanyu.twin.find import Found, Search, find, find_ordered, linked_entities, number_found
from quanyu.twin.http.ngsi_asked import Asked, Shown, asked_in_body, asked_in_url, shown_in_url
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_consulted import Consulted
from quanyu.twin.http.ngsi_federated import (
    consult_about,
    consult_for,
    found_entity,
    number_of_all,
    page_of_all,
)
from quanyu.twin.http.ngsi_join import shown_entities
from quanyu.twin.http.ngsi_media import ENTITY_MEDIA, GEO_JSON
from quanyu.twin.http.sight import Seen, shown_to
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.document import collection, is_uri
from quanyu.twin.ngsild.query import of_types, parse_types

Headers = tuple[tuple[str, str], ...]


async def retrieve_entity(exchange: Exchange) -> Answer:
    """5.7.1."""
    context = await exchange.context()
    shown = shown_in_url(exchange, context)
    types = exchange.take("type")
    selection = parse_types(types, context.stored) if types else ()
    exchange.refuse_others()
    actor, id = exchange.actor, exchange.parts[1]
    if not is_uri(id):
        raise Invalid("twin.asked.uri", name="id", uri=id[:80])
    gathered = await consult_about(exchange, context, id=id, types=selection, shown=shown)
    async with exchange.database.tenant(actor.tenant) as connection:
        found = await found_entity(exchange, connection, id, gathered)
        if not of_types(found.types, selection) or not _has_any(found, shown):
            raise NotFound("twin.entity.unknown", id=id)
        entities = await shown_to(connection, actor, exchange.sight, [found])
        reader = await Reader.of(exchange, connection)
        made = await shown_entities(entities, shown, context, reader.fetch)
    if shown.join and not shown.join.inline and len(made) > 1:
        return Answer(200, _listed(exchange, made))
    if not made:
        raise NotFound("twin.entity.nothing_left", id=id)
    return Answer(200, made[0])


async def query_entities(exchange: Exchange) -> Answer:
    """5.7.2."""
    return await answer_query(exchange, asked_in_url(exchange, await exchange.context()))


async def query_by_body(exchange: Exchange) -> Answer:
    """5.7.2 over POST."""
    body = await exchange.json()
    return await answer_query(exchange, asked_in_body(exchange, await exchange.context(body), body))


async def answer_query(exchange: Exchange, asked: Asked, headers: Headers = ()) -> Answer:
    """A page of the answer from what is stored here and what other sources say."""
    gathered = await consult_for(exchange, asked)
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        reader = await Reader.of(exchange, connection)
        search = reader.search(asked)
        found = await reader.page(asked, search, gathered)
        made = await reader.shown(found.items, asked)
        if asked.page.counted:
            headers += (("ngsild-results-count", str(await reader.number(search, gathered))),)
    return Answer(200, _listed(exchange, made), headers + page_links(exchange, asked, more=found.more))


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

    def search(self, asked: Asked) -> Search:
        others = {"offset": "", "limit": "", "count": ""}
        question = urlencode(sorted({**self.exchange.parameters, **others}.items()))
        body = repr(asked.query) if self.exchange.scope["method"] == "POST" else ""
        tenant = self.exchange.actor.tenant
        # Who sees something else asks another question, and so does another @context.
        seen = "*" if self.seen.datasets is None else ",".join(sorted(self.seen.datasets))
        question = "\x00".join((tenant, seen, repr(asked.context.source), question, body))
        return Search(tenant=tenant, query=asked.query, datasets=self.seen.datasets, question=question)

    async def page(self, asked: Asked, search: Search, gathered: Consulted | None) -> Found:
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

    async def number(self, search: Search, gathered: Consulted | None) -> int:
        if gathered is not None:
            return await number_of_all(self.connection, search, gathered)
        return await number_found(self.connection, search)

    async def shown(self, entities: Sequence[Stored], asked: Asked) -> list[dict[str, Any]]:
        veiled = await shown_to(self.connection, self.exchange.actor, self.exchange.sight, entities)
        return await shown_entities(veiled, asked.shown, asked.context, self.fetch)

    async def fetch(self, ids: Collection[str]) -> Mapping[str, Stored]:
        tenant = self.exchange.actor.tenant
        found = await linked_entities(self.connection, tenant, ids, self.seen.datasets)
        veiled = await shown_to(self.connection, self.exchange.actor, self.exchange.sight, found.values())
        return {one.id: one for one in veiled}


def page_links(exchange: Exchange, asked: Asked, *, more: bool) -> Headers:
    """6.3.10: where the list goes on, in both directions."""
    page = asked.page
    link = partial(_link, exchange, page.limit)
    before = (link(max(0, page.start - page.limit), "prev"),) if page.limit and page.start else ()
    after = (link(page.end, "next"),) if more else ()
    return before + after


def _link(exchange: Exchange, limit: int, offset: int, relation: str) -> tuple[str, str]:
    parameters = {**exchange.parameters, "limit": str(limit), "offset": str(offset)}
    path = "/".join(exchange.parts)
    return "link", f'</ngsi-ld/v1/{path}?{urlencode(parameters)}>;rel="{relation}";type="application/ld+json"'


def _listed(exchange: Exchange, made: list[dict[str, Any]]) -> Any:
    return collection(made) if exchange.media == GEO_JSON else made


def _has_any(entity: Stored, shown: Shown) -> bool:
    names = shown.representation.attributes
    return not names or any(name in entity.document for name in names)


OPERATIONS = (
    Operation("entities", "GET", "entity.read", query_entities, ENTITY_MEDIA),
    Operation("entities/*", "GET", "entity.read", retrieve_entity, ENTITY_MEDIA),
    Operation("entityOperations/query", "POST", "entity.read", query_by_body, ENTITY_MEDIA),
)
