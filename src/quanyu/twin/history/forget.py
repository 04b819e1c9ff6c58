"""What was erased (5.6.16) leaves for good: the log, sealed days, and at last the note that it was erased.

At once it is only hidden, because subscribers may still have to be told of it; this follows once a day.
"""

import asyncio
from datetime import date
from pathlib import Path

from quanyu.store import Database
from quanyu.twin.history.seal import settle
from quanyu.twin.history.sealed import day_path, duck, literal

_TENANTS = "select distinct tenant from correction where attribute = '' and instance = '' and dataset is null"
_ERASED = """
select entity, max(upto) as upto from correction
where tenant = $1 and attribute = '' and instance = '' and dataset is null
  and upto <= coalesce((select min(seq) from reader where tenant = $1), upto)
group by entity
"""
_CLEAR = "delete from change where tenant = $1 and entity = $2 and seq <= $3"
_DAYS = "select day from sealed_day where tenant = $1"
_REWRITTEN = "update sealed_day set rows = $3, bytes = $4 where tenant = $1 and day = $2"
_FORGET = """
delete from correction where tenant = $1 and entity = $2
  and (attribute = '' and instance = '' and dataset is null and upto <= $3 or made < (
    select max(made) from correction
    where tenant = $1 and entity = $2 and attribute = '' and instance = '' and dataset is null and upto <= $3))
"""


async def forget_erased(database: Database, folder: Path) -> int:
    """Of all tenants; answers of how many entities."""
    async with database.owner() as connection:
        tenants = [row["tenant"] for row in await connection.fetch(_TENANTS)]
    return sum([await _forget(database, folder, tenant) for tenant in tenants])


async def _forget(database: Database, folder: Path, tenant: str) -> int:
    async with database.tenant(tenant) as connection:
        erased = {row["entity"]: row["upto"] for row in await connection.fetch(_ERASED, tenant)}
        days = [row["day"] for row in await connection.fetch(_DAYS, tenant)]
    for day in days if erased else ():
        left = await asyncio.to_thread(_rewrite, folder, tenant, day, erased)
        if left is not None:
            async with database.tenant(tenant) as connection:
                await connection.execute(_REWRITTEN, tenant, day, *left)
    async with database.tenant(tenant) as connection:
        for entity, upto in erased.items():
            await connection.execute(_CLEAR, tenant, entity, upto)
            await connection.execute(_FORGET, tenant, entity, upto)
    return len(erased)


def _rewrite(folder: Path, tenant: str, day: date, erased: dict[str, int]) -> tuple[int, int] | None:
    """Rows and bytes of the file without them; None where none of them is in it."""
    path = day_path(folder, tenant, day)
    draft = path.with_name(f".{path.name}.part")
    with duck(folder) as connection:
        connection.execute("create table erased (entity varchar, upto bigint)")
        connection.executemany("insert into erased values (?, ?)", list(erased.items()))
        gone = "exists (select 1 from erased e where e.entity = r.entity and r.seq <= e.upto)"
        (number,) = connection.execute(
            f"select count(*) from read_parquet(?) r where {gone}", [str(path)]
        ).fetchall()[0]
        if not number:
            return None
        (left,) = connection.execute(
            f"copy (select * from read_parquet(?) r where not {gone} order by entity, ts, seq)"
            f" to {literal(str(draft))} (format parquet, compression zstd, row_group_size 20480)",
            [str(path)],
        ).fetchall()[0]
    return left, settle(draft, path)
