"""Whose the datasets of the twin's entities are, and which are open: what the twin does not know."""

from quanyu.app.fused import DATASET as FUSED
from quanyu.core.actor import Actor, Resource
from quanyu.govern.catalogue.listing import MOST, find
from quanyu.govern.catalogue.search import Audience, Query, View
from quanyu.govern.fusion import _sql as fusion
from quanyu.govern.grading.masking import mask_text
from quanyu.govern.imports import _sql as datasets
from quanyu.govern.imports.access import masks_for, resource_of
from quanyu.identity import Reach, allowed
from quanyu.store import Connection
from quanyu.twin.http.sight import Seen
from quanyu.twin.http.veil import Veils

_OPEN = View(audiences=frozenset({Audience.OPEN}))
_MOST_OF_ONE_OWNER = 100_000


class DatasetSight:
    """A `twin.http.sight.Sight`: the asker's own datasets and those that are open to everybody."""

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
        if dataset == FUSED:
            return await self._veils_of_merged(connection, actor)
        known = await datasets.dataset(connection, dataset) if dataset else None
        if known is None or known.mapping is None:
            return {}
        masks = await masks_for(connection, actor, known)
        sources = [(one.attribute, one.column) for one in known.mapping.attributes]
        sources += [("name", known.mapping.name)] if known.mapping.name else []
        return {attribute: masks[column] for attribute, column in sources if column in masks}

    async def _veils_of_merged(self, connection: Connection, actor: Actor) -> Veils:
        if allowed(actor, "dataset.manage", Resource("dataset", tenant=actor.tenant)).reach is Reach.TENANT:
            return {}
        jobs = await fusion.jobs(connection)
        named = {name for job in jobs for source in job["body"]["sources"] for name in source["attributes"]}
        return dict.fromkeys({"name", *named}, mask_text)

    async def _one(self, connection: Connection, actor: Actor, action: str, name: str) -> frozenset[str]:
        known = await datasets.dataset(connection, name)
        if known is None:
            return frozenset()
        decision = allowed(actor, action, await resource_of(connection, actor, known))
        return frozenset({name} if decision.allowed else ())


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
