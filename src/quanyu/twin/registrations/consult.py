"""What other sources say to a question (ETSI GS CIM 009, 4.3.6, 5.7.1, 5.7.2), and what of it makes one entity."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quanyu.core.errors import QuanyuError
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import Context, Contexts
from quanyu.twin.ngsild.query.evaluate import holds
from quanyu.twin.ngsild.query.tree import Query, Term
from quanyu.twin.ngsild.query.types import named_types
from quanyu.twin.registrations.errors import Refused
from quanyu.twin.registrations.forward import Call, Origin, Reply, forward
from quanyu.twin.registrations.merge import Piece, merged, received, within
from quanyu.twin.registrations.model import Kept, Mode, Registration
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Scope, Subject, Wanted, divide
from quanyu.twin.registrations.questions import PAGE, Put, Question, puts
from quanyu.twin.registrations.search import properties_of
from quanyu.twin.registrations.sources import Sources

_MOST_PAGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An entity as one source has it."""

    registration: Registration
    entity: Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What an entity map says of the sources of a request (5.7.1.4): `only` these registrations (None: any), without
    some, each with its map of `linked`. `wish`: the parameters that ask them for maps, where one is being made here.
    `action`: what who makes such maps supports.
    """

    only: Collection[str] | None = None
    without: Collection[str] = ()
    linked: Mapping[str, str] = field(default_factory=dict)
    wish: Mapping[str, str] = field(default_factory=dict)
    action: Action = Action.CREATE_ENTITY_MAP_QUERY_ENTITY

    def asks(self, registration: str) -> bool:
        return registration not in self.without and (self.only is None or registration in self.only)

    def led(self, call: Call) -> Call:
        if known := self.linked.get(call.registration.id):
            return replace(call, map=known)
        if not self.wish or self.action not in call.registration.operations:
            return call
        if isinstance(call.body, dict):
            wish = {name: True if text == "true" else text for name, text in self.wish.items()}
            return replace(call, body={**call.body, **wish})
        return replace(call, parameters={**call.parameters, **self.wish})


NO_GUIDE = Guide()


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one call has brought; `failed`: the answer that is none."""

    registration: str
    said: list[Said]
    failed: Reply | None
    map: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """`said` by entity. `registrations` are all that may be about what was asked.

    `failed`: the answers that are none. `only_fault`: what is wrong with the source that alone holds it, where there is
    just one. `linked`: the entity map that a registration has used.
    """

    said: dict[str, list[Said]]
    registrations: Sequence[Registration]
    wanted: Wanted
    failed: Sequence[Reply] = ()
    only_fault: QuanyuError | None = None
    linked: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every source has answered."""
        return not self.failed

    def whole(self, id: str, own: Stored | None) -> Stored | None:
        """The entity with everything that is known of it, each attribute from whom it belongs to (4.3.6.2, 4.3.6.3).

        None where nobody knows it.
        """
        said = self.said.get(id, [])
        types = {type for one in said for type in one.entity.types} | set(own.types if own else ())
        division = divide(
            Subject(ids=frozenset({id}), types=frozenset(types)), self.wanted, self.registrations
        )
        scopes = {part.registration.id: part.scope for part in division.parts}
        pieces = [_piece(one, scopes[one.registration.id]) for one in said if one.registration.id in scopes]
        if own is not None and not division.local.nothing:
            pieces.insert(0, Piece(entity=within(own, division.local)))
        return merged(pieces) if pieces else None


def _piece(said: Said, scope: Scope) -> Piece:
    return Piece(entity=within(said.entity, scope), auxiliary=said.registration.mode is Mode.AUXILIARY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """A question on its way: for whom, and whom an entity map lets it go to."""

    sources: Sources
    contexts: Contexts
    origin: Origin
    by: Guide = NO_GUIDE

    async def hear(self, question: Question, actions: tuple[Action, ...]) -> Consulted | None:
        """None where no source has anything to do with it."""
        index = await self.sources.index(self.origin.tenant)
        if self.origin.looped or not len(index):
            return None
        wanted = Wanted(actions=actions, now=self.sources.clock(), via=self.origin.passed)
        candidates = index.candidates(*_named(question.query))
        registrations = [
            one.registration
            for one in candidates
            if wished(one, question.csf) and self.by.asks(one.registration.id)
        ]
        made = puts(question, wanted, registrations, await self._contexts(registrations))
        if not made:
            return None
        answers = await asyncio.gather(*(self._asked(put, self.by.led(call)) for put, call in _calls(made)))
        return _consulted(answers, made, registrations, wanted)

    async def _contexts(self, registrations: Iterable[Registration]) -> dict[str, Context]:
        """Of the sources that want to be asked in their own terms (jsonldContext, 5.2.22)."""
        named = {one.context for one in registrations if one.context}
        found = {}
        for url in named:
            try:
                found[url] = await self.contexts.of(self.origin.tenant, url)
            except QuanyuError:
                continue
        return found

    async def _asked(self, put: Put, call: Call) -> _Heard:
        """All pages of one call."""
        said: list[Said] = []
        map = call.map
        for number in range(_MOST_PAGES):
            offset = {"offset": str(number * PAGE)} if number else {}
            turned = replace(call, parameters={**call.parameters, **offset})
            reply = await forward(self.sources, self.origin, turned)
            if reply.fault is not None:
                known = isinstance(reply.fault, Refused) and reply.fault.status == 404
                return _Heard(put.part.registration.id, said, None if known else reply, "")
            map = reply.map or map
            found = _elements(reply.body)
            said += await self._understood(put, call, found)
            if len(found) < PAGE or "limit" not in call.parameters:
                break
        return _Heard(put.part.registration.id, said, None, map)

    async def _understood(self, put: Put, call: Call, found: Sequence[Any]) -> list[Said]:
        """The entities that the source is registered for, and that we understand."""
        said = []
        registration = put.part.registration
        for one in found:
            context = await context_of(self.contexts, self.origin.tenant, one, call.context)
            try:
                entity = received(one, context, self.sources.clock())
            except QuanyuError:
                continue
            if any(info.covers(entity.id, entity.types) for info in registration.information):
                said.append(Said(registration=registration, entity=entity))
        return said


def _consulted(
    answers: Sequence[_Heard], made: Sequence[Put], registrations: Sequence[Registration], wanted: Wanted
) -> Consulted:
    said: dict[str, list[Said]] = {}
    for one in (one for heard in answers for one in heard.said):
        said.setdefault(one.entity.id, []).append(one)
    failed = [heard.failed for heard in answers if heard.failed is not None]
    alone = len(made) == len(failed) == 1 and made[0].part.registration.mode.proxied
    return Consulted(
        said=said, registrations=registrations, wanted=wanted, failed=failed,
        only_fault=failed[0].fault if alone else None,
        linked={one.registration: one.map for one in answers if one.map},
    )  # fmt: skip


async def context_of(contexts: Contexts, tenant: str, source: Any, asked: Context) -> Context:
    """The one that comes with an entity, else the one that was asked for."""
    given = source.get("@context") if isinstance(source, dict) else None
    if given is None or given == asked.source:
        return asked
    try:
        return await contexts.of(tenant, given)
    except QuanyuError:
        return asked


def wished(kept: Kept, csf: Term | None) -> bool:
    """4.9: the client's filter of sources by their properties."""
    return csf is None or holds(csf, properties_of(kept))


def _named(query: Query) -> tuple[set[str], set[str]]:
    """The ids and types that every entity must have one of; empty where any will do."""
    ids = [set(one.ids) for one in query.selectors]
    types = [set(named_types(one.types)) for one in query.selectors]
    return (
        set().union(*ids) if ids and all(ids) else set(),
        set().union(*types) if types and all(types) else set(),
    )


def _calls(made: Iterable[Put]) -> Iterable[tuple[Put, Call]]:
    return ((put, call) for put in made for call in put.calls)


def _elements(body: Any) -> Sequence[Any]:
    return body if isinstance(body, list) else [] if body is None else [body]
