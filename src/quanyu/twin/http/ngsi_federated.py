"""Answers to which the broker and other sources contribute (ETSI GS CIM 009, 4.3.6, 5.7.1.4, 5.7.2.4, 4.21).

A list keeps the order of what is stored here; entities that only others have follow it. So a page is found without
reading what lies before it, and the pages of one question fit together.
"""

from dataclasses import replace

from quanyu.core.errors import NotFound
from quanyu.store import Connection
from quanyu.twin.branches import Branches, Overlay
from quanyu.twin.find import (
    MOST_ORDERED,
    Finder,
    Found,
    all_ids,
    find,
    find_ordered,
    known_to,
    linked_entities,
    number_found,
)
from quanyu.twin.http.ngsi_asked import Asked
from quanyu.twin.http.ngsi_consulted import consulted
from quanyu.twin.http.ngsi_exchange import Exchange
from quanyu.twin.http.ngsi_shown import Shown
from quanyu.twin.http.sight import retrieve_seen
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.query import Query, Selector, TypeSelection, matches, ordered, targets
from quanyu.twin.registrations.consult import NO_GUIDE, Consulted, Guide
from quanyu.twin.registrations.questions import BATCH_QUERYING, QUERYING, RETRIEVING, Question
from quanyu.twin.search import Search
from quanyu.twin.veil import veiled

Gathered = Consulted | Overlay
"""What is laid over the entities that stand here."""

_MEMBERS = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})
_FILTERS = ("q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty")


async def consult_about(
    exchange: Exchange, context: Context, *, id: str, types: TypeSelection, shown: Shown, by: Guide = NO_GUIDE
) -> Gathered | None:
    """5.7.1: what others know of one entity."""
    if exchange.branch is not None:
        return await _overlay(exchange)
    query = Query(selectors=(Selector(ids=(id,), types=types),))
    question = Question(query=query, context=context, attributes=_needed(query, shown))
    return await consulted(exchange, question, RETRIEVING, by=by)


async def consult_for(exchange: Exchange, asked: Asked, by: Guide = NO_GUIDE) -> Gathered | None:
    """5.7.2: what others have to answer a query with."""
    if exchange.branch is not None:
        return await _overlay(exchange)
    attributes = None if asked.ordering else _needed(asked.query, asked.shown)
    filters = (
        {name: exchange.parameters[name] for name in _FILTERS if name in exchange.parameters}
        if asked.split is False
        else {}
    )
    question = Question(
        query=asked.query, context=asked.context, attributes=attributes, filters=filters, csf=asked.csf
    )
    actions = BATCH_QUERYING if exchange.scope["method"] == "POST" else QUERYING
    return await consulted(exchange, question, actions, local=asked.local, by=by)


async def _overlay(exchange: Exchange) -> Overlay:
    assert exchange.branch is not None
    return await Branches(exchange.database, exchange.door.writer).overlay(exchange.branch)


def _needed(query: Query, shown: Shown) -> frozenset[str] | None:
    """The attributes that the answer shows or its filters look at; None for all."""
    form = shown.representation
    named = {*form.attributes, *form.pick} - _MEMBERS
    if not named or shown.join:
        return None
    for target in targets(query.q) if query.q else ():
        named.add(target.names[0] if hasattr(target, "names") else target.name)
    return frozenset(named | ({query.geo.property} if query.geo else set()))


async def found_entity(
    exchange: Exchange, connection: Connection, id: str, gathered: Gathered | None
) -> Stored:
    """Raises NotFound, or what is wrong with the one source that has it all (6.3.17)."""
    actor = exchange.actor
    if gathered is None:
        return await retrieve_seen(connection, actor, exchange.sight, id)
    own = (await linked_entities(connection, actor.tenant, (id,), None)).get(id)
    whole = gathered.whole(id, own)
    if whole is not None:
        return whole
    if gathered.only_fault is not None:
        raise gathered.only_fault
    raise NotFound("twin.entity.unknown", id=id)


async def page_of_all(
    connection: Connection, asked: Asked, search: Search, gathered: Gathered, finder: Finder
) -> Found:
    follow = await _following(connection, search, gathered)
    page = asked.page
    if asked.ordering:
        first = await find_ordered(connection, search, asked.ordering, limit=MOST_ORDERED)
        everything = ordered([*_with_others(first.items, gathered, search), *follow], asked.ordering)
        return Found(tuple(everything[page.start : page.end]), more=page.end < len(everything))
    number = await number_found(connection, search)
    items: tuple[Stored, ...] = ()
    if page.limit and page.start < number:
        own = await find(connection, search, finder, limit=page.limit, offset=page.start)
        items = tuple(_with_others(own.items, gathered, search))
    items += tuple(follow[max(0, page.start - number) : max(0, page.end - number)])
    return Found(items, more=page.end < number + len(follow))


async def number_of_all(connection: Connection, search: Search, gathered: Gathered) -> int:
    """With those that others add, without those that are no longer what is looked for."""
    own = await known_to(connection, search, gathered.said)
    listed = [one for one in own.values() if matches(search.query, one)]
    lost = len(listed) - len(_with_others(tuple(listed), gathered, search))
    more = len(await _following(connection, search, gathered))
    return await number_found(connection, search) - lost + more


async def ids_of_all(
    connection: Connection, search: Search, gathered: Gathered | None, most: int
) -> tuple[list[str], dict[str, list[str]]]:
    """5.14.4: the ids of a list in order, and of those that others know of where that is."""
    own = await all_ids(connection, search, most)
    if gathered is None:
        return own, {}
    here = set(own)
    ids = own + [one.id for one in await _following(connection, search, gathered)]
    if isinstance(gathered, Overlay):
        return [id for id in ids if gathered.said.get(id, True)], {}
    sources = {
        id: (["@none"] if id in here else []) + [said.registration.id for said in gathered.said[id]]
        for id in ids if id in gathered.said
    }  # fmt: skip
    return ids, sources


async def only_of(
    connection: Connection, tenant: str, id: str, gathered: Gathered | None
) -> tuple[list[str], dict[str, list[str]]]:
    """5.7.1.4: one id, and where what is known of it comes from."""
    if not isinstance(gathered, Consulted) or id not in gathered.said:
        return [id], {}
    here = ["@none"] if await linked_entities(connection, tenant, (id,), None) else []
    return [id], {id: here + [said.registration.id for said in gathered.said[id]]}


async def _following(connection: Connection, search: Search, gathered: Gathered) -> list[Stored]:
    """What fits with what others know of it, and is not in the list of what fits here."""
    own = await known_to(connection, search, gathered.said)
    listed = {id for id, one in own.items() if matches(search.query, one)}
    whole = [whole_of(gathered, id, own.get(id), search) for id in gathered.said if id not in listed]
    return sorted((one for one in whole if one is not None and matches(search.query, one)), key=_position)


def whole_of(gathered: Gathered, id: str, own: Stored | None, search: Search) -> Stored | None:
    """With what others know of it, as whoever searches may ask about it."""
    whole = gathered.whole(id, own)
    return whole and veiled(whole, search.veils.get(whole.dataset, {}))


def _with_others(own: tuple[Stored, ...], gathered: Gathered, search: Search) -> list[Stored]:
    """With what others know of each; without what only others may show."""
    query = replace(search.query, selectors=())
    whole = (whole_of(gathered, one.id, one, search) for one in own)
    return [one for one in whole if one is not None and matches(query, one)]


def _position(entity: Stored) -> tuple[str, str]:
    return entity.types[0], entity.id
