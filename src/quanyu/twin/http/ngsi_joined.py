"""Discovery and histories over several sources (ETSI GS CIM 009, 5.7.3 to 5.7.10): each answers, the answers are joined."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from quanyu.core.errors import NotFound, QuanyuError
from quanyu.twin.http.ngsi_asked import wish_in
from quanyu.twin.http.ngsi_consulted import NO_GUIDE, Guide, warning, wished
from quanyu.twin.http.ngsi_distributed import origin_of, with_body
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_mapped import Mapped
from quanyu.twin.http.ngsi_maps import guide_of, told_more
from quanyu.twin.http.ngsi_temporal_body import posted
from quanyu.twin.http.ngsi_temporal_query import MAP_TERMS
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.query import Term, named_types, parse_q, parse_types
from quanyu.twin.ngsild.query.types import ANY_TYPE
from quanyu.twin.registrations.errors import Refused
from quanyu.twin.registrations.forward import Call, Reply, forward
from quanyu.twin.registrations.join import joined
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Part, Subject, Wanted, holders


@dataclass(frozen=True, slots=True)
class Joint:
    """`details`: what is asked for with `details=true`. `posted`: the question is the body."""

    action: Action
    details: Action | None = None
    temporal: bool = False
    posted: bool = False


JOINTS = {
    ("GET", "types"): Joint(Action.RETRIEVE_ENTITY_TYPES, Action.RETRIEVE_ENTITY_TYPE_DETAILS),
    ("GET", "types/*"): Joint(Action.RETRIEVE_ENTITY_TYPE_INFO),
    ("GET", "attributes"): Joint(Action.RETRIEVE_ATTR_TYPES, Action.RETRIEVE_ATTR_TYPE_DETAILS),
    ("GET", "attributes/*"): Joint(Action.RETRIEVE_ATTR_TYPE_INFO),
    ("GET", "temporal/entities"): Joint(Action.QUERY_TEMPORAL, temporal=True),
    ("GET", "temporal/entities/*"): Joint(Action.RETRIEVE_TEMPORAL, temporal=True),
    ("POST", "temporal/entityOperations/query"): Joint(Action.QUERY_TEMPORAL, temporal=True, posted=True),
}


async def joint_answer(exchange: Exchange, operation: Operation, joint: Joint) -> Answer:
    """The broker's own answer with what other sources add. What is wrong with the question is told before they are asked."""
    asked = await exchange.json() if joint.posted else None
    try:
        own = await operation.answer(with_body(exchange, asked))
    except NotFound as error:
        own = None
        fault: QuanyuError = error
    by = await _guide(exchange, joint, asked)
    parts, context = await _parts(exchange, joint, asked, by)
    replies = await _replies(exchange, parts, context, asked, by)
    await _told_to_map(exchange, own, replies)
    bodies = [reply.body for reply in replies if reply.fault is None and reply.body is not None]
    if own is None and not bodies:
        raise fault
    body = bodies.pop(0) if own is None else own.body
    for one in bodies:
        body = joined(body, one)
    return replace(own or Answer(200), body=_without_context(body))


async def _guide(exchange: Exchange, joint: Joint, asked: Any) -> Guide:
    """What an entity map says of whom to ask (5.7.3.4, 5.7.4.4)."""
    if not joint.temporal:
        return NO_GUIDE
    said = {**exchange.parameters, **(asked if joint.posted else {})}
    wish = wish_in({name: said.get(name, "") for name in MAP_TERMS})
    id = "" if len(exchange.parts) < 3 or joint.posted else exchange.parts[2]
    return await guide_of(exchange, wish, id, Action.CREATE_ENTITY_MAP_QUERY_TEMPORAL)


async def _told_to_map(exchange: Exchange, own: Answer | None, replies: list[Reply]) -> None:
    """The map of the answer learns which sources know which entities, and of the maps there."""
    location = dict(own.headers).get("ngsild-entitymap") if own else None
    if location is None:
        return
    sources: dict[str, list[str]] = {}
    for reply in (one for one in replies if one.fault is None):
        for entity in reply.body if isinstance(reply.body, list) else [reply.body]:
            if isinstance(entity, dict) and isinstance(entity.get("id"), str):
                sources.setdefault(entity["id"], []).append(reply.registration.id)
    linked = {one.registration.id: one.map for one in replies if one.map}
    if sources or linked:
        await told_more(exchange, location.rpartition("/")[2], Mapped(sources, linked))


