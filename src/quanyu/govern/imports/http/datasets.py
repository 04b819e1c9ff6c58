"""Datasets: what they are, how they are looked after."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from quanyu.core.actor import Actor
from quanyu.govern.catalogue.naming import Names, names_of
from quanyu.govern.imports import _sql, service
from quanyu.govern.imports.access import dataset_for, inner_resource, known_dataset, open_names, sees
from quanyu.govern.imports.folders import Folders, remove_dataset_files
from quanyu.govern.imports.http.asking import After, Asker, Folder, Limit, Name, Now, Store
from quanyu.govern.imports.model import Dataset, Options
from quanyu.govern.imports.view import (
    Accepted,
    DatasetDetail,
    DatasetView,
    accepted,
    dataset_detail,
    dataset_view,
)
from quanyu.identity import check
from quanyu.store import Connection


class RerunOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word that is misspelt is said, not passed over."""


class DatasetPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[DatasetView]
    next: str | None


@get("/api/v1/datasets", opt={"action": "dataset.read"})
async def listing(
    actor: Asker,
    database: Store,
    owner: Annotated[str | None, QueryParameter(max_length=100)] = None,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    after: After = None,
    limit: Limit = 100,
) -> DatasetPage:
    async with database.tenant(actor.tenant) as connection:
        seen = await _seen(connection, actor, owner=owner, query=q, after=after or "", limit=limit + 1)
        names = await _names(connection, seen[:limit])
    shown = [dataset_view(one, names) for one in seen[:limit]]
    return DatasetPage(items=shown, next=shown[-1].name if len(seen) > limit else None)


async def _seen(
    connection: Connection, actor: Actor, *, owner: str | None, query: str, after: str, limit: int
) -> list[Dataset]:
    """The next datasets of those that the asker may see: a page is full, and names no other one."""
    seen: list[Dataset] = []
    while len(seen) < limit:
        found = await _sql.datasets(connection, owner=owner, query=query, after=after, limit=_AT_ONCE)
        is_open = await open_names(connection, [one.name for one in found])
        seen += (one for one in found if sees(actor, one.owner) or one.name in is_open)
        if len(found) < _AT_ONCE:
            break
        after = found[-1].name
    return seen[:limit]


_AT_ONCE = 500


@get("/api/v1/datasets/{name:str}", opt={"action": "dataset.read"})
async def one(name: Name, actor: Asker, database: Store) -> DatasetDetail:
    async with database.tenant(actor.tenant) as connection:
        dataset = await known_dataset(connection, actor, name, "dataset.read")
        check(actor, "dataset.read", inner_resource(actor, dataset))
        return await _detail(connection, dataset)


@patch("/api/v1/datasets/{name:str}", opt={"action": "dataset.manage"})
async def change(
    name: Name, data: JSONBody[service.Changes], actor: Asker, database: Store, clock: Now
) -> DatasetDetail:
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, "dataset.manage")
        return await _detail(connection, await service.change_dataset(connection, name, data, clock()))


@delete("/api/v1/datasets/{name:str}", opt={"action": "dataset.manage"})
async def remove(name: Name, actor: Asker, database: Store, folder: Folder, clock: Now) -> None:
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, "dataset.manage")
        await service.remove_dataset(connection, actor, name)
    folders = Folders(folder, actor.tenant)
    await asyncio.to_thread(remove_dataset_files, folders, name, service.new_id(clock(), "d"))


@post("/api/v1/datasets/{name:str}/rerun", opt={"action": "dataset.import"}, status_code=HTTP_202_ACCEPTED)
async def rerun(
    name: Name, data: JSONBody[RerunOptions], actor: Asker, database: Store, clock: Now
) -> Accepted:
    """The current content once more, under today's rules and with these options (types, key, mapping)."""
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, "dataset.import")
        begun = await service.begin_rerun(connection, actor=actor, dataset=name, options=data, now=clock())
    return accepted(begun)


async def _detail(connection: Connection, dataset: Dataset) -> DatasetDetail:
    return dataset_detail(dataset, await _names(connection, [dataset]))


async def _names(connection: Connection, datasets: Sequence[Dataset]) -> Names:
    return await names_of(
        connection,
        organisations=[one.owner for one in datasets],
        regions=[one.region for one in datasets],
    )


routes = (listing, one, change, remove, rerun)
