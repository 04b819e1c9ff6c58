"""Backing a node up while it writes: all rows of one instant, then the files that they name."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from quanyu.core.clock import Clock, utc_now
from quanyu.store.backup import _sql
from quanyu.store.backup.archive import ArchiveWriter, written
from quanyu.store.backup.manifest import Content, FileEntry, Manifest, Progress, Schema, Table
from quanyu.store.database import Connection, Database

_CHUNK = 8 * 1024**2
_JOURNALS = ("evidence",)
BACKUPS = "backups"
"""Folder in which a node keeps archives of itself; it is in none of them."""

RESTORING, SET_ASIDE = "restoring", "set-aside"
"""Folders of a node that is brought back from a backup: as it will be, and as it was before."""

_LEFT_OUT = ("postgres", "run", "tmp", BACKUPS, RESTORING, SET_ASIDE, *_JOURNALS)


@dataclass(frozen=True, slots=True)
class BackupReport:
    path: Path
    snapshot: datetime
    tables: int
    rows: int
    files: int
    bytes: int
    vanished: tuple[str, ...]


async def backup(
    database: Database,
    folder: Path,
    target: Path,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    keys: bool = False,
    clock: Clock = utc_now,
) -> BackupReport:
    """Writes one archive, at `target` or with a name of its own in that directory. Nothing that runs has to wait.

    `keys` takes the node's secret keys along: without them restored second factors must be set up anew, with them the
    archive itself is a secret. Public keys are always in it.
    """
    async with database.owner() as connection:
        path = await asyncio.to_thread(archive_path, target, clock())
        with written(path) as archive:
            dump = _Dump(archive, progress)
            # Journals only grow: copied before the snapshot, none of them knows more than the rows do.
            await dump.files(folder, _journals(folder))
            async with _sql.snapshot(connection):
                schema = await dump.database(connection)
            await dump.files(folder, _data_files(folder, keys=keys))
            manifest = dump.manifest()
            archive.add("manifest.json", msgspec.json.encode(manifest))
    return BackupReport(
        path=path, snapshot=schema.snapshot, tables=len(manifest.tables),
        rows=sum(content.rows for content in manifest.tables.values()), files=len(manifest.files),
        bytes=path.stat().st_size, vanished=tuple(manifest.vanished),
    )  # fmt: skip


class _Dump:
    """One backup under way."""

    def __init__(self, archive: ArchiveWriter, progress: Callable[[Progress], None]) -> None:
        self._archive, self._progress, self._bytes = archive, progress, 0
        self._tables: dict[str, Content] = {}
        self._sequences: dict[str, int] = {}
        self._files: dict[str, FileEntry] = {}
        self._vanished: list[str] = []

    async def database(self, connection: Connection) -> Schema:
        schema = await _sql.read_schema(connection)
        self._archive.add("schema.json", msgspec.json.encode(schema))
        for table in schema.tables:
            self._tables[table.name] = await self._table(connection, table)
        self._sequences = await _sql.read_sequences(connection)
        return schema

    async def files(self, folder: Path, paths: Iterator[Path]) -> None:
        for path in paths:
            name = path.relative_to(folder).as_posix()
            try:
                self._files[name] = await asyncio.to_thread(self._archive.add_file, f"files/{name}", path)
            except FileNotFoundError:
                self._vanished.append(name)
                continue
            self._went(name, self._files[name].bytes)

    def manifest(self) -> Manifest:
        return Manifest(
            tables=self._tables, sequences=self._sequences, files=self._files, vanished=self._vanished
        )

    async def _table(self, connection: Connection, table: Table) -> Content:
        buffer, number = bytearray(), 0

        async def take(data: bytes) -> None:
            nonlocal number
            buffer.extend(data)
            if len(buffer) >= _CHUNK:
                await asyncio.to_thread(self._archive.add, f"tables/{table.name}/{number:06}", bytes(buffer))
                self._went(table.name, len(buffer))
                buffer.clear()
                number += 1

        content = await _sql.read_rows(connection, table, take)
        self._archive.add(f"tables/{table.name}/{number:06}", bytes(buffer))
        self._went(table.name, len(buffer))
        return content

    def _went(self, part: str, size: int) -> None:
        self._bytes += size
        self._progress(Progress(part, self._bytes))


def archive_path(target: Path, now: datetime) -> Path:
    """The target itself, or in a directory a name that says when."""
    return target / f"quanyu-{now:%Y%m%dT%H%M%SZ}.tar.zst" if target.is_dir() else target


def _journals(folder: Path) -> Iterator[Path]:
    for name in _JOURNALS:
        yield from _regular(folder / name)


def _data_files(folder: Path, *, keys: bool) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.is_dir() or path.is_symlink() or path.name in _LEFT_OUT:
            continue
        secret = path.name == "keys" and not keys
        yield from (one for one in _regular(path) if not secret or one.suffix == ".pub")


def _regular(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path
