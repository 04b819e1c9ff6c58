"""The only statements on hand-overs, and those on the cases of a shift."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from quanyu.act.cases.ground import IN, Parameters
from quanyu.act.handover.model import Handover, Line, Lines, Promise, ShiftState
from quanyu.store import Connection

MOST = 100
_COLUMNS = "id, begun, ended, given_by, notes, promises, state, signed_by, signed_at, remark"

# $1 tenant, $2 begun, $3 ended, $4 box or null, $5 outer boundaries of an area or null.
_WITHIN = IN.format(box="$4", rings="$5")
_NUMBERS = f"""
select (select count(*) from case_record where tenant = $1 and {_WITHIN} and reported >= $2 and reported < $3) as reported,
  (select count(*) from case_record where tenant = $1 and {_WITHIN} and closed >= $2 and closed < $3) as closed,
  count(*) as open, count(*) filter (where due < $3) as late
from case_record where tenant = $1 and {_WITHIN} and closed is null
"""
_LINE = "count(*) over () as all_lines, c.id, c.title, c.state, c.organisation, c.entered, c.due"
_DUE_WITHIN = f"""
select {_LINE} from case_record c
where c.tenant = $1 and {_WITHIN} and c.closed is null and c.due >= $2 and c.due < $3 order by c.due, c.id limit {MOST}
"""
# By the cases that have changed since: steps have no index of their own by time.
_GRANTED = f"""
select {_LINE}, s.act, coalesce(s.body->>'reason', '') as reason from case_record c
join workflow_step s on s.tenant = c.tenant and s.instance = c.instance
where c.tenant = $1 and {_WITHIN} and c.changed >= $2 and s.at >= $2 and s.at < $3 and s.act = any($6::text[])
order by s.at desc, c.id limit {MOST}
"""


async def numbers(
    connection: Connection, tenant: str, begun: datetime, ended: datetime, ground: Parameters
) -> dict[str, int]:
    row = await connection.fetchrow(_NUMBERS, tenant, begun, ended, *ground)
    assert row is not None
    return dict(row)


async def due_within(
    connection: Connection, tenant: str, begun: datetime, ended: datetime, ground: Parameters
) -> Lines:
    return _lines(await connection.fetch(_DUE_WITHIN, tenant, begun, ended, *ground))


async def decided(
    connection: Connection,
    tenant: str,
    begun: datetime,
    ended: datetime,
    ground: Parameters,
    acts: Sequence[str],
) -> Lines:
    return _lines(await connection.fetch(_GRANTED, tenant, begun, ended, *ground, list(acts)))


def _lines(rows: Sequence[asyncpg.Record]) -> Lines:
    first = [dict(row) for row in rows]
    there = [one.pop("all_lines") for one in first]
    return Lines(tuple(Line(**one) for one in first), max(there, default=0) - len(first))


async def add(connection: Connection, tenant: str, made: Handover) -> None:
    """Raises UniqueViolationError where one is not signed yet."""
    await connection.execute(
        f"insert into case_handover (tenant, {_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, null, null, '')",
        tenant, made.id, made.begun, made.ended, made.given_by, made.notes, msgspec.to_builtins(made.promises),
        msgspec.to_builtins(made.state),
    )  # fmt: skip


async def sign(connection: Connection, id: str, by: str, at: datetime, remark: str) -> bool:
    """Whether nobody had before."""
    done: str = await connection.execute(
        "update case_handover set signed_by = $2, signed_at = $3, remark = $4 where id = $1 and signed_at is null",
        id, by, at, remark,
    )  # fmt: skip
    return done.endswith("1")


async def handover(connection: Connection, id: str) -> Handover | None:
    row = await connection.fetchrow(f"select {_COLUMNS} from case_handover where id = $1", id)
    return row and _handover(row)


async def newest(
    connection: Connection, tenant: str, before: tuple[datetime, str], limit: int
) -> list[Handover]:
    """By the end of the shift and id."""
    rows = await connection.fetch(
        f"""select {_COLUMNS} from case_handover where tenant = $1 and (ended, id) < ($2, $3)
        order by ended desc, id desc limit $4""",
        tenant, *before, limit,
    )  # fmt: skip
    return [_handover(row) for row in rows]


def _handover(row: asyncpg.Record) -> Handover:
    values = dict(row)
    return Handover(
        promises=msgspec.convert(values.pop("promises"), tuple[Promise, ...]),
        state=msgspec.convert(values.pop("state"), ShiftState),
        **values,
    )
