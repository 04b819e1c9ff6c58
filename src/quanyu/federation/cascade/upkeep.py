"""Keeps the levels' catalogues together as long as the node runs."""

import asyncio
import logging
from pathlib import Path

from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError
from quanyu.federation import _sql
from quanyu.federation.cascade.service import cascade
from quanyu.store import Database

_PAUSE_SECONDS = 5.0

_log = logging.getLogger("quanyu.federation")


async def run(database: Database, tenant: str, folder: Path, *, clock: Clock) -> None:
    """Until cancelled; rests only when nothing moved."""
    while True:
        if not await _turn(database, tenant, folder, clock):
            await asyncio.sleep(_PAUSE_SECONDS)


async def _turn(database: Database, tenant: str, folder: Path, clock: Clock) -> int:
    try:
        async with database.tenant(tenant) as connection:
            if await _sql.own_card(connection) is None:
                return 0
            return await cascade(connection, tenant, folder, clock())
    except QuanyuError as error:
        _log.warning("catalogues wait: %s", error)
        return 0
