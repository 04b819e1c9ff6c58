"""The words of the twin: what is written, what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Generic, TypeVar

from quanyu.core.entity import Entity

Item = TypeVar("Item")


class Op(IntEnum):
    """What a change did; stored as a number in `change.op`.

    RECORD adds to the temporal evolution alone (5.6.11, 5.6.12): state, subscriptions and rules pass it over.
    """

    MERGE = 1
    REPLACE = 2
    DELETE = 3
    REMOVE = 4
    RECORD = 5


class Expect(StrEnum):
    """What must be so before a write."""

    ANYTHING = "anything"
    ABSENT = "absent"
    PRESENT = "present"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityWrite:
    """One change of one entity.

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
    """An entity as the store has it."""

    id: str
    types: tuple[str, ...]
    dataset: str
    scope: tuple[str, ...]
    document: dict[str, Any]
    version: int
    created: datetime
    modified: datetime


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
