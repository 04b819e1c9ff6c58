"""Keeps asking nodes informed as long as this one runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError
from quanyu.federation import _sql
from quanyu.federation.messages import Mail
from quanyu.federation.sharing.notices import tell_all
from quanyu.federation.sharing.questions import forget_old_questions
from quanyu.federation.sharing.service import show_all
from quanyu.store import Database

Tell = Callable[[Mail], Awaitable[int]]
"""Tells other nodes what has moved, and says how much that was."""

_PAUSE_SECONDS = 1.0

_log = logging.getLogger("quanyu.federation")


async def run(
    database: Database, tenant: str, folder: Path, *, clock: Clock, tells: Sequence[Tell] = ()
) -> None:
    """Until cancelled; rests only when there was nothing to tell. `tells`: who has more to say than requests and notices."""
    while True:
        try:
            async with database.tenant(tenant) as connection:
                mail = Mail(connection, tenant, folder, clock())
                known = await _sql.own_card(connection) is not None
                moved = sum([await tell(mail) for tell in (show_all, *tells, tell_all)]) if known else 0
                if not moved:
                    await forget_old_questions(mail)
        except QuanyuError as error:
            _log.warning("requests of other nodes wait: %s", error)
            moved = 0
        if not moved:
            await asyncio.sleep(_PAUSE_SECONDS)
