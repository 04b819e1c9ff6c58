"""Whose the datasets of the twin's entities are, and which are open: what the twin does not know."""

from collections.abc import Collection, Mapping

from quanyu.app.fused import DATASET as FUSED
from quanyu.core.actor import Actor, Resource
from quanyu.govern.catalogue.listing import MOST, find
from quanyu.govern.catalogue.search import Audience, Query, View
from quanyu.govern.fusion import _sql as fusion
from quanyu.govern.grading.masking import MASKS, Mask, mask_all, mask_text
from quanyu.govern.imports import _sql as datasets
from quanyu.govern.imports.access import masks_for, masks_for_each, resource_of
from quanyu.govern.imports.model import Dataset
from quanyu.identity import Reach, allowed
from quanyu.store import Connection
from quanyu.twin.http.sight import Seen, reaches_all
from quanyu.twin.veil import Veil, Veils, narrowed

_OPEN = View(audiences=frozenset({Audience.OPEN}))
_MOST_OF_ONE_OWNER = 100_000
_VEILS = {mask: Veil(mask) for mask in (*MASKS.values(), mask_all)} | {
    mask_text: Veil(mask_text, in_words=True)
}


class DatasetSight:
    """A `twin.http.sight.Sight`: the asker's own datasets and those that are open to everybody."""

    def is_plain(self, actor: Actor) -> bool:
        return reaches_all(actor, "entity.read") and _looks_after_all(actor)

    async def seen(
        self, connection: Connection, actor: Actor, action: str, dataset: str | None = None
    ) -> Seen:
        reach = allowed(actor, action, Resource("entity", tenant=actor.tenant)).reach
        if reach is Reach.TENANT:
            return Seen()
        if dataset is not None:
            return Seen(await self._one(connection, actor, action, dataset))
        own = await _owned(connection, actor) if reach is Reach.ORGANISATION else frozenset()
        return Seen(own | await _open(connection))

    async def veils(self, connection: Connection, actor: Actor, dataset: str) -> Veils:
        """Of merged things, which are of several datasets, the numbers of persons in any text."""
        if not dataset or _looks_after_all(actor):
            return {}
        if dataset == FUSED:
            return await _veils_of_merged(connection)
        known = await datasets.dataset(connection, dataset)
        return {} if known is None else _veils(known, await masks_for(connection, actor, known))

    async def veils_on(
        self, connection: Connection, actor: Actor, names: Collection[str] | None
    ) -> Mapping[str, Veils]:
        if _looks_after_all(actor):
            return {}
        known = await datasets.datasets_with(connection, names)
        masks = await masks_for_each(connection, actor, known)
        found = {one.name: _veils(one, masks[one.name]) for one in known if masks.get(one.name)}
        found[FUSED] = await _veils_of_merged(connection)
        return narrowed(found, names)

    async def _one(self, connection: Connection, actor: Actor, action: str, name: str) -> frozenset[str]:
        known = await datasets.dataset(connection, name)
        if known is None:
            return frozenset()
        decision = allowed(actor, action, await resource_of(connection, actor, known))
        return frozenset({name} if decision.allowed else ())


def _looks_after_all(actor: Actor) -> bool:
    return allowed(actor, "dataset.manage", Resource("dataset", tenant=actor.tenant)).reach is Reach.TENANT


def _veils(dataset: Dataset, masks: Mapping[str, Mask]) -> Veils:
    """Columns that are but words to be found by veil themselves, so that a search does not tell them."""
    mapping = dataset.mapping
    if mapping is None:
        return {}
    sources = [(one.attribute, one.column) for one in mapping.attributes]
    sources += [("name", mapping.name)] if mapping.name else []
    sources += [(column, column) for column in mapping.text]
    return {attribute: _VEILS[masks[column]] for attribute, column in sources if column in masks}


async def _veils_of_merged(connection: Connection) -> Veils:
    jobs = await fusion.jobs(connection)
    named = {name for job in jobs for source in job["body"]["sources"] for name in source["attributes"]}
    return dict.fromkeys({"name", *named}, _VEILS[mask_text])


async def _owned(connection: Connection, actor: Actor) -> frozenset[str]:
    names: set[str] = set()
    for owner in {actor.organisation, *actor.organisations} - {None}:
        found = await datasets.datasets(connection, owner=owner, query="", after="", limit=_MOST_OF_ONE_OWNER)
        names |= {one.name for one in found}
    return frozenset(names)


async def _open(connection: Connection) -> frozenset[str]:
    names: set[str] = set()
    after = None
    while True:
        page = await find(connection, Query(), _OPEN, after=after, limit=MOST)
        names |= {entry.name for entry in page.entries if entry.is_open_data}
        after = page.next
        if after is None:
            return frozenset(names)
