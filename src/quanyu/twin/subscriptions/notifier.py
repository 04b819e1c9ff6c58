"""Tells subscribers what happens: one of the node's processes does it, the others stand by to take over.

Who holds the advisory lock follows the feeds of all tenants. A commit wakes it through NOTIFY; where that is lost it
looks by itself. Should two ever believe to hold the lock, the reader's row still lets each change through once.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from quanyu.connect.outgoing import Outgoing
from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError
from quanyu.core.waking import woken
from quanyu.store import Connection, Database
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import Contexts
from quanyu.twin.subscriptions import _sql
from quanyu.twin.subscriptions.carriers import Carriers
from quanyu.twin.subscriptions.envelope import Homes, at_home
from quanyu.twin.subscriptions.followers import Following
from quanyu.twin.subscriptions.lanes import Lanes
from quanyu.twin.subscriptions.model import Kept
from quanyu.twin.subscriptions.post import Passage, Post, freely
from quanyu.twin.subscriptions.relay import relay
from quanyu.twin.subscriptions.rounds import Rounds
from quanyu.twin.subscriptions.telling import Sees, Teller, sees_all

LOCK = 7_295_034
LOOK_SECONDS = 2.0
_STAND_BY_SECONDS = 1.0

_log = logging.getLogger("quanyu.notifications")


class Notifier:
    """One per process. `tenant` is the node's own; notifications of other tenants name theirs."""

    def __init__(
        self,
        database: Database,
        *,
        tenant: str,
        outgoing: Outgoing,
        contexts: Contexts | None = None,
        sees: Sees = sees_all,
        passage: Passage = freely,
        homes: Homes = at_home,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._teller = Teller(contexts or Contexts(), sees)
        self._outgoing = outgoing
        self._passage = passage
        self._homes = homes
        self._tenant = tenant
        self._clock = clock
        self._moved: set[str] = set()
        self._waiting: dict[str, set[str]] = {}
        self._wake = asyncio.Event()
        self._rounds: dict[str, Rounds] = {}
        self._followers: list[Following] = []

    def follow(self, follower: Following) -> None:
        """Runs it in whichever process delivers notifications. To be said before `run`."""
        self._followers.append(follower)

    async def run(self) -> None:
        """Until cancelled. A database that goes away is waited for."""
        while True:
            try:
                async with self._database.listening(_sql.CHANNEL, self._heard) as connection:
                    if await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
                        await self._lead(connection)
            except QuanyuError as error:
                _log.warning("notifications wait: %s", error)
            await asyncio.sleep(_STAND_BY_SECONDS)

    async def relay(
        self,
        connection: Connection,
        kept: Kept,
        entities: Sequence[Stored],
        *,
        deleted: Mapping[str, str],
        now: datetime,
    ) -> None:
        """Tells the subscriber what another source says. `deleted`: when entities were, by id."""
        await relay(connection, self._teller, kept, entities, deleted=deleted, now=now)

    def _heard(self, said: str) -> None:
        tenant, _, subscription = said.partition(_sql.BETWEEN)
        if subscription:
            self._waiting.setdefault(tenant, set()).add(subscription)
        self.wake(tenant)

    def wake(self, tenant: str) -> None:
        """Somebody of this process knows that there is something new."""
        self._moved.add(tenant)
        self._wake.set()
        for one in self._followers:
            if one.tenant == tenant:
                one.wake()

    async def _lead(self, connection: Connection) -> None:
        """As long as the connection that holds the lock is there."""
        post = Post(Carriers(self._outgoing), self._tenant, self._passage, self._homes)
        lanes = Lanes(self._database, post, clock=self._clock)
        self._rounds = {}
        followers = [asyncio.create_task(one.run(LOOK_SECONDS)) for one in self._followers]
        try:
            await self._follow(connection, lanes)
        finally:
            for task in followers:
                task.cancel()
            await asyncio.gather(*followers, return_exceptions=True)
            await lanes.close()

    async def _follow(self, connection: Connection, lanes: Lanes) -> None:
        while not connection.is_closed():
            self._wake.clear()
            moved, self._moved = self._moved, set()
            if not moved:
                moved = set(await self._tenants())
            for tenant in moved:
                await self._look(tenant, lanes)
            if not self._moved:
                await woken(self._wake, self._pause())
            if not self._moved:
                await connection.execute("select 1")
                self._moved |= self._due(self._clock())

    async def _look(self, tenant: str, lanes: Lanes) -> None:
        """A fault of one tenant's feed stops nobody else's; it is looked at again when all are."""
        try:
            rounds = self._rounds.get(tenant)
            if rounds is None:
                rounds = Rounds(tenant, self._database, self._teller, lanes, self._clock)
                await rounds.begin()
                self._rounds[tenant] = rounds
            waiting = frozenset(self._waiting.get(tenant, ()))
            if await rounds.look(waiting):
                self.wake(tenant)
            if waiting:
                self._waiting[tenant] -= waiting
        except QuanyuError as error:
            _log.warning("notifications of %s wait: %s", tenant, error)
        except Exception:
            _log.exception("the feed of %s cannot be followed", tenant)

    async def _tenants(self) -> list[str]:
        async with self._database.system() as connection:
            return await _sql.tenants(connection)

    def _due(self, now: datetime) -> set[str]:
        return {
            tenant for tenant, one in self._rounds.items() if one.next_due is not None and one.next_due <= now
        }

    def _pause(self) -> float:
        now = self._clock()
        dues = [(one.next_due - now).total_seconds() for one in self._rounds.values() if one.next_due]
        return max(0.0, min([LOOK_SECONDS, *dues]))
