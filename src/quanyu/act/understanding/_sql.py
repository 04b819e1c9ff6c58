"""The statements of understanding: open cases near a report, closed ones to learn from, what a city has set."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from quanyu.act.understanding.model import Rules
from quanyu.core.geometry import Box
from quanyu.store import Connection

_MATTER = "id, class, title, description, address, component, lon, lat, reported"
_OPEN = "closed is null and reported between $1 and $2 and id <> $3"
_MOST_NEAR = 200
_MOST_LEARNED = 300_000

_NEAR = f"""
select {_MATTER} from case_record
where {_OPEN} and lon is not null and box(point(lon, lat), point(lon, lat)) && $4::box
order by reported desc limit {_MOST_NEAR}
"""
_NAMED = f"""
(select {_MATTER} from case_record where {_OPEN} and component = $4 order by reported desc limit {_MOST_NEAR})
union
(select {_MATTER} from case_record where {_OPEN} and address = $5 order by reported desc limit {_MOST_NEAR})
"""


async def near(
    connection: Connection, box: Box, *, since: datetime, until: datetime, but: str
) -> Sequence[asyncpg.Record]:
    corners = asyncpg.Box((box.x2, box.y2), (box.x1, box.y1))
    found: Sequence[asyncpg.Record] = await connection.fetch(_NEAR, since, until, but, corners)
    return found


async def named(
    connection: Connection, *, component: str | None, address: str | None, since: datetime, until: datetime, but: str
) -> Sequence[asyncpg.Record]:  # fmt: skip
    """At the component or the address, wherever that is."""
    found: Sequence[asyncpg.Record] = await connection.fetch(_NAMED, since, until, but, component, address)
    return found


async def last_repair(connection: Connection, component: str) -> tuple[str | None, datetime | None]:
    """The newest case about it that was handled to its end, and when that was."""
    row = await connection.fetchrow(
        "select id, closed from case_record where component = $1 and closed is not null and outcome = 'archived' "
        "order by closed desc limit 1",
        component,
    )
    return (row["id"], row["closed"]) if row else (None, None)


async def learnable(connection: Connection) -> Sequence[asyncpg.Record]:
    """Cases with a class, oldest first; of very many the newest."""
    found: Sequence[asyncpg.Record] = await connection.fetch(
        f"""select * from (
              select id, class, title, description, region, grid, lon, lat, reported, closed, merged_into, outcome,
                coalesce(handled_by, organisation) as body
              from case_record where class is not null order by reported desc, id desc limit {_MOST_LEARNED}
            ) as newest order by reported, id"""
    )
    return found


async def rules(connection: Connection) -> Rules:
    said = await connection.fetchval("select rules from case_understanding")
    return msgspec.convert(said, Rules) if said else Rules()


async def put_rules(connection: Connection, tenant: str, rules: Rules) -> None:
    await connection.execute(
        "insert into case_understanding (tenant, rules) values ($1, $2) "
        "on conflict (tenant) do update set rules = excluded.rules",
        tenant, msgspec.to_builtins(rules),
    )  # fmt: skip
