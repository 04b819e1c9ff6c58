"""Entity maps (ETSI GS CIM 009, 5.14, 6.30, 6.34): made for a query, shown, prolonged, deleted, and used for its pages."""

from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from quanyu.core.clock import utc_now
from quanyu.core.errors import Invalid, NotFound
from quanyu.store import Connection
from quanyu.twin.entity_maps import MOST_IDS, EntityMap, entity_map, forget, keep, new_map, prolong, renew
from quanyu.twin.history.duration import Duration
from quanyu.twin.http.ngsi_asked import Asked, MapWish, asked_in_body, asked_in_url
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_federated import consult_for, ids_of_all
from quanyu.twin.http.ngsi_mapped import MapQuestion, candidates, mapped
from quanyu.twin.http.ngsi_reader import Reader
from quanyu.twin.ngsild.document import is_uri, utc_moment
from quanyu.twin.registrations.consult import NO_GUIDE, Consulted, Guide
from quanyu.twin.registrations.operations import Action

DEFAULT_LIFE = timedelta(minutes=5)
LONGEST_LIFE = timedelta(days=1)

_NO_MAPS: Mapping[str, str] = {}
_PATH = "/ngsi-ld/v1/entityMaps/"

FindIds = Callable[[], Coroutine[Any, Any, tuple[list[str], dict[str, list[str]]]]]


@dataclass(frozen=True, slots=True)
class Used:
    """The map of an answer; `created`: it was made for it."""

    map: EntityMap
    created: bool

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return (("ngsild-entitymap", _PATH + self.map.id),)


async def guide_of(
    exchange: Exchange,
    wish: MapWish,
    id: str = "",
    action: Action = Action.CREATE_ENTITY_MAP_QUERY_ENTITY,
) -> Guide:
    """Whom a request asks: the sources that its map names (of the entity `id`), with their maps; else all of them,
    which make maps too where one is made here (5.7.1.4, 5.7.2.4).
    """
    named = _named(exchange)
    if not (named or wish.wanted):
        return NO_GUIDE
    tenant, owner = exchange.actor.tenant, exchange.actor.id
    async with exchange.database.tenant(tenant) as connection:
        try:
            found = await entity_map(connection, tenant, owner, named)
        except NotFound:
            lifetime = {"entityMapLifetime": wish.lifetime} if wish.lifetime else {}
            return Guide(wish={"entityMap": "true", **lifetime}, action=action)
    listed = [found.sources.get(id, [])] if id in found.entities else found.sources.values()
    return Guide(only=frozenset(one for some in listed for one in some), linked=found.linked)


async def used_map(
    exchange: Exchange,
    connection: Connection,
    wish: MapWish,
    find_ids: FindIds,
    linked: Mapping[str, str] = _NO_MAPS,
) -> Used | None:
    """The map that the request names, or a new one where that is gone or one is asked for; None without either.

    `linked`: the maps that sources have used for it, which it holds from now on.
    """
    named = _named(exchange)
    tenant, owner = exchange.actor.tenant, exchange.actor.id
    if named:
        try:
            found = await entity_map(connection, tenant, owner, named)
        except NotFound:
            pass
        else:
            if linked.items() - found.linked.items():
                found = replace(found, linked={**found.linked, **linked})
                await renew(connection, tenant, owner, found)
            return Used(found, created=False)
    if not (named or wish.wanted):
        return None
    return await made_map(exchange, connection, *await find_ids(), wish, linked)


async def left_by(exchange: Exchange, connection: Connection, used: Used, gone: Collection[str]) -> Used:
    """5.5.9.3: the map without what no longer fits the query."""
    if not gone:
        return used
    left = used.map.without(frozenset(gone))
    await renew(connection, exchange.actor.tenant, exchange.actor.id, left)
    return replace(used, map=left)


def _named(exchange: Exchange) -> str:
    return exchange.header("ngsild-entitymap").rpartition("/")[2]


async def made_map(
    exchange: Exchange,
    connection: Connection,
    ids: list[str],
    sources: dict[str, list[str]],
    wish: MapWish,
    linked: Mapping[str, str] = _NO_MAPS,
) -> Used:
    """A new one, kept. Raises Invalid for a lifetime that is none."""
    made = new_map(ids, sources, _expiry(wish.lifetime), linked)
    await keep(connection, exchange.actor.tenant, exchange.actor.id, made)
    return Used(made, created=True)


