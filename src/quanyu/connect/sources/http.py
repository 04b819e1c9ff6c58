"""Routes of sources: list, make, pause, run now, decide about what was refused, take pushes."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.status_codes import HTTP_204_NO_CONTENT

from quanyu.connect.sources import _refusals, _sql, fault, service
from quanyu.connect.sources.model import SourceInput
from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.messages import preferred_language
from quanyu.store import Database

PUSH_LIMIT = 16 * 1024 * 1024

Asked = Request[Any, Any, Any]


class SourceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A source as it is shown: never with its secrets.

    `state`: active, paused by a person, or refused, when so much was refused that it stopped. `failures`: in a row.
    `lag_seconds`: since something new came, null where nothing did. `waiting`: messages of a stream that are stored
    and not yet imported. `refused`: deliveries kept aside. `linked`: since when a stream is connected.
    """

    name: str
    kind: str
    dataset: str
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
    items: list[SourceAnswer]
    next: str | None = None


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
async def list_sources(request: Asked, actor: Actor, database: Database, clock: Clock) -> SourceList:
    async with database.tenant(actor.tenant) as connection:
        rows = await _sql.all_of(connection, actor.tenant)
    return SourceList(items=[shown(row, clock(), _language(request)) for row in rows])


@get("/api/v1/sources/{name:str}", opt={"action": "source.read"})
async def get_source(
    request: Asked, actor: Actor, database: Database, clock: Clock, name: str
) -> SourceAnswer:
    async with database.tenant(actor.tenant) as connection:
        return shown(
            await service.require_source(connection, actor.tenant, name), clock(), _language(request)
        )


@put("/api/v1/sources/{name:str}", opt={"action": "source.manage"})
async def put_source(
    request: Asked, actor: Actor, database: Database, folder: Path, clock: Clock, name: str, data: SourceInput
) -> SourceAnswer:
    async with database.tenant(actor.tenant) as connection:
        named = msgspec.structs.replace(data, name=name)
        await service.add(connection, actor.tenant, folder, named, actor=actor)
        return shown(await _sql.one(connection, actor.tenant, name), clock(), _language(request))


@post("/api/v1/sources/{name:str}/switch", opt={"action": "source.manage"}, status_code=200)
async def switch_source(
    request: Asked, actor: Actor, database: Database, clock: Clock, name: str, data: Switch
) -> SourceAnswer:
    async with database.tenant(actor.tenant) as connection:
        await service.switch(connection, actor, name, paused=data.paused)
        return shown(await _sql.one(connection, actor.tenant, name), clock(), _language(request))


@post("/api/v1/sources/{name:str}/run", opt={"action": "source.manage"}, status_code=202)
async def run_source(
    request: Asked, actor: Actor, database: Database, clock: Clock, name: str
) -> SourceAnswer:
    """Makes the source due now; the answer shows it before that run."""
    async with database.tenant(actor.tenant) as connection:
        await service.run_now(connection, actor, name, clock())
        return shown(await _sql.one(connection, actor.tenant, name), clock(), _language(request))


@delete("/api/v1/sources/{name:str}", opt={"action": "source.manage"})
async def delete_source(actor: Actor, database: Database, folder: Path, name: str) -> None:
    async with database.tenant(actor.tenant) as connection:
        await service.remove(connection, actor, folder, name)


@get("/api/v1/sources/{name:str}/refusals", opt={"action": "source.read"})
async def list_refusals(request: Asked, actor: Actor, database: Database, name: str) -> RefusalList:
    """What the import refused, oldest first."""
    async with database.tenant(actor.tenant) as connection:
        await service.require_source(connection, actor.tenant, name)
        rows = await _refusals.all_of(connection, actor.tenant, name)
    return RefusalList(items=[shown_refusal(row, _language(request)) for row in rows])


@post("/api/v1/sources/{name:str}/refusals/release", opt={"action": "source.manage"}, status_code=200)
async def release_refusals(actor: Actor, database: Database, clock: Clock, name: str, data: Choice) -> Count:
    """Delivers them again, now."""
    async with database.tenant(actor.tenant) as connection:
        return Count(count=await service.release(connection, actor, name, data.id, clock()))


@post("/api/v1/sources/{name:str}/refusals/discard", opt={"action": "source.manage"}, status_code=200)
async def discard_refusals(actor: Actor, database: Database, folder: Path, name: str, data: Choice) -> Count:
    """Removes them for good."""
    async with database.tenant(actor.tenant) as connection:
        return Count(count=await service.discard(connection, actor, folder, name, data.id))


@post(
    "/api/v1/sources/{name:str}/notifications",
    opt={"action": "entity.write"},
    status_code=HTTP_204_NO_CONTENT,
    request_max_body_size=PUSH_LIMIT,
)
async def push(request: Asked, actor: Actor, database: Database, name: str) -> None:
    """An NGSI-LD notification, an entity or an array of entities in any of the three forms; 204 once it is stored."""
    body = await request.body()
    async with database.tenant(actor.tenant) as connection:
        await service.accept_push(connection, actor.tenant, name, body)


def shown(row: Any, now: datetime, language: str) -> SourceAnswer:
    """Of the faults of its runs and of its link, the one that is there."""
    by_run = row["fault"] is not None
    found, found_at = (row["fault"], row["fault_at"]) if by_run else (row["link_fault"], row["link_fault_at"])
    return SourceAnswer(
        name=row["name"], kind=row["kind"], dataset=row["dataset"], settings=row["settings"],
        every_seconds=row["every_seconds"], state=row["state"], failures=row["failures"] + row["link_failures"],
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
