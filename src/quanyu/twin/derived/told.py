"""An entity as the notification of another broker tells it (ETSI GS CIM 009, 5.3.1, 5.8.6): with what left and what was before."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from quanyu.core.entity import NULL, VALUE_MEMBER, instances
from quanyu.core.errors import Invalid
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import NULLS
from quanyu.twin.registrations.changes import MEMBERS
from quanyu.twin.registrations.merge import received
from quanyu.twin.subscriptions.removal import by_dataset

_PREVIOUS = frozenset(f"previous{name[0].upper()}{name[1:]}" for name in VALUE_MEMBER.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`entity` is what there is. `left`: instances that are gone, by stored name; `before`: what instances carry of the
    values that they had, by stored name and datasetId. `deleted`: when the entity was, if it is gone.
    """

    entity: Stored
    left: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    before: Mapping[tuple[str, str | None], dict[str, Any]] = field(default_factory=dict)
    deleted: str = ""

    def completed(self, entity: Stored) -> Stored:
        """The entity as it has been put together, with what left and what was before, where it has nothing newer."""
        document = {
            name: _laid(
                [{**one, **self.before.get((name, one.get("datasetId")), {})} for one in instances(content)]
            )
            for name, content in entity.document.items()
        }
        for name, gone in self.left.items():
            there = by_dataset(document.get(name))
            document[name] = _laid(
                [*(one for one in gone if one.get("datasetId") not in there), *there.values()]
            )
        return replace(entity, document=document)


def told_of(source: Any, context: Context, now: datetime) -> Told:
    """Raises Invalid."""
    if not isinstance(source, dict):
        raise Invalid("core.entity.object")
    present: dict[str, Any] = {name: value for name, value in source.items() if name in MEMBERS}
    left: dict[str, list[dict[str, Any]]] = {}
    before: dict[tuple[str, str | None], dict[str, Any]] = {}
    for term, raw in source.items():
        if term in MEMBERS:
            continue
        name, there = context.stored(term), []
        for one in raw if isinstance(raw, list) else [raw]:
            if _is_null(one):
                left.setdefault(name, []).append(_left(one))
            else:
                there.append(one)
                before |= _before(name, one)
        if there:
            bare = [_without(one) for one in there]
            present[term] = bare if isinstance(raw, list) else bare[0]
    deleted = source.get("deletedAt")
    return Told(
        entity=received(present, context, now),
        left=left,
        before=before,
        deleted=deleted if isinstance(deleted, str) else "",
    )


def _is_null(instance: Any) -> bool:
    """5.8.6: the Null alone, or an instance that carries it where its value was."""
    if not isinstance(instance, dict):
        return bool(instance == NULL)
    return any(instance.get(name) in NULLS for name in VALUE_MEMBER.values() if name in instance)


def _left(instance: Any) -> dict[str, Any]:
    return dict(instance) if isinstance(instance, dict) else {"type": "Property", "value": NULL}


def _before(name: str, instance: Any) -> dict[tuple[str, str | None], dict[str, Any]]:
    if not isinstance(instance, dict) or instance.keys().isdisjoint(_PREVIOUS):
        return {}
    carried = {member: value for member, value in instance.items() if member in _PREVIOUS}
    return {(name, instance.get("datasetId")): carried}


def _without(instance: Any) -> Any:
    if not isinstance(instance, dict):
        return instance
    return {member: value for member, value in instance.items() if member not in _PREVIOUS}


def _laid(found: list[dict[str, Any]]) -> Any:
    return found if len(found) > 1 else found[0]
