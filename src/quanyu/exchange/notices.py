"""What bodies are told about their requests, contracts, disputes and the data they hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from quanyu.core.errors import NotFound
from quanyu.store import Connection


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    organisation: str
    kind: str
    about: str
    dataset: str
    body: dict[str, Any]
    at: datetime
    read_at: datetime | None = None


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The last notice of a page."""

    at: datetime
    id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


async def tell(
    connection: Connection, tenant: str, organisation: str, kind: str, about: str, dataset: str, now: datetime,
    **body: Any,
) -> None:  # fmt: skip
    """The same again makes the notice new, not a second one."""
    said = {name: value for name, value in msgspec.to_builtins(body).items() if value not in (None, "")}
    await connection.execute(
        "insert into share_notice (tenant, organisation, kind, about, dataset, body, at) values ($1, $2, $3, $4, $5, $6, $7) "
        "on conflict (tenant, organisation, kind, about, dataset) do update set body = excluded.body, at = excluded.at, "
        "read_at = null, read_by = null",
        tenant, organisation, kind, about, dataset, said, now,
    )  # fmt: skip


async def listed(
    connection: Connection, bodies: Sequence[str] | None, *, unread: bool, before: Place | None, limit: int
) -> list[Notice]:
    """Newest first; `bodies` None is all."""
    rows = await connection.fetch(
        "select id, organisation, kind, about, dataset, body, at, read_at from share_notice "
        "where ($1::text[] is null or organisation = any($1)) and (not $2 or read_at is null) "
        "and ($3::timestamptz is null or (at, id) < ($3, $4)) order by at desc, id desc limit $5",
        None if bodies is None else list(bodies), unread, *((before.at, before.id) if before else (None, 0)), limit,
    )  # fmt: skip
    return [Notice(**dict(row)) for row in rows]


async def mark_read(
    connection: Connection, tenant: str, id: int, bodies: Sequence[str] | None, *, by: str, now: datetime
) -> None:
    """Raises NotFound, also for what others are told."""
    marked = await connection.fetchval(
        "update share_notice set read_at = coalesce(read_at, $4), read_by = coalesce(read_by, $5) "
        "where tenant = $1 and id = $2 and ($3::text[] is null or organisation = any($3)) returning id",
        tenant, id, None if bodies is None else list(bodies), now, by,
    )  # fmt: skip
    if marked is None:
        raise NotFound("exchange.unknown", id=id)


async def told_of(
    connection: Connection, kind: str, about: str
) -> dict[str, tuple[datetime, datetime | None]]:
    """By body: when it was told, and when somebody there has read it."""
    rows = await connection.fetch(
        "select organisation, at, read_at from share_notice where kind = $1 and about = $2", kind, about
    )
    return {row["organisation"]: (row["at"], row["read_at"]) for row in rows}


async def for_others(connection: Connection, limit: int) -> list[Notice]:
    """For bodies of other nodes and not sent on yet, the oldest first."""
    rows = await connection.fetch(
        "select id, organisation, kind, about, dataset, body, at, read_at from share_notice "
        "where position('@' in organisation) > 0 and read_at is null order by id limit $1",
        limit,
    )
    return [Notice(**dict(row)) for row in rows]


async def passed_on(connection: Connection, tenant: str, id: int, node: str, now: datetime) -> None:
    await connection.execute(
        "update share_notice set read_at = $3, read_by = $4 where tenant = $1 and id = $2",
        tenant, id, now, f"node:{node}",
    )  # fmt: skip
