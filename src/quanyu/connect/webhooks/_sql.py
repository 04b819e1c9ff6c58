"""The only statements on webhooks and what is on its way to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from quanyu.connect.webhooks.model import DeadLetter, Webhook
from quanyu.store import Connection

CHANNEL = "quanyu_webhook"

_ANNOUNCE = """
with made as (
  insert into webhook_delivery (tenant, webhook, event, body, made, due)
  select $1, w.id, e.id, e.body, e.at, e.at
  from unnest($2::text[], $3::text[], $4::jsonb[], $5::timestamptz[]) with ordinality as e(id, type, body, at, o)
  join webhook w on w.tenant = $1 and w.active
    and (w.types = '{}' or exists (select from unnest(w.types) as t(name) where starts_with(e.type, t.name)))
  order by e.o
  returning 1
)
select pg_notify($6, $1) from made limit 1
"""
_LYING = "select from webhook_delivery d where d.tenant = w.tenant and d.webhook = w.id and d.dead"
_RANK = f"""case when exists ({_LYING} is not null) then 0 when exists ({_LYING} is null) then 1
  when w.last_success is null then 2 else 3 end"""
"""Where something was given up, where something waits, what was never delivered to, what is well."""
_SHOWN = """w.id, w.url, w.types, w.active, w.created, w.creator, w.last_success, w.last_failure, w.fault,
  (select count(*) from webhook_delivery d where d.tenant = w.tenant and d.webhook = w.id and d.dead is null) as waiting,
  (select count(*) from webhook_delivery d where d.tenant = w.tenant and d.webhook = w.id and d.dead is not null) as dead"""
_ASKED = "strpos(lower(concat_ws(' ', w.url, w.fault)), lower($1)) > 0"
_NEXT = """
select id, event, body, tries from webhook_delivery
where tenant = $1 and webhook = $2 and dead is null and due <= $3 order by id limit $4
"""
_OVERFLOW = """
update webhook_delivery set dead = $3, fault = $4 where tenant = $1 and id in (
  select id from webhook_delivery where tenant = $1 and webhook = $2 and dead is null order by id desc offset $5)
"""
_FORGET = """
delete from webhook_delivery where tenant = $1 and id in (
  select id from webhook_delivery where tenant = $1 and webhook = $2 and dead is not null order by id desc offset $3)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    id: int
    event: str
    body: Mapping[str, Any]
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    id: str
    url: str
    secret: bytes


async def announce(
    connection: Connection, tenant: str, events: Sequence[tuple[str, str, dict[str, Any], datetime]]
) -> None:
    """Each: id, type, body, time. Where nobody listens nothing is written."""
    columns = [list(column) for column in zip(*events, strict=True)]
    await connection.execute(_ANNOUNCE, tenant, *columns, CHANNEL)


async def add(
    connection: Connection, tenant: str, id: str, *, url: str, types: Sequence[str], secret: bytes, by: str, now: datetime
) -> None:  # fmt: skip
    await connection.execute(
        "insert into webhook (tenant, id, url, types, secret, created, creator) values ($1, $2, $3, $4, $5, $6, $7)",
        tenant, id, url, list(types), secret, now, by,
    )  # fmt: skip


Place = tuple[int, datetime, str]
"""Rank, when it was made, and id."""


async def webhook(connection: Connection, id: str) -> Webhook | None:
    row = await connection.fetchrow(f"select {_SHOWN} from webhook w where w.id = $1", id)
    return row and _webhook(row)


async def find(
    connection: Connection, text: str, *, worst: bool, after: Place | None, limit: int
) -> list[tuple[Place, Webhook]]:
    """In the order in which they were made, or those first that somebody has to look after."""
    rank = _RANK if worst else "0"
    rows = await connection.fetch(
        f"""select {_SHOWN}, {rank} as rank from webhook w
        where {_ASKED} and ($2::bigint is null or ({rank}, w.created, w.id) > ($2, $3, $4))
        order by rank, w.created, w.id limit $5""",
        text, *(after or (None, None, None)), limit,
    )  # fmt: skip
    return [((row["rank"], row["created"], row["id"]), _webhook(row)) for row in rows]


async def count(connection: Connection, text: str) -> int:
    found: int = await connection.fetchval(f"select count(*) from webhook w where {_ASKED}", text)
    return found


