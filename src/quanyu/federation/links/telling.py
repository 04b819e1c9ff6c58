"""Keeps other nodes informed as long as this one runs."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError
from quanyu.federation import _sql
from quanyu.federation.messages import Mail
from quanyu.store import Database

Tell = Callable[[Mail], Awaitable[int]]
"""Tells other nodes what has moved, and says how much that was."""

_SHORTEST_REST, _LONGEST_REST = 1.0, 5.0
_REST = 20
"""So many times as long as looking took is rested: a large catalogue is not looked through all the time."""

_log = logging.getLogger("quanyu.federation")


async def run(database: Database, tenant: str, folder: Path, *, clock: Clock, tells: Sequence[Tell]) -> None:
    """Until cancelled; rests only when there was nothing to tell. Who cannot tell keeps no other from it."""
    while True:
        began = time.monotonic()
        moved = sum([await _told(database, tenant, folder, clock, tell) for tell in tells])
        if not moved:
            rest = _REST * (time.monotonic() - began)
            await asyncio.sleep(min(max(_SHORTEST_REST, rest), _LONGEST_REST))


async def _told(database: Database, tenant: str, folder: Path, clock: Clock, tell: Tell) -> int:
    try:
        async with database.tenant(tenant) as connection:
            if await _sql.own_card(connection) is None:
                return 0
            return await tell(Mail(connection, tenant, folder, clock()))
    except QuanyuError as error:
        _log.warning("other nodes wait to be told: %s", error)
        return 0
