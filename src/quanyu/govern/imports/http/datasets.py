"""Datasets: what they are, how they are looked after."""

import asyncio
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from quanyu.govern.imports import _sql, service
from quanyu.govern.imports.access import dataset_for, resource_of, sees
from quanyu.govern.imports.folders import Folders, remove_dataset_files
from quanyu.govern.imports.http.asking import After, Asker, Folder, Limit, Name, Now, Store
from quanyu.govern.imports.model import Options
from quanyu.govern.imports.view import (
    Accepted,
    DatasetDetail,
    DatasetView,
    accepted,
    dataset_detail,
    dataset_view,
)
from quanyu.identity import check


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
        found = await _sql.datasets(connection, owner=owner, query=q, after=after or "", limit=limit)
    shown = [dataset_view(one) for one in found if sees(actor, one.owner)]
    return DatasetPage(items=shown, next=found[-1].name if len(found) == limit else None)


@get("/api/v1/datasets/{name:str}", opt={"action": "dataset.read"})
async def one(name: Name, actor: Asker, database: Store) -> DatasetDetail:
    async with database.tenant(actor.tenant) as connection:
        dataset = await service.dataset(connection, name)
        check(actor, "dataset.read", await resource_of(connection, actor, dataset))
    return dataset_detail(dataset)


@patch("/api/v1/datasets/{name:str}", opt={"action": "dataset.manage"})
async def change(
    name: Name, data: JSONBody[service.Changes], actor: Asker, database: Store, clock: Now
) -> DatasetDetail:
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, "dataset.manage")
        return dataset_detail(await service.change_dataset(connection, name, data, clock()))


@delete("/api/v1/datasets/{name:str}", opt={"action": "dataset.manage"})
async def remove(name: Name, actor: Asker, database: Store, folder: Folder, clock: Now) -> None:
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, "dataset.manage")
        await service.remove_dataset(connection, actor, name)
    folders = Folders(folder, actor.tenant)
    await asyncio.to_thread(remove_dataset_files, folders, name, service.new_id(clock(), "d"))


@post("/api/v1/datasets/{name:str}/rerun", opt={"action": "dataset.import"}, status_code=HTTP_202_ACCEPTED)
async def rerun(name: Name, data: JSONBody[Options], actor: Asker, database: Store, clock: Now) -> Accepted:
    """The current content once more, under today's rules and with these options (types, key, mapping)."""
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, "dataset.import")
        begun = await service.begin_rerun(connection, actor=actor, dataset=name, options=data, now=clock())
    return accepted(begun)


routes = (listing, one, change, remove, rerun)
