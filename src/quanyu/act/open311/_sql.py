"""What GeoReport asks of cases beside the cases' own statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from quanyu.store import Connection

_FOUND = """
select id from case_record
where ($1::text[] is null or id = any($1)) and ($2::text[] is null or class = any($2))
  and reported between $3 and $4 and ($5::boolean is null or (closed is null) = $5) and ($6::text is null or channel = $6)
order by reported desc, id desc limit $7
"""
_UPDATES = """
select s.instance || ':' || s.number as update_id, r.id as service_request_id, s.body->>'target' as state, s.at,
  r.closed is not null and s.at >= r.closed as closed
from workflow_step s join case_record r on r.tenant = s.tenant and r.instance = s.instance
where s.at between $1 and $2 and s.body->>'origin' <> s.body->>'target' and ($3::text is null or r.channel = $3)
order by s.at limit $4
"""


async def found(
    connection: Connection, *, ids: Sequence[str] | None, classes: Sequence[str] | None, start: datetime, end: datetime,
    open: bool | None, channel: str | None, limit: int,
) -> list[str]:  # fmt: skip
    rows = await connection.fetch(
        _FOUND, ids and list(ids), classes and list(classes), start, end, open, channel, limit
    )
    return [row["id"] for row in rows]


async def last_steps(connection: Connection, instances: Sequence[str]) -> dict[str, datetime]:
    """When something last happened to each."""
    rows = await connection.fetch(
        "select instance, max(at) as at from workflow_step where instance = any($1) group by instance",
        list(instances),
    )
    return {row["instance"]: row["at"] for row in rows}


async def updates(
    connection: Connection, start: datetime, end: datetime, *, channel: str | None, limit: int
) -> list[dict[str, Any]]:
    return [dict(row) for row in await connection.fetch(_UPDATES, start, end, channel, limit)]
