"""Routes of sources: list, make, pause, run now, take pushes."""

from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.status_codes import HTTP_204_NO_CONTENT

from quanyu.connect.sources import _sql, service
from quanyu.connect.sources.model import SourceInput
from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import NotFound
from quanyu.store import Database

PUSH_LIMIT = 16 * 1024 * 1024


class SourceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A source as it is shown: never with its secrets. `lag_seconds`: since something new came, null where nothing did."""

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


class SourceList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SourceAnswer]
    next: str | None = None


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    paused: bool


@get("/api/v1/sources", opt={"action": "source.read"})
async def list_sources(actor: Actor, database: Database, clock: Clock) -> SourceList:
    async with database.tenant(actor.tenant) as connection:
        rows = await _sql.all_of(connection, actor.tenant)
    return SourceList(items=[_shown(row, clock) for row in rows])


@put("/api/v1/sources/{name:str}", opt={"action": "source.manage"})
async def put_source(
    actor: Actor, database: Database, folder: Path, clock: Clock, name: str, data: SourceInput
) -> SourceAnswer:
    async with database.tenant(actor.tenant) as connection:
        await service.add(connection, actor.tenant, folder, msgspec.structs.replace(data, name=name))
        return _shown(await _sql.one(connection, actor.tenant, name), clock)


@post("/api/v1/sources/{name:str}/switch", opt={"action": "source.manage"}, status_code=200)
async def switch_source(
    actor: Actor, database: Database, clock: Clock, name: str, data: Switch
) -> SourceAnswer:
    async with database.tenant(actor.tenant) as connection:
        await service.require_source(connection, actor.tenant, name)
        await _sql.set_state(connection, actor.tenant, name, "paused" if data.paused else "active")
        return _shown(await _sql.one(connection, actor.tenant, name), clock)


@post("/api/v1/sources/{name:str}/run", opt={"action": "source.manage"}, status_code=202)
async def run_source(actor: Actor, database: Database, clock: Clock, name: str) -> SourceAnswer:
    """Makes the source due now; the answer shows it before that run."""
    async with database.tenant(actor.tenant) as connection:
        row = await service.require_source(connection, actor.tenant, name)
        await _sql.set_due(connection, actor.tenant, name, clock())
        return _shown(row, clock)


@delete("/api/v1/sources/{name:str}", opt={"action": "source.manage"})
async def delete_source(actor: Actor, database: Database, name: str) -> None:
    async with database.tenant(actor.tenant) as connection:
        if not await _sql.remove(connection, actor.tenant, name):
            raise NotFound("connect.source.unknown", name=name)


@post(
    "/api/v1/sources/{name:str}/notifications",
    opt={"action": "entity.write"},
    status_code=HTTP_204_NO_CONTENT,
    request_max_body_size=PUSH_LIMIT,
)
async def push(request: Request[Any, Any, Any], actor: Actor, database: Database, name: str) -> None:
    """An NGSI-LD notification or an array of entities; 204 once it is stored."""
    body = await request.body()
    async with database.tenant(actor.tenant) as connection:
        await service.accept_push(connection, actor.tenant, name, body)


def _shown(row: Any, clock: Clock) -> SourceAnswer:
    moments = {name: row[name].isoformat() if row[name] else None for name in ("fault_at", "succeeded_at")}
    return SourceAnswer(
        name=row["name"], kind=row["kind"], dataset=row["dataset"], settings=row["settings"],
        every_seconds=row["every_seconds"], state=row["state"], failures=row["failures"], fault=row["fault"],
        due=row["due"].isoformat(), records=row["records"], waiting=row["waiting"],
        lag_seconds=(clock() - row["newest"]).total_seconds() if row["newest"] else None, **moments,
    )  # fmt: skip


routes = (list_sources, put_source, switch_source, run_source, delete_source, push)
