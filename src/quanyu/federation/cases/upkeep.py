"""Keeps shared cases in step as long as the node runs."""

import asyncio
import logging
from pathlib import Path

from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError
from quanyu.federation import _sql
from quanyu.federation.cases.service import follow
from quanyu.federation.messages import Mail
from quanyu.store import Database

_PAUSE_SECONDS = 1.0

_log = logging.getLogger("quanyu.federation")


async def run(database: Database, tenant: str, folder: Path, *, clock: Clock) -> None:
    """Until cancelled; rests only when there was nothing to tell."""
    while True:
        try:
            async with database.tenant(tenant) as connection:
                mail = Mail(connection, tenant, folder, clock())
                moved = await follow(mail) if await _sql.own_card(connection) else 0
        except QuanyuError as error:
            _log.warning("shared cases wait: %s", error)
            moved = 0
        if not moved:
            await asyncio.sleep(_PAUSE_SECONDS)
