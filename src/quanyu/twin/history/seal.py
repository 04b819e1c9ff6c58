"""Cold days leave the database: each becomes one Parquet file per tenant, and only then does its partition go.

    rows ─► tmp/history/*.csv ─► history/<tenant>/.<day>.part ─► history/<tenant>/<day>.parquet ─► sealed_day, drop table

Until the last step, one transaction, the partition is what counts and a file without its row in `sealed_day` is nothing:
whatever is cut off is done again from the beginning. What happened in branches never becomes a file: it stays in the
default partition until its branch is dropped.
"""

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg

from quanyu.store import CONTENDED, Connection, Database
from quanyu.store.database import ROWS_LEAVE
from quanyu.twin.history.sealed import day_path, duck, literal

_WAIT = "5s"
_PATIENCE = timedelta(days=30)  # with whoever has not read a day; then nobody is coming any more

_DAYS = """
select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'change'::regclass and c.relname ~ '^change_[0-9]{8}$' and c.relname < $1
order by c.relname
"""
_TENANTS = """
select tenant, count(*) as rows, max(seq) as last, greatest(max(observed), max(ts) filter (where observed is null or attrs ? 'scope')) as newest
from {table} where not {in_branch} group by tenant order by tenant
"""
_IN_BRANCH = "tenant ~ '~[0-9a-f]{32}$'"  # as `Branches.create` names the space of one
_KEEP = """
create temp table kept on commit drop as
select * from {table} where {in_branch} and tenant in (select space from branch)
"""
# Somebody has not been told of everything in that day yet.
_WAITED_FOR = "select exists (select from reader where tenant = $1 and seq < $2)"
_ROWS = """
select entity, seq, (extract(epoch from ts) * 1000000)::bigint, (extract(epoch from observed) * 1000000)::bigint,
       type, array_to_string(types, E'\\x01'), op, actor, cause, attrs::text, was::text
from {table} where tenant = $1
"""
_COLUMNS = (
    "{'entity': 'varchar', 'seq': 'bigint', 'ts': 'bigint', 'observed': 'bigint', 'type': 'varchar', 'types': 'varchar',"
    " 'op': 'smallint', 'actor': 'varchar', 'cause': 'varchar', 'attrs': 'varchar', 'was': 'varchar'}"
)
_PACK = f"""
copy (
  select entity, seq, make_timestamp(ts) as ts, make_timestamp(observed) as observed, type,
         string_split(types, chr(1)) as types, op, actor, cause, attrs, was
  from read_csv($1, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', new_line = '\\n',
                columns = {_COLUMNS}, max_line_size = 67108864, parallel = false)
  order by entity, ts, seq
) to :target (format parquet, compression zstd, row_group_size 20480)
"""
_SEALED = """
insert into sealed_day (tenant, day, rows, last, bytes, newest) values ($1, $2, $3, $4, $5, $6)
on conflict (tenant, day) do update set
  rows = excluded.rows, last = excluded.last, bytes = excluded.bytes, newest = excluded.newest
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDay:
    """What of one tenant's day was sealed."""

    tenant: str
    day: date
    rows: int
    last: int
    bytes: int
    newest: datetime


async def seal(database: Database, folder: Path, *, before: date) -> list[SealedDay]:
    """All days of the log before this one; a day that somebody has still to read waits, and those after it."""
    sealed: list[SealedDay] = []
    async with database.owner() as connection:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", ROWS_LEAVE):
            return sealed
        names = [row["name"] for row in await connection.fetch(_DAYS, f"change_{before:%Y%m%d}")]
        for name in names:
            made = await _seal_day(connection, folder, name, patient_since=before - _PATIENCE)
            if made is None:
                break
            sealed += made
    return sealed


async def _seal_day(
    connection: Connection, folder: Path, table: str, *, patient_since: date
) -> list[SealedDay] | None:
    """None where the day has to wait."""
    day = datetime.strptime(table[-8:], "%Y%m%d").replace(tzinfo=UTC).date()
    tenants = await connection.fetch(_TENANTS.format(table=table, in_branch=_IN_BRANCH))
    for tenant, _, last, _ in tenants:
        if day >= patient_since and await connection.fetchval(_WAITED_FOR, tenant, last):
            return None
    made = [
        SealedDay(
            tenant=tenant,
            day=day,
            rows=rows,
            last=last,
            bytes=await _pack(connection, folder, table, tenant, day),
            newest=newest,
        )
        for tenant, rows, last, newest in tenants
    ]
    try:
        await _drop(connection, table, made)
    except (
        asyncpg.LockNotAvailableError,
        *CONTENDED,
    ):  # somebody reads a long history; the files are made again tomorrow
        return None
    return made


async def _pack(connection: Connection, folder: Path, table: str, tenant: str, day: date) -> int:
    """Answers how large the file is."""
    target = day_path(folder, tenant, day)
    draft = target.with_name(f".{target.name}.part")
    rows = folder / "tmp" / "history" / f"{target.parent.name}-{day:%Y%m%d}.csv"
    for path in (target.parent, rows.parent):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        await connection.copy_from_query(_ROWS.format(table=table), tenant, output=rows, format="csv")
        await asyncio.to_thread(_packed, folder, rows, draft)
        return await asyncio.to_thread(settle, draft, target)
    finally:
        rows.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)


def _packed(folder: Path, rows: Path, draft: Path) -> None:
    with duck(folder) as connection:
        connection.execute(_PACK.replace(":target", literal(str(draft))), [str(rows)])


def settle(draft: Path, target: Path) -> int:
    """Gives a file its name once it is on the disk; answers its size."""
    for path in (draft, draft.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path is draft:
            draft.replace(target)
    return target.stat().st_size


async def _drop(connection: Connection, table: str, made: list[SealedDay]) -> None:
    """Raises LockNotAvailableError. A day that has grown meanwhile stays.

    The log is locked before one of its days is closed to readers, as they take them; until then the day can be read.
    """
    async with connection.transaction():
        await connection.execute(f"set local lock_timeout = '{_WAIT}'")
        await connection.execute(f"lock table {table} in share mode")
        rows = await connection.fetchval(f"select count(*) from {table} where not {_IN_BRANCH}")
        if rows != sum(one.rows for one in made):
            raise asyncpg.LockNotAvailableError
        await connection.execute(_KEEP.format(table=table, in_branch=_IN_BRANCH))
        for one in made:
            await connection.execute(_SEALED, one.tenant, one.day, one.rows, one.last, one.bytes, one.newest)
        await connection.execute("lock table only change in access exclusive mode")
        await connection.execute(f"drop table {table}")
        await connection.execute("insert into change select * from kept")
