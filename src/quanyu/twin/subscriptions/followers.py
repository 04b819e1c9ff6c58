"""Subscribers inside the node: a Python callback through the same index and the same evaluator as everybody else.

A follower has its own place in the feed. What it writes with the connection that it is handed is committed together
with its progress: every change is worked off exactly once there, and at least once elsewhere.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError
from quanyu.core.waking import woken
from quanyu.store import Connection, Database
from quanyu.twin.subscriptions import _sql, log
from quanyu.twin.subscriptions.index import Index, Watch
from quanyu.twin.subscriptions.matching import Concerned, concerned

CHANGES = 500
LONGEST_PAUSE = 60.0

Hear = Callable[[Connection, Sequence[Concerned]], Awaitable[None]]
"""Which watch is concerned by which event, in order. What it raises is tried again."""

_log = logging.getLogger("quanyu.notifications")


class Following(Protocol):
    """What the node's notifier runs in one process at a time."""

    tenant: str

    def wake(self) -> None:
        """A commit of the tenant has moved the feed."""

    async def run(self, look_seconds: float) -> None:
        """Until cancelled; may be run again after that."""


@dataclass(slots=True)
class Follower:
    """`name` is its place in the feed of a tenant: it goes on after a restart where it was.

    The node's notifier runs it; `watch` and `forget` may be called at any time.
    """

    name: str
    tenant: str
    database: Database
    hear: Hear
    clock: Clock = utc_now
    _index: Index = field(default_factory=Index)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _failures: int = 0

    @property
    def reader(self) -> str:
        return f"follower:{self.name}"

    def watch(self, watches: Iterable[Watch]) -> None:
        """Each in the place of the one with its key."""
        for one in watches:
            self._index.put(one)

    def forget(self, key: str) -> None:
        self._index.drop(key)

    def wake(self) -> None:
        self._wake.set()

    async def begin(self) -> int:
        """From the newest change on, unless it was here before. Returns its place; changes up to it were before."""
        async with self.database.tenant(self.tenant) as connection:
            return await _sql.begin_following(connection, self.tenant, self.reader)

    async def run(self, look_seconds: float) -> None:
        """Until cancelled."""
        await self._until_done(self.begin)
        while True:
            self._wake.clear()
            while await self._until_done(self.look):
                pass
            await woken(self._wake, look_seconds)

    async def look(self) -> bool:
        """One round; whether there may be more."""
        async with self.database.tenant(self.tenant) as connection:
            seq = await log.place(connection, self.tenant, self.reader)
            changes = [] if seq is None else await log.following(connection, self.tenant, seq, CHANGES)
            if not changes:
                return False
            found = await concerned(connection, self.tenant, changes, self._index, now=self.clock())
            if found:
                await self.hear(connection, found)
            await log.advance(connection, self.tenant, self.reader, changes[-1].seq)
        return len(changes) == CHANGES

    async def _until_done(self, act: Callable[[], Awaitable[int]]) -> bool:
        """A follower that fails stops nobody else, and loses nothing."""
        while True:
            try:
                done = bool(await act())
            except Exception as error:
                self._failures += 1
                known = isinstance(error, QuanyuError)
                _log.warning("follower %s waits: %s", self.name, error, exc_info=None if known else error)
                await asyncio.sleep(min(2.0 ** min(self._failures, 6), LONGEST_PAUSE))
            else:
                self._failures = 0
                return done
