"""Which registrations may be about an entity: found by its id, its type or not at all restricted, never by a scan.

What is found may still not match; `covers` of the registration decides. Of 10,000 registrations an operation on one
entity looks at those that name its id or its type, and at the few that name neither.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from quanyu.twin.registrations.model import EntityInfo, Kept, Registration

_Bucket = dict[str, None]  # ids of registrations, in the order of registration


class Index:
    """The registrations of one tenant; changed in place, so that adding the next one costs nothing for the others."""

    def __init__(self, kept: Iterable[Kept] = (), *, version: int = 0) -> None:
        self.version = version
        self._all: dict[str, Kept] = {}
        self._by_id: dict[str, _Bucket] = defaultdict(dict)
        self._by_type: dict[str, _Bucket] = defaultdict(dict)
        self._ids_of_type: dict[str, _Bucket] = defaultdict(dict)
        self._groups: _Bucket = {}
        self._any_type: _Bucket = {}
        for one in kept:
            self.put(one)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Kept]:
        return iter(tuple(self._all.values()))

    def get(self, id: str) -> Kept | None:
        return self._all.get(id)

    def put(self, kept: Kept) -> None:
        """A new registration, or another version of one that is there."""
        self.remove(kept.registration.id)
        self._all[kept.registration.id] = kept
        for bucket in self._buckets(kept.registration):
            bucket[kept.registration.id] = None

    def remove(self, id: str) -> None:
        known = self._all.pop(id, None)
        if known is not None:
            for bucket in self._buckets(known.registration):
                bucket.pop(id, None)

    def candidates(
        self, ids: Collection[str] | None = None, types: Collection[str] | None = None
    ) -> list[Kept]:
        """None or nothing stands for "not known": then all that could be meant."""
        return [self._all[id] for id in self._found(ids, types)]

    def _found(self, ids: Collection[str] | None, types: Collection[str] | None) -> _Bucket:
        if not ids and not types:
            return dict.fromkeys(self._all)
        found: _Bucket = {}
        for id in ids or ():
            found |= self._by_id.get(id, {})
        for type in types or ():
            found |= self._by_type.get(type, {})
            if not ids:
                found |= self._ids_of_type.get(type, {})
        return found | (self._any_type if types else self._groups)

    def _buckets(self, registration: Registration) -> Iterator[_Bucket]:
        for info in registration.information:
            if not info.entities:
                yield self._groups
                yield self._any_type
            for entity in info.entities:
                yield from self._entity_buckets(entity)

    def _entity_buckets(self, entity: EntityInfo) -> Iterator[_Bucket]:
        if entity.id is not None:
            yield self._by_id[entity.id]
            for type in entity.types:
                yield self._ids_of_type[type]
        else:
            yield self._groups
            for type in entity.types:
                yield self._by_type[type]
        if not entity.types:
            yield self._any_type
