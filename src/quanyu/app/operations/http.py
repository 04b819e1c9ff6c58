"""Looking after a node over HTTP."""

import asyncio
import shutil
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation
from litestar.response import File
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_202_ACCEPTED

from quanyu.app.node import Node
from quanyu.app.operations import _sql, backups, restoration
from quanyu.app.operations.model import BackupCheck, BackupView, JobView
from quanyu.app.operations.reasons import Reason, why
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Conflict, NotFound
from quanyu.core.messages import preferred_language
from quanyu.govern.imports.upload import receive
from quanyu.identity import Outcome, account_actor, append_evidence
from quanyu.store import Connection, Database, enqueue

Asker = NamedDependency[Actor]
Store = NamedDependency[Database]
Folder = NamedDependency[Path]
TheNode = NamedDependency[SkipValidation[Node]]
AnyRequest = Request[Actor, Any, Any]
JobState = Annotated[str, QueryParameter(name="state", pattern="^(waiting|running|done|dead)$")]
Word = Annotated[str, QueryParameter(max_length=200)]

_READ = {"action": "system.read"}
_MANAGE = {"action": "job.manage"}
_BACKUP = {"action": "backup.run"}


class JobList(msgspec.Struct, frozen=True, kw_only=True):
    """`counts` by state."""

    items: list[JobView]
    next: int | None
    counts: dict[str, int]


