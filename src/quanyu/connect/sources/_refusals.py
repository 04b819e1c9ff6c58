"""The only SQL of the table `source_refusal`."""

from datetime import datetime
from typing import Any

from quanyu.store import Connection


async def put(
    connection: Connection,
    tenant: str,
    source: str,
    refusal: str,
    *,
    fault: dict[str, Any],
    size: int,
    now: datetime,
) -> None:
    await connection.execute(
        """insert into source_refusal(tenant, source, id, refused, fault, bytes) values ($1, $2, $3, $4, $5, $6)
        on conflict (tenant, source, id) do update set fault=excluded.fault, refused=excluded.refused, released=false""",
        tenant, source, refusal, now, fault, size,
    )  # fmt: skip


async def count(connection: Connection, tenant: str, source: str) -> int:
    found: int = await connection.fetchval(
        "select count(*) from source_refusal where tenant=$1 and source=$2", tenant, source
    )
    return found


async def all_of(connection: Connection, tenant: str, source: str) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        "select * from source_refusal where tenant=$1 and source=$2 order by refused, id", tenant, source
    )
    return rows


async def released(connection: Connection, tenant: str, source: str) -> list[str]:
    rows = await connection.fetch(
        "select id from source_refusal where tenant=$1 and source=$2 and released order by refused, id",
        tenant,
        source,
    )
    return [row["id"] for row in rows]


async def fault_of(connection: Connection, tenant: str, source: str, refusal: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = await connection.fetchval(
        "select fault from source_refusal where tenant=$1 and source=$2 and id=$3", tenant, source, refusal
    )
    return found


async def release(connection: Connection, tenant: str, source: str, refusal: str | None) -> int:
    done: str = await connection.execute(
        "update source_refusal set released=true where tenant=$1 and source=$2 and id=coalesce($3, id)",
        tenant, source, refusal,
    )  # fmt: skip
    return int(done.split()[-1])


async def remove(connection: Connection, tenant: str, source: str, refusal: str | None) -> list[str]:
    rows = await connection.fetch(
        "delete from source_refusal where tenant=$1 and source=$2 and id=coalesce($3, id) returning id",
        tenant, source, refusal,
    )  # fmt: skip
    return [row["id"] for row in rows]
