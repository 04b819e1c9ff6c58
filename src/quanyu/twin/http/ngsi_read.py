"""Consumption and temporal retrieval (ETSI GS CIM 009, 5.7 and 6.4, 6.5, 6.18, 6.20), first part."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from quanyu.core.entity import attribute_of, instances
from quanyu.core.errors import Invalid, QuanyuError
from quanyu.core.geometry import parse_geometry
from quanyu.twin.history import BEGINNING, END, Span, histories
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_media import ENTITY_MEDIA, GEO_JSON
from quanyu.twin.http.sight import count_matches, find, retrieve_seen, shown_to, types
from quanyu.twin.http.veil import veiled_history
from quanyu.twin.model import Point, Stored
from quanyu.twin.query import (
    Area,
    EntityQuery,
    Near,
    Relation,
    retrieve_many,
)
from quanyu.twin.represent import Form, feature, shown, utc_text

_FORMS = {
    "normalized": Form.NORMALIZED,
    "concise": Form.CONCISE,
    "simplified": Form.SIMPLIFIED,
    "keyValues": Form.SIMPLIFIED,
}
_RELATIONS = {"within": Relation.WITHIN, "intersects": Relation.INTERSECTS}


async def retrieve_entity(exchange: Exchange) -> Answer:
    """5.7.1."""
    show = _representation(exchange)
    exchange.refuse_others()
    actor = exchange.actor
    async with exchange.database.tenant(actor.tenant) as connection:
        found = await retrieve_seen(connection, actor, exchange.sight, exchange.parts[1])
        (one,) = await shown_to(connection, actor, exchange.sight, [found])
    return show.answer(one)


async def query_entities(exchange: Exchange) -> Answer:
    """5.7.2; pages follow one another by key, so the Link header of a page leads on, never a number to skip."""
    show = _representation(exchange)
    ids, named = exchange.take_list("id"), exchange.take_list("type")
    wanted = EntityQuery(
        types=named,
        limit=_number(exchange.take("limit", "20"), "limit", 1, 1000),
        after=exchange.take("after") or None,
        **_place(exchange),
    )
    counted = exchange.take("count") == "true" or "count" in exchange.take_list("options")
    exchange.refuse_others()
    if not (ids or named or wanted.near or wanted.area or show.attributes):
        raise Invalid("twin.ngsi.too_broad")
    tenant = exchange.actor.tenant
    async with exchange.database.tenant(tenant) as connection:
        seen = await exchange.sight.seen(connection, exchange.actor, "entity.read")
        if ids:
            found = [
                one
                for one in (await retrieve_many(connection, tenant, ids)).values()
                if seen.has(one.dataset)
            ]
            kept = [one for one in found if not named or set(named) & set(one.types)]
            kept = list(await shown_to(connection, exchange.actor, exchange.sight, kept))
            return show.answers(kept, _counted(len(kept)) if counted else ())
        page = await find(connection, tenant, wanted, seen)
        items = await shown_to(connection, exchange.actor, exchange.sight, page.items)
        headers = _counted(await count_matches(connection, tenant, wanted, seen)) if counted else ()
    if page.next:
        rest = urlencode({**exchange.parameters, "after": page.next})
        headers += (("link", f'</ngsi-ld/v1/entities?{rest}>; rel="next"; type="application/ld+json"'),)
    return show.answers(items, headers)


async def retrieve_temporal(exchange: Exchange) -> Answer:
    """5.7.3: the logged values of an entity; a deleted one is history too as long as anything is known of it."""
    attributes = set(exchange.take_list("attrs") + exchange.take_list("pick"))
    last = exchange.take("lastN")
    span = _span(exchange)
    values = "temporalValues" in exchange.take_list("options") or exchange.take("format") == "temporalValues"
    exchange.refuse_others()
    tenant, id = exchange.actor.tenant, exchange.parts[2]
    async with exchange.database.tenant(tenant) as connection:
        entity = await retrieve_seen(connection, exchange.actor, exchange.sight, id)
        veils = await exchange.sight.veils(connection, exchange.actor, entity.dataset)
        found = veiled_history(await histories(connection, tenant, id, span=span), veils)
    kept = {name: points for name, points in found.items() if not attributes or name in attributes}
    number = _number(last, "lastN", 1, 10_000) if last else 0
    body: dict[str, Any] = {
        "id": id,
        "type": entity.types[0] if len(entity.types) == 1 else list(entity.types),
    }
    for name, points in kept.items():
        body[name] = _temporal(entity, name, points[-number:], values=values)
    return Answer(200, body)


async def list_types(exchange: Exchange) -> Answer:
    """5.7.5; exact, from the counters."""
    exchange.refuse_others()
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        seen = await exchange.sight.seen(connection, exchange.actor, "entity.read")
        found = await types(connection, exchange.actor.tenant, seen)
    return Answer(200, {"id": "urn:ngsi-ld:EntityTypeList:all", "type": "EntityTypeList", "typeList": found})


class _Show:
    """How the found entities are to be shown."""

    def __init__(self, form: Form, attributes: tuple[str, ...], *, system: bool, geojson: bool) -> None:
        self.form = form
        self.attributes = attributes
        self.system = system
        self.geojson = geojson

    def one(self, entity: Stored) -> dict[str, Any]:
        if self.geojson:
            return feature(entity)
        return shown(entity, self.form, pick=self.attributes, system=self.system)

    def answer(self, entity: Stored) -> Answer:
        return Answer(200, self.one(entity), media_type=self._media())

    def answers(self, entities: Any, headers: tuple[tuple[str, str], ...]) -> Answer:
        found = [self.one(one) for one in entities if self._has_any(one)]
        body: Any = {"type": "FeatureCollection", "features": found} if self.geojson else found
        return Answer(200, body, headers, self._media())

    def _has_any(self, entity: Stored) -> bool:
        return not self.attributes or any(name in entity.document for name in self.attributes)

    def _media(self) -> str:
        return GEO_JSON if self.geojson else ""


def _representation(exchange: Exchange) -> _Show:
    options = exchange.take_list("options")
    named = exchange.take("format") or next((one for one in options if one in _FORMS), "normalized")
    unknown = [one for one in (*options, named) if one not in _FORMS and one not in ("sysAttrs", "count")]
    if unknown:
        raise Invalid("twin.ngsi.option", name=unknown[0][:40])
    attributes = exchange.take_list("attrs") + exchange.take_list("pick")
    geojson = exchange.media == GEO_JSON
    return _Show(_FORMS[named], attributes, system="sysAttrs" in options, geojson=geojson)


def _place(exchange: Exchange) -> dict[str, Any]:
    """4.10: `near` with maxDistance, `within` and `intersects`; other relations are refused by name."""
    georel, kind = exchange.take("georel"), exchange.take("geometry")
    coordinates = exchange.take("coordinates")
    if not georel:
        return {}
    try:
        decoded = msgspec.json.decode(coordinates)
    except (msgspec.DecodeError, RecursionError):
        raise Invalid("twin.ngsi.coordinates") from None
    geometry = parse_geometry({"type": kind, "coordinates": decoded}, "coordinates")
    relation, _, condition = georel.partition(";")
    if relation == "near" and geometry.type == "Point" and condition.startswith("maxDistance=="):
        metres = _number(condition.removeprefix("maxDistance=="), "maxDistance", 0, 20_000_000)
        return {"near": Near(geometry.coordinates[0], geometry.coordinates[1], metres)}
    if relation in _RELATIONS and not condition:
        return {"area": Area(geometry, _RELATIONS[relation])}
    raise Invalid("twin.ngsi.georel", georel=georel[:80])


def _span(exchange: Exchange) -> Span:
    """4.11."""
    relation, at, until = exchange.take("timerel"), exchange.take("timeAt"), exchange.take("endTimeAt")
    if exchange.take("timeproperty", "observedAt") not in ("observedAt", "modifiedAt", "createdAt"):
        raise Invalid("twin.ngsi.timeproperty")
    match relation:
        case "":
            return Span()
        case "before":
            return Span(BEGINNING, _moment(at, "timeAt"))
        case "after":
            return Span(_moment(at, "timeAt"), END)
        case "between":
            return Span(_moment(at, "timeAt"), _moment(until, "endTimeAt"))
    raise Invalid("twin.ngsi.timerel", timerel=relation[:40])


def _temporal(entity: Stored, name: str, points: tuple[Point, ...], *, values: bool) -> Any:
    kind = (
        attribute_of(name, instances(entity.document[name])[0]).kind
        if name in entity.document
        else "Property"
    )
    if values:
        return {"type": kind, "values": [[one.value, utc_text(one.at)] for one in points]}
    member = "object" if kind == "Relationship" else "value"
    return [
        {"type": kind, member: one.value, "observedAt" if one.observed else "modifiedAt": utc_text(one.at)}
        | ({"unitCode": one.unit} if one.unit else {})
        for one in points
    ]


def _counted(number: int) -> tuple[tuple[str, str], ...]:
    return (("ngsild-results-count", str(number)),)


def _number(text: str, name: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
        raise Invalid("twin.ngsi.number", name=name, least=least, most=most)
    return int(text)


def _moment(text: str, name: str) -> datetime:
    fault: QuanyuError = Invalid("twin.query.moment", name=name)
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise fault from None
    if moment.tzinfo is None:
        raise fault
    return moment


OPERATIONS = (
    Operation("entities", "GET", "entity.read", query_entities, ENTITY_MEDIA),
    Operation("entities/*", "GET", "entity.read", retrieve_entity, ENTITY_MEDIA),
    Operation("types", "GET", "entity.read", list_types),
    Operation("temporal/entities/*", "GET", "entity.read", retrieve_temporal),
)
