"""Transient entities and attributes (ETSI GS CIM 009 V1.8.1, expiresAt): what is over leaves the store and is logged.

Nobody sees it from the moment on that it names; the sweeper only follows.
"""

import asyncio
import logging
from itertools import groupby

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError
from quanyu.store import Database
from quanyu.twin.provision import Expire
from quanyu.twin.writer import Writer

_log = logging.getLogger("quanyu.twin")

_EVERY_SECONDS = 1.0
_AT_ONCE = 1000


class Sweeper:
    """One per node."""

    def __init__(self, database: Database, writer: Writer, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock

    async def run(self) -> None:
        while True:
            try:
                swept = await self.sweep()
            except QuanyuError as error:
                _log.warning("nothing expires for the moment: %s", error)
                swept = 0
            if swept < _AT_ONCE:
                await asyncio.sleep(_EVERY_SECONDS)

    async def sweep(self) -> int:
        """Of how many entities something was over."""
        async with self._database.system() as connection:
            due = await connection.fetch(
                "select tenant, id from twin_due($1, $2) order by tenant", self._clock(), _AT_ONCE
            )
        for tenant, rows in groupby(due, key=lambda row: str(row["tenant"])):
            await self._writer.submit(tenant, [Expire(id=row["id"]) for row in rows])
        return len(due)
