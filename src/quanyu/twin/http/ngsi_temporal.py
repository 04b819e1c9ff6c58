"""Temporal consumption (ETSI GS CIM 009, 5.7.3, 5.7.4; 6.18, 6.20, 6.24): what entities were."""

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from quanyu.core.errors import Invalid, NotFound
from quanyu.store import Connection
from quanyu.twin.history import Archive
from quanyu.twin.history.evolution import Evolution, Known, Wanted, evolution_of, find
from quanyu.twin.history.instances import SCOPE
from quanyu.twin.history.select import Choice, Range, chosen, page_of
from quanyu.twin.history.show import Form, frame_of
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Malformed, Operation
from quanyu.twin.http.ngsi_maps import used_map
from quanyu.twin.http.ngsi_media import JSON, LD_JSON
from quanyu.twin.http.ngsi_temporal_maps import among, temporal_map
from quanyu.twin.http.ngsi_temporal_query import (
    MAP_TERMS,
    Asked,
    Question,
    most_rows,
    parse_asked,
    question_in_body,
    question_in_url,
    taking,
    temporal_wish,
)
from quanyu.twin.http.ngsi_temporal_sight import known_to, seen_by, unveiled
from quanyu.twin.ngsild.document import is_uri, moment_text


async def retrieve_evolution(exchange: Exchange) -> Answer:
    """5.7.3; of a deleted entity as well, as long as its temporal evolution is kept."""
    id, context = entity_id(exchange), await exchange.context()
    take = taking(exchange, MAP_TERMS)
    asked, wish = parse_asked(take, context), temporal_wish(take)
    exchange.refuse_others()
    tenant, archive = exchange.actor.tenant, exchange.door.history
    async with exchange.database.tenant(tenant) as connection:
        entity = await known_to(exchange, connection, id)
        seen_as = await unveiled(exchange, connection, [entity])
        found = await evolution_of(connection, tenant, entity, asked.choice, archive, most=most_rows(asked))
        timed = chosen([seen_as(entity, one) for one in found], asked.choice)
        if asked.attributes and not timed:
            await _require_attribute(exchange, connection, entity, asked)
        used = await used_map(exchange, connection, wish, partial(_only, id))
    (shown,), page = _shown([Evolution(entity, timed)], asked, archive)
    if not shown:
        raise NotFound("twin.temporal.nothing", id=id)
    return _answer(shown, page, used.headers if used else ())


async def _only(id: str) -> tuple[list[str], dict[str, list[str]]]:
    return [id], {}


async def query_evolutions(exchange: Exchange) -> Answer:
    """5.7.4."""
    return await _queried(exchange, await question_in_url(exchange))


async def post_query(exchange: Exchange) -> Answer:
    """5.7.4 by POST: what the body does not say may stand in the URL."""
    return await _queried(exchange, await question_in_body(exchange))


async def _queried(exchange: Exchange, question: Question) -> Answer:
    archive = exchange.door.history
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        wanted, veil = await seen_by(exchange, connection, question.wanted)
        used = await temporal_map(exchange, connection, question.wish, wanted, veil)
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
    if exchange.scope["method"] != "GET" or not wanted.limit:
        return ()
    pages = [("next", wanted.offset + wanted.limit)] if more else []
    if wanted.offset:
        pages.insert(0, ("prev", max(0, wanted.offset - wanted.limit)))
    return tuple(
        (
            "link",
            f"</ngsi-ld/v1/temporal/entities?{urlencode({**exchange.parameters, 'offset': offset})}>;"
            f' rel="{relation}"; type="application/ld+json"',
        )
        for relation, offset in pages
    )


OPERATIONS = (
    Operation("temporal/entities", "GET", "entity.read", query_evolutions),
    Operation("temporal/entities/*", "GET", "entity.read", retrieve_evolution),
    Operation("temporal/entityOperations/query", "POST", "entity.read", post_query, (JSON, LD_JSON)),
)
