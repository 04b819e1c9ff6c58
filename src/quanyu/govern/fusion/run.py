"""One run of a job: read the sources, match them in a child process, keep what it found."""

import asyncio
from pathlib import Path

import msgspec

from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError
from quanyu.govern.fusion import _sql, process, service
from quanyu.govern.fusion.model import Job, MatchJob, Record
from quanyu.govern.fusion.reading import read
from quanyu.govern.fusion.service import Outcome
from quanyu.govern.imports import _sql as imports_sql
from quanyu.store import Database

JOB = "govern.fusion"


async def run_job(database: Database, folder: Path, *, tenant: str, name: str, clock: Clock) -> Outcome:
    """For the worker. Doing it twice changes nothing the second time."""
    try:
        return await _run(database, folder, tenant=tenant, name=name, clock=clock)
    except QuanyuError as error:
        async with database.tenant(tenant) as connection:
            await _sql.note_run(connection, name, "failed", {"fault": error.text()})
        raise


async def _run(database: Database, folder: Path, *, tenant: str, name: str, clock: Clock) -> Outcome:
    async with database.tenant(tenant) as connection:
        job = await service.find_job(connection, name)
        await _sql.note_run(connection, name, "running", None)
    records = await _records(database, folder, tenant, job)
    pairs = await process.run(
        MatchJob(
            records=tuple(map(_compared_only, records)),
            link=job.link,
            parts_are_one=job.parts_are_one,
            keep=job.keep,
        )
    )
    async with database.tenant(tenant) as connection:
        outcome = await service.take_pairs(connection, tenant, job, records, pairs, at=clock())
        await _sql.note_run(connection, name, "done", msgspec.to_builtins(outcome))
    return outcome


async def _records(database: Database, folder: Path, tenant: str, job: Job) -> list[Record]:
    records: list[Record] = []
    for source in job.sources:
        async with database.tenant(tenant) as connection:
            parts = await imports_sql.parts(connection, source.dataset)
        records += await asyncio.to_thread(read, folder, tenant, source, parts)
    return records


def _compared_only(record: Record) -> Record:
    """The values of the merged thing are not compared, so they need not travel."""
    return msgspec.structs.replace(record, values={})
