"""Context source registration, discovery and identity (ETSI GS CIM 009, 5.9, 5.10 and 5.15; 6.8, 6.9)."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from quanyu.core.actor import Resource
from quanyu.core.entity import NULL
from quanyu.core.errors import Invalid
from quanyu.identity import check
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_pages import page_headers, page_of
from quanyu.twin.http.ngsi_parameters import truth_of
from quanyu.twin.http.ngsi_subscriptions import tell_sources
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document.scalars import moment_text
from quanyu.twin.ngsild.query.geo import parse_geo_query
from quanyu.twin.ngsild.query.pattern import parse_pattern
from quanyu.twin.ngsild.query.projection import parse_projection
from quanyu.twin.ngsild.query.q import parse_q
from quanyu.twin.ngsild.query.scope import parse_scope_query
from quanyu.twin.ngsild.query.tree import GeoQuery, Query, Selector
from quanyu.twin.ngsild.query.types import parse_types
from quanyu.twin.registrations import Sources
from quanyu.twin.registrations.forms import READ_ONLY, new_id, shown, stored_form
from quanyu.twin.registrations.members import is_uri
from quanyu.twin.registrations.model import Kept
from quanyu.twin.registrations.operations import DEFAULT_GROUP
from quanyu.twin.registrations.parse import parse
from quanyu.twin.registrations.search import Search, TimeQuery, found, time_query

PATH = "/ngsi-ld/v1/csourceRegistrations"


async def register(exchange: Exchange) -> Answer:
    """5.9.2."""
    exchange.refuse_others()
    sources = _looked_after(exchange, "source.manage")
    body = _object(await exchange.json())
    context = await exchange.context(body)
    document = stored_form({"id": new_id(), **body}, context)
    kept = await sources.create(exchange.actor.tenant, parse(document, now=sources.clock()))
    await tell_sources(exchange)
    return Answer(201, headers=(("location", f"{PATH}/{quote(kept.registration.id, safe=':')}"),))


async def update(exchange: Exchange) -> Answer:
    """5.9.3: members of the fragment replace those that are there; null, or NGSI-LD Null, takes one away (5.5.8)."""
    exchange.refuse_others()
    sources, tenant = _looked_after(exchange, "source.manage"), exchange.actor.tenant
    id = registration_id(exchange)
    body = _object(await exchange.json())
    said = {name: None if value == NULL else value for name, value in body.items()}
    fragment = stored_form(said, await exchange.context(body))
    before = await sources.find(tenant, id)
    if fragment.get("id", id) != id and is_uri(fragment["id"]) is False:
        raise Invalid("twin.registration.other_id", id=id)
    changed = {**before.registration.document, **fragment, "id": id}
    now = sources.clock() if fragment.get("expiresAt") is not None else None
    left = {name: value for name, value in changed.items() if value is not None or name == "information"}
    await sources.update(tenant, parse(left, now=now), before=before)
    await tell_sources(exchange)
    return Answer(204)


async def delete(exchange: Exchange) -> Answer:
    """5.9.4."""
    exchange.refuse_others()
    sources, tenant = _looked_after(exchange, "source.manage"), exchange.actor.tenant
    id = registration_id(exchange)
    before = await sources.find(tenant, id)
    await sources.delete(tenant, before)
    await tell_sources(exchange)
    return Answer(204)


async def retrieve(exchange: Exchange) -> Answer:
    """5.10.1."""
    system = _system(exchange)
    exchange.refuse_others()
    context = await exchange.context()
    sources, tenant = _looked_after(exchange, "source.read"), exchange.actor.tenant
    id = registration_id(exchange)
    kept = await sources.find(tenant, id)
    return Answer(200, registration_shown(kept, context, system=system))


async def discover(exchange: Exchange) -> Answer:
    """5.10.2; the oldest first."""
    context = await exchange.context()
    system = _system(exchange)
    page = page_of(exchange)
    search = _search(exchange, context)
    exchange.refuse_others()
    sources, tenant = _looked_after(exchange, "source.read"), exchange.actor.tenant
    kept = found(search, await sources.listed(tenant), sources.clock())
    shown_ones = [registration_shown(one, context, system=system) for one in kept[page.start : page.end]]
    return Answer(200, shown_ones, page_headers(exchange, page, len(kept), "csourceRegistrations"))


async def source_identity(exchange: Exchange) -> Answer:
    """5.2.40, 6.3.18: who we are for those who registered us, so that they see loops coming."""
    exchange.refuse_others()
    sources, tenant = sources_of(exchange), exchange.actor.tenant
    alias = await sources.alias(tenant)
    up = timedelta(seconds=int(time.monotonic() - sources.began))
    body = {
        "id": f"urn:ngsi-ld:ContextSourceIdentity:{alias}",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": alias,
        "contextSourceUptime": _duration_text(up),
        "contextSourceTimeAt": moment_text(sources.clock()),
    }
    return Answer(200, body)


def registration_shown(kept: Kept, context: Context, *, system: bool = False) -> dict[str, Any]:
    """5.2.9 with its output-only members, as far as there is something to tell."""
    document: dict[str, Any] = {"mode": kept.registration.mode.value, "operations": [DEFAULT_GROUP]}
    document = {"id": "", "type": ""} | shown(document | dict(kept.registration.document), context)
    if kept.sent:
        document["status"] = "failed" if _failed_last(kept) else "ok"
        document |= {"timesSent": kept.sent, "timesFailed": kept.failed}
    moments = {"lastSuccess": kept.last_success, "lastFailure": kept.last_failure}
    if system:
        moments |= {"createdAt": kept.created, "modifiedAt": kept.modified}
    return document | {name: moment_text(moment) for name, moment in moments.items() if moment}


def _failed_last(kept: Kept) -> bool:
    return kept.last_failure is not None and (
        kept.last_success is None or kept.last_failure > kept.last_success
    )


def sources_of(exchange: Exchange) -> Sources:
    assert exchange.door.sources is not None
    return exchange.door.sources


def _looked_after(exchange: Exchange, action: str) -> Sources:
    """Registrations are of no body: they say whom the tenant's broker asks, for everybody, and with whose keys. Raises AccessDenied."""
    check(exchange.actor, action, Resource("source", PATH, exchange.actor.tenant))
    return sources_of(exchange)


