"""Giving and taking over: what is given is kept as it was; whoever gives does not sign for it."""

import secrets
from datetime import datetime, timedelta

import asyncpg

from quanyu.act.cases.ground import Parameters
from quanyu.act.handover import _sql
from quanyu.act.handover.model import Draft, Given, Handover, ShiftState
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.core.page_token import NEWEST
from quanyu.store import Connection

SHIFT = timedelta(hours=12)
LONGEST = timedelta(days=3)
EVERYWHERE: Parameters = (None, None)
_DECISIONS = ("grant", "refuse")
"""Acts of the workflow's side approvals (延时, 挂账, 回退, 作废): what somebody was promised or denied."""


async def draft(
    connection: Connection,
    tenant: str,
    now: datetime,
    begun: datetime | None = None,
    ground: Parameters = EVERYWHERE,
) -> Draft:
    """As it would be given now; `ground` narrows what it shows, as `parameters` makes it."""
    begun = await _beginning(connection, tenant, now, begun)
    return Draft(begun=begun, ended=now, state=await _state(connection, tenant, begun, now, ground))


async def give(connection: Connection, tenant: str, given: Given, *, by: str, now: datetime) -> Handover:
    """Raises Conflict while the last one waits for its signature."""
    sheet = await draft(connection, tenant, now, given.begun)
    made = Handover(
        id=secrets.token_hex(8), begun=sheet.begun, ended=sheet.ended, given_by=by, notes=given.notes.strip(),
        promises=given.promises, state=sheet.state, signed_by=None, signed_at=None, remark="",
    )  # fmt: skip
    try:
        async with connection.transaction():
            await _sql.add(connection, tenant, made)
    except asyncpg.UniqueViolationError:
        raise Conflict("act.handover.unsigned") from None
    return made


async def sign(connection: Connection, id: str, *, by: str, now: datetime, remark: str) -> Handover:
    """Raises Conflict for who gave it, and where somebody has signed already."""
    found = await handover(connection, id)
    if found.given_by == by:
        raise Conflict("act.handover.own")
    if not await _sql.sign(connection, id, by, now, remark.strip()):
        raise Conflict("act.handover.signed")
    return await handover(connection, id)


async def handover(connection: Connection, id: str) -> Handover:
    found = await _sql.handover(connection, id)
    if found is None:
        raise NotFound("act.handover.unknown", id=id)
    return found


async def _beginning(connection: Connection, tenant: str, now: datetime, begun: datetime | None) -> datetime:
    """Where the last shift ended; without one, a shift ago. Never longer ago than LONGEST."""
    if begun is None:
        last = await _sql.newest(connection, tenant, NEWEST, 1)
        begun = last[0].ended if last else now - SHIFT
        return max(begun, now - LONGEST)
    if begun.tzinfo is None or not now - LONGEST <= begun < now:
        raise Invalid("act.handover.begun", days=LONGEST.days)
    return begun


async def _state(
    connection: Connection, tenant: str, begun: datetime, ended: datetime, ground: Parameters
) -> ShiftState:
    numbers = await _sql.numbers(connection, tenant, begun, ended, ground)
    overdue = await _sql.due_within(connection, tenant, begun, ended, ground)
    granted = await _sql.decided(connection, tenant, begun, ended, ground, _DECISIONS)
    ahead = await _sql.due_within(connection, tenant, ended, ended + SHIFT, ground)
    lists = {"overdue": overdue, "granted": granted, "ahead": ahead}
    return ShiftState(
        reported=numbers["reported"], closed=numbers["closed"], open=numbers["open"], late=numbers["late"],
        overdue=overdue.first, granted=granted.first, ahead=ahead.first,
        beyond={name: one.beyond for name, one in lists.items() if one.beyond},
    )  # fmt: skip
