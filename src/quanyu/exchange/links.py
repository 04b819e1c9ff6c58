"""Who gives and who gets: the balance of each body, and the links that were really used. Counted from the ledger of calls."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from quanyu.core.clock import CITY_ZONE
from quanyu.exchange.delivery.ledger import Call, calls_among
from quanyu.store import Connection


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """Of one body: what others had of it, and what it had of others. `partners` are bodies with which it has exchanged anything."""

    organisation: str
    given_calls: int
    given_rows: int
    taken_calls: int
    taken_rows: int
    given_datasets: int
    taken_datasets: int
    partners: int


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """At least one answer that arrived whole, in a direction."""

    provider: str
    consumer: str
    datasets: int
    calls: int
    rows: int
    last: datetime


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """`index` is links over all that are possible between the bodies that had a contract by then: L / (n (n − 1) / 2)."""

    month: date
    bodies: int
    links: int
    index: float


_CONSUMER = "k.consumer || case when k.consumer_node = '' then '' else '@' || k.consumer_node end"
_DONE = f"""
select k.provider, {_CONSUMER} as consumer, k.dataset, c.rows, c.at, c.contract
from share_call c join share_contract k on k.tenant = c.tenant and k.id = c.contract
where c.state = 'done' and c.at >= $1
"""


async def balances(connection: Connection, since: datetime) -> list[Balance]:
    """Whoever gives most first."""
    rows = await connection.fetch(
        f"""with done as ({_DONE}), sides as (
              select provider as organisation, consumer as partner, dataset, rows, true as gives from done
              union all select consumer, provider, dataset, rows, false from done)
            select organisation, count(*) filter (where gives) as given_calls,
                   coalesce(sum(rows) filter (where gives), 0)::bigint as given_rows,
                   count(*) filter (where not gives) as taken_calls,
                   coalesce(sum(rows) filter (where not gives), 0)::bigint as taken_rows,
                   count(distinct dataset) filter (where gives) as given_datasets,
                   count(distinct dataset) filter (where not gives) as taken_datasets,
                   count(distinct partner) as partners
            from sides group by organisation order by given_rows desc, given_calls desc, organisation""",
        since,
    )
    return [Balance(**dict(row)) for row in rows]


async def links_used(connection: Connection, since: datetime, bodies: Sequence[str] | None) -> list[Link]:
    """Those that touch these bodies, None is all; the busiest first."""
    rows = await connection.fetch(
        f"""select provider, consumer, count(distinct dataset) as datasets, count(*) as calls, sum(rows)::bigint as rows,
                   max(at) as last from ({_DONE}) d
            where $2::text[] is null or provider = any($2) or consumer = any($2)
            group by provider, consumer order by calls desc, provider, consumer""",
        since, None if bodies is None else list(bodies),
    )  # fmt: skip
    return [Link(**dict(row)) for row in rows]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What a link is made of: one dataset that went one way; `consumer` as `Party.desk` says it."""

    provider: str
    consumer: str
    dataset: str
    calls: int
    rows: int
    last: datetime


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """Which answers are looked for. `bodies`: one side is one of them, None is all; `month`: its first day, of the city's calendar."""

    since: datetime
    bodies: tuple[str, ...] | None = None
    month: date | None = None
    provider: str | None = None
    consumer: str | None = None
    dataset: str | None = None

    @property
    def values(self) -> tuple[object, ...]:
        bodies = None if self.bodies is None else list(self.bodies)
        return (self.since, bodies, self.month, CITY_ZONE.key, self.provider, self.consumer, self.dataset)


_ARRIVED = f"""share_call c join share_contract k on k.tenant = c.tenant and k.id = c.contract
where c.state = 'done' and c.at >= $1
  and ($2::text[] is null or k.provider = any($2) or (k.consumer_node = '' and k.consumer = any($2)))
  and ($3::date is null or date_trunc('month', c.at at time zone $4)::date = $3)
  and ($5::text is null or k.provider = $5) and ($6::text is null or {_CONSUMER} = $6)
  and ($7::text is null or k.dataset = $7)"""


async def lines(connection: Connection, sought: Arrived) -> list[Line]:
    """The busiest first."""
    rows = await connection.fetch(
        f"""select k.provider, {_CONSUMER} as consumer, k.dataset, count(*) as calls, sum(c.rows)::bigint as rows, max(c.at) as last
            from {_ARRIVED} group by 1, 2, 3 order by calls desc, 1, 2, 3""",
        *sought.values,
    )  # fmt: skip
    return [Line(**dict(row)) for row in rows]


async def arrived(
    connection: Connection, sought: Arrived, *, before: tuple[datetime, str], limit: int
) -> list[Call]:
    """The single calls of lines, newest first."""
    return await calls_among(connection, _ARRIVED, sought.values, before=before, limit=limit)


async def months(connection: Connection, since: datetime) -> list[Month]:
    """The curve, the oldest first; a pair counts once, whichever way the data went."""
    rows = await connection.fetch(
        f"""with pairs as (
              select date_trunc('month', at at time zone $2)::date as month,
                     count(distinct (least(provider, consumer), greatest(provider, consumer))) as links
              from ({_DONE}) d where provider <> consumer group by 1)
            select p.month, p.links, (
                     select count(distinct body) from share_contract k,
                       lateral (values (k.provider || '@'), (k.consumer || '@' || k.consumer_node)) b (body)
                     where k.created at time zone $2 < p.month + interval '1 month') as bodies
            from pairs p order by p.month""",
        since, CITY_ZONE.key,
    )  # fmt: skip
    return [_month(row["month"], row["bodies"], row["links"]) for row in rows]


def _month(month: date, bodies: int, links: int) -> Month:
    possible = bodies * (bodies - 1) // 2
    return Month(
        month=month, bodies=bodies, links=links, index=round(links / possible, 4) if possible else 0.0
    )
