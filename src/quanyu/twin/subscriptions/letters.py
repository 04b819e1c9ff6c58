"""Dead letters: notifications that could not be delivered, shown, sent once more or thrown away by people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quanyu.core.errors import NotFound
from quanyu.core.page_token import Page, page_of, place_of
from quanyu.store import Connection
from quanyu.twin.subscriptions import _sql

_DEAD = """
select n.id, n.subscription, n.body, n.made, n.tries, n.dead, n.fault,
       s.body->'notification'->'endpoint'->>'uri' as endpoint
from notification n left join subscription s on s.tenant = n.tenant and s.id = n.subscription
where n.tenant = $1 and n.dead is not null and n.id > $2 and ($3::text is null or n.subscription = $3)
order by n.id limit $4
"""
# Under a new number, because a lane never looks behind itself.
_AGAIN = """
with taken as (
  delete from notification n using subscription s
  where n.tenant = $1 and n.dead is not null and s.tenant = n.tenant and s.id = n.subscription
    and ($2::bigint is null or n.id = $2) and ($3::text is null or n.subscription = $3)
  returning n.subscription, n.body, n.id
)
insert into notification (tenant, subscription, body, made, due)
select $1, t.subscription, t.body, $4, $4 from taken t order by t.id
returning subscription
"""
_ENDPOINT = "s.body->'notification'->'endpoint'->>'uri'"
# A password in the address is not found letter by letter.
_ASKED = f"""s.tenant = $1 and ($2 = '' or strpos(lower(s.id || ' ' || regexp_replace({_ENDPOINT}, '//[^/?#]*@', '//')), lower($2)) > 0
  or exists (select from notification f where f.tenant = s.tenant and f.subscription = s.id and f.dead is null
    and strpos(lower(f.fault), lower($2)) > 0))"""
_RANK = """case when count(n.dead) > 0 then 0 when count(n.id) > 0 then 1 when s.last_success is null then 2 else 3 end"""
"""Where something was given up, where something waits, what was never delivered to, what is well."""
_FARES = f"""
select s.id, {_ENDPOINT} as endpoint, s.sent, s.failed, s.last_success, s.last_failure,
       count(n.id) filter (where n.dead is null) as waiting, count(n.id) filter (where n.dead is not null) as dead,
       min(n.made) filter (where n.dead is null) as oldest, max(n.fault) filter (where n.dead is null) as fault,
       {{rank}} as rank
from subscription s left join notification n on n.tenant = s.tenant and n.subscription = s.id
where {_ASKED}
group by s.tenant, s.id having $3::bigint is null or ({{rank}}, s.id) > ($3, $4) order by rank, s.id limit $5
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """`fault`: why it was given up. `entities`: the ids that it tells of."""

    id: int
    subscription: str
    endpoint: str | None
    entities: tuple[str, ...]
    made: datetime
    given_up: datetime
    tries: int
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How the notifications of one subscription fare. `fault`: of the last attempt at what waits."""

    subscription: str
    endpoint: str
    sent: int
    failed: int
    waiting: int
    dead: int
    oldest: datetime | None
    last_success: datetime | None
    last_failure: datetime | None
    fault: str | None


async def dead_letters(
    connection: Connection, tenant: str, *, subscription: str | None, after: int, limit: int
) -> tuple[DeadLetter, ...]:
    """The oldest first."""
    return tuple(map(_letter, await connection.fetch(_DEAD, tenant, after, subscription, limit)))


async def replay(
    connection: Connection,
    tenant: str,
    *,
    id: int | None = None,
    subscription: str | None = None,
    now: datetime,
) -> int:
    """Sends one, or all of a subscription, or all, once more, to the endpoint that it names now; how many they were.

    Raises NotFound for one that is not there, or whose subscription is gone.
    """
    revision = await _sql.rise(connection, tenant)
    rows = await connection.fetch(_AGAIN, tenant, id, subscription, now)
    if id is not None and not rows:
        raise NotFound("twin.notification.unknown", id=id)
    await _sql.touch(connection, tenant, {row[0] for row in rows}, revision)
    return len(rows)


async def discard(connection: Connection, tenant: str, id: int) -> None:
    """Raises NotFound."""
    found = await connection.fetchval(
        "delete from notification where tenant = $1 and id = $2 and dead is not null returning 1", tenant, id
    )
    if found is None:
        raise NotFound("twin.notification.unknown", id=id)


async def deliveries(
    connection: Connection, tenant: str, *, text: str = "", worst: bool = False, after: str | None, limit: int
) -> Page[Delivery]:
    """By subscription id, or those first that somebody has to look after. `text` is part of the id, the address or a fault.

    Raises Invalid for an `after` that no list has given out.
    """
    place = place_of(after, tuple[int, str], refusal="twin.notification.token") if after else (None, None)
    statement = _FARES.format(rank=_RANK if worst else "0")
    rows = await connection.fetch(statement, tenant, text, *place, limit + 1)
    page = page_of(rows, limit, lambda row: (row["rank"], row["id"]))
    return Page(tuple(map(_delivery, page.items)), page.next)


async def count(connection: Connection, tenant: str, text: str) -> int:
    """How many subscriptions there are with this text."""
    found: int = await connection.fetchval(
        f"select count(*) from subscription s where {_ASKED}", tenant, text
    )
    return found


def _delivery(row: Any) -> Delivery:
    return Delivery(
        subscription=row["id"], endpoint=row["endpoint"], sent=row["sent"], failed=row["failed"],
        waiting=row["waiting"], dead=row["dead"], oldest=row["oldest"], last_success=row["last_success"],
        last_failure=row["last_failure"], fault=row["fault"],
    )  # fmt: skip


def _letter(row: Any) -> DeadLetter:
    data = row["body"]["data"]
    entities = data["features"] if isinstance(data, dict) else data
    return DeadLetter(
        id=row["id"], subscription=row["subscription"], endpoint=row["endpoint"],
        entities=tuple(str(one["id"]) for one in entities if "id" in one),
        made=row["made"], given_up=row["dead"], tries=row["tries"], fault=row["fault"] or "",
    )  # fmt: skip