async def _parts(exchange: Exchange, joint: Joint, asked: Any, by: Guide) -> tuple[list[Part], Context]:
    sources = exchange.door.sources
    context = await exchange.context(asked)
    assert sources is not None
    origin = await origin_of(exchange)
    if origin.looped or (joint.temporal and exchange.parameters.get("type") == ANY_TYPE):
        return [], context
    detailed = joint.details if exchange.parameters.get("details") == "true" else None
    wanted = Wanted(
        actions=(detailed or joint.action,), now=sources.clock(), temporal=joint.temporal, via=origin.passed
    )
    subject = _subject_of(asked, context) if joint.posted else _subject(exchange, joint, context)
    candidates = (await sources.index(exchange.actor.tenant)).candidates(subject.ids, subject.types)
    csf = _csf(exchange, asked, context) if joint.temporal else None
    usable = [one.registration for one in candidates if wished(one, csf) and by.asks(one.registration.id)]
    return holders(subject, wanted, usable), context


def _csf(exchange: Exchange, asked: Any, context: Context) -> Term | None:
    """5.7.4.3: which sources the client wants to hear."""
    text = exchange.parameters.get("csf") or (asked.get("csf") if isinstance(asked, dict) else None)
    return parse_q(text, context.stored) if text else None


def _subject(exchange: Exchange, joint: Joint, context: Context) -> Subject:
    parameters = exchange.parameters
    if joint.action is Action.RETRIEVE_ENTITY_TYPE_INFO:
        return Subject(types=frozenset({context.stored(exchange.parts[1])}))
    if joint.action is Action.RETRIEVE_ATTR_TYPE_INFO:
        return Subject(attributes=frozenset({context.stored(exchange.parts[1])}))
    if not joint.temporal:
        return Subject()
    ids = (
        exchange.parts[2:]
        if len(exchange.parts) > 2
        else tuple(filter(None, parameters.get("id", "").split(",")))
    )
    types = parameters.get("type", "")
    named = named_types(parse_types(types, context.stored)) if types else ()
    return Subject(ids=frozenset(ids), types=frozenset(named))


def _subject_of(query: Any, context: Context) -> Subject:
    """Of a posted question that the operation has found to be one (5.2.23)."""
    entities = posted(query)[1] or [{}]
    ids = [[id for id in one.get("id", "").split(",") if id] for one in entities]
    types = [
        named_types(parse_types(one["type"], context.stored)) if one.get("type") else () for one in entities
    ]
    return Subject(
        ids=frozenset(id for one in ids for id in one) if all(ids) else frozenset(),
        types=frozenset(type for one in types for type in one) if all(types) else frozenset(),
    )


async def _replies(
    exchange: Exchange, parts: list[Part], context: Context, asked: Any, by: Guide
) -> list[Reply]:
    if not parts:
        return []
    sources = exchange.door.sources
    assert sources is not None
    origin = await origin_of(exchange)
    ours = frozenset((*MAP_TERMS, "csf"))  # maps and sources are asked for anew at each broker
    body = _without_context(asked)
    calls = [
        Call(
            registration=part.registration,
            method=exchange.scope["method"],
            parts=exchange.parts,
            parameters={name: text for name, text in exchange.parameters.items() if name not in ours},
            body=body and {name: value for name, value in body.items() if name not in ours},
            context=context,
        )
        for part in parts
    ]
    replies = await asyncio.gather(*(forward(sources, origin, by.led(call)) for call in calls))
    exchange.warnings += [warning(one) for one in replies if one.fault is not None and not _unknown(one)]
    return list(replies)


def _unknown(reply: Reply) -> bool:
    return isinstance(reply.fault, Refused) and reply.fault.status == 404


def _without_context(body: Any) -> Any:
    """Sources may send theirs along; the answer gets its own."""
    if isinstance(body, list):
        return [_without_context(one) for one in body]
    return (
        {name: value for name, value in body.items() if name != "@context"}
        if isinstance(body, dict)
        else body
    )