async def create_by_url(exchange: Exchange) -> Answer:
    """5.14.4."""
    return await _create(exchange, asked_in_url(exchange, await exchange.context()))


async def create_by_body(exchange: Exchange) -> Answer:
    """5.14.4 over POST."""
    body = await exchange.json()
    return await _create(exchange, asked_in_body(exchange, await exchange.context(body), body), body)


async def show_map(exchange: Exchange) -> Answer:
    """5.14.1."""
    exchange.refuse_others()
    tenant, owner = exchange.actor.tenant, exchange.actor.id
    async with exchange.database.tenant(tenant) as connection:
        found = await entity_map(connection, tenant, owner, _id(exchange))
    return Answer(200, found.document())


async def update_map(exchange: Exchange) -> Answer:
    """5.14.2: only when it expires can be changed; what else is sent is of no account."""
    body = await exchange.json()
    exchange.refuse_others()
    if not isinstance(body, dict):
        raise Invalid("twin.map.body")
    await exchange.context(body)
    tenant, owner = exchange.actor.tenant, exchange.actor.id
    async with exchange.database.tenant(tenant) as connection:
        found = await entity_map(connection, tenant, owner, _id(exchange))
        if "expiresAt" in body:
            await prolong(connection, tenant, owner, found.id, _moment(body["expiresAt"]))
    return Answer(204)


async def delete_map(exchange: Exchange) -> Answer:
    """5.14.3."""
    exchange.refuse_others()
    tenant, owner = exchange.actor.tenant, exchange.actor.id
    async with exchange.database.tenant(tenant) as connection:
        await forget(connection, tenant, owner, _id(exchange))
    return Answer(204)


async def _create(exchange: Exchange, asked: Asked, body: Any = None) -> Answer:
    """Sources that make no maps are asked for the entities themselves."""
    question = MapQuestion(
        query=asked.query, context=asked.context, action=Action.CREATE_ENTITY_MAP_QUERY_ENTITY, body=body,
        csf=asked.csf, split=asked.split is not False, local=asked.local,
    )  # fmt: skip
    elsewhere = await mapped(exchange, question)
    gathered = await consult_for(exchange, asked, Guide(without=elsewhere.linked))
    several = bool(elsewhere.linked) or isinstance(gathered, Consulted)
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        search = await (await Reader.of(exchange, connection)).search(asked)
        if not asked.local and (several if asked.split is None else asked.split):
            search = replace(search, query=candidates(asked.query))
        found = elsewhere.added(*await ids_of_all(connection, search, gathered, MOST_IDS))
        linked = {**elsewhere.linked, **(gathered.linked if gathered else {})}
        made = await made_map(exchange, connection, *found, asked.wish, linked)
    return Answer(201, made.map.document(), made.headers)


def _id(exchange: Exchange) -> str:
    id = exchange.parts[1]
    if not is_uri(id):
        raise Invalid("twin.asked.uri", name="id", uri=id[:80])
    return id


def _expiry(lifetime: str) -> datetime:
    """Never later than the longest life from now, whatever is suggested: a client that wants more prolongs the map itself."""
    now = utc_now()
    if not lifetime:
        return now + DEFAULT_LIFE
    try:
        wanted = Duration.parse(lifetime).boundary(now, 1)
    except Invalid:
        raise Invalid("twin.map.lifetime") from None
    return min(wanted, now + LONGEST_LIFE)


def _moment(text: object) -> datetime:
    moment = utc_moment(text)
    if moment is None or datetime.fromisoformat(moment) <= utc_now():
        raise Invalid("twin.map.moment")
    return datetime.fromisoformat(moment)


OPERATIONS = (
    Operation("entityMaps", "GET", "entity.read", create_by_url),
    Operation("entityMaps", "POST", "entity.read", create_by_body),
    Operation("entityMaps/*", "GET", "entity.read", show_map),
    Operation("entityMaps/*", "PATCH", "entity.read", update_map),
    Operation("entityMaps/*", "DELETE", "entity.read", delete_map),
)
