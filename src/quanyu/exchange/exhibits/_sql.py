"""The only SQL of exhibits."""

from collections.abc import Sequence
from datetime import datetime

from quanyu.store import Connection


async def add(
    connection: Connection, tenant: str, id: str, *, media_type: str, content: bytes, now: datetime
) -> None:
    await connection.execute(
        "insert into share_exhibit (tenant, id, media_type, content, received) values ($1, $2, $3, $4, $5) "
        "on conflict (tenant, id) do update set received = excluded.received",
        tenant, id, media_type, content, now,
    )  # fmt: skip


async def use(
    connection: Connection, tenant: str, ids: Sequence[str], now: datetime
) -> dict[str, tuple[str, int]]:
    """Media type and length of those that are there; from now on they stay."""
    rows = await connection.fetch(
        "update share_exhibit set used = coalesce(used, $3) where tenant = $1 and id = any($2) "
        "returning id, media_type, length(content) as bytes",
        tenant, list(ids), now,
    )  # fmt: skip
    return {row["id"]: (row["media_type"], row["bytes"]) for row in rows}


async def content(connection: Connection, id: str) -> bytes | None:
    found: bytes | None = await connection.fetchval("select content from share_exhibit where id = $1", id)
    return found


async def forget_unnamed(connection: Connection, before: datetime) -> None:
    await connection.execute("delete from share_exhibit where used is null and received < $1", before)
