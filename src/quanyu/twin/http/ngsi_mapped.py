"""Entity maps over several sources (ETSI GS CIM 009, 5.14.4, 5.14.5): each makes a map of its own, and ours names them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quanyu.twin.http.ngsi_consulted import sees_all, warning
from quanyu.twin.http.ngsi_distributed import origin_of
from quanyu.twin.http.ngsi_exchange import Exchange
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.query.tree import Query, Selector, Term
from quanyu.twin.ngsild.query.types import named_types
from quanyu.twin.registrations.consult import wished
from quanyu.twin.registrations.forward import Call, Reply, forward
from quanyu.twin.registrations.model import Registration
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Subject, Wanted, holders

FILTERS = frozenset({"q", "scopeQ", "geoQ", "georel", "geometry", "coordinates", "geoproperty", "attrs"})
_OURS = frozenset({"local", "limit", "offset", "count", "entityMap", "orderBy", "collation", "@context"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MapQuestion:
    """`split`: entities may lie in pieces at several places, so that only the whole of them is held against filters."""

    query: Query
    context: Context
    action: Action
    body: Any = None
    csf: Term | None = None
    split: bool = True
    local: bool = False


@dataclass(frozen=True, slots=True)
class Mapped:
    """`sources`: the registrations that know an entity. `linked`: the map of each registration."""

    sources: Mapping[str, list[str]] = field(default_factory=dict)
    linked: Mapping[str, str] = field(default_factory=dict)

    def added(self, ids: list[str], sources: dict[str, list[str]]) -> tuple[list[str], dict[str, list[str]]]:
        """To the ids of a list, and where they are beside here."""
        here = set(ids)
        more = {
            id: [*(sources.get(id, ["@none"]) if id in here else ()), *where]
            for id, where in self.sources.items()
        }
        return [*ids, *sorted(self.sources.keys() - here)], {**sources, **more}


def is_typed(query: Query) -> bool:
    return bool(query.selectors) and all(one.types for one in query.selectors)


def candidates(query: Query) -> Query:
    """Of split entities only ids and types are looked at as yet (5.14.4.4), unless that would be too wide."""
    return Query(selectors=query.selectors) if is_typed(query) else query


async def mapped(exchange: Exchange, question: MapQuestion) -> Mapped:
    """What the maps of those sources say that support making one."""
    sources = exchange.door.sources
    if sources is None or question.local or exchange.branch is not None:
        return Mapped()
    if not len(await sources.index(exchange.actor.tenant)) or not await sees_all(exchange):
        return Mapped()
    origin = await origin_of(exchange)
    if origin.looped:
        return Mapped()
    registrations = await _registrations(exchange, question, origin.passed)
    calls = [_call(exchange, question, one) for one in registrations]
    replies = await asyncio.gather(*(forward(sources, origin, call) for call in calls))
    exchange.warnings += [warning(one) for one in replies if one.fault is not None]
    return _joined(replies)


async def _registrations(
    exchange: Exchange, question: MapQuestion, via: frozenset[str]
) -> list[Registration]:
    sources = exchange.door.sources
    assert sources is not None
    index = await sources.index(exchange.actor.tenant)
    temporal = question.action is Action.CREATE_ENTITY_MAP_QUERY_TEMPORAL
    wanted = Wanted(actions=(question.action,), now=sources.clock(), temporal=temporal, via=via)
    found: dict[str, Registration] = {}
    for selector in question.query.selectors or (Selector(),):
        subject = Subject(ids=frozenset(selector.ids), types=frozenset(named_types(selector.types)))
        candidates = index.candidates(subject.ids, subject.types)
        usable = [one.registration for one in candidates if wished(one, question.csf)]
        found |= {part.registration.id: part.registration for part in holders(subject, wanted, usable)}
    return list(found.values())


def _call(exchange: Exchange, question: MapQuestion, registration: Registration) -> Call:
    """The question as the client put it; without filters, unless it would be too wide then (5.7.2.4)."""
    without = _OURS | FILTERS if question.split and is_typed(question.query) else _OURS
    body = question.body
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in without}
    parameters = {name: text for name, text in exchange.parameters.items() if name not in without}
    temporal = question.action is Action.CREATE_ENTITY_MAP_QUERY_TEMPORAL
    return Call(
        registration=registration,
        method=exchange.scope["method"] if exchange.parts[-1] == "entityMaps" else "GET",
        parts=("temporal", "entityMaps") if temporal else ("entityMaps",),
        parameters=parameters,
        body=body,
        context=question.context,
    )


def _joined(replies: list[Reply]) -> Mapped:
    sources: dict[str, list[str]] = {}
    linked: dict[str, str] = {}
    for reply in replies:
        found = reply.body if reply.fault is None and isinstance(reply.body, dict) else {}
        listed = found.get("entityMap")
        for id in listed if isinstance(listed, dict) else ():
            if any(info.covers(id, ()) for info in reply.registration.information):
                sources.setdefault(id, []).append(reply.registration.id)
        id = found.get("id") or reply.map
        if isinstance(id, str) and id:
            linked[reply.registration.id] = id
    return Mapped(sources, linked)
