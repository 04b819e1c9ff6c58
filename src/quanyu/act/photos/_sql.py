"""The only statements on photos."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from quanyu.act.photos.attachment import Attachment
from quanyu.store import Connection


async def keep(connection: Connection, tenant: str, made: Attachment, *, now: datetime) -> None:
    """The row is held until the transaction ends: a sweep waits, and finds it fresh."""
    await connection.execute(
        "insert into photo (tenant, id, media_type, bytes, width, height, received) values ($1, $2, $3, $4, $5, $6, $7) "
        "on conflict (tenant, id) do update set received = excluded.received",
        tenant, made.id, made.media_type.value, len(made.full), made.width, made.height, now,
    )  # fmt: skip


async def use(connection: Connection, tenant: str, ids: Sequence[str], now: datetime) -> set[str]:
    """Those that are there; from now on they stay."""
    rows = await connection.fetch(
        "update photo set used = coalesce(used, $3) where tenant = $1 and id = any($2) returning id",
        tenant, list(ids), now,
    )  # fmt: skip
    return {row["id"] for row in rows}


async def name(
    connection: Connection,
    tenant: str,
    case: str,
    photos: Sequence[tuple[str, str]],
    *,
    by: str,
    now: datetime,
) -> None:
    """`photos`: stage and id of each."""
    await connection.execute(
        "insert into case_photo (tenant, case_id, photo, stage, at, by) "
        "select $1, $2, p.photo, p.stage, $5, $6 from unnest($3::text[], $4::text[]) as p(stage, photo) "
        "on conflict do nothing",
        tenant, case, [stage for stage, _ in photos], [id for _, id in photos], now, by,
    )  # fmt: skip


async def of_case(connection: Connection, case: str) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        "select p.id, c.stage, c.at, c.by, p.media_type, p.bytes, p.width, p.height from case_photo c "
        "join photo p on p.tenant = c.tenant and p.id = c.photo where c.case_id = $1 order by c.at, c.stage, p.id",
        case,
    )
    return [dict(row) for row in rows]


async def unnamed(connection: Connection, tenant: str, before: datetime) -> list[str]:
    """Deletes those that nobody has named in time; each is held until the transaction ends."""
    rows = await connection.fetch(
        "delete from photo where tenant = $1 and used is null and received < $2 returning id", tenant, before
    )
    return [row["id"] for row in rows]


async def known(connection: Connection, ids: Sequence[str]) -> set[str]:
    rows = await connection.fetch("select id from photo where id = any($1)", list(ids))
    return {row["id"] for row in rows}
