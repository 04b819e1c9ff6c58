"""What other sources say about the past (ETSI GS CIM 009, 5.7.3.4, 5.7.4.4): gathered before the broker answers.

Filters stay here, because a history may lie in pieces at several places; with `splitEntities=false` they travel along.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quanyu.core.errors import QuanyuError
from quanyu.twin.history.beyond import Beyond
from quanyu.twin.http.ngsi_consulted import sees_all, warning
from quanyu.twin.http.ngsi_distributed import origin_of
from quanyu.twin.http.ngsi_exchange import Exchange
from quanyu.twin.http.ngsi_mapped import FILTERS, Mapped, is_typed
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.query.tree import Query, Selector, Term
from quanyu.twin.ngsild.query.types import named_types
from quanyu.twin.registrations.consult import NO_GUIDE, Guide, context_of, wished
from quanyu.twin.registrations.errors import Refused
from quanyu.twin.registrations.forward import Call, Origin, Reply, forward
from quanyu.twin.registrations.histories import Past, beyond_of, past_of
from quanyu.twin.registrations.model import Registration
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Subject, Wanted, holders
from quanyu.twin.registrations.questions import PAGE

_MOST_PAGES = 20
_OURS = frozenset((
    "local", "limit", "offset", "count", "options", "format", "aggrMethods", "aggrPeriodDuration", "aggrParams", "pick",
    "omit", "lang", "datasetId", "csf", "entityMap", "entityMapLifetime", "orderBy", "collation", "ordering", "@context",
    "sysAttrs",
))  # fmt: skip
"""Of a question, what shapes the answer: that is done here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastQuestion:
    """`body` of a posted one. `split` None: the client does not say."""

    query: Query
    context: Context
    action: Action = Action.QUERY_TEMPORAL
    body: Any = None
    csf: Term | None = None
    split: bool | None = None
    local: bool = False
    by: Guide = NO_GUIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasts:
    """`found` by entity; `mapped`: who knows it, and the entity maps that were used there."""

    found: Mapping[str, Beyond] = field(default_factory=dict)
    mapped: Mapped = field(default_factory=Mapped)


async def pasts(exchange: Exchange, question: PastQuestion) -> Pasts:
    sources = exchange.door.sources
    if sources is None or question.local or exchange.branch is not None:
        return Pasts()
    if not len(await sources.index(exchange.actor.tenant)) or not await sees_all(exchange):
        return Pasts()
    origin = await origin_of(exchange)
    wanted = Wanted(actions=(question.action,), now=sources.clock(), temporal=True, via=origin.passed)
    registrations = [] if origin.looped else await _registrations(exchange, question, wanted)
    calls = [question.by.led(_call(exchange, question, one)) for one in registrations]
    heard = await asyncio.gather(*(_heard(exchange, origin, call) for call in calls))
    told: dict[str, list[Past]] = {}
    for past in (past for some, _ in heard for past in some):
        told.setdefault(past.entity.id, []).append(past)
    linked = {reply.registration.id: reply.map for _, reply in heard if reply.fault is None and reply.map}
    where = {id: [one.registration.id for one in several] for id, several in told.items()}
    found = {id: beyond_of(several, wanted, registrations) for id, several in told.items()}
    return Pasts(found=found, mapped=Mapped(where, linked))


async def _registrations(exchange: Exchange, question: PastQuestion, wanted: Wanted) -> list[Registration]:
    sources = exchange.door.sources
    assert sources is not None
    index = await sources.index(exchange.actor.tenant)
    found: dict[str, Registration] = {}
    for selector in question.query.selectors or (Selector(),):
        subject = Subject(ids=frozenset(selector.ids), types=frozenset(named_types(selector.types)))
        usable = [
            one.registration
            for one in index.candidates(subject.ids, subject.types)
            if wished(one, question.csf) and question.by.asks(one.registration.id)
        ]
        found |= {part.registration.id: part.registration for part in holders(subject, wanted, usable)}
    return list(found.values())


def _call(exchange: Exchange, question: PastQuestion, registration: Registration) -> Call:
    """The question as the client put it, for whole instances with all their times."""
    without = _OURS
    if question.split is not False and (
        is_typed(question.query) or question.action is Action.RETRIEVE_TEMPORAL
    ):
        without |= FILTERS
    body = question.body
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in without}
    parameters = {name: text for name, text in exchange.parameters.items() if name not in without}
    parameters["options"] = "sysAttrs"
    if question.action is Action.QUERY_TEMPORAL:
        parameters["limit"] = str(PAGE)
    return Call(
        registration=registration,
        method=exchange.scope["method"],
        parts=exchange.parts,
        parameters=parameters,
        body=body,
        context=question.context,
    )


async def _heard(exchange: Exchange, origin: Origin, call: Call) -> tuple[list[Past], Reply]:
    """All pages of one call, and the last answer."""
    sources = exchange.door.sources
    assert sources is not None
    told: list[Past] = []
    for number in range(_MOST_PAGES):
        offset = {"offset": str(number * PAGE)} if number else {}
        reply = await forward(sources, origin, replace(call, parameters={**call.parameters, **offset}))
        if reply.fault is not None:
            if not (isinstance(reply.fault, Refused) and reply.fault.status == 404):
                exchange.warnings.append(warning(reply))
            break
        found = reply.body if isinstance(reply.body, list) else [reply.body]
        told += [one async for one in _understood(exchange, call, found)]
        if len(found) < PAGE or "limit" not in call.parameters:
            break
    return told, reply


async def _understood(exchange: Exchange, call: Call, found: Sequence[Any]) -> AsyncIterator[Past]:
    sources = exchange.door.sources
    assert sources is not None
    for one in found:
        context = await context_of(exchange.door.contexts, exchange.actor.tenant, one, call.context)
        try:
            yield past_of(one, context, sources.clock(), call.registration)
        except QuanyuError:
            continue
