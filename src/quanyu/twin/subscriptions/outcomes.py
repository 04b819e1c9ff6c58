"""How deliveries ended, written down: many at once while the database is busy, each at once while it is not."""

import asyncio
import logging
from collections import defaultdict

from quanyu.core.errors import Unavailable
from quanyu.store import Database
from quanyu.twin.subscriptions import queue
from quanyu.twin.subscriptions.queue import Attempt

_PAUSE_SECONDS = 1.0

_log = logging.getLogger("quanyu.notifications")


class Outcomes:
    """What is lost in a crash is delivered once more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._attempts: list[Attempt] = []
        self._task: asyncio.Task[None] | None = None

    def put(self, attempt: Attempt) -> None:
        self._attempts.append(attempt)
        if self._task is None:
            self._task = asyncio.create_task(self._write_all())

    async def close(self) -> None:
        """Waits for what is known, but not for a database that is away."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_PAUSE_SECONDS)
            if self._task is not None:
                self._task.cancel()

    async def _write_all(self) -> None:
        try:
            while self._attempts:
                attempts, self._attempts = self._attempts, []
                try:
                    await self._write(attempts)
                except Unavailable as error:
                    self._attempts = attempts + self._attempts
                    _log.warning("the ends of %s deliveries wait to be noted: %s", len(attempts), error)
                    await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._task = None

    async def _write(self, attempts: list[Attempt]) -> None:
        by_tenant: dict[str, list[Attempt]] = defaultdict(list)
        for one in attempts:
            by_tenant[one.message.tenant].append(one)
        for tenant, some in by_tenant.items():
            async with self._database.tenant(tenant) as connection:
                await queue.settle(connection, tenant, some)
