"""Keeps asking nodes informed as long as this one runs."""

import asyncio
import logging
from pathlib import Path

from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError
from quanyu.federation import _sql
from quanyu.federation.messages import Mail
from quanyu.federation.sharing.notices import tell_all
from quanyu.federation.sharing.questions import forget_old_questions
from quanyu.federation.sharing.service import show_all
from quanyu.store import Database

_PAUSE_SECONDS = 1.0

_log = logging.getLogger("quanyu.federation")


async def run(database: Database, tenant: str, folder: Path, *, clock: Clock) -> None:
    """Until cancelled; rests only when there was nothing to show."""
    while True:
        try:
            async with database.tenant(tenant) as connection:
                mail = Mail(connection, tenant, folder, clock())
                moved = await show_all(mail) + await tell_all(mail) if await _sql.own_card(connection) else 0
                if not moved:
                    await forget_old_questions(mail)
        except QuanyuError as error:
            _log.warning("requests of other nodes wait: %s", error)
            moved = 0
        if not moved:
            await asyncio.sleep(_PAUSE_SECONDS)
