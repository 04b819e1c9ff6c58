"""Entity maps of temporal queries (ETSI GS CIM 009, 5.14.5, 6.35): the entities that are candidates, kept for their pages."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from quanyu.store import Connection
from quanyu.twin.entity_maps import MOST_IDS
from quanyu.twin.history.evolution import Veiling, Wanted, find_ids
from quanyu.twin.http.ngsi_asked import MapWish
from quanyu.twin.http.ngsi_distributed import with_body
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_mapped import Mapped, MapQuestion, candidates, mapped
from quanyu.twin.http.ngsi_maps import Used, made_map, used_map
from quanyu.twin.http.ngsi_temporal_query import Question, question_in_body, question_in_url
from quanyu.twin.http.ngsi_temporal_sight import seen_by
from quanyu.twin.ngsild.query import Query, Selector
from quanyu.twin.registrations.operations import Action

_NOBODY = "urn:ngsi-ld:nobody"


async def create_by_url(exchange: Exchange) -> Answer:
    """6.35.3.1."""
    return await _create(exchange, await question_in_url(exchange))


async def create_by_body(exchange: Exchange) -> Answer:
    """6.35.3.2."""
    body = await exchange.json()
    again = with_body(exchange, body)
    question = await question_in_body(again)
    exchange.asked_context = again.asked_context
    return await _create(exchange, question, body)


async def temporal_map(
    exchange: Exchange,
    connection: Connection,
    wish: MapWish,
    wanted: Wanted,
    veil: Veiling,
    elsewhere: Mapped,
) -> Used | None:
    """5.7.4.4: the map that the request names, or a new one where that is gone or one is asked for; None without either."""

    async def find() -> tuple[list[str], dict[str, list[str]]]:
        own = await _candidates(exchange, connection, replace(wanted, beyond={}), veil)
        return elsewhere.added(own, {})

    return await used_map(exchange, connection, wish, find, elsewhere.linked)


def among(query: Query, ids: Sequence[str]) -> Query:
    """Of these entities only; its filters are looked at again (5.5.9.3)."""
    listed = frozenset(ids)
    selectors = tuple(
        replace(one, ids=tuple(id for id in one.ids if id in listed) if one.ids else tuple(ids))
        for one in query.selectors or (Selector(),)
    )
    left = tuple(one for one in selectors if one.ids)
    return replace(query, selectors=left or (Selector(ids=(_NOBODY,)),))


async def _create(exchange: Exchange, question: Question, body: Any = None) -> Answer:
    query = question.wanted.query
    asked = MapQuestion(
        query=query, context=exchange.asked_context, action=Action.CREATE_ENTITY_MAP_QUERY_TEMPORAL, body=body,
        csf=question.csf, split=question.split is not False, local=question.local,
    )  # fmt: skip
    elsewhere = await mapped(exchange, asked)
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        wanted, veil = await seen_by(exchange, connection, question.wanted)
        if not question.local and (elsewhere.linked if question.split is None else question.split):
            wanted = replace(wanted, query=candidates(query))
        ids = await _candidates(exchange, connection, wanted, veil)
        made = await made_map(
            exchange, connection, *elsewhere.added(ids, {}), question.wish, elsewhere.linked
        )
    return Answer(201, made.map.document(), made.headers)


async def _candidates(exchange: Exchange, connection: Connection, wanted: Wanted, veil: Veiling) -> list[str]:
    tenant, archive = exchange.actor.tenant, exchange.door.history
    return await find_ids(connection, tenant, wanted, archive, veil, most=MOST_IDS)


OPERATIONS = (
    Operation("temporal/entityMaps", "GET", "entity.read", create_by_url),
    Operation("temporal/entityMaps", "POST", "entity.read", create_by_body),
)
