"""Routes of sources: list, make, pause, run now, decide about what was refused, take pushes."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, PathParameter, SkipValidation
from litestar.status_codes import HTTP_204_NO_CONTENT

from quanyu.connect.sources import _refusals, _sql, fault, service
from quanyu.connect.sources.model import SourceInput
from quanyu.connect.sources.places import Places
from quanyu.core.actor import Actor, Resource
from quanyu.core.messages import preferred_language
from quanyu.identity import Reach, allowed, check
from quanyu.identity.http.asking import Asker, DataFolder, Limit, Search, TheClock, TheDatabase
from quanyu.store import Connection

PUSH_LIMIT = 16 * 1024 * 1024

Asked = Request[Any, Any, Any]
Name = Annotated[str, PathParameter(max_length=200)]
DatasetsCalled = NamedDependency[SkipValidation[Callable[[Connection, str], Awaitable[Sequence[str]]]]]
"""The datasets whose title holds a text."""

SourceFolders = NamedDependency[SkipValidation[tuple[Path, ...]]]


class SourceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A source as it is shown: never with its secrets.

    `state`: active, paused by a person, or refused, when so much was refused that it stopped. `failures`: in a row.
    `lag_seconds`: since something new came, null where nothing did. `waiting`: messages of a stream that are stored
    and not yet imported. `refused`: deliveries kept aside. `linked`: since when a stream is connected.
    `title`: what its dataset is called, where the source makes it.
    """

    name: str
    kind: str
    dataset: str
    owner: str | None
    title: str | None
    settings: dict[str, Any]
    every_seconds: int
    state: str
    failures: int
    fault: str | None
    fault_at: str | None
    succeeded_at: str | None
    due: str
    lag_seconds: float | None
    records: int
    waiting: int
    refused: int
    linked: str | None


