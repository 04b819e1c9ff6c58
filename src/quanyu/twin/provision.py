"""The operations of provision (ETSI GS CIM 009, 5.6) as changes of one entity each. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from quanyu.core.entity import Entity, instances
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.twin import state as states
from quanyu.twin.ngsild.document import Fragment, Merged, is_null, moment_text, update
from quanyu.twin.ngsild.document import State as Parts
from quanyu.twin.ngsild.document import replace as replaced_parts
from quanyu.twin.ngsild.query import of_types
from quanyu.twin.ngsild.query.tree import TypeSelection
from quanyu.twin.state import Effect, State

Modification = Callable[[Parts, str], Merged]
"""What becomes of an entity that is there, at a moment as `moment_text` writes it."""


class Told(msgspec.Struct, frozen=True):
    """UpdateResult (5.2.18) by stored name: what was changed, and the key of the message why something was not."""

    updated: tuple[str, ...]
    refused: Mapping[str, str]


class _By(msgspec.Struct, frozen=True, kw_only=True):
    """Which entity, of which types where that is said (4.17), and who does it."""

    id: str
    actor: str = ""
    cause: str | None = None
    types: TypeSelection = ()


class Create(_By, frozen=True, kw_only=True):
    """5.6.1. Conflict where it is there."""

    entity: Entity

    def apply(self, before: State | None, now: datetime) -> Effect:
        if before is not None:
            raise Conflict("twin.entity.exists", id=self.id)
        return _created(self.entity, now)


class Upsert(_By, frozen=True, kw_only=True):
    """5.6.8: creates, else replaces, or updates (5.6.2) where `update`, which may remove as well."""

    entity: Entity
    update: bool = False
    unlimited: bool = False

    def apply(self, before: State | None, now: datetime) -> Effect:
        entity = self.entity
        if before is None:
            _refuse_nulls(entity)
            return _created(entity, now)
        fragment = Fragment(
            id=entity.id, types=entity.types, scope=entity.scope or None, document=entity.document,
            expires=entity.expires, unlimited=self.unlimited,
        )  # fmt: skip
        if not self.update:
            return _replaced(before, fragment, now)
        updated = update(_parts(before), fragment, _text(now))
        refused = {name: key for name, key in updated.refused.items() if name != "scope"}
        merged = msgspec.structs.replace(updated, refused=refused)
        return _lasting(_modified(before, merged, fragment), now)


class Replace(_By, frozen=True, kw_only=True):
    """5.6.18. NotFound where there is none."""

    fragment: Fragment

    def apply(self, before: State | None, now: datetime) -> Effect:
        return _replaced(_there(before, self), self.fragment, now)


class Modify(_By, frozen=True, kw_only=True):
    """Every operation on attributes of an entity that is there: 5.6.2 to 5.6.5, 5.6.17, 5.6.19.

    `how` changes what the entity has; how long it lasts is said by `fragment`.
    """

    how: Modification
    fragment: Fragment = Fragment()

    def apply(self, before: State | None, now: datetime) -> Effect:
        there = _there(before, self)
        return _lasting(_modified(there, self.how(_parts(there), _text(now)), self.fragment), now)


class Delete(_By, frozen=True, kw_only=True):
    """5.6.6. NotFound where there is none."""

    def apply(self, before: State | None, now: datetime) -> Effect:
        return states.gone(_there(before, self))


class Expire(_By, frozen=True, kw_only=True):
    """Time has passed: what is over is gone before any change is applied, so there is nothing left to do."""

    def apply(self, before: State | None, now: datetime) -> Effect:
        return states.nothing(before)


@lru_cache(maxsize=16)
def _text(now: datetime) -> str:
    """A group of changes has one moment."""
    return moment_text(now)


def _there(before: State | None, change: _By) -> State:
    if before is None or not of_types(before.types, change.types):
        raise NotFound("twin.entity.unknown", id=change.id)
    return before


def _refuse_nulls(entity: Entity) -> None:
    """5.5.4: nothing can be removed from what is not there."""
    if any(is_null(one) for value in entity.document.values() for one in instances(value)):
        raise Invalid("core.entity.null_value")


def _parts(state: State) -> Parts:
    return Parts(types=state.types, scope=state.scope, document=state.document)


def _created(entity: Entity, now: datetime) -> Effect:
    return _lasting(
        states.new(entity.types, entity.document, now, scope=entity.scope, expires=entity.expires), now
    )


def _lasting(effect: Effect, now: datetime) -> Effect:
    """Raises Invalid for what would be over at once."""
    if effect.after is not None and effect.after.due is not None and effect.after.due <= now:
        raise Invalid("twin.expires.past")
    return effect


def _replaced(before: State, fragment: Fragment, now: datetime) -> Effect:
    merged = replaced_parts(_parts(before), fragment)
    after = merged.state
    effect = states.replaced(
        before, after.document, merged.changed,
        types=after.types, scope=after.scope, expires=fragment.expires, dataset=before.dataset,
        renewed=now,
    )  # fmt: skip
    return _lasting(effect, now)


def _modified(before: State, merged: Merged, said: Fragment) -> Effect:
    told = Told(tuple(merged.changed), merged.refused)
    expires = None if said.unlimited else said.expires or before.expires
    if not (merged.changed or merged.head) and expires == before.expires:
        return states.nothing(before, told)
    after = merged.state
    attrs: Mapping[str, Any] = merged.changed
    if after.scope != before.scope:
        attrs = {**attrs, "scope": states.scope_instance(after.scope)}
    return states.changed(
        before, after.document, attrs, told=told, types=after.types, scope=after.scope, expires=expires
    )
