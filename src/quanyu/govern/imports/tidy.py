"""The upkeep of datasets: parts are compacted when there are many, and files that nothing names are removed a day later."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from quanyu.govern.engine.aside import aside
from quanyu.govern.imports import _sql, _tidy_sql
from quanyu.govern.imports.compaction import MANY, Compaction, compact, is_worth_it
from quanyu.govern.imports.folders import Folders, sweep_parts, sweep_uploads, sweep_work
from quanyu.govern.imports.service import JOB
from quanyu.govern.scores import _sql as scores_sql
from quanyu.store import Connection, Database, enqueue

TIDY_JOB = "govern.tidy"

UPLOAD_KEPT = timedelta(days=7)
"""How long the upload of an import that was given up lies ready to be sent again."""

_READ_FOR = timedelta(days=1)  # no reader takes longer over files that lost their rows
_SENT_FOR = timedelta(hours=1)  # an upload that has not grown for so long has ended


async def ask_to_tidy(database: Database, folder: Path, *, tenant: str, dataset: str) -> None:
    """Leaves a job where the parts of the dataset are worth it."""
    async with database.tenant(tenant) as connection:
        known = await _sql.dataset(connection, dataset)
        parts = await _sql.parts(connection, dataset)
    if known is None:
        return
    if await asyncio.to_thread(is_worth_it, Folders(folder, tenant), parts, records=known.records):
        async with database.tenant(tenant) as connection:
            await enqueue(connection, tenant, TIDY_JOB, {"dataset": dataset})


async def tidy(database: Database, folder: Path, *, tenant: str, dataset: str, many: int = MANY) -> bool:
    """Compacts the dataset, unless somebody changes it meanwhile: then the next import asks again."""
    folders = Folders(folder, tenant)
    async with database.tenant(tenant) as connection:
        known = await _sql.dataset(connection, dataset)
        parts = await _sql.parts(connection, dataset)
        busy = any(one.dataset == dataset for one in await _sql.working_imports(connection))
    if known is None or busy:
        return False
    reads = sum(part.bytes for part in parts)
    found = await aside(partial(compact, folders, dataset, parts, many=many), reads=reads)
    if found is None:
        return False
    async with database.tenant(tenant) as connection:
        now = await _sql.dataset(connection, dataset, lock=True)
        if now is None or now.version != known.version:
            return False
        await _switch(connection, tenant, dataset, found)
        # The next version: an import that has begun with the old parts looks again.
        await _sql.save_dataset(connection, msgspec.structs.replace(now, version=now.version + 1))
    return True


async def _switch(connection: Connection, tenant: str, dataset: str, found: Compaction) -> None:
    await _tidy_sql.remove_parts(connection, dataset, found.old)
    await _sql.add_parts(connection, tenant, dataset, found.new)
    for import_id, dead in found.dead.items():
        settled = found.settled.get(import_id, {})
        await scores_sql.take_off(connection, dataset, import_id, dead=dead, settled=settled)


async def sweep_leftovers(database: Database, folder: Path, *, tenant: str, now: datetime) -> int:
    """At start and daily: what dead imports left, uploads that nobody waits for, replaced parts. Imports without a job
    get one again. Returns how many folders and files went."""
    folders = Folders(folder, tenant)
    async with database.tenant(tenant) as connection:
        working = {one.id for one in await _sql.working_imports(connection)}
        uploads = await _tidy_sql.kept_uploads(connection, given_up_since=now - UPLOAD_KEPT)
        named = await _tidy_sql.part_paths(connection)
        for import_id in await _tidy_sql.forsaken(connection, JOB):
            await enqueue(connection, tenant, JOB, {"import": import_id})

    def swept() -> int:
        return (
            sweep_work(folders, working)
            + sweep_uploads(folders, uploads, untouched_since=now - _SENT_FOR)
            + sweep_parts(folders, named, working, untouched_since=now - _READ_FOR)
        )

    return await asyncio.to_thread(swept)
