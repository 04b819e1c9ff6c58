"""Consumption of entities (ETSI GS CIM 009, 5.7.1, 5.7.2; 6.4.3.2, 6.5.3.1, 6.23.3.1)."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from quanyu.core.errors import Invalid, NotFound
from quanyu.twin.entity_maps import MOST_IDS
from quanyu.twin.http.ngsi_asked import Asked, MapWish, asked_in_body, asked_in_url, wish_in
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_federated import (
    Gathered,
    consult_about,
    consult_for,
    found_entity,
    ids_of_all,
    only_of,
)
from quanyu.twin.http.ngsi_join import shown_entities
from quanyu.twin.http.ngsi_maps import guide_of, left_by, used_map
from quanyu.twin.http.ngsi_media import ENTITY_MEDIA, GEO_JSON
from quanyu.twin.http.ngsi_reader import Reader, told
from quanyu.twin.http.ngsi_shown import Shown, shown_in_url
from quanyu.twin.http.sight import shown_to
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import collection, is_uri, show
from quanyu.twin.ngsild.document.conformance import version_text
from quanyu.twin.ngsild.query import TypeSelection, of_types, parse_types
from quanyu.twin.query import retrieve_many
from quanyu.twin.registrations.consult import NO_GUIDE

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _One:
    """What is asked of one entity."""

    id: str
    types: TypeSelection
    shown: Shown
    context: Context

    def fitting(self, found: Stored | None) -> Stored:
        """Raises NotFound."""
        if found is None or not of_types(found.types, self.types) or not _has_any(found, self.shown):
            raise NotFound("twin.entity.unknown", id=self.id)
        return found


async def retrieve_entity(exchange: Exchange) -> Answer:
    """5.7.1."""
    context = await exchange.context()
    shown = shown_in_url(exchange, context)
    types = exchange.take("type")
    selection = parse_types(types, context.stored) if types else ()
    wish = wish_in({name: exchange.take(name) for name in ("entityMap", "entityMapLifetime")})
    exchange.refuse_others()
    id = exchange.parts[1]
    if not is_uri(id):
        raise Invalid("twin.asked.uri", name="id", uri=id[:80])
    by = await guide_of(exchange, wish, id)
    gathered = await consult_about(exchange, context, id=id, types=selection, shown=shown, by=by)
    one = _One(id, selection, shown, context)
    headers: Headers = ()
    if gathered is None and by is NO_GUIDE and shown.join is None and exchange.sight.is_plain(exchange.actor):
        made = await _alone(exchange, one)
    else:
        made, headers = await _with_others(exchange, one, wish, gathered)
    if not made:
        raise NotFound("twin.entity.nothing_left", id=id)
    flat = shown.join is not None and not shown.join.inline and len(made) > 1
    return _of_version(exchange, Answer(200, _listed(exchange, made) if flat else made[0], headers))


async def _alone(exchange: Exchange, one: _One) -> list[dict[str, Any]]:
    """Nothing has to be looked up beside the entity: it is read together with those that others ask for now."""
    found = await exchange.database.together(exchange.actor.tenant, retrieve_many, one.id)
    (as_told,) = told(exchange, [one.fitting(found)])
    made = show(as_told, one.context, one.shown.representation)
    return [made] if made else []


async def _with_others(
    exchange: Exchange, one: _One, wish: MapWish, gathered: Gathered | None
) -> tuple[list[dict[str, Any]], Headers]:
    """Linked entities, other sources and maps belong to the answer, or what the asker may see of it is looked up."""
    actor = exchange.actor
    async with exchange.database.tenant(actor.tenant) as connection:
        found = one.fitting(await found_entity(exchange, connection, one.id, gathered))
        entities = await shown_to(connection, actor, exchange.sight, [found])
        reader = await Reader.of(exchange, connection)
        made = await shown_entities(told(exchange, entities), one.shown, one.context, reader.fetch)
        linked = gathered.linked if gathered else {}
        find_ids = partial(only_of, connection, actor.tenant, one.id, gathered)
        used = await used_map(exchange, connection, wish, find_ids, linked)
    return made, used.headers if used else ()


async def query_entities(exchange: Exchange) -> Answer:
    """5.7.2."""
    return await answer_query(exchange, asked_in_url(exchange, await exchange.context()))


async def query_by_body(exchange: Exchange) -> Answer:
    """5.7.2 over POST."""
    body = await exchange.json()
    return await answer_query(exchange, asked_in_body(exchange, await exchange.context(body), body))


async def answer_query(exchange: Exchange, asked: Asked) -> Answer:
    """A page of the answer from what is stored here and what other sources say."""
    gathered = await consult_for(exchange, asked, await guide_of(exchange, asked.wish))
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        reader = await Reader.of(exchange, connection)
        search = await reader.search(asked)
        find_ids = partial(ids_of_all, connection, search, gathered, MOST_IDS)
        linked = gathered.linked if gathered else {}
        used = await used_map(exchange, connection, asked.wish, find_ids, linked)
        headers: Headers = used.headers if used else ()
        if used:
            found, gone = await reader.listed(asked, search, used.map.entities, gathered)
            if gathered is None or gathered.complete:
                used = await left_by(exchange, connection, used, gone)
            number = len(used.map.entities)
        else:
            found = await reader.page(asked, search, gathered)
            number = await reader.number(search, gathered) if asked.page.counted else 0
        made = await reader.shown(found.items, asked)
    if asked.page.counted:
        headers += (("ngsild-results-count", str(number)),)
    headers += page_links(exchange, asked, more=found.more)
    status = 201 if used and used.created else 200
    return _of_version(exchange, Answer(status, _listed(exchange, made), headers))


def _of_version(exchange: Exchange, answer: Answer) -> Answer:
    """6.3.6: which version of the standard it conforms to, for who prefers one; 203 where that changed it."""
    if exchange.version is None:
        return answer
    applied = ("preference-applied", f"ngsi-ld={version_text(exchange.version)}")
    status = 203 if answer.status == 200 and exchange.altered else answer.status
    return replace(answer, status=status, headers=(*answer.headers, applied))


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
    return (
        "link",
        f'<{exchange.root}/{path}?{urlencode(parameters)}>;rel="{relation}";type="application/ld+json"',
    )


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
