"""The only SQL of the tables `source_terminal` and `source_order`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from quanyu.store import Connection

_HALF = 0x8000
_PATIENCE, _MOST_AGAIN = timedelta(seconds=10), 3
"""How long the first answer of a terminal is waited for, and how often it is told again what it does not answer."""


async def seen(
    connection: Connection, tenant: str, source: str, terminals: Mapping[str, str | None], now: datetime
) -> None:
    """`terminals`: number and, after a registration, its plate."""
    await connection.execute(
        """insert into source_terminal(tenant, source, terminal, plate, first_seen, seen)
        select $1, $2, t.terminal, t.plate, $5, $5 from unnest($3::text[], $4::text[]) t(terminal, plate)
        on conflict (tenant, source, terminal) do update
          set seen=excluded.seen, plate=coalesce(excluded.plate, source_terminal.plate)""",
        tenant, source, list(terminals), list(terminals.values()), now,
    )  # fmt: skip


async def all_of(connection: Connection, tenant: str, source: str, *, after: str, limit: int) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        "select * from source_terminal where tenant=$1 and source=$2 and terminal>$3 order by terminal limit $4",
        tenant, source, after, limit,
    )  # fmt: skip
    return rows


async def knows(connection: Connection, tenant: str, source: str, terminal: str) -> bool:
    found: bool = await connection.fetchval(
        "select exists (select from source_terminal where tenant=$1 and source=$2 and terminal=$3)",
        tenant,
        source,
        terminal,
    )
    return found


async def order(
    connection: Connection, tenant: str, source: str, terminal: str, *, message: int, body: bytes, author: str, now: datetime
) -> int:  # fmt: skip
    """The number of the order. The sequence of the newest order of a number is the one that counts."""
    found: int = await connection.fetchval(
        """insert into source_order(tenant, source, terminal, message, body, sequence, author, asked)
        values ($1, $2, $3, $4, $5, $8::int + (select count(*) from source_order
          where tenant=$1 and source=$2 and terminal=$3) % $8::int, $6, $7) returning id""",
        tenant, source, terminal, message, body, author, now, _HALF,
    )  # fmt: skip
    return found


async def orders_of(
    connection: Connection, tenant: str, source: str, terminal: str, *, limit: int
) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        "select * from source_order where tenant=$1 and source=$2 and terminal=$3 order by id desc limit $4",
        tenant, source, terminal, limit,
    )  # fmt: skip
    return rows


async def take_orders(
    connection: Connection, tenant: str, source: str, terminals: Sequence[str], now: datetime
) -> list[Any]:
    """What waits for these terminals or was not answered in time, noted as sent. Each time is waited longer, as JT/T 808 has it:
    T(n+1) = T(n) × (n+1)."""
    rows: list[Any] = await connection.fetch(
        """update source_order set sent=$4, times=times+1 where tenant=$1 and source=$2 and terminal=any($3::text[])
        and answered is null and (sent is null or times between 1 and $5 and sent + $6::interval * factorial(times)::float8 <= $4)
        returning id, terminal, message, sequence, body""",
        tenant, source, list(terminals), now, _MOST_AGAIN, _PATIENCE,
    )  # fmt: skip
    return sorted(rows, key=lambda row: row["id"])


async def answered(
    connection: Connection,
    tenant: str,
    source: str,
    terminal: str,
    *,
    sequence: int,
    result: int,
    now: datetime,
) -> None:
    await connection.execute(
        """update source_order set answered=$5, result=$6 where tenant=$1 and source=$2 and id=(
          select max(id) from source_order where tenant=$1 and source=$2 and terminal=$3 and sequence=$4 and sent is not null)""",
        tenant, source, terminal, sequence, now, result,
    )  # fmt: skip
