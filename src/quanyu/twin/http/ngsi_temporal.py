"""Temporal consumption (ETSI GS CIM 009, 5.7.3, 5.7.4; 6.18, 6.20, 6.24): what entities were."""

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from quanyu.core.errors import Invalid, NotFound
from quanyu.store import Connection
from quanyu.twin.history import Archive
from quanyu.twin.history.beyond import Beyond
from quanyu.twin.history.evolution import Evolution, Wanted, evolution_of, find
from quanyu.twin.history.instances import SCOPE, Instance
from quanyu.twin.history.known import Known
from quanyu.twin.history.select import Choice, Range, chosen, page_of
from quanyu.twin.history.show import Form, frame_of
from quanyu.twin.http.ngsi_distributed import with_body
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Malformed, Operation
from quanyu.twin.http.ngsi_mapped import Mapped
from quanyu.twin.http.ngsi_maps import guide_of, used_map
from quanyu.twin.http.ngsi_media import JSON, LD_JSON
from quanyu.twin.http.ngsi_temporal_asked import Asked, most_rows, parse_asked, taking
from quanyu.twin.http.ngsi_temporal_maps import among, temporal_map
from quanyu.twin.http.ngsi_temporal_query import (
    MAP_TERMS,
    Question,
    question_in_body,
    question_in_url,
    temporal_wish,
)
from quanyu.twin.http.ngsi_temporal_sight import known_to, seen_by, unveiled
from quanyu.twin.http.ngsi_temporal_sources import PastQuestion, pasts
from quanyu.twin.ngsild.document import is_uri, moment_text
from quanyu.twin.ngsild.query import Query, Selector
from quanyu.twin.registrations.operations import Action


async def retrieve_evolution(exchange: Exchange) -> Answer:
    """5.7.3; of a deleted entity as well, as long as its temporal evolution is kept."""
    id, context = entity_id(exchange), await exchange.context()
    take = taking(exchange, MAP_TERMS)
    asked, wish = parse_asked(take, context), temporal_wish(take)
    exchange.refuse_others()
    by = await guide_of(exchange, wish, id, Action.CREATE_ENTITY_MAP_QUERY_TEMPORAL)
    elsewhere = await pasts(
        exchange,
        PastQuestion(
            query=Query(selectors=(Selector(ids=(id,)),)), context=context, action=Action.RETRIEVE_TEMPORAL, by=by,
            local=take("local") == "true",
        ),
    )  # fmt: skip
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        evolution = await _evolution(exchange, connection, id, asked, elsewhere.found.get(id))
        find_ids = partial(_listed, [id], elsewhere.mapped)
        used = await used_map(exchange, connection, wish, find_ids, elsewhere.mapped.linked)
    (shown,), page = _shown([evolution], asked, exchange.door.history)
    if not shown:
        raise NotFound("twin.temporal.nothing", id=id)
    return _answer(shown, page, used.headers if used else ())


async def _evolution(
    exchange: Exchange, connection: Connection, id: str, asked: Asked, more: Beyond | None
) -> Evolution:
    """Raises NotFound where nobody knows the entity, or it never had any of the attributes that `attrs` names."""
    tenant, archive, choice = exchange.actor.tenant, exchange.door.history, asked.choice
    found: list[Instance] = []
    own: Known | None = None
    try:
        own = await known_to(exchange, connection, id)
    except NotFound:
        if more is None:
            raise
    if own is not None:
        seen_as = await unveiled(exchange, connection, [own])
        some = await evolution_of(connection, tenant, own, choice, archive, most=most_rows(asked))
        found = [seen_as(own, one) for one in some]
    if more is not None:
        found = more.instances_with(found, choice.interval.property)
    timed = chosen(found, choice)
    if asked.attributes and not timed and own is not None:
        await _require_attribute(exchange, connection, own, asked)
    entity = more.entity_with(own) if more and own else own or (more and more.entity)
    assert entity
    return Evolution(entity, timed)


async def _listed(ids: list[str], mapped: Mapped) -> tuple[list[str], dict[str, list[str]]]:
    return mapped.added(ids, {})


async def query_evolutions(exchange: Exchange) -> Answer:
    """5.7.4."""
    return await _queried(exchange, await question_in_url(exchange))


async def post_query(exchange: Exchange) -> Answer:
    """5.7.4 by POST: what the body does not say may stand in the URL."""
    body = await exchange.json()
    again = with_body(exchange, body)
    question = await question_in_body(again)
    exchange.asked_context = again.asked_context
    return await _queried(exchange, question, body)


