"""Who may be concerned by a change, found by id, type and attribute: the cost is that of the answer, not of the list."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from quanyu.twin.ngsild.query.tree import Query
from quanyu.twin.subscriptions.model import UPDATES, Trigger


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Watch:
    """Whoever wants to hear of changes. `watched` empty: of any attribute. `previous`: also what was before.

    `owner` is what the listener knows it by.
    """

    key: str
    query: Query
    triggers: frozenset[Trigger]
    watched: frozenset[str] = frozenset()
    since: int = 0
    expires: datetime | None = None
    previous: bool = False
    owner: Any = None


def triggers_of(triggers: Collection[Trigger]) -> frozenset[Trigger]:
    """5.2.12: entityUpdated is the three of attributes together."""
    updates = UPDATES if Trigger.ENTITY_UPDATED in triggers else ()
    return frozenset(triggers) - {Trigger.ENTITY_UPDATED} | frozenset(updates)


@dataclass(slots=True)
class _Bucket:
    """`any`: those that watch no attribute of their own choice, the others by attribute."""

    any: dict[str, Watch] = field(default_factory=dict)
    by_attribute: dict[str, dict[str, Watch]] = field(default_factory=dict)


_ANY_TYPE = ""


class Index:
    """The watches of one tenant."""

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}
        self._by_id: dict[str, _Bucket] = {}
        self._by_type: dict[str, _Bucket] = {}

    def __len__(self) -> int:
        return len(self._watches)

    def __iter__(self) -> Iterator[Watch]:
        return iter(self._watches.values())

    def get(self, key: str) -> Watch | None:
        return self._watches.get(key)

    def put(self, watch: Watch) -> None:
        """In the place of the one with the same key."""
        self.drop(watch.key)
        self._watches[watch.key] = watch
        for table, name in self._places(watch):
            bucket = table.setdefault(name, _Bucket())
            for part in _parts(bucket, watch):
                part[watch.key] = watch

    def drop(self, key: str) -> None:
        watch = self._watches.pop(key, None)
        if watch is None:
            return
        for table, name in self._places(watch):
            bucket = table[name]
            for part in _parts(bucket, watch):
                part.pop(key, None)
            bucket.by_attribute = {name: part for name, part in bucket.by_attribute.items() if part}
            if not bucket.any and not bucket.by_attribute:
                del table[name]

    def candidates(self, id: str, types: Collection[str], attributes: Collection[str]) -> list[Watch]:
        """Each once, in no order; whether they are concerned is still to be asked."""
        buckets = [self._by_id.get(id), *(self._by_type.get(type) for type in (*types, _ANY_TYPE))]
        found: dict[str, Watch] = {}
        for bucket in filter(None, buckets):
            found |= bucket.any
            for name in attributes:
                if part := bucket.by_attribute.get(name):
                    found |= part
        return list(found.values())

    def _places(self, watch: Watch) -> list[tuple[dict[str, _Bucket], str]]:
        """Under which ids and types it stands: of types that must come together, the first is enough."""
        places: dict[tuple[bool, str], None] = {}
        for selector in watch.query.selectors:
            if selector.ids:
                places |= dict.fromkeys((True, id) for id in selector.ids)
            else:
                places |= dict.fromkeys((False, names[0]) for names in selector.types or ((_ANY_TYPE,),))
        keys = places or {(False, _ANY_TYPE): None}
        return [(self._by_id if by_id else self._by_type, name) for by_id, name in keys]


def _parts(bucket: _Bucket, watch: Watch) -> list[dict[str, Watch]]:
    if not watch.watched:
        return [bucket.any]
    return [bucket.by_attribute.setdefault(name, {}) for name in watch.watched]