def registration_id(exchange: Exchange) -> str:
    if not is_uri(exchange.parts[1]):
        raise Invalid("twin.registration.uri", where=exchange.parts[1][:80])
    return exchange.parts[1]


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Invalid("twin.registration.object")
    return {name: value for name, value in body.items() if name not in READ_ONLY}


def _system(exchange: Exchange) -> bool:
    named = truth_of(exchange.take("sysAttrs"), "sysAttrs")
    return "sysAttrs" in exchange.take_list("options") or named


def _search(exchange: Exchange, context: Context) -> Search:
    """Raises Invalid where it asks for everything (5.10.2.4)."""
    ids = exchange.take_list("id")
    if wrong := [id for id in ids if not is_uri(id)]:
        raise Invalid("twin.registration.uri", where=wrong[0][:80])
    pattern, types = exchange.take("idPattern"), exchange.take("type")
    selector = Selector(
        ids=ids,
        pattern=parse_pattern(pattern) if pattern else None,
        types=parse_types(types, context.stored) if types and types != "*" else (),
    )
    attributes = _projected(exchange, context)
    filters = [text for name in ("q", "csf") if (text := exchange.take(name))]
    scope, geo, when = exchange.take("scopeQ"), _geo(exchange, context), _time(exchange)
    if not (ids or pattern or types or attributes or filters or geo or scope):
        raise Invalid("twin.registration.broad")
    return Search(
        query=Query(
            selectors=(selector,) if selector != Selector() else (),
            attributes=attributes,
            geo=geo,
            scope=parse_scope_query(scope) if scope else None,
        ),
        filters=tuple(parse_q(text, context.stored) for text in filters),
        time=when,
        datasets=frozenset(exchange.take_list("datasetId")),
    )


def _projected(exchange: Exchange, context: Context) -> tuple[str, ...]:
    """What sources should have: `attrs`, or the attributes of `pick` (Table 6.8.3.2-1). The rest shapes entities only."""
    for name in ("omit", "lang", "geometryProperty"):
        exchange.take(name)
    names, picked = exchange.take_list("attrs"), exchange.take("pick")
    if picked:
        members = parse_projection(picked, context.stored, "pick").members
        return tuple(name for name in members if name not in ("id", "type", "scope"))
    return tuple(map(context.stored, names))


def _geo(exchange: Exchange, context: Context) -> GeoQuery | None:
    """4.10."""
    georel, geometry = exchange.take("georel"), exchange.take("geometry")
    coordinates, property = exchange.take("coordinates"), exchange.take("geoproperty") or "location"
    if not (georel or geometry or coordinates):
        return None
    try:
        decoded = msgspec.json.decode(coordinates)
    except (msgspec.DecodeError, RecursionError):
        raise Invalid("twin.ngsi.coordinates") from None
    return parse_geo_query(
        georel=georel, geometry=geometry, coordinates=decoded, property=context.stored(property)
    )


def _time(exchange: Exchange) -> TimeQuery | None:
    """4.11."""
    relation, property = exchange.take("timerel"), exchange.take("timeproperty") or "observedAt"
    at, end = exchange.take("timeAt"), exchange.take("endTimeAt")
    return time_query(relation=relation, at=at, end=end, property=property) if relation or at else None


def _duration_text(span: timedelta) -> str:
    """ISO 8601."""
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"P{span.days}DT{hours}H{minutes}M{seconds}S"


OPERATIONS = (
    Operation("csourceRegistrations", "POST", "source.manage", register),
    Operation("csourceRegistrations", "GET", "source.read", discover),
    Operation("csourceRegistrations/*", "GET", "source.read", retrieve),
    Operation("csourceRegistrations/*", "PATCH", "source.manage", update),
    Operation("csourceRegistrations/*", "DELETE", "source.manage", delete),
    Operation("info/sourceIdentity", "GET", "entity.read", source_identity),
)