async def _queried(exchange: Exchange, question: Question, body: Any = None) -> Answer:
    archive = exchange.door.history
    by = await guide_of(exchange, question.wish, action=Action.CREATE_ENTITY_MAP_QUERY_TEMPORAL)
    elsewhere = await pasts(
        exchange,
        PastQuestion(
            query=question.wanted.query, context=exchange.asked_context, body=body, csf=question.csf,
            split=question.split, local=question.local, by=by,
        ),
    )  # fmt: skip
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        wanted, veil = await seen_by(exchange, connection, question.wanted)
        wanted = replace(wanted, beyond=elsewhere.found)
        used = await temporal_map(exchange, connection, question.wish, wanted, veil, elsewhere.mapped)
        if used is not None:
            wanted = replace(wanted, query=among(wanted.query, used.map.entities))
        found = await find(connection, exchange.actor.tenant, wanted, archive, veil)
    shown, page = _shown(found.evolutions, question.asked, archive)
    _require_figures(shown, question.asked)
    headers = used.headers if used else ()
    headers += _links(exchange, wanted, more=found.more)
    if found.count is not None:
        headers += (("ngsild-results-count", str(found.count)),)
    answer = _answer([one for one in shown if one], page, headers)
    return replace(answer, status=201) if used and used.created and page is None else answer


def entity_id(exchange: Exchange) -> str:
    id = exchange.parts[2]
    if not is_uri(id):
        raise Invalid("core.entity.id", value=id[:80])
    return id


async def _require_attribute(exchange: Exchange, connection: Connection, entity: Known, asked: Asked) -> None:
    """Raises NotFound where the entity never had any of the attributes that `attrs` names."""
    ever = Choice(attributes=asked.attributes)
    found = await evolution_of(connection, exchange.actor.tenant, entity, ever, exchange.door.history)
    if not chosen(found, ever):
        raise NotFound("twin.temporal.nothing", id=entity.id)


def _require_figures(shown: list[dict[str, Any]], asked: Asked) -> None:
    """5.7.4.4: an attribute that is asked for by name, and that none of the methods can be applied to, is refused."""
    if asked.show.form is not Form.AGGREGATED:
        return
    named = {asked.show.term(name) for name in asked.choice.attributes - {SCOPE}}
    for one in shown:
        for name in one.keys() & named:
            series = one[name] if isinstance(one[name], list) else [one[name]]
            if not any(each.keys() - {"type", "datasetId"} for each in series):
                raise Malformed("twin.temporal.no_figures", name=name)


def _shown(
    evolutions: list[Evolution], asked: Asked, archive: Archive
) -> tuple[list[dict[str, Any]], Range | None]:
    moments = [moment for one in evolutions for moment, _ in one.timed]
    interval = asked.choice.interval
    if asked.show.form is Form.AGGREGATED:
        frame = frame_of([timed for one in evolutions for timed in one.timed], interval)
        return [asked.show.entity(one, asked.choice, None, frame) for one in evolutions], None
    page = page_of(moments, archive.page, interval)
    return [asked.show.entity(one, asked.choice, page, None) for one in evolutions], page


def _answer(body: Any, page: Range | None, headers: tuple[tuple[str, str], ...]) -> Answer:
    """6.3.10: 206 says which range of time the answer covers."""
    if page is None:
        return Answer(200, body, headers)
    covers = f"date-time {moment_text(page.start)}-{moment_text(page.end)}/{page.size}"
    return Answer(206, body, (*headers, ("content-range", covers)))


def _links(exchange: Exchange, wanted: Wanted, *, more: bool) -> tuple[tuple[str, str], ...]:
    """6.3.10: to the pages of entities before and after this one."""
    if not wanted.limit:
        return ()
    pages = [("next", wanted.offset + wanted.limit)] if more else []
    if wanted.offset:
        pages.insert(0, ("prev", max(0, wanted.offset - wanted.limit)))
    return tuple(
        (
            "link",
            f"</ngsi-ld/v1/{'/'.join(exchange.parts)}?{urlencode({**exchange.parameters, 'offset': offset})}>;"
            f' rel="{relation}"; type="application/ld+json"',
        )
        for relation, offset in pages
    )


OPERATIONS = (
    Operation("temporal/entities", "GET", "entity.read", query_evolutions),
    Operation("temporal/entities/*", "GET", "entity.read", retrieve_evolution),
    Operation("temporal/entityOperations/query", "POST", "entity.read", post_query, (JSON, LD_JSON)),
)
