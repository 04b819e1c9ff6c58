"""What happens to shared data by itself: contracts run out, clocks of requests and disputes act, corrections are told."""

import asyncio
import logging
from datetime import timedelta
from itertools import count
from pathlib import Path

from quanyu.core.actor import system_actor
from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.definitions import DISPUTE, REQUEST
from quanyu.exchange.delivery import ledger
from quanyu.exchange.disputes import _sql as disputes_sql
from quanyu.exchange.elements.settling import follow_clocks
from quanyu.exchange.exhibits import forget_unnamed
from quanyu.exchange.requests import _sql as requests_sql
from quanyu.exchange.requests.service import Requests
from quanyu.exchange.requests.steps import MOVED
from quanyu.exchange.unusual import tell_unusual
from quanyu.store import Connection, Database, emit
from quanyu.workflow import instance

_PAUSE_SECONDS = 1.0
_TURNS_TO_WATCH = 60
_LONGEST_CALL = timedelta(days=1)
_TO_BE_NAMED = timedelta(days=1)
_PART = "sharing"

_log = logging.getLogger("quanyu.sharing")


async def run(database: Database, tenant: str, *, clock: Clock) -> None:
    """Until cancelled. A contract ends at its moment without this; here its end is noted and told."""
    for turn in count():
        try:
            await expire(database, tenant, clock=clock)
            async with database.tenant(tenant) as connection:
                await follow_clocks(connection, tenant, clock())
            if turn % _TURNS_TO_WATCH == 0:
                async with database.tenant(tenant) as connection:
                    await tell_unusual(connection, tenant, clock())
                    await forget_unnamed(connection, clock() - _TO_BE_NAMED)
        except QuanyuError as error:
            _log.warning("contracts wait: %s", error)
        await asyncio.sleep(_PAUSE_SECONDS)


async def expire(database: Database, tenant: str, *, clock: Clock) -> int:
    now = clock()
    async with database.tenant(tenant) as connection:
        await ledger.give_up(connection, tenant, now - _LONGEST_CALL, now)
        return await Contracts(connection, system_actor(tenant, _PART), now).expire_due()


async def follow(connection: Connection, tenant: str, id: str, *, clock: Clock) -> None:
    """Where a piece of work stands that a clock has moved; nothing for work of others."""
    work = await instance(connection, id)
    if work.definition == REQUEST:
        await requests_sql.mirror(connection, tenant, work, work.positions[0], clock())
        await emit(connection, tenant, MOVED, {"request": work.subject, "state": work.positions[0].state})
    elif work.definition == DISPUTE:
        await disputes_sql.mirror(connection, tenant, work, work.positions[0], clock())


async def ended(
    connection: Connection, tenant: str, request: str | None, folder: Path, *, clock: Clock
) -> None:
    """The contract of a request is over: its effect is to be told. Doing it again changes nothing."""
    if request is not None:
        await Requests(connection, system_actor(tenant, _PART), clock(), folder).ended(request)
