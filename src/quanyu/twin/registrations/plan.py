"""Who handles what of an operation (4.3.6): the broker itself, and the sources that its registrations name. Pure.

Exclusive registrations come first: what they hold is nobody else's. Redirected attributes leave the broker, each
redirect registration gets them. The rest stays here and goes to every inclusive source, too. Auxiliary sources only
answer questions, and only what nobody else knows.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from quanyu.twin.registrations.model import Mode, Registration
from quanyu.twin.registrations.operations import Action

_ORDER = (Mode.EXCLUSIVE, Mode.REDIRECT, Mode.INCLUSIVE, Mode.AUXILIARY)


@dataclass(frozen=True, slots=True)
class Scope:
    """Some attributes of an entity: those named, or with None all that there are, without those in `without`."""

    names: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    @property
    def nothing(self) -> bool:
        return self.names is not None and not self.names - self.without

    def has(self, name: str) -> bool:
        return name not in self.without and (self.names is None or name in self.names)

    def less(self, other: "Scope") -> "Scope":
        """Without what `other` holds. Of everything but a few, those few stay."""
        if other.names is None:
            left = other.without if self.names is None else self.names & other.without
            return Scope(left - self.without)
        return replace(self, without=self.without | (other.names - other.without))

    def within(self, names: frozenset[str] | None) -> "Scope":
        if names is None:
            return self
        return Scope(names if self.names is None else self.names & names, self.without)

    def joined(self, other: "Scope") -> "Scope":
        """Of two parts of one scope, so that `without` is the same."""
        if self.names is None or other.names is None:
            return Scope(None, self.without)
        return Scope(self.names | other.names, self.without)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Part:
    """What goes to one source; `action` is the operation of the wanted ones that it supports."""

    registration: Registration
    action: Action
    scope: Scope


@dataclass(frozen=True, slots=True)
class Division:
    """`refused`: held elsewhere, but the source does not support the operation (5.6.1.4: Conflict).

    `local` is what the broker itself is asked for; with `nothing` it has no part in the operation.
    """

    parts: tuple[Part, ...] = ()
    refused: tuple[Registration, ...] = ()
    local: Scope = EVERYTHING

    @property
    def proxied(self) -> bool:
        """Whether a source holds some of it instead of the broker."""
        return bool(self.refused) or any(part.registration.mode.proxied for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an operation is about; `attributes` None stands for all or none in particular, no types for "not known"."""

    ids: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    attributes: frozenset[str] | None = None

    def scope_of(self, registration: Registration) -> Scope | None:
        """What of this the source is registered for; None where it is not about such entities."""
        found: Scope | None = None
        for info in registration.information:
            if not any(info.covers(id, self.types) for id in self.ids or (None,)):
                continue
            part = Scope(self.attributes).within(info.attributes)
            if part.nothing:
                continue
            found = part if found is None else found.joined(part)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`actions` in order of preference; `temporal` asks sources of histories, None any; `via` are the aliases passed already."""

    actions: tuple[Action, ...]
    now: datetime
    temporal: bool | None = False
    via: Collection[str] = ()


def divide(subject: Subject, wanted: Wanted, registrations: Iterable[Registration]) -> Division:
    """4.3.6.2 to 4.3.6.4 and the "if the mode is" paragraphs of 5.6 and 5.7."""
    parts: list[Part] = []
    refused: list[Registration] = []
    local = Scope(subject.attributes)
    usable = [one for one in registrations if _usable(one, wanted)]
    for mode in _ORDER:
        taken: list[Scope] = []
        for registration in usable:
            scope = subject.scope_of(registration) if registration.mode is mode else None
            scope = scope and _common(scope, local)
            if scope is None or scope.nothing:
                continue
            action = registration.offers(*wanted.actions)
            if mode.proxied and (action or not _asks(wanted)):
                taken.append(scope)
            if action:
                parts.append(Part(registration, action, scope))
            elif mode.proxied and not _asks(wanted):
                refused.append(registration)
        for scope in taken:
            local = local.less(scope)
    return Division(tuple(parts), tuple(refused), local)


def holders(subject: Subject, wanted: Wanted, registrations: Iterable[Registration]) -> list[Part]:
    """Every source that may have something of a group of entities; who comes first is decided entity by entity."""
    parts = []
    for registration in registrations:
        scope = subject.scope_of(registration) if _usable(registration, wanted) else None
        action = registration.offers(*wanted.actions)
        if scope is not None and not scope.nothing and action:
            parts.append(Part(registration, action, scope))
    return parts


def _common(scope: Scope, local: Scope) -> Scope:
    """What of the source's share exclusive and redirecting sources have left."""
    if local.names is not None:
        scope = scope.within(local.names)
    return replace(scope, without=scope.without | local.without)


def _usable(registration: Registration, wanted: Wanted) -> bool:
    """4.3.6.1 and 6.3.18: a source that the request has passed already is no longer one that matches."""
    return (
        not registration.expired(wanted.now)
        and (wanted.temporal is None or registration.temporal is wanted.temporal)
        and (registration.alias is None or registration.alias not in wanted.via)
    )


_QUESTIONS = frozenset(
    {
        Action.RETRIEVE_ENTITY,
        Action.QUERY_ENTITY,
        Action.QUERY_BATCH,
        Action.RETRIEVE_TEMPORAL,
        Action.QUERY_TEMPORAL,
        Action.RETRIEVE_ENTITY_TYPES,
        Action.RETRIEVE_ENTITY_TYPE_DETAILS,
        Action.RETRIEVE_ENTITY_TYPE_INFO,
        Action.RETRIEVE_ATTR_TYPES,
        Action.RETRIEVE_ATTR_TYPE_DETAILS,
        Action.RETRIEVE_ATTR_TYPE_INFO,
    }
)


def _asks(wanted: Wanted) -> bool:
    """A question that a source does not answer is answered by what the broker has."""
    return not _QUESTIONS.isdisjoint(wanted.actions)
