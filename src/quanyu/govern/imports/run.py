"""The work of one import, from received files to a dataset that has changed as a whole or not at all.

    received ─► landing ─► checking ─► committing ─► done
        └──────────┴───────────┴──────────┴────────► failed | cancelled

Whatever kills the node, the job is taken up again: before the engine's report is on disk the import starts over from
its kept upload, after that it goes on with the commit.
"""

import asyncio
import errno
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec

from quanyu.core.clock import Clock, city_day
from quanyu.core.errors import Fault, Invalid, QuanyuError, Unavailable
from quanyu.govern.engine.aside import aside
from quanyu.govern.engine.model import EngineJob, InputFile, RawPolicy, Reading
from quanyu.govern.imports import _sql
from quanyu.govern.imports.commit import Change, Changed, Hooks, commit_import
from quanyu.govern.imports.folders import Folders, remove_parts, remove_upload
from quanyu.govern.imports.job import engine_job
from quanyu.govern.imports.model import (
    Dataset,
    Extent,
    FaultNote,
    Import,
    ImportState,
    Part,
)
from quanyu.govern.imports.rerun import Content, gather, open_rows, reattach
from quanyu.govern.imports.service import JOB, import_
from quanyu.govern.imports.watch import Cancelled, RunEngine, watched
from quanyu.govern.quarantine import _sql as quarantine_sql
from quanyu.store import Connection, Database, enqueue

_BACK_OFF = (0.2, 0.5, 1, 2, 4, 8)
_TURN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What an import works with."""

    database: Database
    folders: Folders
    clock: Clock
    run_engine: RunEngine
    hooks: Hooks
    memory: str = "1GB"


async def run_import(
    database: Database,
    folder: Path,
    *,
    tenant: str,
    import_id: str,
    run_engine: RunEngine,
    hooks: Hooks,
    clock: Clock,
    memory: str = "1GB",
) -> Import:
    """Idempotent. Refused input ends as state `failed` with its fault; Unavailable is raised, for a later try."""
    shop = Workshop(
        database=database,
        folders=Folders(folder, tenant),
        clock=clock,
        run_engine=run_engine,
        hooks=hooks,
        memory=memory,
    )
    async with database.tenant(tenant) as connection:
        known = await import_(connection, import_id)
        if known.state.is_over:
            return known
        if await _must_wait(connection, known):
            await enqueue(connection, tenant, JOB, {"import": import_id}, due=clock() + _TURN)
            return known
    try:
        await _work(shop, known)
    except Cancelled:
        await _end(shop, known, ImportState.CANCELLED)
    except Unavailable:
        raise
    except QuanyuError as error:
        await _end(shop, known, ImportState.FAILED, fault=note(error))
    except OSError as error:
        raise _disk(error) from error
    except Exception as error:
        await _end(
            shop,
            known,
            ImportState.FAILED,
            fault=FaultNote(key="govern.import.internal", values={"reason": str(error)[:500]}),
        )
        raise
    async with database.tenant(tenant) as connection:
        return await import_(connection, import_id)


async def give_up(
    database: Database, folder: Path, *, tenant: str, import_id: str, clock: Clock, error: QuanyuError
) -> None:
    """After the last try: the import is failed, its upload stays for a while so that it can be sent again by hand."""
    async with database.tenant(tenant) as connection:
        known = await import_(connection, import_id)
        if not known.state.is_over:
            await _sql.finish(connection, import_id, ImportState.FAILED, clock(), fault=note(error))
    shutil.rmtree(Folders(folder, tenant).work(import_id), ignore_errors=True)


def note(error: QuanyuError | Fault) -> FaultNote:
    faults = error.faults if isinstance(error, Invalid) else ()
    return FaultNote(
        key=error.key,
        values={
            name: value if isinstance(value, int | float) else str(value)
            for name, value in error.values.items()
        },
        where=error.where if isinstance(error, Fault) else "",
        faults=tuple(note(fault) for fault in faults if fault.key != error.key or fault.where),
    )


async def _must_wait(connection: Connection, known: Import) -> bool:
    """Imports of one dataset go in turn, so that each sees what the one before it made.

    An id tells when a delivery arrived: one that was collected earlier may begin later, and does not overtake.
    """
    working = await _sql.working_imports(connection)
    waits = known.state is ImportState.RECEIVED
    return any(
        one.dataset == known.dataset
        and one.id != known.id
        and (one.id < known.id or (waits and one.state is not ImportState.RECEIVED))
        for one in working
    )


async def _work(shop: Workshop, known: Import) -> None:
    """Once more from the start where the dataset changed while the engine looked at it."""
    for wait in _BACK_OFF:
        change = await _checked(shop, known)
        try:
            await _committed(shop, change)
        except Changed:
            shutil.rmtree(shop.folders.work(known.id), ignore_errors=True)
            await asyncio.sleep(wait)
            continue
        if change.dataset.raw_policy is not RawPolicy.UPLOAD:
            remove_upload(shop.folders, tuple(file.path for file in known.files))
        shutil.rmtree(shop.folders.work(known.id), ignore_errors=True)
        return
    raise Unavailable("govern.import.contended", dataset=known.dataset)


async def _checked(shop: Workshop, known: Import) -> Change:
    """The engine's report, from the disk where a dead predecessor had finished it."""
    work = shop.folders.work(known.id)
    finished = work / "change.json"
    if finished.exists():
        change = msgspec.json.decode(finished.read_bytes(), type=Change)
        if await _is_current(shop, change):
            return change
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    async with shop.database.tenant(shop.folders.tenant) as connection:
        await _sql.enter(connection, known.id, ImportState.LANDING, shop.clock())
        dataset, parts, job = await engine_job(
            connection, shop.folders, known, today=city_day(shop.clock()), memory=shop.memory
        )
        job = await shop.hooks.prepare(connection, dataset, job)
        before = await _content(connection, shop, dataset, parts)
    if known.extent is Extent.CONTENT:
        job = await aside(partial(_from_content, before, job, work), reads=_bytes(parts))
    report = await watched(shop.database, shop.folders.tenant, job, shop.run_engine)
    change = Change(tenant=shop.folders.tenant, dataset=dataset, import_=known, parts=parts, report=report)
    if known.extent is Extent.CONTENT:
        change = await aside(partial(_back_to_files, before, change, work), reads=_bytes(parts))
    finished.with_suffix(".new").write_bytes(msgspec.json.encode(change))
    finished.with_suffix(".new").replace(finished)
    return change


