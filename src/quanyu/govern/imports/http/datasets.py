"""Datasets: what they are, how they are looked after."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from quanyu.core.actor import Actor
from quanyu.core.page_token import page_of, place_of
from quanyu.govern.catalogue.naming import Names, names_of
from quanyu.govern.imports import _sql, service
from quanyu.govern.imports.access import dataset_for, inner_resource, known_dataset, open_names, sees
from quanyu.govern.imports.folders import Folders, remove_dataset_files
from quanyu.govern.imports.http.asking import After, Asker, Folder, Limit, Name, Now, Store
from quanyu.govern.imports.model import BEFORE_ALL, Dataset, Only, Options, rank
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


Portion = Callable[[Dataset | None, int], Awaitable[list[Dataset]]]
"""So many datasets that follow one."""
MOST_NAMED = 100


class DatasetPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[DatasetView]
    next: str | None


@get("/api/v1/datasets", opt={"action": "dataset.read"})
async def listing(
    actor: Asker,
    database: Store,
    owner: Annotated[str | None, QueryParameter(max_length=100)] = None,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    names: Annotated[list[str] | None, QueryParameter(name="name", max_items=MOST_NAMED)] = None,
    after: After = None,
    limit: Limit = 100,
) -> DatasetPage:
    """By name; `q` is part of a name or title, `name` asks for certain ones."""
    async with database.tenant(actor.tenant) as connection:

        async def portion(last: Dataset | None, size: int) -> list[Dataset]:
            behind = last.name if last else after or ""
            return await _sql.datasets(
                connection, owner=owner, query=q, names=names, after=behind, limit=size
            )

        seen = await _seen(connection, actor, portion, limit=limit + 1)
        called = await _names(connection, seen[:limit])
    shown = [dataset_view(one, called) for one in seen[:limit]]
    return DatasetPage(items=shown, next=shown[-1].name if len(seen) > limit else None)


@get("/api/v1/quality/datasets", opt={"action": "dataset.read"})
async def worst(
    actor: Asker,
    database: Store,
    owner: Annotated[str | None, QueryParameter(max_length=100)] = None,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    only: Annotated[Only | None, QueryParameter()] = None,
    after: After = None,
    limit: Limit = 100,
) -> DatasetPage:
    """Those with the lowest score first, those without one last; `q` is part of a name or title, `owner=-` no body."""
    place = place_of(after, tuple[float, str], refusal="govern.dataset.mark") if after else BEFORE_ALL
    async with database.tenant(actor.tenant) as connection:

        async def portion(last: Dataset | None, size: int) -> list[Dataset]:
            behind = rank(last) if last else place
            return await _sql.worst_datasets(
                connection, owner=owner, query=q, only=only, after=behind, limit=size
            )

        page = page_of(await _seen(connection, actor, portion, limit=limit + 1), limit, rank)
        names = await _names(connection, page.items)
    return DatasetPage(items=[dataset_view(one, names) for one in page.items], next=page.next)


async def _seen(connection: Connection, actor: Actor, portion: Portion, *, limit: int) -> list[Dataset]:
    """The next datasets of those that the asker may see: a page is full, and names no other one."""
    seen: list[Dataset] = []
    last: Dataset | None = None
    size = limit
    while len(seen) < limit:
        found = await portion(last, size)
        hidden = [one.name for one in found if not sees(actor, one.owner)]
        is_open = await open_names(connection, hidden)
        seen += (one for one in found if sees(actor, one.owner) or one.name in is_open)
        if len(found) < size:
            break
        last, size = found[-1], max(limit, _AT_ONCE)
    return seen[:limit]


_AT_ONCE = 500
"""Where few of them may be seen."""


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


routes = (listing, worst, one, change, remove, rerun)
