"""Files come in, and everybody who may can watch what becomes of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from quanyu.core.actor import Actor, Resource
from quanyu.govern.imports import _sql, service
from quanyu.govern.imports.access import inner_resource, owners_seen
from quanyu.govern.imports.folders import Folders, remove_upload
from quanyu.govern.imports.http.asking import (
    UPLOAD_LIMIT,
    After,
    AnyRequest,
    Asker,
    Folder,
    Limit,
    Name,
    Now,
    Store,
    language_of,
    said_about,
)
from quanyu.govern.imports.model import Import, ImportState, dataset_name
from quanyu.govern.imports.upload import receive
from quanyu.govern.imports.view import Accepted, ImportItem, ImportView, accepted, import_item, import_view
from quanyu.identity import check, require
from quanyu.store import Connection, Database

_WATCH_SECONDS = 0.5


class ImportPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ImportItem]
    next: str | None


@post(
    "/api/v1/datasets/{name:str}/imports",
    opt={"action": "dataset.import"},
    status_code=HTTP_202_ACCEPTED,
    request_max_body_size=None,
)
async def begin(
    name: Name,
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
    filename: Annotated[str, QueryParameter(max_length=255)] = "",
    upload_limit: NamedDependency[int] = UPLOAD_LIMIT,
) -> Accepted:
    """A raw body with ?filename=, or a multipart form with one or more files and an optional JSON field `options`."""
    dataset = dataset_name(name)
    async with database.tenant(actor.tenant) as connection:
        check(
            actor,
            "dataset.import",
            await _target(connection, actor, dataset, request.query_params.get("owner")),
        )
    upload = service.new_id(clock(), "u")
    received = await receive(
        request.stream(),
        into=Folders(folder, actor.tenant).upload(upload),
        content_type=request.headers.get("content-type", ""),
        filename=filename,
        announced=request.content_length,
        limit=upload_limit,
    )
    paths = tuple(file.path for file in received.files)
    try:
        said = said_about(request, received.fields)
        async with database.tenant(actor.tenant) as connection:
            target = await _target(connection, actor, dataset, said.about.owner)
            await require(connection, actor, "dataset.import", target)
            begun = await service.begin_import(
                connection, actor=actor, dataset=dataset, files=received.files, options=said.options,
                about=said.about, now=clock(), faults=said.faults,
            )  # fmt: skip
    except BaseException:
        remove_upload(Folders(folder, actor.tenant), paths)
        raise
    if begun.unchanged:
        remove_upload(Folders(folder, actor.tenant), paths)
    return accepted(begun)


@get("/api/v1/imports", opt={"action": "dataset.read"})
async def listing(
    request: AnyRequest,
    actor: Asker,
    database: Store,
    dataset: Annotated[str | None, QueryParameter(max_length=200)] = None,
    in_state: Annotated[ImportState | None, QueryParameter(name="state")] = None,
    after: After = None,
    limit: Limit = 50,
) -> ImportPage:
    """Newest first; the report of each is at its own address."""
    owners = owners_seen(actor, "dataset.read")
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.imports(
            connection, dataset=dataset, state=in_state, owners=owners, before=after or "", limit=limit
        )
    language = language_of(request)
    return ImportPage(
        items=[import_item(one, language) for one in found],
        next=found[-1].id if len(found) == limit else None,
    )


@get("/api/v1/imports/{import_id:str}", opt={"action": "dataset.read"})
async def one(import_id: Name, request: AnyRequest, actor: Asker, database: Store) -> ImportView:
    async with database.tenant(actor.tenant) as connection:
        return import_view(await _seen(connection, actor, import_id), language_of(request))


@get("/api/v1/imports/{import_id:str}/events", opt={"action": "dataset.read"})
async def events(import_id: Name, request: AnyRequest, actor: Asker, database: Store) -> ServerSentEvent:
    """`progress` whenever something changes, then one `end`; each carries the import."""
    async with database.tenant(actor.tenant) as connection:
        await _seen(connection, actor, import_id)
    return ServerSentEvent(_watched(database, actor, import_id, language_of(request)))


@post("/api/v1/imports/{import_id:str}/cancel", opt={"action": "dataset.import"}, status_code=HTTP_200_OK)
async def cancel(
    import_id: Name, request: AnyRequest, actor: Asker, database: Store, clock: Now
) -> ImportView:
    async with database.tenant(actor.tenant) as connection:
        found = await service.import_(connection, import_id)
        target = await _target(connection, actor, found.dataset, None)
        await require(connection, actor, "dataset.import", target)
        return import_view(await service.cancel_import(connection, import_id, clock()), language_of(request))


async def _watched(
    database: Database, actor: Actor, import_id: str, language: str
) -> AsyncIterator[ServerSentEventMessage]:
    shown = b""
    while True:
        async with database.tenant(actor.tenant) as connection:
            known = await service.import_(connection, import_id)
        body = msgspec.json.encode(import_view(known, language))
        if known.state.is_over:
            yield ServerSentEventMessage(data=body.decode(), event="end")
            return
        if body != shown:
            yield ServerSentEventMessage(data=body.decode(), event="progress")
        shown = body
        await asyncio.sleep(_WATCH_SECONDS)


async def _seen(connection: Connection, actor: Actor, import_id: str) -> Import:
    """Watching one's own upload is no access to data, so it leaves no evidence."""
    found = await service.import_(connection, import_id)
    dataset = await service.dataset(connection, found.dataset)
    if found.actor != actor.id:
        check(actor, "dataset.read", inner_resource(actor, dataset))
    return found


async def _target(connection: Connection, actor: Actor, name: str, owner: str | None) -> Resource:
    """A new dataset belongs to the owner that is named, else to the importer's own organisation."""
    found = await _sql.dataset(connection, name)
    owner = found.owner if found else owner or actor.organisation
    return Resource("dataset", id=name, tenant=actor.tenant, organisation=owner)


routes = (begin, listing, one, events, cancel)
