"""Durable work: a job is written in the transaction of the thing it follows from, and done after its commit.

At least once: a job whose worker dies is taken up again, so every handler is idempotent.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.core.waking import woken
from quanyu.store.database import Connection, Database

CHANNEL = "quanyu_job"
LEASE = timedelta(seconds=60)
MAX_TRIES = 8
_PAUSE_SECONDS = 1.0
_LOOK_SECONDS = 1.0

_log = logging.getLogger("quanyu.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    id: int
    tenant: str
    kind: str
    body: dict[str, Any]
    tries: int


Handler = Callable[[Job], Awaitable[None]]


async def enqueue(
    connection: Connection, tenant: str, kind: str, body: dict[str, Any], due: datetime | None = None
) -> int:
    """A job that a worker takes up after this transaction commits; returns its id."""
    number: int = await connection.fetchval(
        "insert into job(tenant, kind, body, due) values ($1, $2, $3, coalesce($4, now())) returning id",
        tenant, kind, body, due,
    )  # fmt: skip
    await connection.execute("select pg_notify($1, '')", CHANNEL)
    return number


async def emit(connection: Connection, tenant: str, kind: str, body: dict[str, Any]) -> int:
    """An event, e.g. "dataset.imported"; `app/wiring.py` says who hears it."""
    return await enqueue(connection, tenant, f"event:{kind}", body)


async def report_progress(database: Database, job: int, progress: dict[str, Any]) -> None:
    async with database.system() as connection:
        await connection.execute("update job set progress=$2 where id=$1", job, progress)


async def forget_done(database: Database, *, before: datetime) -> None:
    """Work that ended well long ago; what was given up stays until somebody looks at it."""
    async with database.system() as connection:
        await connection.execute("delete from job where state = 'done' and finished < $1", before)


class Worker:
    """Takes due jobs and hands each to the handler of its kind, `slots` at a time."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler], *, slots: int = 4) -> None:
        self._database = database
        self._handlers = handlers
        self._slots = slots
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], Job] = {}

    async def run(self) -> None:
        """Until cancelled. A database that goes away is waited for."""
        listener = asyncio.create_task(self._listen())
        renewer = asyncio.create_task(self._renew())
        try:
            while True:
                await self._round()
        finally:
            for task in (listener, renewer, *self._running):
                task.cancel()
            await asyncio.gather(listener, renewer, *self._running, return_exceptions=True)

    async def _round(self) -> None:
        self._wake.clear()
        try:
            jobs = await self._take(self._slots - len(self._running))
        except QuanyuError as error:
            _log.warning("jobs wait: %s", error)
            await asyncio.sleep(_PAUSE_SECONDS)
            return
        for job in jobs:
            task = asyncio.create_task(self._do(job))
            self._running[task] = job
            task.add_done_callback(self._finished)
        if not jobs:
            await woken(self._wake, _LOOK_SECONDS)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wake.set()

    async def _take(self, count: int) -> list[Job]:
        if count <= 0:
            return []
        async with self._database.system() as connection:
            own = [job.id for job in self._running.values()]
            rows = await connection.fetch(_TAKE, count, LEASE, list(self._handlers), own)
        return [Job(row["id"], row["tenant"], row["kind"], row["body"], row["tries"]) for row in rows]

    async def _do(self, job: Job) -> None:
        try:
            await self._handlers[job.kind](job)
        except asyncio.CancelledError:
            with contextlib.suppress(QuanyuError):
                await self._end(
                    job, "update job set state='waiting', leased_until=null, tries=tries-1 where id=$1"
                )
            raise
        except Exception as error:
            await self._failed(job, error)
        else:
            await self._tell(job, "update job set state='done', finished=now(), fault=null where id=$1")

    async def _failed(self, job: Job, error: Exception) -> None:
        hopeless = isinstance(error, QuanyuError) and not isinstance(error, Unavailable)
        gives_up = hopeless or isinstance(error, Invalid) or job.tries >= MAX_TRIES
        _log.error(
            "job %s %s fails (try %s): %s",
            job.id,
            job.kind,
            job.tries,
            error,
            exc_info=not isinstance(error, QuanyuError),
        )
        wait = timedelta(seconds=min(2**job.tries, 600))
        fault = f"{type(error).__name__}: {error}".replace("\0", "")[:2000]  # the database keeps no NUL
        await self._tell(job, _DEAD if gives_up else _AGAIN, fault, *(() if gives_up else (wait,)))

    async def _tell(self, job: Job, sql: str, *values: object) -> None:
        """Until the database hears it: a job whose end is lost would wait for its lease, and be done once more."""
        while True:
            try:
                return await self._end(job, sql, *values)
            except Unavailable as error:
                _log.warning("job %s %s waits to tell its end: %s", job.id, job.kind, error)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _end(self, job: Job, sql: str, *values: object) -> None:
        async with self._database.system() as connection:
            await connection.execute(sql, job.id, *values)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            with contextlib.suppress(QuanyuError):
                async with self._database.system() as connection:
                    await connection.execute(
                        "update job set leased_until=now()+$2 where id=any($1)",
                        [job.id for job in self._running.values()], LEASE,
                    )  # fmt: skip

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(QuanyuError):
                async with self._database.listening(CHANNEL, lambda _: self._wake.set()) as connection:
                    while not connection.is_closed():
                        await asyncio.sleep(5)
                        await connection.execute("select 1")
            await asyncio.sleep(_PAUSE_SECONDS)


async def reclaim(database: Database) -> None:
    """At the start of a node that owns its database alone: what its dead predecessor had begun waits again."""
    async with database.system() as connection:
        await connection.execute("update job set state='waiting', leased_until=null where state='running'")


_TAKE = """
update job set state='running', tries=tries+1, leased_until=now()+$2 where id in (
  select id from job
  where ((state='waiting' and due<=now()) or (state='running' and leased_until<now() and id<>all($4))) and kind=any($3)
  order by due, id limit $1 for update skip locked)
returning id, tenant, kind, body, tries
"""
_DEAD = "update job set state='dead', fault=$2, finished=now() where id=$1"
_AGAIN = "update job set state='waiting', fault=$2, due=now()+$3, leased_until=null where id=$1"
