"""The only SQL of calls, decisions and summaries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from quanyu.packs import Connection

Row = Mapping[str, Any]


async def add_call(
    connection: Connection, tenant: str, call: str, *, lon: float, lat: float, problem: str, patient: str | None,
    treating: Sequence[str], rang: datetime, moments: Mapping[str, str],
) -> bool:  # fmt: skip
    """Whether it is new."""
    done: str = await connection.execute(
        "insert into emergency_call values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        tenant, call, lon, lat, problem, patient, list(treating), rang, dict(moments),
    )  # fmt: skip
    return done.endswith(" 1")


async def call_of(connection: Connection, tenant: str, call: str, *, lock: bool = False) -> Row | None:
    found: Row | None = await connection.fetchrow(
        "select * from emergency_call where tenant=$1 and call=$2" + (" for update" if lock else ""),
        tenant,
        call,
    )
    return found


async def note(
    connection: Connection, tenant: str, call: str, moments: Mapping[str, str], treating: Sequence[str],
    hand_over: Mapping[str, Any] | None,
) -> None:  # fmt: skip
    await connection.execute(
        """update emergency_call set moments=$3, treating=$4, hand_over=coalesce($5::jsonb, hand_over)
        where tenant=$1 and call=$2""",
        tenant, call, dict(moments), list(treating), hand_over and dict(hand_over),
    )  # fmt: skip


async def calls_between(connection: Connection, tenant: str, begin: datetime, end: datetime) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select * from emergency_call where tenant=$1 and rang>=$2 and rang<$3 order by rang",
        tenant,
        begin,
        end,
    )
    return rows


async def open_calls(connection: Connection, tenant: str, rang_after: datetime) -> list[Row]:
    """Not handed over yet, and not closed; with the decision in force, null where there is none."""
    rows: list[Row] = await connection.fetch(
        """select c.*, d.ambulance, d.facility, d.body from emergency_call c left join lateral (
            select ambulance, facility, body from emergency_decision where tenant=c.tenant and call=c.call
            order by number desc limit 1) d on true
        where tenant=$1 and rang>$2 and not moments ?| array['closed', 'handed_over'] order by rang""",
        tenant, rang_after,
    )  # fmt: skip
    return rows


async def dispatch_alone(connection: Connection, tenant: str) -> None:
    """Until the transaction ends: two calls that are decided at once would send the same ambulance."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('quanyu dispatch ' || $1, 0))", tenant
    )


async def decisions_in_force(connection: Connection, tenant: str, rang_after: datetime) -> list[Row]:
    """Of each open call the last one; `since`: when its ambulance was first chosen for it."""
    rows: list[Row] = await connection.fetch(
        """select distinct on (d.call) d.call, d.ambulance, d.facility,
            min(d.at) over (partition by d.call, d.ambulance) as since
        from emergency_decision d join emergency_call c using (tenant, call)
        where tenant=$1 and c.rang>$2 and not c.moments ?| array['closed', 'handed_over']
        order by d.call, d.number desc""",
        tenant, rang_after,
    )  # fmt: skip
    return rows


async def decision_of(connection: Connection, tenant: str, call: str) -> Row | None:
    """The one in force."""
    found: Row | None = await connection.fetchrow(
        "select * from emergency_decision where tenant=$1 and call=$2 order by number desc limit 1",
        tenant,
        call,
    )
    return found


async def decisions_of(connection: Connection, tenant: str, call: str) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select * from emergency_decision where tenant=$1 and call=$2 order by number", tenant, call
    )
    return rows


async def add_decision(
    connection: Connection, tenant: str, call: str, *, number: int, at: datetime, ambulance: str, facility: str,
    body: Mapping[str, Any],
) -> None:  # fmt: skip
    await connection.execute(
        "insert into emergency_decision values ($1, $2, $3, $4, $5, $6, $7)",
        tenant, call, number, at, ambulance, facility, dict(body),
    )  # fmt: skip


async def put_summary(
    connection: Connection, tenant: str, patient: str, account: str | None, body: Mapping[str, Any]
) -> None:
    await connection.execute(
        """insert into emergency_summary values ($1, $2, $3, $4) on conflict (tenant, patient) do update
        set account=excluded.account, body=excluded.body""",
        tenant, patient, account, dict(body),
    )  # fmt: skip


async def summary_of(connection: Connection, tenant: str, patient: str) -> Row | None:
    found: Row | None = await connection.fetchrow(
        "select * from emergency_summary where tenant=$1 and patient=$2", tenant, patient
    )
    return found


async def note_access(
    connection: Connection, tenant: str, patient: str, *, at: datetime, actor: str, how: str, call: str | None,
    reason: str | None,
) -> None:  # fmt: skip
    await connection.execute(
        "insert into emergency_access(tenant, patient, at, actor, how, call, reason) values ($1, $2, $3, $4, $5, $6, $7)",
        tenant, patient, at, actor, how, call, reason,
    )  # fmt: skip


async def accesses_of(connection: Connection, tenant: str, patient: str) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select at, actor, how, call, reason from emergency_access where tenant=$1 and patient=$2 order by id desc",
        tenant, patient,
    )  # fmt: skip
    return rows
