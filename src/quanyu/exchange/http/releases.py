"""Open data: released by whoever looks after it, taken by anybody."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter
from litestar.response import File as FileAnswer

from quanyu.exchange.delivery.formats import MEDIA_TYPES, Format
from quanyu.exchange.http.asking import ANSWER, Asker, Folder, Name, Now, Number, Store, TheEngines
from quanyu.exchange.openness import _sql
from quanyu.exchange.openness.model import Plan, Release
from quanyu.exchange.openness.service import Releases
from quanyu.exchange.requests.model import Said
from quanyu.govern.catalogue.http.asking import entry_for

OPEN = {"action": "catalogue.read"}
AnyFormat = Annotated[Format, PathParameter()]


class ReleaseList(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Release, ...]


class Withdrawn(Said, frozen=True):
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


@post("/api/v1/catalogue/{name:str}/releases", opt=ANSWER)
async def publish(
    name: Name,
    data: JSONBody[Plan],
    actor: Asker,
    database: Store,
    folder: Folder,
    engines: TheEngines,
    clock: Now,
) -> Release:
    """After the gate: confirmed grade, no personal column unguarded, no group too small."""
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.manage")
    return await Releases(database, folder, engines, clock).publish(actor, name, data)


@get("/api/v1/catalogue/{name:str}/releases", opt=OPEN)
async def list_releases(name: Name, actor: Asker, database: Store) -> ReleaseList:
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.read")
        return ReleaseList(items=tuple(await _sql.releases(connection, name)))


@get("/api/v1/catalogue/{name:str}/releases/{version:int}/{format:str}", opt=OPEN)
async def download(
    name: Name, version: Number, format: AnyFormat, actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now
) -> FileAnswer:  # fmt: skip
    """With its checksums in the headers."""
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.read")
    path, file = await Releases(database, folder, engines, clock).download(
        actor.tenant, name, version, format
    )
    headers = {"x-checksum-sha256": file.sha256, "x-checksum-sm3": file.sm3}
    return FileAnswer(
        path, filename=f"{name}.{version}.{format}", media_type=MEDIA_TYPES[format], headers=headers
    )


@post("/api/v1/catalogue/{name:str}/releases/{version:int}/withdraw", opt=ANSWER, status_code=200)
async def withdraw(
    name: Name, version: Number, data: JSONBody[Withdrawn], actor: Asker, database: Store, folder: Folder, engines: TheEngines,
    clock: Now,
) -> Release:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.manage")
    return await Releases(database, folder, engines, clock).withdraw(actor, name, version, data.reason)


routes = (publish, list_releases, download, withdraw)
