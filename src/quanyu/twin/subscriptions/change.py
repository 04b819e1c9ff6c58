"""One row of the log as subscribers see it: what happened to an entity and to each of its attributes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from quanyu.core.entity import NULL, VALUE_MEMBER, instances
from quanyu.twin.ngsild.document.scalars import moment_text
from quanyu.twin.state import Op
from quanyu.twin.subscriptions.model import Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`attrs`: changed instances by stored name, None where an attribute is gone. `was`: what left, where the log has it.
    `renewed`: all was replaced, so that attributes without moments of their own are new.
    """

    seq: int
    id: str
    types: tuple[str, ...]
    at: datetime
    op: Op
    attrs: Mapping[str, Any]
    was: Mapping[str, Any] = field(default_factory=dict)
    renewed: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Of the attributes that it concerns."""
        return frozenset((*self.attrs, *self.was))


@dataclass(frozen=True, slots=True)
class Happened:
    """`entity`: created or deleted, None where it went on. `attributes`: what became of each."""

    entity: Trigger | None
    attributes: Mapping[str, frozenset[Trigger]]


def change_of(row: Mapping[str, Any]) -> Change:
    """The log also says how the scope changed; that is no attribute (4.18)."""
    return Change(
        seq=row["seq"],
        id=row["entity"],
        types=tuple(row["types"] or (row["type"],)),
        at=row["ts"],
        op=Op(row["op"]),
        attrs={name: content for name, content in row["attrs"].items() if name != "scope"},
        renewed=row["op"] == Op.REPLACE and row["was"] is not None,
        was={name: content for name, content in (row["was"] or {}).items() if name != "scope"},
    )


def happened(change: Change, *, created: datetime | None) -> Happened:
    """`created`: when the entity was, as far as that is known."""
    if change.op is Op.DELETE:
        gone = frozenset((Trigger.ATTRIBUTE_DELETED,))
        return Happened(Trigger.ENTITY_DELETED, dict.fromkeys(change.names, gone))
    if created == change.at or (created is None and not _any_stamped(change)):
        new = frozenset((Trigger.ATTRIBUTE_CREATED,))
        return Happened(Trigger.ENTITY_CREATED, dict.fromkeys(change.attrs, new))
    moment = moment_text(change.at)
    return Happened(None, {name: _became(change, name, moment) for name in change.names})


def is_removed(instance: Mapping[str, Any]) -> bool:
    """How the log says that one instance of several is gone."""
    kind = instance.get("type")
    return NULL in (instance.get("value"), instance.get(VALUE_MEMBER.get(str(kind), "value")))


def _became(change: Change, name: str, moment: str) -> frozenset[Trigger]:
    content = change.attrs.get(name)
    if content is None:
        return frozenset((Trigger.ATTRIBUTE_DELETED,))
    created = "" if name in change.was else moment
    return frozenset(_instance_became(one, created, change.renewed) for one in instances(content))


def _instance_became(instance: Mapping[str, Any], created: str, renewed: bool) -> Trigger:
    """`created`: the moment of what the change created, empty where it cannot have been this one."""
    if is_removed(instance):
        return Trigger.ATTRIBUTE_DELETED
    if created and instance.get("createdAt", created if renewed else None) == created:
        return Trigger.ATTRIBUTE_CREATED
    return Trigger.ATTRIBUTE_UPDATED


def _any_stamped(change: Change) -> bool:
    """What an entity is created with carries no moments of its own."""
    return any(
        "modifiedAt" in one for content in change.attrs.values() if content for one in instances(content)
    ) or any(content is None for content in change.attrs.values())
