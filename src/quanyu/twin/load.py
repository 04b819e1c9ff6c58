"""Imports: whole files of entities in the caller's transaction, seen whole or not at all."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from quanyu.core.clock import utc_now
from quanyu.govern.engine.aside import aside
from quanyu.store import Connection
from quanyu.twin import _load_sql
from quanyu.twin.counting import fold
from quanyu.twin.index_words import write_words
from quanyu.twin.model import Loaded

_SLOWER_THAN_READING = 8
"""How much longer the words of a row take than reading it from Parquet does."""


async def load(
    connection: Connection,
    tenant: str,
    copy_files: Sequence[Path],
    *,
    import_id: str,
    actor: str,
    now: datetime | None = None,
) -> Loaded:
    """Upserts every entity of `copy_files` and logs those that changed.

    A file is CSV in UTF-8 without header: id, type, doc, x1, y1, x2, y2, observed, text. A document replaces the one
    of the same id; equal documents and older observations change nothing. Several files go in the order of their ids, as
    every writer takes its locks. Raises Invalid for a value that the database cannot hold.
    """
    moment = now or utc_now()
    for statement in _load_sql.BEGIN:
        await connection.execute(statement)
    staged = 0
    for file in copy_files:
        staged += await _load_one(connection, tenant, file, moment)
    await connection.execute("analyze loaded")
    await connection.execute(_load_sql.LAYERS, tenant, moment)
    counts = await connection.fetchrow(_load_sql.COUNTS)
    created, changed = counts["created"], counts["changed"]
    if created + changed:
        base = await connection.fetchval(_load_sql.FEED, tenant, created + changed)
        await connection.execute(_load_sql.LOG, tenant, moment, base, actor, import_id)
        await fold(connection, tenant)
    await connection.execute("drop table staging, touched, worded, loaded")
    return Loaded(created=created, changed=changed, unchanged=staged - created - changed)


async def _load_one(connection: Connection, tenant: str, copy_file: Path, moment: datetime) -> int:
    """The number of entities in the file."""
    async with _words_of(copy_file) as words:
        await connection.copy_to_table("staging", source=copy_file, columns=_load_sql.STAGED, format="csv")
        await connection.execute("analyze staging")
        if await connection.fetchval(_load_sql.ANY_TWICE):
            await connection.execute(_load_sql.ONE_EACH)
        await connection.execute(_load_sql.UPSERT, tenant, moment)
        await connection.execute("analyze touched")
        if await connection.fetchval("select exists (select from touched)"):
            await connection.copy_to_table("worded", source=await words, format="csv")
            await connection.execute(_load_sql.WORDS, tenant, moment)
    staged: int = await connection.fetchval("select count(*) from staging")
    await connection.execute("insert into loaded select * from touched")
    await connection.execute("truncate staging, touched, worded restart identity")
    return staged


async def remove_dataset(
    connection: Connection, tenant: str, dataset: str, *, cause: str, actor: str, now: datetime | None = None
) -> int:
    """Deletes the entities of a dataset, with their log rows as deletions; returns how many there were."""
    moment = now or utc_now()
    await connection.execute(_load_sql.REMOVED, tenant, dataset)
    count: int = await connection.fetchval("select count(*) from touched")
    await connection.execute(_load_sql.REMOVE, tenant, dataset)
    if count:
        base = await connection.fetchval(_load_sql.FEED, tenant, count)
        await connection.execute(_load_sql.LOG_REMOVED, tenant, moment, base, actor, cause)
        await fold(connection, tenant)
    await connection.execute("drop table touched")
    return count


@contextlib.asynccontextmanager
async def _words_of(copy_file: Path) -> AsyncIterator[asyncio.Task[Path]]:
    """The words of the file, made meanwhile; those of many rows in a process of their own, where they do not stop the node."""
    made = copy_file.with_name(f"{copy_file.name}.{secrets.token_hex(4)}.words")
    size = (await asyncio.to_thread(copy_file.stat)).st_size
    work = partial(write_words, copy_file, made)
    making = asyncio.create_task(aside(work, reads=size * _SLOWER_THAN_READING))
    try:
        yield making
    finally:
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
        made.unlink(missing_ok=True)
