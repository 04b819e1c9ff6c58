"""Restoring into an empty node: all rows in one transaction, each table and file compared with the manifest."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from quanyu.core.errors import Conflict, Invalid
from quanyu.store.backup import _sql
from quanyu.store.backup.archive import inside, opened
from quanyu.store.backup.manifest import (
    FORMAT,
    FileEntry,
    Manifest,
    RowDigest,
    Schema,
    decoded,
    differing,
    read_through,
)
from quanyu.store.database import Connection, Database

_CHUNK = 1024**2

Member = tuple[str, IO[bytes]]


@dataclass(frozen=True, slots=True)
class RestoreReport:
    snapshot: datetime
    tables: int
    rows: int
    files: int
    manifest: Manifest
    schema: Schema


@dataclass(slots=True)
class _Seen:
    """What has come out of the archive so far."""

    schema: Schema | None = None
    manifest: Manifest | None = None
    tables: dict[str, RowDigest] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)


Schemas = Callable[[Connection, frozenset[str]], Awaitable[None]]
"""Makes the tables of further packages that the backup names, e.g. of scenario packs."""


async def restore(
    source: Path, database: Database, folder: Path, *, schemas: Schemas | None = None
) -> RestoreReport:
    """The database must be migrated to the version of the backup, and hold nothing. Raises Conflict where it does,
    Invalid where the archive is not whole; then no row of it stays, only files without meaning."""
    seen = _Seen()
    async with database.owner() as connection, connection.transaction():
        with opened(source) as members:
            await _Restore(connection, folder, seen, schemas).run(members)
        report = _report(seen, source)
        await _finish(connection, report)
    return report


class _Restore:
    """One restore under way: members come in the order in which the backup wrote them."""

    def __init__(self, connection: Connection, folder: Path, seen: _Seen, schemas: Schemas | None) -> None:
        self._connection, self._folder, self._seen, self._schemas = connection, folder, seen, schemas

    async def run(self, members: Iterator[Member]) -> None:
        member = next(members, None)
        while member is not None:
            name, content = member
            kind, _, rest = name.partition("/")
            if kind == "tables":
                member = await self._table(rest.rpartition("/")[0], member, members)
                continue
            if kind == "files":
                self._seen.files[rest] = await asyncio.to_thread(_keep, inside(self._folder, rest), content)
            elif name == "schema.json":
                await self._begin(decoded(content, Schema))
            elif name == "manifest.json":
                self._seen.manifest = decoded(content, Manifest)
            member = next(members, None)

    async def _begin(self, schema: Schema) -> None:
        if self._schemas is not None:
            await self._schemas(self._connection, frozenset(package for package, _, _ in schema.migrations))
        if schema.format != FORMAT or schema.migrations != await _sql.migrations(self._connection):
            raise Conflict("store.backup.other_version")
        await _sql.make_partitions(self._connection, schema.tables)
        if full := await _sql.tables_with_rows(self._connection, schema.tables):
            raise Conflict("store.backup.not_empty", tables=", ".join(full[:5]))
        await _sql.open_for_loading(self._connection, schema.tables)
        self._seen.schema = schema

    async def _table(self, name: str, first: Member, members: Iterator[Member]) -> Member | None:
        """Loads all members of one table; returns the first that is not of it."""
        table = (
            next((one for one in self._seen.schema.tables if one.name == name), None)
            if self._seen.schema
            else None
        )
        if table is None or name in self._seen.tables:
            raise Invalid("store.backup.unsafe", name=name)
        digest = self._seen.tables[name] = RowDigest()
        following: list[Member] = []

        async def rows() -> AsyncIterator[bytes]:
            member: Member | None = first
            while member is not None and member[0].startswith(f"tables/{name}/"):
                while data := await asyncio.to_thread(member[1].read, _CHUNK):
                    digest.update(data)
                    yield data
                member = next(members, None)
            following.extend([member] if member else [])

        await _sql.write_rows(self._connection, table, rows())
        return following[0] if following else None


def _report(seen: _Seen, source: Path) -> RestoreReport:
    """Raises Invalid where the archive was cut short, or anything in it is not what was backed up."""
    schema, manifest = seen.schema, seen.manifest
    if schema is None or manifest is None:
        raise Invalid("store.backup.broken", path=str(source))
    if wrong := differing(seen.tables, seen.files, manifest):
        raise Invalid("store.backup.differs", parts=", ".join(wrong[:10]))
    rows = sum(digest.rows for digest in seen.tables.values())
    return RestoreReport(schema.snapshot, len(seen.tables), rows, len(seen.files), manifest, schema)


async def _finish(connection: Connection, report: RestoreReport) -> None:
    for name, last in report.manifest.sequences.items():
        await _sql.set_sequence(connection, name, last)
    await _sql.close_after_loading(connection, report.schema.tables)
    await _sql.make_indexes(connection, report.schema.indexes)


def _keep(path: Path, content: IO[bytes]) -> FileEntry:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        return read_through(content, file.write)
