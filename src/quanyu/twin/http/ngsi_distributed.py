"""Changes that are distributed (ETSI GS CIM 009, 4.3.6, 5.6, 6.3.17): a layer before the operations themselves.

An operation of provision knows nothing of other sources. What of a request they hold is taken out of it here and sent to
them; the operation gets the rest; the results of all become one answer.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec

from quanyu.core.errors import Invalid, QuanyuError
from quanyu.twin.http.ngsi_distributed_answer import Told, own_ids
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Malformed, NotSupported, Operation
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.ngsild.document import parse_entity
from quanyu.twin.ngsild.query.types import named_types, parse_types
from quanyu.twin.registrations.changes import Asked, Change, Kind
from quanyu.twin.registrations.errors import LoopDetected, Refused
from quanyu.twin.registrations.forward import Call, Origin, Reply, forward
from quanyu.twin.registrations.plan import Wanted
from quanyu.twin.registrations.results import Failure, result_of, without_what_is_elsewhere
from quanyu.twin.registrations.sent import Sent
from quanyu.twin.registrations.shares import Share, shares
from quanyu.twin.registrations.terms import in_terms_of

_THERE = 409


async def changed(exchange: Exchange, operation: Operation, change: Change) -> Answer:
    """The answer of a change, done here and at the sources that it concerns."""
    assert exchange.door.sources is not None
    sources = exchange.door.sources
    index = await sources.index(exchange.actor.tenant)
    origin = await origin_of(exchange)
    asked = await _asked(exchange, change)
    wanted = Wanted(
        actions=change.actions(exchange.parameters),
        now=sources.clock(),
        temporal=None if change.path.startswith("temporal/") else False,
        via=origin.passed,
    )
    share = shares(asked, wanted, index.candidates)
    if origin.looped and share.proxied:
        raise LoopDetected("twin.source.loop", alias=origin.alias)
    if share.untouched or origin.looped:
        return await operation.answer(with_body(exchange, asked.body))
    return await _divided(exchange, operation, asked, share, origin)


async def origin_of(exchange: Exchange) -> Origin:
    assert exchange.door.sources is not None
    tenant = exchange.actor.tenant
    return Origin(
        tenant=tenant,
        alias=await exchange.door.sources.alias(tenant),
        via=exchange.header("via"),
        headers={key.decode("latin-1"): value.decode("latin-1") for key, value in exchange.scope["headers"]},
    )


async def _asked(exchange: Exchange, change: Change) -> Asked:
    bare = change.kind in (Kind.WHOLE, Kind.PURGE) or exchange.scope["method"] == "DELETE"
    body: Any = None if bare else await exchange.json()
    if change.of_many and not isinstance(body, list):
        raise Malformed("twin.ngsi.list")
    contexts = (
        [await exchange.context(one) for one in body] if change.of_many else [await exchange.context(body)]
    )
    named = exchange.parameters.get("type", "")
    types = named_types(parse_types(named, (contexts[0] if contexts else CORE).stored)) if named else ()
    return Asked(
        change=change,
        parts=exchange.parts,
        parameters=exchange.parameters,
        body=body,
        context=contexts[0] if contexts else CORE,
        types=frozenset(types),
        contexts=contexts,
    )


async def _divided(
    exchange: Exchange, operation: Operation, asked: Asked, share: Share, origin: Origin
) -> Answer:
    """The broker's own part comes first: what it finds wrong with the request goes nowhere else."""
    own: Answer | QuanyuError | None = None
    if share.here:
        try:
            own = await operation.answer(with_body(exchange, share.local))
        except Invalid:
            raise
        except QuanyuError as error:
            own = error
    elif asked.change.kind is Kind.ENTITY:
        _check(asked)
    replies = await asyncio.gather(*(_sent(exchange, origin, sent) for sent in share.sent))
    failures: Iterable[Failure] = _own_failures(own, share, asked)
    if asked.change.kind in (Kind.WHOLE, Kind.IDS, Kind.PURGE):
        failures = without_what_is_elsewhere(failures, proxied=share.proxied)
    result = result_of(share, replies, failures)
    return Told(exchange=exchange, asked=asked, share=share, own=own, replies=replies, result=result).answer()


async def _sent(exchange: Exchange, origin: Origin, sent: Sent) -> Reply:
    """5.6.8.4: where an entity of an upsert cannot be created because it is there, it is replaced or updated."""
    sources = exchange.door.sources
    assert sources is not None
    reply = await forward(sources, origin, await _spoken(exchange, sent.call))
    if not (sent.tentative and isinstance(reply.fault, Refused) and reply.fault.status == _THERE):
        return reply
    if sent.retry is None:
        registration = sent.call.registration
        return replace(reply, fault=NotSupported("twin.source.unsupported", id=registration.id))
    return await forward(sources, origin, await _spoken(exchange, sent.retry))


def _check(asked: Asked) -> None:
    """What is held elsewhere altogether is looked at here too, before it goes there (5.5.4). Raises Invalid."""
    temporal = asked.parts[0] == "temporal"
    body = asked.body
    if temporal and isinstance(body, dict):
        body = {name: value for name, value in body.items() if name != "scope"}  # may be a history (4.5.6)
    parse_entity(body, asked.context, temporal=temporal)


async def _spoken(exchange: Exchange, call: Call) -> Call:
    """In the terms of the source, where it has its own; where they cannot be had, in those of the client."""
    if call.registration.context is None:
        return call
    try:
        context = await exchange.door.contexts.of(exchange.actor.tenant, call.registration.context)
    except QuanyuError:
        return call
    return in_terms_of(call, context)


def with_body(exchange: Exchange, body: Any) -> Exchange:
    """The same request with less in it."""
    if body is None:
        return exchange
    content = msgspec.json.encode(body)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    return replace(exchange, receive=receive)


def _own_failures(own: Answer | QuanyuError | None, share: Share, asked: Asked) -> list[Failure]:
    if isinstance(own, QuanyuError):
        return [Failure(entity=id, error=own) for id in own_ids(share, asked)]
    if own is None or own.status != 207 or not isinstance(own.body, dict):
        return []
    return [
        Failure(
            entity=str(one.get("entityId", "")),
            error=Refused("", one["error"].get("status", 500), one["error"]),
        )
        for one in own.body.get("errors", ())
    ]
