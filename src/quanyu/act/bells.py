"""The clock of all work: escalations and due times, told as they come."""

import asyncio
import logging

from quanyu.act.cases.following import works_of_cases
from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError
from quanyu.store import Database

_PAUSE_SECONDS = 1.0
_AT_ONCE = 100

_log = logging.getLogger("quanyu.bells")


async def run(database: Database, tenant: str, *, clock: Clock) -> None:
    """Until cancelled. What came due while nobody ran is told first; a database that goes away is waited for."""
    while True:
        try:
            rung = await ring(database, tenant, clock=clock)
        except QuanyuError as error:
            _log.warning("bells wait: %s", error)
            rung = 0
        if rung < _AT_ONCE:
            await asyncio.sleep(_PAUSE_SECONDS)


async def ring(database: Database, tenant: str, *, clock: Clock) -> int:
    """Of how many pieces of work a bell rang."""
    async with database.tenant(tenant) as connection:
        return await works_of_cases(connection, tenant, clock()).ring_due(limit=_AT_ONCE)