class Again(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ids` left out is all that were given up."""

    ids: Annotated[tuple[int, ...], msgspec.Meta(max_length=1000)] | None = None


class Count(msgspec.Struct, frozen=True, kw_only=True):
    count: int


class BackupAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keys`: with the node's secret keys; the archive is a secret then."""

    keys: bool = False


class BackupList(msgspec.Struct, frozen=True, kw_only=True):
    """`running` is the last one that was asked for, as a job."""

    items: list[BackupView]
    folder: str
    running: JobView | None


class RestorationAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    archive: Annotated[str, msgspec.Meta(max_length=200)]


class RestorationView(msgspec.Struct, frozen=True, kw_only=True):
    """`asked`: what the node is about to bring back; `last`: how the last one ended."""

    asked: restoration.Asked | None
    last: restoration.Restored | None


@get("/api/v1/accounts/{id:str}/reason", opt={"action": "account.read"})
async def reason(
    id: Annotated[str, PathParameter(max_length=60)], request: AnyRequest, actor: Asker, database: Store, action: Word,
    thing: Word = "",
) -> Reason:  # fmt: skip
    """`thing`: of which dataset, case or body; without, whether they may at all."""
    language = preferred_language(request.headers.get("accept-language", ""))
    async with database.tenant(actor.tenant) as connection:
        person = await account_actor(connection, actor.tenant, id)
        if person is None:
            raise NotFound("app.reason.person", id=id)
        return await why(connection, person, action, thing, language)


@get("/api/v1/jobs", opt=_READ)
async def list_jobs(
    actor: Asker, database: Store, wanted: JobState = "dead", before: Annotated[int | None, QueryParameter(ge=1)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> JobList:  # fmt: skip
    """Durable work of the node by its state, the newest first."""
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.jobs(connection, actor.tenant, state=wanted, before=before, limit=limit + 1)
        counts = await _sql.counted(connection, actor.tenant)
    return JobList(
        items=found[:limit], next=found[limit - 1].id if len(found) > limit else None, counts=counts
    )


@post("/api/v1/jobs/again", opt=_MANAGE, status_code=HTTP_200_OK)
async def do_again(data: JSONBody[Again], actor: Asker, database: Store) -> Count:
    """What was given up waits again, with all its tries."""
    async with database.tenant(actor.tenant) as connection:
        count = await _sql.begin_anew(connection, actor.tenant, data.ids)
        await _note(connection, actor, "again", {"ids": list(data.ids or ()), "count": count})
    return Count(count=count)


@delete("/api/v1/jobs/{id:int}", opt=_MANAGE)
async def forget_job(id: Annotated[int, PathParameter(ge=1)], actor: Asker, database: Store) -> None:
    """Only what was given up."""
    async with database.tenant(actor.tenant) as connection:
        if not await _sql.give_up(connection, actor.tenant, id):
            raise NotFound("app.job.unknown", id=id)
        await _note(connection, actor, "forget", {"ids": [id]})


@get("/api/v1/backups", opt=_BACKUP)
async def list_backups(actor: Asker, database: Store, folder: Folder) -> BackupList:
    found = await asyncio.to_thread(backups.listed, folder)
    async with database.tenant(actor.tenant) as connection:
        running = await _sql.latest(connection, actor.tenant, backups.JOB)
    return BackupList(items=found, folder=str(backups.folder_of(folder)), running=running)


@post("/api/v1/backups", opt=_BACKUP, status_code=HTTP_202_ACCEPTED)
async def make_backup(data: JSONBody[BackupAsked], actor: Asker, database: Store) -> Count:
    """`count` is the number of the job that makes it; one that waits or runs already is not asked for again."""
    async with database.tenant(actor.tenant) as connection:
        last = await _sql.latest(connection, actor.tenant, backups.JOB)
        if last is not None and last.state in ("waiting", "running"):
            return Count(count=last.id)
        job = await enqueue(connection, actor.tenant, backups.JOB, {"keys": data.keys})
        about = Resource("node", "backup", actor.tenant)
        await append_evidence(connection, actor, "backup.run", about, Outcome.ALLOWED, {"keys": data.keys})
    return Count(count=job)


@delete("/api/v1/backups/{name:str}", opt=_BACKUP)
async def drop_backup(
    name: Annotated[str, PathParameter(max_length=100)], actor: Asker, database: Store, folder: Folder
) -> None:
    await asyncio.to_thread(backups.dropped, folder, name)
    await _note_backup(database, actor, {"dropped": name})


@post("/api/v1/backups/{name:str}/check", opt=_BACKUP, status_code=HTTP_200_OK)
async def check_backup(
    name: Annotated[str, PathParameter(max_length=100)], actor: Asker, database: Store, folder: Folder
) -> BackupCheck:
    """Reads the archive to its end and compares each row and file with what was backed up; 400 names what differs."""
    found = await asyncio.to_thread(backups.checked, folder, name)
    await _note_backup(database, actor, {"checked": name})
    return found


@get("/api/v1/backups/{name:str}/file", opt=_BACKUP | {"exclude_from_compression": True})
async def take_backup_away(
    name: Annotated[str, PathParameter(max_length=100)], actor: Asker, database: Store, folder: Folder
) -> File:
    """The archive itself; who took it away is noted before its first byte."""
    found = await asyncio.to_thread(backups.one, folder, name)
    await _note_backup(database, actor, {"taken": name})
    return File(found.path, filename=found.name, media_type="application/zstd")


@post("/api/v1/backups/file", opt=_BACKUP, status_code=HTTP_201_CREATED, request_max_body_size=None)
async def bring_backup(
    request: AnyRequest, actor: Asker, database: Store, folder: Folder, upload_limit: NamedDependency[int]
) -> BackupView:
    """The archive as body, or as the one file of a form; nothing but a whole backup stays."""
    backups.folder_of(folder).mkdir(mode=0o700, exist_ok=True)
    arriving = backups.folder_of(folder) / f".{token_hex(8)}"
    try:
        received = await receive(
            request.stream(), into=arriving, content_type=request.headers.get("content-type", ""), filename="archive",
            announced=request.content_length, limit=upload_limit,
        )  # fmt: skip
        kept = await asyncio.to_thread(backups.taken_in, folder, Path(received.files[0].path))
    finally:
        await asyncio.to_thread(shutil.rmtree, arriving, ignore_errors=True)
    await _note_backup(database, actor, {"brought": kept.name})
    return kept


@get("/api/v1/restoration", opt=_BACKUP)
async def show_restoration(folder: Folder) -> RestorationView:
    return await asyncio.to_thread(
        lambda: RestorationView(asked=restoration.asked_for(folder), last=restoration.last(folder))
    )


@post("/api/v1/restoration", opt=_BACKUP, status_code=HTTP_202_ACCEPTED)
async def ask_for_restoration(
    data: JSONBody[RestorationAsked], actor: Asker, database: Store, folder: Folder, node: TheNode
) -> RestorationView:
    """The node starts anew with the backup in its place; what is there now is set aside."""
    if node.settings.database_url:
        raise Conflict("app.restoration.database")
    await _note_backup(database, actor, {"restore": data.archive})
    asked = restoration.Asked(archive=data.archive, by=actor.id, at=node.clock())
    await asyncio.to_thread(restoration.ask, folder, asked)
    return RestorationView(asked=asked, last=restoration.last(folder))


@delete("/api/v1/restoration/set-aside", opt=_BACKUP)
async def drop_what_was_set_aside(actor: Asker, database: Store, folder: Folder) -> None:
    await asyncio.to_thread(restoration.drop_aside, folder)
    await _note_backup(database, actor, {"dropped": "set-aside"})


async def _note_backup(database: Database, actor: Actor, detail: dict[str, Any]) -> None:
    async with database.tenant(actor.tenant) as connection:
        about = Resource("node", "backup", actor.tenant)
        await append_evidence(connection, actor, "backup.run", about, Outcome.ALLOWED, detail)


async def _note(connection: Connection, actor: Actor, what: str, detail: dict[str, Any]) -> None:
    about = Resource("node", f"jobs/{what}", actor.tenant)
    await append_evidence(connection, actor, "job.manage", about, Outcome.ALLOWED, detail)


routes = (
    reason, list_jobs, do_again, forget_job, list_backups, make_backup, drop_backup, check_backup, take_backup_away, bring_backup,
    show_restoration, ask_for_restoration, drop_what_was_set_aside,
)  # fmt: skip
