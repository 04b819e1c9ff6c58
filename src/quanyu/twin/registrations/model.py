"""The words of context source registrations (ETSI GS CIM 009, 5.2.8 to 5.2.11, 5.2.34)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from quanyu.twin.ngsild.document.conformance import Version
from quanyu.twin.ngsild.query.pattern import Pattern
from quanyu.twin.registrations.operations import Action


class Names(Protocol):
    """What of a @context is needed here: terms into stored names and back."""

    def stored(self, term: str) -> str: ...

    def term(self, stored: str) -> str: ...


class Mode(StrEnum):
    """4.3.6.2 and 4.3.6.3: who holds what is registered. Additive are inclusive and auxiliary, proxied the others."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"
    REDIRECT = "redirect"
    AUXILIARY = "auxiliary"

    @property
    def proxied(self) -> bool:
        """The broker itself does not hold such data."""
        return self in (Mode.EXCLUSIVE, Mode.REDIRECT)


@dataclass(frozen=True, slots=True)
class EntityInfo:
    """5.2.8; without id and pattern all entities of the types, without types whatever has the id."""

    types: frozenset[str] = frozenset()
    id: str | None = None
    pattern: Pattern | None = None

    def covers(self, id: str | None, types: Iterable[str]) -> bool:
        """Whether an entity may be meant; None and no types stand for "not known"."""
        wanted = frozenset(types)
        if wanted and self.types and not wanted & self.types:
            return False
        if id is None:
            return True
        if self.id is not None:
            return self.id == id
        return self.pattern is None or self.pattern.found_in(id)


@dataclass(frozen=True, slots=True)
class Information:
    """5.2.10; `entities` empty stands for any entity, `attributes` None for any attribute."""

    entities: tuple[EntityInfo, ...] = ()
    attributes: frozenset[str] | None = None

    def covers(self, id: str | None, types: Iterable[str]) -> bool:
        return not self.entities or any(one.covers(id, types) for one in self.entities)

    def share(self, attributes: Iterable[str]) -> frozenset[str]:
        """What of these attributes it provides."""
        wanted = frozenset(attributes)
        return wanted if self.attributes is None else wanted & self.attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Management:
    """5.2.34; times in seconds."""

    local_only: bool = False
    cache: float = 0.0
    timeout: float | None = None
    cooldown: float = 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """5.2.11; `end` None while it lasts."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """`document` is the whole of it in stored names, as it is kept and shown; the rest is read from that.

    `accept`, `content_type`: media types that the source insists on. `conforms_to`: the version it understands.
    """

    id: str
    document: Mapping[str, Any]
    information: tuple[Information, ...]
    endpoint: str
    mode: Mode = Mode.INCLUSIVE
    operations: frozenset[Action] = frozenset()
    tenant: str | None = None
    alias: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    context: str | None = None
    accept: str = ""
    content_type: str = ""
    conforms_to: Version | None = None
    management: Management = field(default_factory=Management)
    scopes: tuple[str, ...] = ()
    datasets: frozenset[str] = frozenset()
    expires: datetime | None = None
    observation: Interval | None = None
    managed: Interval | None = None

    @property
    def temporal(self) -> bool:
        """5.2.9: with an interval it is about temporal representations only."""
        return self.observation is not None or self.managed is not None

    def expired(self, now: datetime) -> bool:
        return self.expires is not None and self.expires <= now

    def offers(self, *actions: Action) -> Action | None:
        """The first of these that it supports."""
        return next((action for action in actions if action in self.operations), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A registration with what the node knows of it; `timesSent` and so on are counted as 5.2.9 says."""

    registration: Registration
    created: datetime
    modified: datetime
    sent: int = 0
    failed: int = 0
    last_success: datetime | None = None
    last_failure: datetime | None = None
