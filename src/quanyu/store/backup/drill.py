"""The drill: a backup is good when it has been restored somewhere and is found equal."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from quanyu.core.clock import Clock, utc_now
from quanyu.store.backup import _sql
from quanyu.store.backup.manifest import FileEntry, differences, read_through
from quanyu.store.backup.restore import RestoreReport, Schemas, restore
from quanyu.store.database import Database


@dataclass(frozen=True, slots=True)
class DrillReport:
    """`rpo` is the age of what would be lost, `rto` how long getting it back took; `differing` names parts that are
    not equal."""

    tables: int
    rows: int
    files: int
    rpo: timedelta
    rto: timedelta
    differing: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return not self.differing


async def drill(
    source: Path,
    scratch_database: Database,
    scratch_folder: Path,
    *,
    schemas: Schemas | None = None,
    clock: Clock = utc_now,
) -> DrillReport:
    """Restores into a scratch node and reads everything back from it: rows from its database, files from its disk."""
    begun = time.monotonic()
    report = await restore(source, scratch_database, scratch_folder, schemas=schemas)
    took = timedelta(seconds=time.monotonic() - begun)
    differing = await _differing_tables(scratch_database, report) + await asyncio.to_thread(
        _differing_files, scratch_folder, report
    )
    age = clock() - report.snapshot
    return DrillReport(report.tables, report.rows, report.files, age, took, tuple(differing))


async def _differing_tables(database: Database, report: RestoreReport) -> list[str]:
    async with database.owner() as connection, _sql.snapshot(connection):
        found = {table.name: await _sql.hash_rows(connection, table) for table in report.schema.tables}
    return differences(found, report.manifest.tables)


def _differing_files(folder: Path, report: RestoreReport) -> list[str]:
    return differences({name: _entry(folder / name) for name in report.manifest.files}, report.manifest.files)


def _entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        return read_through(file, lambda _: None)
