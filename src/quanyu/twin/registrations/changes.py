"""What of a change goes to which source, and what stays (5.6.1 to 5.6.21): bodies are divided by attribute. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from quanyu.twin.ngsild.context import Context
from quanyu.twin.registrations.forward import Call
from quanyu.twin.registrations.model import Kept, Registration
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Division, Part, Scope, Subject, Wanted, divide

MEMBERS = frozenset(
    ("id", "type", "@id", "@type", "@context", "scope", "expiresAt", "createdAt", "modifiedAt", "deletedAt")
)
"""Of an entity that are no attributes (5.2.4)."""


class Kind(Enum):
    """Where in a request it stands what is changed."""

    ENTITY = auto()  # id and attributes in the body
    FRAGMENT = auto()  # id in the path, attributes in the body
    ATTRIBUTE = auto()  # id and attribute in the path
    WHOLE = auto()  # id in the path, nothing else
    PURGE = auto()  # by parameters
    BATCH = auto()  # a list of entities
    IDS = auto()  # a list of ids


@dataclass(frozen=True, slots=True)
class Change:
    """One operation of provision: `singles` are what a source may do for each entity of a batch instead.

    `option`: with it, `otherwise` are, in the place of `singles`.
    """

    method: str
    path: str
    kind: Kind
    action: Action
    singles: "tuple[Change, ...]" = ()
    option: str = ""
    otherwise: "tuple[Change, ...]" = ()

    def instead(self, parameters: Mapping[str, str]) -> "tuple[Change, ...]":
        """In order of preference, for a source that knows no such batch (5.6.7.4 to 5.6.10.4, 5.6.20.4)."""
        named = parameters.get("options", "").split(",")
        return self.otherwise if self.option and self.option in named else self.singles

    def actions(self, parameters: Mapping[str, str]) -> tuple[Action, ...]:
        return (self.action, *(one.action for one in self.instead(parameters)))

    @property
    def of_many(self) -> bool:
        return self.kind in (Kind.BATCH, Kind.IDS)


_CREATE = Change("POST", "entities", Kind.ENTITY, Action.CREATE_ENTITY)
_MERGE = Change("PATCH", "entities/*", Kind.FRAGMENT, Action.MERGE_ENTITY)
_APPEND = Change("POST", "entities/*/attrs", Kind.FRAGMENT, Action.APPEND_ATTRS)
_DELETE = Change("DELETE", "entities/*", Kind.WHOLE, Action.DELETE_ENTITY)
_REPLACE = Change("PUT", "entities/*", Kind.FRAGMENT, Action.REPLACE_ENTITY)
_UPDATE = Change("PATCH", "entities/*/attrs", Kind.FRAGMENT, Action.UPDATE_ENTITY)

CHANGES = (
    _CREATE,
    _MERGE,
    _APPEND,
    _DELETE,
    _REPLACE,
    _UPDATE,
    Change("PATCH", "entities/*/attrs/*", Kind.ATTRIBUTE, Action.UPDATE_ATTRS),
    Change("PUT", "entities/*/attrs/*", Kind.ATTRIBUTE, Action.REPLACE_ATTRS),
    Change("DELETE", "entities/*/attrs/*", Kind.ATTRIBUTE, Action.DELETE_ATTRS),
    Change("DELETE", "entities", Kind.PURGE, Action.PURGE_ENTITY),
    Change("POST", "entityOperations/create", Kind.BATCH, Action.CREATE_BATCH, (_CREATE,)),
    Change(
        "POST", "entityOperations/upsert", Kind.BATCH, Action.UPSERT_BATCH,
        (_CREATE, _REPLACE), option="update", otherwise=(_CREATE, _UPDATE),
    ),
    Change(
        "POST", "entityOperations/update", Kind.BATCH, Action.UPDATE_BATCH,
        (_UPDATE,), option="noOverwrite", otherwise=(_APPEND,),
    ),
    Change("POST", "entityOperations/merge", Kind.BATCH, Action.MERGE_BATCH, (_MERGE,)),
    Change("POST", "entityOperations/delete", Kind.IDS, Action.DELETE_BATCH, (_DELETE,)),
    Change("POST", "temporal/entities", Kind.ENTITY, Action.UPSERT_TEMPORAL),
    Change("DELETE", "temporal/entities/*", Kind.WHOLE, Action.DELETE_TEMPORAL),
    Change("POST", "temporal/entities/*/attrs", Kind.FRAGMENT, Action.APPEND_ATTRS_TEMPORAL),
    Change("DELETE", "temporal/entities/*/attrs/*", Kind.ATTRIBUTE, Action.DELETE_ATTRS_TEMPORAL),
    Change("PATCH", "temporal/entities/*/attrs/*/*", Kind.ATTRIBUTE, Action.UPDATE_ATTR_INSTANCE_TEMPORAL),
    Change("DELETE", "temporal/entities/*/attrs/*/*", Kind.ATTRIBUTE, Action.DELETE_ATTR_INSTANCE_TEMPORAL),
)  # fmt: skip
"""Every operation of 5.6, with the resource that it is in the HTTP binding."""

CHANGE_AT = {(one.method, one.path): one for one in CHANGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A change as it arrived; `types` of the `type` parameter, which may narrow what an id in the path means.

    `contexts`: of each element of a batch, which may have its own.
    """

    change: Change
    parts: Sequence[str]
    parameters: Mapping[str, str]
    body: Any
    context: Context
    types: frozenset[str] = frozenset()
    contexts: Sequence[Context] = ()

    @property
    def entity(self) -> str:
        """The id in the path."""
        return self.parts[2] if self.parts[0] == "temporal" else self.parts[1]

    @property
    def attribute(self) -> str:
        return self.parts[4] if self.parts[0] == "temporal" else self.parts[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A call and the entities that it is about.

    `tentative`: of an upsert, so that an entity that is there already asks for `retry`, where the source offers that.
    """

    call: Call
    ids: tuple[str, ...]
    tentative: bool = False
    retry: Call | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What the change becomes: calls, refusals by entity, and the body that is left for the broker itself.

    `here` says whether the broker has a part in it; `proxied` whether somebody else holds some of it.
    """

    sent: tuple[Sent, ...] = ()
    refused: tuple[tuple[str, Registration], ...] = ()
    here: bool = True
    local: Any = None
    proxied: bool = False

    @property
    def untouched(self) -> bool:
        return not self.sent and not self.refused


Candidates = Callable[[frozenset[str], frozenset[str]], Iterable[Kept]]
"""Registrations that may be about these ids and types (none: not known)."""


def shares(asked: Asked, wanted: Wanted, candidates: Candidates) -> Share:
    return _of_many(asked, wanted, candidates) if asked.change.of_many else _of_one(asked, wanted, candidates)


def _of_one(asked: Asked, wanted: Wanted, candidates: Candidates) -> Share:
    subject = _subject(asked, asked.body, asked.context)
    division = _divided(subject, wanted, candidates)
    id = next(iter(subject.ids), "")
    keeps_body = asked.change.kind in (Kind.ENTITY, Kind.FRAGMENT)
    sent = [
        Sent(
            call=_call(
                asked,
                part.registration,
                _narrowed(asked, part.scope) if keeps_body else asked.body,
                asked.context,
            ),
            ids=(id,),
        )
        for part in division.parts
    ]
    return Share(
        sent=tuple(sent),
        refused=tuple((id, one) for one in division.refused),
        here=not division.local.nothing,
        local=_left(asked.body, division.local, asked.context) if keeps_body else asked.body,
        proxied=division.proxied,
    )


def _of_many(asked: Asked, wanted: Wanted, candidates: Candidates) -> Share:
    local: list[Any] = []
    batches = _Batches(asked)
    refused: list[tuple[str, Registration]] = []
    proxied = False
    for one, context in zip(asked.body, asked.contexts, strict=True):
        division = _divided(_subject(asked, one, context), wanted, candidates)
        id = id_of(one)
        proxied = proxied or division.proxied
        refused += [(id, registration) for registration in division.refused]
        if not division.local.nothing:
            local.append(_left(one, division.local, context))
        for part in division.parts:
            batches.add(part, _left(one, part.scope, context, forwarded=True), id, context)
    here = bool(local) or not asked.body
    return Share(sent=batches.sent(), refused=tuple(refused), here=here, local=local, proxied=proxied)


class _Batches:
    """What goes to the sources of a batch: one request each and @context, or one for each entity where it must be."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._singles: list[Sent] = []
        self._together: dict[tuple[str, int], tuple[Registration, Context, list[Any], list[str]]] = {}

    def add(self, part: Part, element: Any, id: str, context: Context) -> None:
        if part.action is not self._asked.change.action:
            self._singles.append(_single(self._asked, part, element, id=id, context=context))
            return
        key = (part.registration.id, hash(context.link) if context.link else hash(id))
        batch = self._together.setdefault(key, (part.registration, context, [], []))
        batch[2].append(element)
        batch[3].append(id)

    def sent(self) -> tuple[Sent, ...]:
        together = [
            Sent(call=_call(self._asked, registration, elements, context), ids=tuple(ids))
            for registration, context, elements, ids in self._together.values()
        ]
        return (*together, *self._singles)


def _divided(subject: Subject, wanted: Wanted, candidates: Candidates) -> Division:
    return divide(subject, wanted, [one.registration for one in candidates(subject.ids, subject.types)])


def _subject(asked: Asked, body: Any, context: Context) -> Subject:
    match asked.change.kind:
        case Kind.ENTITY | Kind.BATCH:
            return Subject(
                ids=frozenset({id_of(body)}),
                types=_types(body, context),
                attributes=_attributes(body, context),
            )
        case Kind.FRAGMENT:
            attributes = _attributes(body, context)
            return Subject(ids=frozenset({asked.entity}), types=asked.types, attributes=attributes)
        case Kind.ATTRIBUTE:
            attribute = frozenset({asked.context.stored(asked.attribute)})
            return Subject(ids=frozenset({asked.entity}), types=asked.types, attributes=attribute)
        case Kind.WHOLE:
            return Subject(ids=frozenset({asked.entity}), types=asked.types)
        case Kind.IDS:
            return Subject(ids=frozenset({id_of(body)}))
        case Kind.PURGE:
            return Subject(
                ids=frozenset(filter(None, asked.parameters.get("id", "").split(","))), types=asked.types
            )


def id_of(element: Any) -> str:
    """Of an element of a batch: an entity, or just the id."""
    id = (element.get("id") or element.get("@id")) if isinstance(element, dict) else element
    return id if isinstance(id, str) else ""


def _types(body: Any, context: Context) -> frozenset[str]:
    found = (body.get("type") or body.get("@type")) if isinstance(body, dict) else None
    named = found if isinstance(found, list) else [found]
    return frozenset(context.stored(one) for one in named if isinstance(one, str))


def _attributes(body: Any, context: Context) -> frozenset[str] | None:
    names = body.keys() - MEMBERS if isinstance(body, dict) else ()
    return frozenset(map(context.stored, names)) or None


def _narrowed(asked: Asked, scope: Scope) -> Any:
    return _left(asked.body, scope, asked.context, forwarded=True)


def _left(body: Any, scope: Scope, context: Context, *, forwarded: bool = False) -> Any:
    """Of an entity or fragment the attributes in `scope`; what is sent on has its @context beside it."""
    if not isinstance(body, dict):
        return body
    return {
        name: value
        for name, value in body.items()
        if (name in MEMBERS or scope.has(context.stored(name))) and not (forwarded and name == "@context")
    }


def _call(asked: Asked, registration: Registration, body: Any, context: Context) -> Call:
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name != "@context"}
    parameters = {name: value for name, value in asked.parameters.items() if name != "local"}
    return Call(
        registration=registration,
        method=asked.change.method,
        parts=asked.parts,
        parameters=parameters,
        body=body,
        context=context,
    )


def _single(asked: Asked, part: Part, element: Any, *, id: str, context: Context) -> Sent:
    """For a source that knows no such batch: an operation on the one entity that it does know."""
    registration = part.registration
    options = asked.change.instead(asked.parameters)
    first = next(one for one in options if one.action is part.action)
    calls = [
        _single_call(asked, one, registration, element, id=id, context=context)
        for one in options[options.index(first) :]
        if one is first or registration.offers(one.action)
    ]
    tentative = asked.change.action is Action.UPSERT_BATCH and first is _CREATE
    return Sent(
        call=calls[0], ids=(id,), tentative=tentative, retry=calls[1] if tentative and calls[1:] else None
    )


def _single_call(
    asked: Asked, single: Change, registration: Registration, element: Any, *, id: str, context: Context
) -> Call:
    upserts = asked.change.action is Action.UPSERT_BATCH
    parameters = {
        name: value
        for name, value in asked.parameters.items()
        if name != "local" and not (upserts and name == "options")
    }
    return Call(
        registration=registration,
        method=single.method,
        parts=tuple(id if part == "*" else part for part in single.path.split("/")),
        parameters=parameters,
        body=None if single.kind is Kind.WHOLE else element,
        context=context,
    )
