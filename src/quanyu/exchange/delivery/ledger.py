"""The ledger: each call is counted before a byte leaves, and closed with what has left; both beside their evidence."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from quanyu.core.clock import CITY_ZONE
from quanyu.exchange.policy import Rate
from quanyu.store import Connection

_COLUMNS = (
    "c.contract, c.id, c.at, c.actor, c.actor_name, c.consumer, c.purpose, c.way, c.query, c.format, c.dataset_version, "
    "c.state, c.rows, c.bytes, c.hash, c.finished"
)


class CallState(StrEnum):
    OPEN = "open"
    DONE = "done"
    CUT = "cut"  # by the contract's end, or because nobody listened any more
    FAILED = "failed"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the ledger. `hash` is the SM3 of the bytes that left."""

    contract: str
    id: str
    at: datetime
    actor: str
    consumer: str
    way: str
    actor_name: str = ""
    purpose: str = ""
    query: str = ""
    format: str = ""
    dataset_version: int | None = None
    state: CallState = CallState.OPEN
    rows: int = 0
    bytes: int = 0
    hash: str | None = None
    finished: datetime | None = None


async def seconds_too_early(connection: Connection, contract: str, rate: Rate, now: datetime) -> int:
    """Until the rate allows the next call; 0 where it does now."""
    oldest: datetime | None = await connection.fetchval(
        "select at from share_call where contract = $1 and at > $2 and at <= $4 order by at desc limit 1 offset $3",
        contract, now - rate.per.length, rate.number - 1, now,
    )  # fmt: skip
    if oldest is None:
        return 0
    return max(1, -int((now - oldest - rate.per.length).total_seconds() // 1))


async def open_call(connection: Connection, tenant: str, call: Call, *, epsilon: float) -> None:
    values: dict[str, Any] = msgspec.structs.asdict(call)
    places = ", ".join(f"${place}" for place in range(2, len(values) + 2))
    last = len(values) + 1
    await connection.execute(
        f"with line as (insert into share_call (tenant, {', '.join(values)}) values ($1, {places})) "
        f"update share_usage set calls = calls + 1, epsilon = epsilon + ${last + 1}, last = $4 "
        "where tenant = $1 and contract = $2",
        tenant, *values.values(), epsilon,
    )  # fmt: skip


async def close_call(
    connection: Connection, tenant: str, id: str, *, state: CallState, rows: int, size: int, hash: str, now: datetime
) -> None:  # fmt: skip
    """Once: a call that is closed stays as it is."""
    await connection.execute(
        "with closed as (update share_call set state = $3, rows = $4, bytes = $5, hash = $6, finished = $7 "
        "where tenant = $1 and id = $2 and state = 'open' returning contract) "
        "update share_usage as u set rows = u.rows + $4, bytes = u.bytes + $5 from closed "
        "where u.tenant = $1 and u.contract = closed.contract",
        tenant, id, state, rows, size, hash, now,
    )  # fmt: skip


async def give_up(connection: Connection, tenant: str, before: datetime, now: datetime) -> None:
    """Calls that nobody closed, because the node was killed meanwhile: what left under them is not known."""
    await connection.execute(
        "update share_call set state = 'failed', finished = $3 where tenant = $1 and state = 'open' and at < $2",
        tenant, before, now,
    )  # fmt: skip


async def count_refusal(connection: Connection, tenant: str, contract: str) -> None:
    await connection.execute(
        "update share_usage set refused = refused + 1 where tenant = $1 and contract = $2", tenant, contract
    )


async def call(connection: Connection, id: str) -> Call | None:
    """A line of it; under several contracts they say the same of what has left."""
    row = await connection.fetchrow(f"select {_COLUMNS} from share_call c where id = $1 limit 1", id)
    return msgspec.convert(dict(row), Call) if row else None


async def calls(
    connection: Connection,
    contract: str,
    *,
    day: date | None = None,
    before: tuple[datetime, str],
    limit: int,
) -> list[Call]:
    """Newest first; those of a day of the city's calendar, where one is asked for."""
    of_day = (
        "c.at >= $2::date::timestamp at time zone $3 and c.at < ($2::date + 1)::timestamp at time zone $3"
    )
    under = f"share_call c where c.contract = $1 and ($2::date is null or ({of_day}))"
    return await calls_among(connection, under, (contract, day, CITY_ZONE.key), before=before, limit=limit)


async def calls_among(
    connection: Connection,
    sought: str,
    values: Sequence[object],
    *,
    before: tuple[datetime, str],
    limit: int,
) -> list[Call]:
    """A page of the calls that are sought, newest first. `sought` names `share_call c`, its conditions have the `values` as $1 and so on."""
    at, id, last = (f"${len(values) + place}" for place in (1, 2, 3))
    rows = await connection.fetch(
        f"select {_COLUMNS} from {sought} and (c.at, c.id) < ({at}, {id}) order by c.at desc, c.id desc limit {last}",
        *values, *before, limit,
    )  # fmt: skip
    return [msgspec.convert(dict(row), Call) for row in rows]
