"""Reference sets (and the only SQL of their table): a dataset's content that rules of others look into by `table`."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from quanyu.core.clock import Clock
from quanyu.core.errors import Invalid, NotFound
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.content import current_sql, reader
from quanyu.govern.imports.model import Part
from quanyu.govern.imports.records import column_types, own_columns
from quanyu.govern.quality.quote import literal, names
from quanyu.store import Connection, Database

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_FOLDER = "_references"  # no dataset has such a name


class ReferenceSet(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is the dataset's version that it repeats."""

    name: str
    title: str
    dataset: str
    version: int
    columns: tuple[str, ...]
    records: int
    modified: datetime


async def reference_tables(connection: Connection, data: Path) -> dict[str, str]:
    """The Parquet file of each set, for the engine."""
    rows = await connection.fetch("select name, path from reference_set")
    return {row["name"]: str(data / row["path"]) for row in rows}


async def references(connection: Connection) -> list[ReferenceSet]:
    rows = await connection.fetch(f"select {_COLUMNS} from reference_set order by name")
    return [msgspec.convert(dict(row), ReferenceSet) for row in rows]


async def put_reference(
    database: Database, data: Path, tenant: str, *, name: str, title: str, dataset: str, clock: Clock
) -> ReferenceSet:
    """Made or taken anew. Raises NotFound for a dataset that does not exist, Invalid for one without records."""
    if not _NAME.fullmatch(name):
        raise Invalid("govern.score.reference_name", name=name)
    async with database.tenant(tenant) as connection:
        known = await imports_sql.dataset(connection, dataset)
        parts = await imports_sql.parts(connection, dataset)
    if known is None:
        raise NotFound("govern.dataset.unknown", name=dataset)
    target = data / "datasets" / tenant / _FOLDER / f"{name}-{dataset}-{known.version}.parquet"
    columns, records = await asyncio.to_thread(_taken, data, tenant, parts, target)
    async with database.tenant(tenant) as connection:
        row = await connection.fetchrow(
            f"""insert into reference_set (tenant, name, title, path, columns, records, modified, dataset, version)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (tenant, name) do update set title = excluded.title, path = excluded.path, columns = excluded.columns,
              records = excluded.records, modified = excluded.modified, dataset = excluded.dataset, version = excluded.version
            returning {_COLUMNS}""",
            tenant, name, title, target.relative_to(data).as_posix(), columns, records, clock(), dataset, known.version,
        )  # fmt: skip
    return msgspec.convert(dict(row), ReferenceSet)


async def refresh_references(
    database: Database, data: Path, tenant: str, *, dataset: str, clock: Clock
) -> int:
    """After a dataset changed: the sets that repeat it are taken anew, files that nobody names any more removed."""
    async with database.tenant(tenant) as connection:
        mine = [one for one in await references(connection) if one.dataset == dataset]
    for one in mine:
        await put_reference(
            database, data, tenant, name=one.name, title=one.title, dataset=dataset, clock=clock
        )
        stale = f"{one.name}-{dataset}-{one.version - 1}.parquet"  # the one before stays for engines at work
        (data / "datasets" / tenant / _FOLDER / stale).unlink(missing_ok=True)
    return len(mine)


def _taken(data: Path, tenant: str, parts: Sequence[Part], target: Path) -> tuple[list[str], int]:
    target.parent.mkdir(parents=True, exist_ok=True)
    with reader(data, tenant) as duck:
        current = current_sql(data, parts)
        if current is None:
            raise Invalid("govern.dataset.empty")
        columns = own_columns(column_types(duck, current))
        written: Any = duck.execute(
            f"copy (select {names(columns)} from {current}) to {literal(str(target))} (format parquet, compression zstd)"
        ).fetchone()
    return columns, int(written[0])


_COLUMNS = "name, title, dataset, version, columns, records, modified"