def _webhook(row: Any) -> Webhook:
    return msgspec.convert({**row, "types": tuple(row["types"])}, Webhook)


async def change(
    connection: Connection, tenant: str, id: str, *, url: str | None, types: Sequence[str] | None, active: bool | None
) -> bool:  # fmt: skip
    done = await connection.execute(
        "update webhook set url = coalesce($3, url), types = coalesce($4, types), active = coalesce($5, active) "
        "where tenant = $1 and id = $2",
        tenant, id, url, None if types is None else list(types), active,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def remove(connection: Connection, tenant: str, id: str) -> bool:
    await connection.execute("delete from webhook_delivery where tenant = $1 and webhook = $2", tenant, id)
    done = await connection.execute("delete from webhook where tenant = $1 and id = $2", tenant, id)
    return bool(done.endswith(" 1"))


async def put(
    connection: Connection, tenant: str, webhook: str, event: str, body: dict[str, Any], now: datetime
) -> None:
    await connection.execute(
        "insert into webhook_delivery (tenant, webhook, event, body, made, due) values ($1, $2, $3, $4, $5, $5)",
        tenant, webhook, event, body, now,
    )  # fmt: skip
    await connection.execute("select pg_notify($1, $2)", CHANNEL, tenant)


async def targets(connection: Connection, tenant: str, now: datetime) -> list[Target]:
    """Active ones for which something is due."""
    rows = await connection.fetch(
        "select id, url, secret from webhook w where tenant = $1 and active and exists "
        "(select from webhook_delivery d where d.tenant = $1 and d.webhook = w.id and d.dead is null and d.due <= $2)",
        tenant, now,
    )  # fmt: skip
    return [Target(id=row["id"], url=row["url"], secret=row["secret"]) for row in rows]


async def waiting(
    connection: Connection, tenant: str, webhook: str, *, now: datetime, limit: int
) -> list[Delivery]:
    """Those that are due, in the order of what happened."""
    return [Delivery(**row) for row in await connection.fetch(_NEXT, tenant, webhook, now, limit)]


async def delivered(connection: Connection, tenant: str, webhook: str, id: int, now: datetime) -> None:
    await connection.execute("delete from webhook_delivery where tenant = $1 and id = $2", tenant, id)
    await connection.execute(
        "update webhook set last_success = $3, fault = null where tenant = $1 and id = $2",
        tenant,
        webhook,
        now,
    )


async def failed(
    connection: Connection, tenant: str, webhook: str, id: int, *, fault: str, again: datetime | None, now: datetime
) -> None:  # fmt: skip
    """`again` None gives it up."""
    await connection.execute(
        "update webhook_delivery set tries = tries + 1, fault = $3, due = coalesce($4, due), "
        "dead = case when $4::timestamptz is null then $5::timestamptz end where tenant = $1 and id = $2",
        tenant, id, fault, again, now,
    )  # fmt: skip
    await connection.execute(
        "update webhook set last_failure = $3, fault = $4 where tenant = $1 and id = $2",
        tenant,
        webhook,
        now,
        fault,
    )


async def bound(
    connection: Connection, tenant: str, webhook: str, *, waiting: int, dead: int, fault: str, now: datetime
) -> None:
    """The oldest beyond so many are given up, and forgotten beyond so many dead ones."""
    await connection.execute(_OVERFLOW, tenant, webhook, now, fault, waiting)
    await connection.execute(_FORGET, tenant, webhook, dead)


async def dead(connection: Connection, webhook: str, *, after: int, limit: int) -> list[DeadLetter]:
    rows = await connection.fetch(
        "select id, event, body, made, dead as given_up, tries, fault from webhook_delivery "
        "where webhook = $1 and dead is not null and id > $2 order by id limit $3",
        webhook, after, limit,
    )  # fmt: skip
    return [DeadLetter(**row) for row in rows]


async def replay(
    connection: Connection, tenant: str, webhook: str, ids: Sequence[int] | None, now: datetime
) -> int:
    """All dead ones, or those named."""
    done = await connection.execute(
        "update webhook_delivery set dead = null, tries = 0, due = $4 "
        "where tenant = $1 and webhook = $2 and dead is not null and ($3::bigint[] is null or id = any($3))",
        tenant, webhook, None if ids is None else list(ids), now,
    )  # fmt: skip
    await connection.execute("select pg_notify($1, $2)", CHANNEL, tenant)
    return int(done.rpartition(" ")[2])
