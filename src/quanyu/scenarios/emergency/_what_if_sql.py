"""The only SQL of the table `emergency_what_if`."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from quanyu.packs import Connection

Row = Mapping[str, Any]


async def put(
    connection: Connection, tenant: str, branch: str, *, at: datetime, author: str, minutes: float, since: datetime,
    until: datetime, calls: int, reached: int, reached_then: int, body: Mapping[str, Any],
) -> None:  # fmt: skip
    """In place of what stood on the branch before."""
    await connection.execute(
        """insert into emergency_what_if values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (tenant, branch) do update
        set at=excluded.at, author=excluded.author, minutes=excluded.minutes, since=excluded.since, until=excluded.until,
          calls=excluded.calls, reached=excluded.reached, reached_then=excluded.reached_then, body=excluded.body""",
        tenant, branch, at, author, minutes, since, until, calls, reached, reached_then, dict(body),
    )  # fmt: skip


async def on(connection: Connection, tenant: str, branches: Collection[str]) -> list[Row]:
    """Those that stand on one of these branches, the newest first."""
    rows: list[Row] = await connection.fetch(
        "select * from emergency_what_if where tenant=$1 and branch=any($2::text[]) order by at desc, branch",
        tenant, list(branches),
    )  # fmt: skip
    return rows


async def remove(connection: Connection, tenant: str, branch: str) -> bool:
    """Whether it was there."""
    done: str = await connection.execute(
        "delete from emergency_what_if where tenant=$1 and branch=$2", tenant, branch
    )
    return done.endswith(" 1")
