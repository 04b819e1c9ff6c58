"""The only SQL of releases and their downloads."""

from collections.abc import Collection
from datetime import datetime

import asyncpg
import msgspec

from quanyu.core.clock import city_day
from quanyu.exchange.openness.model import Release
from quanyu.store import Connection

_COLUMNS = (
    "r.dataset, r.version, r.dataset_version, r.files, r.anonymity, r.rows, r.left_out, r.licence, r.attribution, r.state, r.reason, "
    "r.at, (select coalesce(sum(d.number), 0)::bigint from share_download as d where d.tenant = r.tenant "
    "and d.dataset = r.dataset and d.version = r.version) as downloads"
)


async def next_version(connection: Connection, tenant: str, dataset: str) -> int:
    """Of a release that is being made; two at once wait for each other."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 7))", f"{tenant}/{dataset}")
    number: int = await connection.fetchval(
        "select 1 + coalesce(max(version), 0) from share_release where dataset = $1", dataset
    )
    return number


async def add(connection: Connection, tenant: str, made: Release, author: str) -> None:
    await connection.execute(
        "insert into share_release (tenant, dataset, version, dataset_version, files, anonymity, rows, left_out, licence, attribution, "
        "state, author, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        tenant, made.dataset, made.version, made.dataset_version, msgspec.to_builtins(made.files),
        msgspec.to_builtins(made.anonymity), made.rows, made.left_out, made.licence, made.attribution, made.state, author, made.at,
    )  # fmt: skip


async def releases(connection: Connection, dataset: str) -> list[Release]:
    """Newest first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from share_release as r where r.dataset = $1 order by r.version desc", dataset
    )
    return [_release(row) for row in rows]


async def release(connection: Connection, dataset: str, version: int) -> Release | None:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from share_release as r where r.dataset = $1 and r.version = $2", dataset, version
    )
    return _release(row) if row else None


async def newest_open(connection: Connection, datasets: Collection[str]) -> list[Release]:
    rows = await connection.fetch(
        f"select distinct on (r.dataset) {_COLUMNS} from share_release as r where r.dataset = any($1) and r.state = 'published' "
        "order by r.dataset, r.version desc",
        list(datasets),
    )
    return [_release(row) for row in rows]


async def withdraw(connection: Connection, tenant: str, dataset: str, version: int, reason: str) -> None:
    await connection.execute(
        "update share_release set state = 'withdrawn', reason = $4 where tenant = $1 and dataset = $2 and version = $3",
        tenant, dataset, version, reason,
    )  # fmt: skip


async def withdraw_all(connection: Connection, tenant: str, dataset: str, reason: str) -> None:
    await connection.execute(
        "update share_release set state = 'withdrawn', reason = $3 where tenant = $1 and dataset = $2 and state <> 'withdrawn'",
        tenant, dataset, reason,
    )  # fmt: skip


async def count(
    connection: Connection, tenant: str, dataset: str, version: int, format: str, size: int, at: datetime
) -> None:
    await connection.execute(
        "insert into share_download as d (tenant, dataset, version, format, day, number, bytes) "
        "values ($1, $2, $3, $4, $5, 1, $6) on conflict (tenant, dataset, version, format, day) "
        "do update set number = d.number + 1, bytes = d.bytes + excluded.bytes",
        tenant, dataset, version, format, city_day(at), size,
    )  # fmt: skip


def _release(row: asyncpg.Record) -> Release:
    return msgspec.convert(dict(row), Release)
