"""The only SQL of the tables subscription and notified_tenant.

Rows are taken in one order, so that nobody waits for whoever waits for them: the notifier's row of `reader`, then the
tenant's of `notified_tenant`, then subscriptions, then what waits to be told.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from quanyu.store import Connection
from quanyu.twin.subscriptions import log

READER = "notifier"
CHANNEL = "quanyu_feed"
"""Carries the name of a tenant whose feed moved (see the migration), or whose subscriptions changed; with the id of one
of them after BETWEEN, for which something new waits.
"""
BETWEEN = "\n"


_COLUMNS = (
    "id, body, names, context, maker, quiet_until, since, revision, sent, failed, last_notification, last_success, last_failure, "
    "created, modified, via, contract"
)
_RISE = """
insert into notified_tenant as n (tenant, revision) values ($1, 1)
on conflict (tenant) do update set revision = n.revision + 1 returning revision
"""
_READER = """
insert into reader as r (tenant, name, seq) values ($1, $2, $3)
on conflict (tenant, name) do update set seq = greatest(r.seq, excluded.seq)
where not exists (select from subscription where tenant = $1)
"""
_INSERT = """
insert into subscription (tenant, id, body, names, context, maker, since, revision, due, created, modified, via, contract)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12) on conflict do nothing returning 1
"""
_UPDATE = """
update subscription set body = $3::jsonb, names = $4, context = $5, revision = $6, modified = $8,
  due = case when body->'timeInterval' is not distinct from $3::jsonb->'timeInterval' then due else $7 end,
  quiet_until = case when body->'throttling' is not distinct from $3::jsonb->'throttling' then quiet_until end
where tenant = $1 and id = $2
"""


async def rise(connection: Connection, tenant: str) -> int:
    """The next revision of the tenant's subscriptions; whoever else changes one, and the notifier, wait for our commit."""
    await log.place(connection, tenant, READER)
    found: int = await connection.fetchval(_RISE, tenant)
    await connection.execute("select pg_notify($1, $2)", CHANNEL, tenant)
    return found


async def begin_reading(connection: Connection, tenant: str) -> int:
    """The number of the newest change. A reader that nobody waited for goes on from here."""
    newest: int = await connection.fetchval("select coalesce(max(n), 0) from feed where tenant = $1", tenant)
    await connection.execute(_READER, tenant, READER, newest)
    return newest


async def begin_following(
    connection: Connection, tenant: str, reader: str, *, after: int | None = None
) -> int:
    """Its place in the feed: where it was, else `after` or the newest change. From now on commits wake the notifier."""
    await connection.execute(
        "insert into notified_tenant (tenant) values ($1) on conflict do nothing", tenant
    )
    await connection.execute(
        "insert into reader (tenant, name, seq) select $1, $2, coalesce($3, max(n), 0) from feed where tenant = $1 "
        "on conflict do nothing",
        tenant, reader, after,
    )  # fmt: skip
    found: int = await connection.fetchval(
        "select seq from reader where tenant = $1 and name = $2", tenant, reader
    )
    return found


async def insert(connection: Connection, tenant: str, *values: object) -> bool:
    """id, body, names, context, maker, since, revision, due, now, via, contract; False where the id is taken."""
    return await connection.fetchval(_INSERT, tenant, *values) is not None


async def update(connection: Connection, tenant: str, *values: object) -> None:
    """id, body, names, context, revision, due, now."""
    await connection.execute(_UPDATE, tenant, *values)


async def pause(connection: Connection, tenant: str, id: str, revision: int) -> bool:
    found = await connection.fetchval(
        """update subscription set body = body || '{"isActive": false}', revision = $3 where tenant = $1 and id = $2
        and body->'isActive' is distinct from 'false' returning 1""",
        tenant, id, revision,
    )  # fmt: skip
    return found is not None


async def delete(connection: Connection, tenant: str, id: str, contract: str) -> bool:
    """With everything that waits to be told."""
    found = await connection.fetchval(
        "delete from subscription where tenant = $1 and id = $2 and contract = $3 returning 1",
        tenant, id, contract,
    )  # fmt: skip
    if found is not None:
        await connection.execute(
            "delete from notification where tenant = $1 and subscription = $2", tenant, id
        )
    return found is not None


async def touch(connection: Connection, tenant: str, ids: Collection[str], revision: int) -> None:
    """There is something about them that the notifier is to look at."""
    await connection.execute(
        "update subscription set revision = $3 where tenant = $1 and id = any($2::text[])",
        tenant, list(ids), revision,
    )  # fmt: skip


async def one(connection: Connection, tenant: str, id: str, contract: str) -> Any:
    return await connection.fetchrow(
        f"select {_COLUMNS} from subscription where tenant = $1 and id = $2 and contract = $3",
        tenant, id, contract,
    )  # fmt: skip


async def page(connection: Connection, tenant: str, contract: str, *, limit: int, offset: int) -> list[Any]:
    """In the order in which they were made."""
    rows: list[Any] = await connection.fetch(
        f"select {_COLUMNS} from subscription where tenant = $1 and contract = $2 order by made limit $3 offset $4",
        tenant, contract, limit, offset,
    )  # fmt: skip
    return rows


async def count_of(connection: Connection, tenant: str, contract: str) -> int:
    found: int = await connection.fetchval(
        "select count(*) from subscription where tenant = $1 and contract = $2", tenant, contract
    )
    return found


async def count(connection: Connection, tenant: str) -> int:
    found: int = await connection.fetchval("select count(*) from subscription where tenant = $1", tenant)
    return found


async def newer(connection: Connection, tenant: str, revision: int) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        f"select {_COLUMNS} from subscription where tenant = $1 and revision > $2", tenant, revision
    )
    return rows


async def ids(connection: Connection, tenant: str) -> set[str]:
    return {row[0] for row in await connection.fetch("select id from subscription where tenant = $1", tenant)}


async def revision(connection: Connection, tenant: str) -> int:
    found: int = await connection.fetchval(
        "select coalesce(max(revision), 0) from notified_tenant where tenant = $1", tenant
    )
    return found


async def stop_following(connection: Connection, tenant: str) -> None:
    """There is no such tenant any more."""
    await connection.execute("delete from notified_tenant where tenant = $1", tenant)


async def tenants(connection: Connection) -> list[str]:
    return [row[0] for row in await connection.fetch("select tenant from notified_tenant order by tenant")]


async def due(connection: Connection, tenant: str, now: datetime) -> dict[str, datetime]:
    """Periodic subscriptions whose time has come; nobody else takes them before our transaction ends."""
    rows = await connection.fetch(
        "select id, due from subscription where tenant = $1 and due <= $2 order by id for update", tenant, now
    )
    return {row["id"]: row["due"] for row in rows}


async def set_due(connection: Connection, tenant: str, id: str, due: datetime) -> None:
    await connection.execute(
        "update subscription set due = $3 where tenant = $1 and id = $2", tenant, id, due
    )


async def next_due(connection: Connection, tenant: str) -> datetime | None:
    found: datetime | None = await connection.fetchval(
        "select min(due) from subscription where tenant = $1 and due is not null", tenant
    )
    return found
