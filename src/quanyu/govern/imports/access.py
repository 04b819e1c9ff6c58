"""Who may see and change which dataset."""

from collections.abc import Mapping

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import NotFound
from quanyu.govern.catalogue.service import find
from quanyu.govern.grading.masking import MASKS, Mask
from quanyu.govern.grading.model import Grade, Grading
from quanyu.govern.grading.service import find as grading_of
from quanyu.govern.imports import service
from quanyu.govern.imports.model import Dataset
from quanyu.identity import Reach, allowed, require
from quanyu.store import Connection


async def resource_of(connection: Connection, actor: Actor, dataset: Dataset) -> Resource:
    """A dataset is open where its catalogue entry is published to everybody."""
    try:
        is_open = (await find(connection, dataset.name)).is_public
    except NotFound:
        is_open = False
    return Resource("dataset", id=dataset.name, tenant=actor.tenant, organisation=dataset.owner, open=is_open)


async def dataset_for(connection: Connection, actor: Actor, name: str, action: str) -> Dataset:
    """The dataset, once `action` on it is allowed; both outcomes are evidence where the action is recorded."""
    dataset = await service.dataset(connection, name)
    await require(connection, actor, action, await resource_of(connection, actor, dataset))
    return dataset


def sees(actor: Actor, owner: str | None, action: str = "dataset.read") -> bool:
    """Whether a list shows this actor the rows of a dataset of `owner`."""
    reach = allowed(actor, action, Resource("dataset", tenant=actor.tenant)).reach
    own = {actor.organisation, *actor.organisations} - {None}
    return reach is Reach.TENANT or (reach is Reach.ORGANISATION and owner in own)


async def masks_for(connection: Connection, actor: Actor, dataset: Dataset) -> Mapping[str, Mask]:
    """By column. Whoever looks after the dataset sees all; others see personal values masked, until a person has
    confirmed that a column is public."""
    resource = Resource("dataset", id=dataset.name, tenant=actor.tenant, organisation=dataset.owner)
    if allowed(actor, "dataset.manage", resource).allowed:
        return {}
    kinds = {column.name: column.semantic for column in dataset.columns}
    try:
        grading = await grading_of(connection, dataset.name)
    except NotFound:
        grading = Grading(grade=Grade.GENERAL_1)
    public = {
        column.name for column in grading.columns if column.confirmed and column.grade is Grade.GENERAL_1
    }
    kinds |= {column.name: column.kind for column in grading.columns if column.kind}
    return {name: MASKS[kind] for name, kind in kinds.items() if kind in MASKS and name not in public}
