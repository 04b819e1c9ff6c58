"""Discovery over several sources (ETSI GS CIM 009, 5.7.5 to 5.7.11): each answers, the answers are joined."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from quanyu.core.errors import NotFound, QuanyuError
from quanyu.twin.http.ngsi_consulted import warning
from quanyu.twin.http.ngsi_distributed import origin_of
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.ngsild.context import Context
from quanyu.twin.registrations.errors import Refused
from quanyu.twin.registrations.forward import Call, Reply, forward
from quanyu.twin.registrations.join import joined
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Part, Subject, Wanted, holders


@dataclass(frozen=True, slots=True)
class Joint:
    """`details`: what is asked for with `details=true`."""

    action: Action
    details: Action | None = None


JOINTS = {
    ("GET", "types"): Joint(Action.RETRIEVE_ENTITY_TYPES, Action.RETRIEVE_ENTITY_TYPE_DETAILS),
    ("GET", "types/*"): Joint(Action.RETRIEVE_ENTITY_TYPE_INFO),
    ("GET", "attributes"): Joint(Action.RETRIEVE_ATTR_TYPES, Action.RETRIEVE_ATTR_TYPE_DETAILS),
    ("GET", "attributes/*"): Joint(Action.RETRIEVE_ATTR_TYPE_INFO),
}


async def joint_answer(exchange: Exchange, operation: Operation, joint: Joint) -> Answer:
    """The broker's own answer with what other sources add. What is wrong with the question is told before they are asked."""
    try:
        own = await operation.answer(exchange)
    except NotFound as error:
        own = None
        fault: QuanyuError = error
    parts, context = await _parts(exchange, joint)
    replies = await _replies(exchange, parts, context)
    bodies = [reply.body for reply in replies if reply.fault is None and reply.body is not None]
    if own is None and not bodies:
        raise fault
    body = bodies.pop(0) if own is None else own.body
    for one in bodies:
        body = joined(body, one)
    return replace(own or Answer(200), body=_without_context(body))


async def _parts(exchange: Exchange, joint: Joint) -> tuple[list[Part], Context]:
    sources = exchange.door.sources
    context = await exchange.context()
    assert sources is not None
    origin = await origin_of(exchange)
    if origin.looped:
        return [], context
    detailed = joint.details if exchange.parameters.get("details") == "true" else None
    wanted = Wanted(actions=(detailed or joint.action,), now=sources.clock(), via=origin.passed)
    subject = _subject(exchange, joint, context)
    candidates = (await sources.index(exchange.actor.tenant)).candidates(subject.ids, subject.types)
    return holders(subject, wanted, [one.registration for one in candidates]), context


def _subject(exchange: Exchange, joint: Joint, context: Context) -> Subject:
    match joint.action:
        case Action.RETRIEVE_ENTITY_TYPE_INFO:
            return Subject(types=frozenset({context.stored(exchange.parts[1])}))
        case Action.RETRIEVE_ATTR_TYPE_INFO:
            return Subject(attributes=frozenset({context.stored(exchange.parts[1])}))
    return Subject()


async def _replies(exchange: Exchange, parts: list[Part], context: Context) -> list[Reply]:
    if not parts:
        return []
    sources = exchange.door.sources
    assert sources is not None
    origin = await origin_of(exchange)
    calls = [
        Call(
            registration=part.registration,
            method="GET",
            parts=exchange.parts,
            parameters=exchange.parameters,
            context=context,
        )
        for part in parts
    ]
    replies = await asyncio.gather(*(forward(sources, origin, call) for call in calls))
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
