"""One entry: read, changed, published, withdrawn, brought back; its sample and its lineage."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.params import JSONBody, QueryParameter

from quanyu.core.messages import preferred_language
from quanyu.govern.catalogue import datasets, sample, service
from quanyu.govern.catalogue.http.asking import (
    Asker,
    DataFolder,
    IfMatch,
    Name,
    Number,
    TheClock,
    TheDatabase,
    TheWarnings,
    entry_for,
    expected_version,
    refuse_paused,
)
from quanyu.govern.catalogue.model import Entry, Profiled, Version
from quanyu.govern.catalogue.warned import PublishedEntry, warned
from quanyu.govern.grading.service import find as find_grading
from quanyu.govern.imports.records import RecordPage
from quanyu.govern.lineage.model import Graph, Node, NodeKind
from quanyu.govern.lineage.service import graph


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Version]
    next: str | None


@get("/api/v1/catalogue/{name:str}", opt={"action": "catalogue.read"})
async def one(name: Name, actor: Asker, database: TheDatabase, clock: TheClock) -> Response[Profiled]:
    """The entry with profile and usage; values of personal columns are left out of the profile. ETag is its version."""
    async with database.tenant(actor.tenant) as connection:
        entry = await entry_for(connection, actor, name, "catalogue.read")
        masks = sample.masks_for(actor, entry, await find_grading(connection, name))
        await service.count_use(connection, actor.tenant, name, "view", clock())
        found = await service.profiled(connection, entry, actor.language)
    shown = msgspec.structs.replace(found, profile=sample.hide_values(found.profile, masks))
    return Response(shown, headers={"ETag": f'"{entry.version}"'})


@patch("/api/v1/catalogue/{name:str}", opt={"action": "catalogue.manage"})
async def amend(
    name: Name,
    data: JSONBody[dict[str, Any]],
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    if_match: IfMatch = None,
) -> Response[Entry]:
    """Fields of the description; those not sent stay as they are."""
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.manage")
        entry = await service.amend(
            connection,
            actor.tenant,
            name,
            data,
            version=expected_version(if_match),
            author=actor.id,
            at=clock(),
        )
    return Response(entry, headers={"ETag": f'"{entry.version}"'})


@post("/api/v1/catalogue/{name:str}/publish", opt={"action": "catalogue.manage"}, status_code=200)
async def publish(
    request: Request[Any, Any, Any],
    name: Name,
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    publish_warnings: TheWarnings,
    if_match: IfMatch = None,
) -> PublishedEntry:
    """What speaks against the entry all the same is told once it is published."""
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.manage")
        entry = await service.publish(
            connection, actor.tenant, name, version=expected_version(if_match), author=actor.id, at=clock()
        )
    async with database.tenant(actor.tenant) as connection:
        said = preferred_language(request.headers.get("accept-language", ""))
        return warned(entry, await publish_warnings(connection, actor, entry, now=clock(), language=said))


@post("/api/v1/catalogue/{name:str}/withdraw", opt={"action": "catalogue.manage"}, status_code=200)
async def withdraw(
    name: Name, actor: Asker, database: TheDatabase, clock: TheClock, if_match: IfMatch = None
) -> Entry:
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.manage")
        return await service.withdraw(
            connection, actor.tenant, name, version=expected_version(if_match), author=actor.id, at=clock()
        )


@get("/api/v1/catalogue/{name:str}/versions", opt={"action": "catalogue.read"})
async def versions(
    name: Name,
    actor: Asker,
    database: TheDatabase,
    after: Number = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Versions:
    """Newest first."""
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.read")
        found = await service.versions(connection, name, before=after, limit=limit)
    return Versions(items=found, next=str(found[-1].version) if len(found) == limit else None)


@post("/api/v1/catalogue/{name:str}/undo", opt={"action": "catalogue.manage"}, status_code=200)
async def undo(
    name: Name,
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    to: Number = None,
    if_match: IfMatch = None,
) -> Entry:
    """The description of the version before, or of version `to`, becomes the newest one."""
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.manage")
        return await service.restore(
            connection,
            actor.tenant,
            name,
            to,
            version=expected_version(if_match),
            author=actor.id,
            at=clock(),
        )


@get("/api/v1/catalogue/{name:str}/sample", opt={"action": "catalogue.read"})
async def records(
    name: Name,
    actor: Asker,
    database: TheDatabase,
    folder: DataFolder,
    clock: TheClock,
    limit: Annotated[int, QueryParameter(ge=1, le=sample.MOST_RECORDS)] = 20,
) -> RecordPage:
    async with database.tenant(actor.tenant) as connection:
        entry = await entry_for(connection, actor, name, "catalogue.read")
        refuse_paused(actor, entry)
        masks = sample.masks_for(actor, entry, await find_grading(connection, name))
        parts = await datasets.parts(connection, name)
        await service.count_use(connection, actor.tenant, name, "view", clock())
    return await asyncio.to_thread(sample.read, folder, actor.tenant, parts, masks, limit=limit)


@get("/api/v1/catalogue/{name:str}/lineage", opt={"action": "catalogue.read"})
async def lineage(
    name: Name, actor: Asker, database: TheDatabase, steps: Annotated[int, QueryParameter(ge=1, le=6)] = 4
) -> Graph:
    """Everything up to so many steps before and after the dataset; each step names its columns."""
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.read")
        return await graph(connection, Node(kind=NodeKind.DATASET, id=name), steps=steps)


routes = (one, amend, publish, withdraw, versions, undo, records, lineage)
