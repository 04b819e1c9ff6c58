"""What an asker sees of the twin: all of it, or the entities of some datasets."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import dropwhile, islice
from typing import Protocol

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import NotFound
from quanyu.identity import Reach, allowed
from quanyu.store import Connection
from quanyu.twin.map.layers import Layer, layer
from quanyu.twin.model import Page, Stored
from quanyu.twin.ngsild.query import Ordering, asked, named
from quanyu.twin.query import EntityQuery, query, retrieve
from quanyu.twin.query import count as count_all
from quanyu.twin.query import types as all_types
from quanyu.twin.search import Search
from quanyu.twin.veil import Veils, all_veiled, narrowed

_BETWEEN = "@"  # in a token: where to go on, and in which dataset
_MOST_DATASETS = 100  # looked into for one page; then it ends short and says where to go on


@dataclass(frozen=True, slots=True)
class Seen:
    """`datasets` None is everything, also what belongs to no dataset."""

    datasets: frozenset[str] | None = None

    def has(self, dataset: str) -> bool:
        return self.datasets is None or dataset in self.datasets

    def among(self, dataset: str | None) -> list[str]:
        """In a fixed order, the datasets that a question about one, or about any, may look into."""
        wanted = self.datasets or frozenset()
        return sorted(wanted if dataset is None else wanted & {dataset})


class Sight(Protocol):
    """Given by the app, which knows whose a dataset is and whether it is open."""

    def is_plain(self, actor: Actor) -> bool:
        """Whether this actor sees every entity as it is, which is known without looking into any dataset."""

    async def seen(
        self, connection: Connection, actor: Actor, action: str, dataset: str | None = None
    ) -> Seen:
        """Of one dataset, or of all."""

    async def veils(self, connection: Connection, actor: Actor, dataset: str) -> Veils:
        """What of its entities the asker does not see whole."""

    async def veils_on(
        self, connection: Connection, actor: Actor, names: Collection[str] | None
    ) -> Mapping[str, Veils]:
        """By dataset, which of these attributes, or of all, the asker does not see whole: before any entity is looked at."""


class WholeTenant:
    """Where nobody knows whose a dataset is: everything, or nothing."""

    def is_plain(self, actor: Actor) -> bool:
        return reaches_all(actor, "entity.read")

    async def seen(
        self, connection: Connection, actor: Actor, action: str, dataset: str | None = None
    ) -> Seen:
        return Seen() if reaches_all(actor, action) else Seen(frozenset())

    async def veils(self, connection: Connection, actor: Actor, dataset: str) -> Veils:
        return {}

    async def veils_on(
        self, connection: Connection, actor: Actor, names: Collection[str] | None
    ) -> Mapping[str, Veils]:
        return {}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Of who sees every entity, found out beforehand: for the space of a snapshot, which knows no datasets."""

    found: Mapping[str, Veils]

    def is_plain(self, actor: Actor) -> bool:
        return not any(self.found.values())

    async def seen(
        self, connection: Connection, actor: Actor, action: str, dataset: str | None = None
    ) -> Seen:
        return Seen()

    async def veils(self, connection: Connection, actor: Actor, dataset: str) -> Veils:
        return self.found.get(dataset, {})

    async def veils_on(
        self, connection: Connection, actor: Actor, names: Collection[str] | None
    ) -> Mapping[str, Veils]:
        return narrowed(self.found, names)


def reaches_all(actor: Actor, action: str) -> bool:
    """Whether they may do this with every entity of the tenant."""
    return allowed(actor, action, Resource("entity", tenant=actor.tenant)).reach is Reach.TENANT


async def shown_to(
    connection: Connection, actor: Actor, sight: Sight, found: Iterable[Stored]
) -> tuple[Stored, ...]:
    """As this asker sees them: personal values are hidden unless they look after the dataset."""
    entities = tuple(found)
    veils = {name: await sight.veils(connection, actor, name) for name in {one.dataset for one in entities}}
    return tuple(all_veiled(entities, veils))


async def as_asked(
    connection: Connection, actor: Actor, sight: Sight, search: Search, ordering: Ordering | None = None
) -> Search:
    """The search as this asker may put it: by no value that they do not see."""
    names = asked(search.query) | (named(ordering) if ordering else frozenset())
    return replace(search, veils=await sight.veils_on(connection, actor, names)) if names else search


async def seen_by(sight: Sight, connection: Connection, actor: Actor, entity: Stored) -> Stored | None:
    """As this actor sees it; None where they may not see it at all."""
    if not (await sight.seen(connection, actor, "entity.read", entity.dataset)).has(entity.dataset):
        return None
    (shown,) = await shown_to(connection, actor, sight, [entity])
    return shown


async def sees_whole(sight: Sight, connection: Connection, actor: Actor) -> bool:
    """Whether nothing of the tenant's entities is kept from this actor."""
    return (await sight.seen(connection, actor, "entity.read")).datasets is None


async def retrieve_seen(connection: Connection, actor: Actor, sight: Sight, id: str) -> Stored:
    """Raises NotFound, also for an entity that the asker may not see."""
    found = await retrieve(connection, actor.tenant, id)
    if not (await sight.seen(connection, actor, "entity.read", found.dataset)).has(found.dataset):
        raise NotFound("twin.entity.unknown", id=id)
    return found


async def layer_seen(connection: Connection, actor: Actor, sight: Sight, id: str) -> Layer:
    """Raises NotFound, also for a layer that the asker may not see."""
    found = await layer(connection, actor.tenant, id)
    if not (await sight.seen(connection, actor, "map.read", found.dataset)).has(found.dataset):
        raise NotFound("twin.layer.unknown", id=id)
    return found


async def find(connection: Connection, tenant: str, wanted: EntityQuery, seen: Seen) -> Page[Stored]:
    """As `query`. Who does not see everything gets one dataset after the other, each in the order of `query`."""
    if seen.datasets is None:
        return await query(connection, tenant, wanted)
    inner, _, first = (wanted.after or "").partition(_BETWEEN)
    names = list(dropwhile(lambda name: name < first, seen.among(wanted.dataset)))
    found: list[Stored] = []
    for place, name in enumerate(islice(names, _MOST_DATASETS)):
        after = inner or None if name == first else None
        part = replace(wanted, dataset=name, limit=wanted.limit - len(found), after=after)
        page = await query(connection, tenant, part)
        found += page.items
        if page.next is not None:
            return Page(tuple(found), page.next + _BETWEEN + name)
        if len(found) == wanted.limit:
            return Page(tuple(found), _beginning(names[place + 1 :]))
    return Page(tuple(found), _beginning(names[_MOST_DATASETS:]))


async def count(connection: Connection, tenant: str, wanted: EntityQuery, seen: Seen) -> int:
    """By types and dataset, from the counters."""
    if seen.datasets is None:
        return await count_all(connection, tenant, wanted.types, wanted.dataset)
    return sum([await count_all(connection, tenant, wanted.types, one) for one in seen.among(wanted.dataset)])


async def types(connection: Connection, tenant: str, seen: Seen) -> list[str]:
    known = await all_types(connection, tenant)
    return [
        type for type in known
        if seen.datasets is None or await count(connection, tenant, EntityQuery(types=(type,)), seen)
    ]  # fmt: skip


def _beginning(names: list[str]) -> str | None:
    return _BETWEEN + names[0] if names else None