class SourceList(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is of all that were asked for, not of this part."""

    items: list[SourceAnswer]
    next: str | None
    total: int


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    paused: bool


class RefusalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that the import refused; `released`: the next run delivers it again."""

    id: str
    refused: str
    fault: str | None
    bytes: int
    released: bool


class RefusalList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[RefusalAnswer]
    next: str | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One refusal, or all of the source."""

    id: str | None = None


class Count(msgspec.Struct, frozen=True, kw_only=True):
    count: int


@get("/api/v1/sources", opt={"action": "source.read"})
async def list_sources(
    request: Asked, actor: Asker, database: TheDatabase, clock: TheClock, datasets_called: DatasetsCalled, q: Search = "",
    worst: FromQuery[bool] = False, after: FromQuery[str | None] = None, limit: Limit = 100,
) -> SourceList:  # fmt: skip
    """By name; `worst`: what fails first, what is well last. `q` is part of the name, the dataset, its title or what the fault names."""
    async with database.tenant(actor.tenant) as connection:
        datasets = await datasets_called(connection, q) if q else ()
        page, total = await service.page_of_sources(
            connection, actor.tenant, owners=_owners(actor), text=q, datasets=datasets, worst=worst, after=after,
            limit=limit,
        )  # fmt: skip
    return SourceList(
        items=[shown(row, clock(), _language(request)) for row in page.items], next=page.next, total=total
    )


@get("/api/v1/sources/{name:str}", opt={"action": "source.read"})
async def get_source(
    request: Asked, actor: Asker, database: TheDatabase, clock: TheClock, name: Name
) -> SourceAnswer:
    async with database.tenant(actor.tenant) as connection:
        row = await require_theirs(connection, actor, "source.read", name)
    return shown(row, clock(), _language(request))


@put("/api/v1/sources/{name:str}", opt={"action": "source.manage"})
async def put_source(
    request: Asked, actor: Asker, database: TheDatabase, folder: DataFolder, source_folders: SourceFolders,
    clock: TheClock, name: Name, data: JSONBody[SourceInput],
) -> SourceAnswer:  # fmt: skip
    """Without `owner` it stays whose it is; a new one belongs to the asker's organisation."""
    async with database.tenant(actor.tenant) as connection:
        before = await _sql.one(connection, actor.tenant, name)
        owner = data.owner or (before["owner"] if before else actor.organisation)
        if before is not None:
            check(actor, "source.manage", _resource(actor, name, before["owner"]))
        decision = check(actor, "source.manage", _resource(actor, name, owner))
        confined = owner if decision.reach is Reach.ORGANISATION else None
        places = Places(own=folder, listed=source_folders, organisation=confined)
        named = msgspec.structs.replace(data, name=name, owner=owner)
        await service.add(connection, actor.tenant, places, named, actor=actor)
        return shown(await _sql.one(connection, actor.tenant, name), clock(), _language(request))


@post("/api/v1/sources/{name:str}/switch", opt={"action": "source.manage"}, status_code=200)
async def switch_source(
    request: Asked, actor: Asker, database: TheDatabase, clock: TheClock, name: Name, data: JSONBody[Switch]
) -> SourceAnswer:
    async with database.tenant(actor.tenant) as connection:
        await require_theirs(connection, actor, "source.manage", name)
        await service.switch(connection, actor, name, paused=data.paused)
        return shown(await _sql.one(connection, actor.tenant, name), clock(), _language(request))


@post("/api/v1/sources/{name:str}/run", opt={"action": "source.manage"}, status_code=202)
async def run_source(
    request: Asked, actor: Asker, database: TheDatabase, clock: TheClock, name: Name
) -> SourceAnswer:
    """Makes the source due now; the answer shows it before that run."""
    async with database.tenant(actor.tenant) as connection:
        await require_theirs(connection, actor, "source.manage", name)
        await service.run_now(connection, actor, name, clock())
        return shown(await _sql.one(connection, actor.tenant, name), clock(), _language(request))


@delete("/api/v1/sources/{name:str}", opt={"action": "source.manage"})
async def delete_source(actor: Asker, database: TheDatabase, folder: DataFolder, name: Name) -> None:
    async with database.tenant(actor.tenant) as connection:
        await require_theirs(connection, actor, "source.manage", name)
        await service.remove(connection, actor, folder, name)


@get("/api/v1/sources/{name:str}/refusals", opt={"action": "source.read"})
async def list_refusals(request: Asked, actor: Asker, database: TheDatabase, name: Name) -> RefusalList:
    """What the import refused, oldest first."""
    async with database.tenant(actor.tenant) as connection:
        await require_theirs(connection, actor, "source.read", name)
        rows = await _refusals.all_of(connection, actor.tenant, name)
    return RefusalList(items=[shown_refusal(row, _language(request)) for row in rows])


@post("/api/v1/sources/{name:str}/refusals/release", opt={"action": "source.manage"}, status_code=200)
async def release_refusals(
    actor: Asker, database: TheDatabase, clock: TheClock, name: Name, data: JSONBody[Choice]
) -> Count:
    """Delivers them again, now."""
    async with database.tenant(actor.tenant) as connection:
        await require_theirs(connection, actor, "source.manage", name)
        return Count(count=await service.release(connection, actor, name, data.id, clock()))


@post("/api/v1/sources/{name:str}/refusals/discard", opt={"action": "source.manage"}, status_code=200)
async def discard_refusals(
    actor: Asker, database: TheDatabase, folder: DataFolder, name: Name, data: JSONBody[Choice]
) -> Count:
    """Removes them for good."""
    async with database.tenant(actor.tenant) as connection:
        await require_theirs(connection, actor, "source.manage", name)
        return Count(count=await service.discard(connection, actor, folder, name, data.id))


@post(
    "/api/v1/sources/{name:str}/notifications",
    opt={"action": "source.push"},
    status_code=HTTP_204_NO_CONTENT,
    request_max_body_size=PUSH_LIMIT,
)
async def push(request: Asked, actor: Asker, database: TheDatabase, name: Name) -> None:
    """An NGSI-LD notification, an entity or an array of entities in any of the three forms; 204 once it is stored."""
    body = await request.body()
    async with database.tenant(actor.tenant) as connection:
        await require_theirs(connection, actor, "source.push", name)
        await service.accept_push(connection, actor.tenant, name, body)


async def require_theirs(connection: Connection, actor: Actor, action: str, name: str) -> Any:
    """The source, once `action` on it is allowed. Who may ask for no source at all is not told which there are."""
    row = await service.require_source(connection, actor.tenant, name)
    check(actor, action, _resource(actor, name, row["owner"]))
    return row


def _resource(actor: Actor, name: str, owner: str | None) -> Resource:
    return Resource("source", id=name, tenant=actor.tenant, organisation=owner)


def _owners(actor: Actor) -> tuple[str, ...] | None:
    """Whose sources a list shows; None: all."""
    if allowed(actor, "source.read", Resource("source", tenant=actor.tenant)).reach is Reach.TENANT:
        return None
    return tuple(one for one in {actor.organisation, *actor.organisations} if one)


def shown(row: Any, now: datetime, language: str) -> SourceAnswer:
    """Of the faults of its runs and of its link, the one that is there."""
    by_run = row["fault"] is not None
    found, found_at = (row["fault"], row["fault_at"]) if by_run else (row["link_fault"], row["link_fault_at"])
    return SourceAnswer(
        name=row["name"], kind=row["kind"], dataset=row["dataset"], owner=row["owner"], title=row["title"],
        settings=row["settings"], every_seconds=row["every_seconds"], state=row["state"], failures=row["failures"] + row["link_failures"],
        fault=fault.told(found, language), fault_at=_text(found_at), succeeded_at=_text(row["succeeded_at"]),
        due=row["due"].isoformat(), records=row["records"], waiting=row["waiting"], refused=row["refused"],
        lag_seconds=(now - row["newest"]).total_seconds() if row["newest"] else None, linked=_text(row["linked"]),
    )  # fmt: skip


def shown_refusal(row: Any, language: str) -> RefusalAnswer:
    return RefusalAnswer(
        id=row["id"], refused=row["refused"].isoformat(), fault=fault.told(row["fault"], language),
        bytes=row["bytes"], released=row["released"],
    )  # fmt: skip


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _language(request: Asked) -> str:
    return preferred_language(request.headers.get("accept-language", ""))


routes = (
    list_sources, get_source, put_source, switch_source, run_source, delete_source,
    list_refusals, release_refusals, discard_refusals, push,
)  # fmt: skip
