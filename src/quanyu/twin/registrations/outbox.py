"""What subscribers of registrations are still to be told, one after the other. The only SQL of source_notification."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quanyu.store import Connection

_PUT = "insert into source_notification (tenant, subscription, body, made, due) values ($1, $2, $3, $4, $4)"
_TAKE = """
update source_notification n set busy = $4 where tenant = $1 and due <= $3 and (busy is null or busy <= $3) and id = (
  select min(id) from source_notification where tenant = $1 and subscription = $2)
returning id, body, made, tries
"""
_AGAIN = (
    "update source_notification set due = $3, busy = null, tries = tries + 1 where tenant = $1 and id = $2"
)
_DONE = "delete from source_notification where tenant = $1 and id = $2"
_DUE = """
select distinct tenant, subscription from source_notification where due <= $1 and (busy is null or busy <= $1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One notification on its way."""

    tenant: str
    id: int
    body: Mapping[str, Any]
    made: datetime
    tries: int


async def put(
    connection: Connection, tenant: str, subscription: str, body: Mapping[str, Any], *, now: datetime
) -> None:
    await connection.execute(_PUT, tenant, subscription, body, now)


async def take(
    connection: Connection, tenant: str, subscription: str, *, now: datetime, until: datetime
) -> Letter | None:
    """The oldest of one subscription, for us alone `until` then; None where there is none, or it is not its time."""
    row = await connection.fetchrow(_TAKE, tenant, subscription, now, until)
    return None if row is None else Letter(tenant=tenant, **row)


async def again(connection: Connection, letter: Letter, due: datetime) -> None:
    await connection.execute(_AGAIN, letter.tenant, letter.id, due)


async def done(connection: Connection, letter: Letter) -> None:
    """Delivered, or given up."""
    await connection.execute(_DONE, letter.tenant, letter.id)


async def due(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """Tenants and subscriptions for which something may be done; as the owner of the tables, who sees all tenants."""
    return [(row["tenant"], row["subscription"]) for row in await connection.fetch(_DUE, now)]
