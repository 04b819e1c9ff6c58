"""Changes that are distributed (ETSI GS CIM 009, 4.3.6, 5.6, 6.3.17): a layer before the operations themselves.

An operation of provision knows nothing of other sources. What of a request they hold is taken out of it here and sent to
them; the operation gets the rest; the results of all become one answer.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import msgspec

from quanyu.core.errors import Invalid, QuanyuError
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Malformed, NotSupported, Operation, problem
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.ngsild.document import parse_entity
from quanyu.twin.ngsild.query.types import named_types, parse_types
from quanyu.twin.registrations.changes import MEMBERS, Asked, Change, Kind, Sent, Share, id_of, shares
from quanyu.twin.registrations.errors import LoopDetected, Refused
from quanyu.twin.registrations.forward import Call, Origin, Reply, forward
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Wanted
from quanyu.twin.registrations.results import (
    Failure,
    Result,
    problem_of,
    result_of,
    without_what_is_elsewhere,
)
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
    return _Told(exchange, asked, share, own, replies, result).answer()


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
        return [Failure(entity=id, error=own) for id in _own_ids(share, asked)]
    if own is None or own.status != 207 or not isinstance(own.body, dict):
        return []
    return [
        Failure(
            entity=str(one.get("entityId", "")),
            error=Refused("", one["error"].get("status", 500), one["error"]),
        )
        for one in own.body.get("errors", ())
    ]


def _own_ids(share: Share, asked: Asked) -> list[str]:
    match asked.change.kind:
        case Kind.BATCH | Kind.IDS:
            return [id_of(one) for one in share.local]
        case Kind.ENTITY:
            return [id_of(asked.body)]
        case Kind.PURGE:
            return [""]
    return [asked.entity]


class _Told:
    """How the results are told to the client."""

    def __init__(
        self,
        exchange: Exchange,
        asked: Asked,
        share: Share,
        own: Answer | QuanyuError | None,
        replies: list[Reply],
        result: Result,
    ) -> None:
        self._exchange = exchange
        self._asked = asked
        self._share = share
        self._own = own
        self._replies = replies
        self._result = result

    def answer(self) -> Answer:
        if not self._mixed:
            return self._success()
        only = self._share.here + len(self._share.sent) + len(self._share.refused) == 1
        if only and len(self._result.failures) == 1 and not self._asked.change.of_many:
            raise self._result.failures[0].error
        if self._asked.parts[-1] == "attrs":
            return Answer(207, self._update_result())
        return Answer(207, self._batch_result())

    @property
    def _mixed(self) -> bool:
        return self._result.mixed or (isinstance(self._own, Answer) and self._own.status == 207)

    def _success(self) -> Answer:
        action, kind = self._asked.change.action, self._asked.change.kind
        if kind is Kind.BATCH and action in ("createBatch", "upsertBatch"):
            created = list(self._created())
            return Answer(201, created) if created else Answer(204)
        if isinstance(self._own, Answer):
            return self._own
        if kind is Kind.ENTITY and action is Action.UPSERT_TEMPORAL and not self._made_elsewhere:
            return Answer(204)
        if kind is Kind.ENTITY:
            path = "/".join(self._asked.parts)
            return Answer(
                201, headers=(("location", f"/ngsi-ld/v1/{path}/{quote(id_of(self._asked.body), safe=':')}"),)
            )
        return Answer(204)

    @property
    def _made_elsewhere(self) -> bool:
        """5.6.11: new there, and not only added to."""
        return any(reply.status == 201 for reply in self._replies)

    def _created(self) -> Iterable[str]:
        """Of a batch: everything where it was to create, else what the broker or a source names as new."""
        if self._asked.change.action == "createBatch":
            return dict.fromkeys(map(id_of, self._asked.body))
        named = self._own.body if isinstance(self._own, Answer) and self._own.status == 201 else []
        found = dict.fromkeys(named)
        for reply in self._replies:
            if reply.status == 201 and isinstance(reply.body, list):
                found |= dict.fromkeys(one for one in reply.body if isinstance(one, str))
        return found

    def _batch_result(self) -> dict[str, Any]:
        """5.2.16."""
        failed = {one.entity for one in self._result.failures}
        named = dict.fromkeys((*self._result.succeeded, *_own_ids(self._share, self._asked)))
        if not self._share.here:
            named = dict.fromkeys(self._result.succeeded)
        return {
            "success": [id for id in named if id and id not in failed],
            "errors": [self._error(one) for one in self._result.failures],
        }

    def _error(self, failure: Failure) -> dict[str, Any]:
        """5.2.17."""
        told: dict[str, Any] = {"entityId": failure.entity} if failure.entity else {}
        told["error"] = problem_of(failure.error) or problem(
            failure.error, self._exchange.header("accept-language")
        )
        if failure.registration:
            told["registrationId"] = failure.registration
        return told

    def _update_result(self) -> dict[str, Any]:
        """5.2.18."""
        updated: dict[str, None] = {}
        missed: list[dict[str, Any]] = []
        self._add_own(updated, missed)
        for sent, reply in zip(self._share.sent, self._replies, strict=True):
            names = _attribute_names(sent.call.body)
            told = reply.body if reply.partial and isinstance(reply.body, dict) else {}
            if reply.fault is not None:
                missed += self._missed(names, reply.fault, reply.registration.id)
            elif told:
                updated |= dict.fromkeys(told.get("updated", ()))
                missed += [
                    one | {"registrationId": reply.registration.id} for one in told.get("notUpdated", ())
                ]
            else:
                updated |= dict.fromkeys(names)
        for failure in self._result.failures[len(self._own_errors()) :][: len(self._share.refused)]:
            missed += self._missed(_attribute_names(self._asked.body), failure.error, failure.registration)
        failed = {one["attributeName"] for one in missed}
        return {"updated": [name for name in updated if name not in failed], "notUpdated": missed}

    def _own_errors(self) -> list[Failure]:
        return [one for one in self._result.failures if not one.registration]

    def _add_own(self, updated: dict[str, None], missed: list[dict[str, Any]]) -> None:
        if isinstance(self._own, QuanyuError):
            missed += self._missed(_attribute_names(self._share.local), self._own, "")
        elif isinstance(self._own, Answer):
            told: dict[str, Any] = {"updated": _attribute_names(self._share.local)}
            if self._own.status == 207:
                told = self._own.body
            updated |= dict.fromkeys(told.get("updated", ()))
            missed.extend(told.get("notUpdated", ()))

    def _missed(self, names: list[str], error: QuanyuError, registration: str) -> list[dict[str, Any]]:
        told = problem_of(error) or problem(error, self._exchange.header("accept-language"))
        reason = str(told.get("detail") or told.get("title"))
        beside = {"registrationId": registration} if registration else {}
        return [{"attributeName": name, "reason": reason, **beside} for name in names]


def _attribute_names(body: Any) -> list[str]:
    return [name for name in body if name not in MEMBERS] if isinstance(body, dict) else []
