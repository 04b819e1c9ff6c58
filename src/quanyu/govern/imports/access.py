"""Who may see and change which dataset."""

from collections.abc import Mapping, Sequence

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import NotFound
from quanyu.govern.catalogue import _sql as catalogue_sql
from quanyu.govern.catalogue import sample
from quanyu.govern.catalogue.model import Entry
from quanyu.govern.grading.masking import MASKS, Mask
from quanyu.govern.grading.model import Grade, Grading
from quanyu.govern.grading.service import find_each as gradings_of
from quanyu.govern.imports import _sql
from quanyu.govern.imports.model import Dataset
from quanyu.identity import (
    AccessDenied,
    Decision,
    Outcome,
    Reach,
    allowed,
    append_evidence,
    check,
    require,
)
from quanyu.store import Connection

_UNGRADED = Grading(grade=Grade.GENERAL_1)


async def resource_of(connection: Connection, actor: Actor, dataset: Dataset) -> Resource:
    """The records of a dataset. The one place that says whether they are open: published as open data, and not paused.

    Only doors that give accepted records, masked, may ask with it; all else of a dataset is asked for with
    `inner_resource`.
    """
    entry = await catalogue_sql.entry(connection, dataset.name)
    return _resource(actor, dataset, is_open=entry is not None and entry.is_open_data)


async def resources_of(connection: Connection, actor: Actor, found: Sequence[Dataset]) -> dict[str, Resource]:
    """`resource_of` each, by name."""
    is_open = await open_names(connection, [one.name for one in found])
    return {one.name: _resource(actor, one, is_open=one.name in is_open) for one in found}


def inner_resource(actor: Actor, dataset: Dataset) -> Resource:
    """What is behind the records: profile, imports, quarantine, rules, trace. It is never open."""
    return _resource(actor, dataset, is_open=False)


async def dataset_for(connection: Connection, actor: Actor, name: str, action: str) -> Dataset:
    """The dataset, once `action` on it is allowed; both outcomes are evidence where the action is recorded."""
    dataset = await known_dataset(connection, actor, name, action)
    await require(connection, actor, action, inner_resource(actor, dataset))
    return dataset


async def readable_dataset(connection: Connection, actor: Actor, name: str, *, door: str) -> Dataset:
    """The dataset whose records may be read, for one's office or because they are open; `door` goes into the evidence.

    Raises AccessDenied, with the score where sharing is paused.
    """
    dataset = await known_dataset(connection, actor, name, "dataset.read")
    resource = await resource_of(connection, actor, dataset)
    decision = allowed(actor, "dataset.read", resource)
    if not decision.allowed:
        entry = await catalogue_sql.entry(connection, name)
        raise AccessDenied(actor, "dataset.read", resource, paused(entry) or decision)
    detail = {"door": door}
    await append_evidence(
        connection, actor, "dataset.read", resource, Outcome.ALLOWED, detail, reason=decision.reason
    )
    return dataset


def paused(entry: Entry | None) -> Decision | None:
    """The refusal of whoever would be let in if the dataset reached its gate."""
    if entry is None or not entry.is_public or not entry.is_paused:
        return None
    facts = entry.facts
    score = "–" if facts.score is None else facts.score
    return Decision(
        False, "govern.catalogue.paused", values={"name": entry.name, "score": score, "gate": facts.gate}
    )


def sees(actor: Actor, owner: str | None, action: str = "dataset.read") -> bool:
    """Whether a list shows this actor the rows of a dataset of `owner`."""
    owners = owners_seen(actor, action)
    return owners is None or owner in owners


def owners_seen(actor: Actor, action: str) -> tuple[str, ...] | None:
    """The organisations whose datasets a list shows this actor; None: all, with or without an owner."""
    reach = allowed(actor, action, Resource("dataset", tenant=actor.tenant)).reach
    if reach is Reach.TENANT:
        return None
    own = {actor.organisation, *actor.organisations} if reach is Reach.ORGANISATION else set()
    return tuple(sorted(one for one in own if one))


async def open_names(connection: Connection, names: Sequence[str]) -> frozenset[str]:
    """Those of `names` whose records anybody may read."""
    entries = await catalogue_sql.entries(connection, names)
    return frozenset(entry.name for entry in entries if entry.is_open_data)


async def masks_for(connection: Connection, actor: Actor, dataset: Dataset) -> Mapping[str, Mask]:
    """By column. Whoever looks after the dataset sees all; who reads it for their office sees personal values masked,
    until a person has confirmed that a column is public; who reads it because it is open sees what its sample shows."""
    return (await masks_for_each(connection, actor, [dataset])).get(dataset.name, {})


async def masks_for_each(
    connection: Connection, actor: Actor, found: Sequence[Dataset]
) -> dict[str, Mapping[str, Mask]]:
    """`masks_for` of those that the actor does not look after."""
    kept = [one for one in found if not allowed(actor, "dataset.manage", inner_resource(actor, one)).allowed]
    if not kept:
        return {}
    names = [one.name for one in kept]
    gradings = await gradings_of(connection, names)
    entries = {one.name: one for one in await catalogue_sql.entries(connection, names)}
    return {
        one.name: _masks(actor, one, gradings.get(one.name, _UNGRADED), entries.get(one.name)) for one in kept
    }


def _masks(actor: Actor, dataset: Dataset, grading: Grading, entry: Entry | None) -> Mapping[str, Mask]:
    if entry is not None and not allowed(actor, "dataset.read", inner_resource(actor, dataset)).allowed:
        return sample.masks_for(actor, entry, grading)
    return _office_masks(dataset, grading)


def _office_masks(dataset: Dataset, grading: Grading) -> Mapping[str, Mask]:
    kinds = {column.name: column.semantic for column in dataset.columns}
    public = {
        column.name for column in grading.columns if column.confirmed and column.grade is Grade.GENERAL_1
    }
    kinds |= {column.name: column.kind for column in grading.columns if column.kind}
    return {name: MASKS[kind] for name, kind in kinds.items() if kind in MASKS and name not in public}


async def known_dataset(connection: Connection, actor: Actor, name: str, action: str) -> Dataset:
    """Who may only see what is open is not told whether a dataset exists that they may not see."""
    dataset = await _sql.dataset(connection, name)
    if dataset is None:
        kind = Resource("dataset", tenant=actor.tenant)
        if allowed(actor, action, kind).reach <= Reach.OPEN:
            check(actor, action, Resource("dataset", id=name, tenant=actor.tenant))
        raise NotFound("govern.dataset.unknown", name=name)
    return dataset


def _resource(actor: Actor, dataset: Dataset, *, is_open: bool) -> Resource:
    return Resource("dataset", id=dataset.name, tenant=actor.tenant, organisation=dataset.owner, open=is_open)
