"""The words of the twin: what is written, what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from quanyu.core.entity import Entity
from quanyu.core.errors import Conflict, NotFound
from quanyu.twin import state
from quanyu.twin.state import Effect, State
from quanyu.twin.state import Op as Op

Item = TypeVar("Item")


class Expect(StrEnum):
    """What must be so before a write."""

    ANYTHING = "anything"
    ABSENT = "absent"
    PRESENT = "present"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityWrite:
    """One change of one entity, as the other parts of the node ask for it.

    MERGE and REPLACE carry a normalized `document`; REMOVE names attributes in `removed`. `types` may be empty only
    where the entity is expected PRESENT. `dataset` is whose entity it is, '' for one that came through the broker.
    """

    id: str
    op: Op
    types: tuple[str, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    dataset: str = ""
    expect: Expect = Expect.ANYTHING
    actor: str = ""
    cause: str | None = None

    def apply(self, before: State | None, now: datetime) -> Effect:
        """Raises Conflict or NotFound where what is expected is not so."""
        if self.expect is Expect.ABSENT and before is not None:
            raise Conflict("twin.entity.exists", id=self.id)
        if self.expect is Expect.PRESENT and before is None:
            raise NotFound("twin.entity.unknown", id=self.id)
        if self.op is Op.DELETE:
            return state.nothing(None) if before is None else state.gone(before)
        if before is None:
            return state.new(
                self.types or ("Thing",), self.document, now,
                scope=self.scope, dataset=self.dataset, op=Op.REPLACE if self.op is Op.REPLACE else Op.MERGE,
            )  # fmt: skip
        if self.op is Op.REPLACE:
            return state.replaced(
                before, self.document, self.document,
                types=self.types or before.types, scope=self.scope, dataset=self.dataset, expires=None,
            )  # fmt: skip
        return self._merged(before)

    def _merged(self, before: State) -> Effect:
        kept = {name: value for name, value in before.document.items() if name not in self.removed}
        attrs = {**dict.fromkeys(self.removed), **self.document}
        return state.changed(before, {**kept, **self.document}, attrs, scope=self.scope or before.scope)


def write_of(
    entity: Entity,
    op: Op = Op.MERGE,
    *,
    expect: Expect = Expect.ANYTHING,
    dataset: str = "",
    actor: str = "",
    cause: str | None = None,
) -> EntityWrite:
    return EntityWrite(
        id=entity.id,
        op=op,
        types=entity.types,
        document=entity.document,
        scope=entity.scope,
        dataset=dataset,
        expect=expect,
        actor=actor,
        cause=cause,
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an import did to the twin."""

    created: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An entity as the store has it. `veiled`: attributes that whoever asks does not see whole (`twin.veil`)."""

    id: str
    types: tuple[str, ...]
    dataset: str
    scope: tuple[str, ...]
    document: dict[str, Any]
    version: int
    created: datetime
    modified: datetime
    renewed: datetime | None = None
    expires: datetime | None = None
    veiled: frozenset[str] = frozenset()

    @property
    def attributes_created(self) -> datetime:
        """Of those that carry no moments of their own: the entity's creation, or when all of it was replaced."""
        return self.renewed or self.created


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Part of a list; `next` is where the following part begins, None at the end."""

    items: tuple[Item, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of one attribute at one moment; `observed` says whether the source named that moment."""

    at: datetime
    value: Any
    observed: bool = False
    unit: str | None = None
