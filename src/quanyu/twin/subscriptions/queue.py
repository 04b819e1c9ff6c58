"""What waits to be delivered. The only SQL of the table notification."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quanyu.store import Connection

_COLUMNS = "id, subscription, body, made, due, tries, held, dead, fault"
_INSERT = f"""
insert into notification (tenant, subscription, body, made, due, held)
select $1, i.subscription, i.body, i.made, i.due, i.held
from unnest($2::text[], $3::jsonb[], $4::timestamptz[], $5::timestamptz[], $6::boolean[])
  with ordinality as i(subscription, body, made, due, held, o) order by i.o
returning {_COLUMNS}
"""
_ENDED = """
with done as (delete from notification where tenant = $1 and id = any($2::bigint[]))
update notification n set tries = n.tries + 1, due = f.due, fault = f.fault, dead = f.dead
from unnest($3::bigint[], $4::timestamptz[], $5::text[], $6::timestamptz[]) as f(id, due, fault, dead)
where n.tenant = $1 and n.id = f.id
"""
_TALLIED = """
update subscription s set
  sent = s.sent + t.sent, failed = s.failed + t.failed,
  last_notification = greatest(s.last_notification, t.at),
  last_success = greatest(s.last_success, t.success), last_failure = greatest(s.last_failure, t.failure)
from unnest($2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
  as t(id, sent, failed, at, success, failure)
where s.tenant = $1 and s.id = t.id
"""
_OVERFLOW = """
update notification set dead = $3, fault = $4 where tenant = $1 and id in (
  select id from notification where tenant = $1 and subscription = $2 and dead is null
  order by id desc offset $5)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A notification on its way. `id` 0: not yet kept. `held`: throttled, and what comes meanwhile is laid into it."""

    tenant: str
    subscription: str
    body: dict[str, Any]
    made: datetime
    due: datetime
    id: int = 0
    tries: int = 0
    held: bool = False
    dead: datetime | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt to deliver ended: `fault` None is delivered; else tried again when `due`, or given up."""

    message: Message
    at: datetime
    fault: str | None = None
    due: datetime | None = None


async def put(connection: Connection, tenant: str, messages: Sequence[Message]) -> list[Message]:
    """Kept from the commit on; they come back with their numbers."""
    if not messages:
        return []
    rows = await connection.fetch(
        _INSERT, tenant, [one.subscription for one in messages], [one.body for one in messages],
        [one.made for one in messages], [one.due for one in messages], [one.held for one in messages],
    )  # fmt: skip
    return [_message(tenant, row) for row in rows]


async def waiting(
    connection: Connection, tenant: str, subscription: str, *, after: int, limit: int
) -> list[Message]:
    """Of one subscription, in order."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from notification where tenant = $1 and subscription = $2 and dead is null and id > $3 "
        "order by id limit $4",
        tenant, subscription, after, limit,
    )  # fmt: skip
    return [_message(tenant, row) for row in rows]


async def is_fresh(connection: Connection, tenant: str, subscription: str, now: datetime) -> bool:
    """Whether its first message is due and has not been tried."""
    found: bool = await connection.fetchval(
        "select exists (select from (select tries, due from notification where tenant = $1 and subscription = $2 "
        "and dead is null order by id limit 1) n where tries = 0 and due <= $3)",
        tenant, subscription, now,
    )  # fmt: skip
    return found


async def lanes(connection: Connection, tenant: str) -> set[str]:
    """The subscriptions for which something waits."""
    rows = await connection.fetch(
        "select distinct subscription from notification where tenant = $1 and dead is null", tenant
    )
    return {row[0] for row in rows}


async def held(connection: Connection, tenant: str, subscriptions: Collection[str]) -> dict[str, Message]:
    rows = await connection.fetch(
        f"select {_COLUMNS} from notification where tenant = $1 and subscription = any($2::text[]) and held "
        "and dead is null for update",
        tenant, list(subscriptions),
    )  # fmt: skip
    return {row["subscription"]: _message(tenant, row) for row in rows}


async def lay_into(connection: Connection, message: Message, body: dict[str, Any]) -> None:
    await connection.execute(
        "update notification set body = $3 where tenant = $1 and id = $2", message.tenant, message.id, body
    )


async def release(connection: Connection, message: Message, *, quiet_until: datetime) -> Message | None:
    """A held one as it is now; nothing is laid into it any more. The next silence begins."""
    await connection.execute(
        "update subscription set quiet_until = $3 where tenant = $1 and id = $2",
        message.tenant, message.subscription, quiet_until,
    )  # fmt: skip
    row = await connection.fetchrow(
        f"update notification set held = false where tenant = $1 and id = $2 returning {_COLUMNS}",
        message.tenant, message.id,
    )  # fmt: skip
    return None if row is None else _message(message.tenant, row)


async def settle(connection: Connection, tenant: str, attempts: Sequence[Attempt]) -> None:
    """Counters first: whoever removes a subscription takes the rows in this order, too."""
    tallies = _tallies(attempts)
    await connection.execute(_TALLIED, tenant, *map(list, zip(*tallies, strict=True)))
    last = {one.message.id: one for one in attempts}
    done = [id for id, one in last.items() if one.fault is None]
    failed = [one for one in last.values() if one.fault is not None]
    await connection.execute(
        _ENDED, tenant, done, [one.message.id for one in failed], [one.due or one.at for one in failed],
        [one.fault for one in failed], [None if one.due else one.at for one in failed],
    )  # fmt: skip


async def silences(
    connection: Connection, tenant: str, subscriptions: Collection[str]
) -> dict[str, datetime]:
    """Until when throttled subscriptions are not to speak, where they have spoken."""
    rows = await connection.fetch(
        "select id, quiet_until from subscription where tenant = $1 and id = any($2::text[]) "
        "and quiet_until is not null",
        tenant, list(subscriptions),
    )  # fmt: skip
    return {row["id"]: row["quiet_until"] for row in rows}


async def keep_silent(connection: Connection, tenant: str, until: Mapping[str, datetime]) -> None:
    await connection.execute(
        "update subscription s set quiet_until = q.until from unnest($2::text[], $3::timestamptz[]) as q(id, until) "
        "where s.tenant = $1 and s.id = q.id",
        tenant, list(until), list(until.values()),
    )  # fmt: skip


async def overflow(
    connection: Connection, tenant: str, subscription: str, *, most: int, now: datetime, fault: str
) -> None:
    """The oldest beyond so many are given up."""
    await connection.execute(_OVERFLOW, tenant, subscription, now, fault, most)


def _tallies(attempts: Sequence[Attempt]) -> list[tuple[object, ...]]:
    by_subscription: dict[str, list[Attempt]] = {}
    for one in attempts:
        by_subscription.setdefault(one.message.subscription, []).append(one)
    return [
        (
            id,
            len(some),
            sum(one.fault is not None for one in some),
            max(one.at for one in some),
            max((one.at for one in some if one.fault is None), default=None),
            max((one.at for one in some if one.fault is not None), default=None),
        )
        for id, some in sorted(by_subscription.items())
    ]


def _message(tenant: str, row: Any) -> Message:
    return Message(
        tenant=tenant, id=row["id"], subscription=row["subscription"], body=row["body"], made=row["made"],
        due=row["due"], tries=row["tries"], held=row["held"], dead=row["dead"], fault=row["fault"],
    )  # fmt: skip