def _bytes(parts: Sequence[Part]) -> int:
    return sum(part.bytes for part in parts)


async def _content(
    connection: Connection, shop: Workshop, dataset: Dataset, parts: tuple[Part, ...]
) -> Content:
    return Content(
        data=shop.folders.data,
        tenant=shop.folders.tenant,
        parts=parts,
        closed=await quarantine_sql.closed(connection, dataset.name),
        edits=await quarantine_sql.edits(connection, dataset.name),
        sources=await _sql.sources(connection, dataset.name),
    )


def _from_content(content: Content, job: EngineJob, work: Path) -> EngineJob:
    rows = gather(content, work)
    return msgspec.structs.replace(
        job, files=(InputFile(path=str(rows), name=rows.name),), reading=Reading(), previous=(), superseded=()
    )


def _back_to_files(content: Content, change: Change, work: Path) -> Change:
    report = reattach(content, work, change.report)
    return msgspec.structs.replace(change, report=report, replaced=open_rows(content))


async def _is_current(shop: Workshop, change: Change) -> bool:
    async with shop.database.tenant(shop.folders.tenant) as connection:
        dataset = await _sql.dataset(connection, change.dataset.name)
    return dataset is not None and dataset.version == change.dataset.version


async def _committed(shop: Workshop, change: Change) -> None:
    for wait in (*_BACK_OFF, None):
        try:
            await commit_import(shop.database, shop.folders, change, hooks=shop.hooks, now=shop.clock())
        except Unavailable:
            if wait is None:
                raise
            await asyncio.sleep(wait)
        else:
            return


async def _end(shop: Workshop, known: Import, state: ImportState, fault: FaultNote | None = None) -> None:
    async with shop.database.tenant(shop.folders.tenant) as connection:
        await _sql.finish(connection, known.id, state, shop.clock(), fault=fault)
    shutil.rmtree(shop.folders.work(known.id), ignore_errors=True)
    remove_parts(shop.folders, known.dataset, known.id)
    remove_upload(shop.folders, tuple(file.path for file in known.files))


def _disk(error: OSError) -> QuanyuError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Unavailable("govern.import.disk", free=0)
    return Unavailable("govern.import.io", reason=str(error))
