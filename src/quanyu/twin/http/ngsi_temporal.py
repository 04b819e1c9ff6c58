"""Temporal consumption (ETSI GS CIM 009, 5.7.3, 5.7.4; 6.18, 6.20, 6.24): what entities were."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from quanyu.core.errors import Invalid, NotFound
from quanyu.store import Connection
from quanyu.twin.history import Archive
from quanyu.twin.history.evolution import Evolution, Known, Wanted, evolution_of, find, known
from quanyu.twin.history.instances import Instance
from quanyu.twin.history.log import MOST_COUNTED, MOST_ROWS
from quanyu.twin.history.select import Choice, Range, chosen, page_of
from quanyu.twin.history.show import Form, frame_of
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_media import JSON, LD_JSON
from quanyu.twin.http.ngsi_temporal_query import (
    Asked,
    Take,
    descending,
    parse_asked,
    parse_query,
    parse_selectors,
    posted,
)
from quanyu.twin.http.veil import hidden
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import is_uri, moment_text
from quanyu.twin.ngsild.query import Selector

MAX_LIMIT = 1000
_LIMIT = "20"
_ENTITY_TERMS = (
    "type",
    "id",
    "idPattern",
    "q",
    "georel",
    "geometry",
    "coordinates",
    "geoproperty",
    "scopeQ",
    "csf",
)


async def retrieve_evolution(exchange: Exchange) -> Answer:
    """5.7.3; of a deleted entity as well, as long as its temporal evolution is kept."""
    id, context = entity_id(exchange), await exchange.context()
    asked = parse_asked(_taking(exchange, ()), context)
    exchange.refuse_others()
    tenant, archive = exchange.actor.tenant, exchange.door.history
    async with exchange.database.tenant(tenant) as connection:
        entity = await known_to(exchange, connection, id)
        seen_as = await veiling(exchange, connection, [entity])
        found = await evolution_of(connection, tenant, entity, asked.choice, archive, most=_most(asked))
        timed = chosen([seen_as(entity, one) for one in found], asked.choice)
        if asked.attributes and not timed:
            await _require_attribute(exchange, connection, entity, asked)
    (shown,), page = _shown([Evolution(entity, timed)], asked, archive)
    if not shown:
        raise NotFound("twin.temporal.nothing", id=id)
    return _answer(shown, page, ())


async def query_evolutions(exchange: Exchange) -> Answer:
    """5.7.4."""
    context = await exchange.context()
    take = _taking(exchange, _ENTITY_TERMS)
    return await _queried(exchange, take, context, parse_selectors(take, context))


async def post_query(exchange: Exchange) -> Answer:
    """5.7.4 by POST: what the body does not say may stand in the URL."""
    body = await exchange.json()
    context = await exchange.context(body)
    texts, entities = posted(body)
    selectors = tuple(one for said in entities for one in parse_selectors(_said(said), context))
    given = _taking(exchange, _ENTITY_TERMS)
    return await _queried(exchange, lambda name: texts.get(name) or given(name), context, selectors)


def _said(texts: dict[str, str]) -> Take:
    return lambda name: texts.get(name, "")


async def _queried(
    exchange: Exchange, take: Take, context: Context, selectors: tuple[Selector, ...]
) -> Answer:
    asked = parse_asked(take, context)
    if not asked.choice.interval.relation:
        raise Invalid("twin.temporal.no_relation")
    limit = number(take("limit") or _LIMIT, "limit", 0, MAX_LIMIT)
    wanted = Wanted(
        query=parse_query(take, context, selectors),
        choice=asked.choice,
        limit=limit,
        offset=number(take("offset") or "0", "offset", 0, 10_000_000),
        counted=take("count") == "true" or "count" in take("options").split(","),
        descending=descending(take("orderBy")),
        most=_most(asked),
    )
    exchange.refuse_others()
    tenant, archive = exchange.actor.tenant, exchange.door.history
    async with exchange.database.tenant(tenant) as connection:
        seen = await exchange.sight.seen(connection, exchange.actor, "entity.read")
        wanted = replace(wanted, datasets=seen.datasets)

        async def veil(entities: Sequence[Known]) -> Any:
            return await veiling(exchange, connection, entities)

        found = await find(connection, tenant, wanted, archive, veil)
    shown, page = _shown(found.evolutions, asked, archive)
    headers = _links(exchange, wanted, more=found.more)
    if found.count is not None:
        headers += (("ngsild-results-count", str(found.count)),)
    return _answer([one for one in shown if one], page, headers)


async def known_to(exchange: Exchange, connection: Connection, id: str) -> Known:
    """Raises NotFound, also for an entity that the asker may not see."""
    entity = await known(connection, exchange.actor.tenant, id)
    seen = await exchange.sight.seen(connection, exchange.actor, "entity.read", entity.dataset)
    if not seen.has(entity.dataset):
        raise NotFound("twin.history.unknown", id=id)
    return entity


def entity_id(exchange: Exchange) -> str:
    id = exchange.parts[2]
    if not is_uri(id):
        raise Invalid("core.entity.id", value=id[:80])
    return id


def number(text: str, name: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
        raise Invalid("twin.ngsi.number", name=name, least=least, most=most)
    return int(text)


async def veiling(exchange: Exchange, connection: Connection, entities: Sequence[Known]) -> Any:
    """How the asker sees instances of these entities: personal values hidden."""
    veils = {
        dataset: await exchange.sight.veils(connection, exchange.actor, dataset)
        for dataset in {one.dataset for one in entities}
    }

    def seen(entity: Known, one: Instance) -> Instance:
        veil = veils[entity.dataset].get(one.name)
        return one if veil is None else one._replace(content=hidden(dict(one.content), veil))

    return seen


async def _require_attribute(exchange: Exchange, connection: Connection, entity: Known, asked: Asked) -> None:
    """Raises NotFound where the entity never had any of the attributes that `attrs` names."""
    ever = Choice(attributes=asked.attributes)
    found = await evolution_of(connection, exchange.actor.tenant, entity, ever, exchange.door.history)
    if not chosen(found, ever):
        raise NotFound("twin.temporal.nothing", id=entity.id)


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


def _taking(exchange: Exchange, more: Sequence[str]) -> Take:
    """Marks all that a temporal request may say as understood."""
    for name in (*_TERMS, *more):
        exchange.take(name)
    return exchange.take


_TERMS = (
    "attrs", "pick", "omit", "options", "format", "lang", "datasetId", "timerel", "timeAt", "endTimeAt",
    "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration", "sysAttrs", "local",
)  # fmt: skip


def _most(asked: Asked) -> int:
    return MOST_COUNTED if asked.show.form is Form.AGGREGATED else MOST_ROWS


OPERATIONS = (
    Operation("temporal/entities", "GET", "entity.read", query_evolutions),
    Operation("temporal/entities/*", "GET", "entity.read", retrieve_evolution),
    Operation("temporal/entityOperations/query", "POST", "entity.read", post_query, (JSON, LD_JSON)),
)
