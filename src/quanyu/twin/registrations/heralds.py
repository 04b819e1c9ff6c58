"""Tells subscribers of registrations what changes (ETSI GS CIM 009, 5.11.7, 5.3.2)."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from quanyu.connect.outgoing import Outgoing
from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError, Unavailable
from quanyu.store import Connection, Database
from quanyu.twin.ngsild.context import CORE, Context, Contexts
from quanyu.twin.registrations import outbox, store, subscribers
from quanyu.twin.registrations.model import Kept
from quanyu.twin.registrations.notification import Reason, notification, reason_of, spoken
from quanyu.twin.registrations.outbox import Letter
from quanyu.twin.registrations.search import found
from quanyu.twin.registrations.subscribers import Subscriber
from quanyu.twin.subscriptions.carriers import Carriers
from quanyu.twin.subscriptions.envelope import Home, headers_of
from quanyu.twin.subscriptions.model import Endpoint

LOOK_SECONDS = 1.0
SETTLE_SECONDS = 0.5
PAUSES = (1.0, 3.0)
"""Seconds before each further try, where a later one may do better; after these every five minutes for a day."""
LONGEST_PAUSE = 300.0
KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=90)
"""Longer than a call may take: a process that ends in it leaves it to others after that."""

_Key = tuple[str, str]

_log = logging.getLogger("quanyu.notifications")


@dataclass(slots=True)
class Herald:
    """One per process. `tenant` is the node's own.

    What is to be told is written down with what it tells of, so that it survives the process. A subscriber hears one
    thing after the other; a slow one keeps nobody else waiting.
    """

    database: Database
    contexts: Contexts
    tenant: str
    outgoing: Outgoing = field(default_factory=Outgoing)
    clock: Clock = utc_now
    pauses: tuple[float, ...] = PAUSES
    _carriers: Carriers = field(init=False)
    _at_work: dict[_Key, asyncio.Task[None]] = field(default_factory=dict)
    _waiting: set[_Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._carriers = Carriers(self.outgoing)

    async def heard(
        self, connection: Connection, tenant: str, before: Kept | None, after: Kept | None
    ) -> list[str]:
        """A registration comes, changes or goes with this transaction; who is to be told of it after that."""
        now = self.clock()
        told: list[str] = []
        for one in await subscribers.listed(connection, tenant):
            if one.listens(now) and one.kept.subscription.interval is None:
                reason = reason_of(one, before, after, now)
                if reason is not None:
                    told.append(one.kept.subscription.id)
                    await self._note(connection, one, [after or before], reason)  # type: ignore[list-item]
        return told

    async def began(self, one: Subscriber, before: Subscriber | None = None) -> None:
        """5.11.2.4, 5.11.3.4: all that matches is told at once; of a changed subscription also what matches no more."""
        tenant, now = one.kept.tenant, self.clock()
        if not one.listens(now):
            return
        async with self.database.tenant(tenant) as connection:
            known = await store.load(connection, tenant)
            matching = found(one.search, known, now)
            await self._note(connection, one, matching, Reason.NEWLY)
            new = {kept.registration.id for kept in matching}
            earlier = found(before.search, known, now) if before is not None and before.listens(now) else []
            gone = [kept for kept in earlier if kept.registration.id not in new]
            await self._note(connection, one, gone, Reason.NO_LONGER)
        self.deliver(tenant, one.kept.subscription.id)

    def deliver(self, tenant: str, subscription: str) -> None:
        """Something waits for it; whoever is at work looks once more."""
        key = (tenant, subscription)
        self._waiting.add(key)
        if key not in self._at_work:
            task = self._at_work[key] = asyncio.create_task(self._deliver(key))
            task.add_done_callback(partial(self._ended, key))

    def _ended(self, key: _Key, task: asyncio.Task[None]) -> None:
        del self._at_work[key]
        if key in self._waiting and not task.cancelled():
            self.deliver(*key)

    async def settled(self, tenant: str, id: str) -> None:
        """What is under way to a subscriber is given a moment to arrive, so that its counters are true."""
        task = self._at_work.get((tenant, id))
        if task is not None:
            await asyncio.wait([task], timeout=SETTLE_SECONDS)

    async def carry(self, endpoint: Endpoint, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
        """Of something that nobody counts: tries a few times, as long as the process lives."""
        for pause in (*self.pauses, None):
            try:
                await self._carriers.carry(endpoint, headers, body)
            except QuanyuError as error:
                _log.info("%s: a notification failed: %s", endpoint.uri, error)
                if pause is None or not isinstance(error, Unavailable):
                    return
                await asyncio.sleep(pause)
            else:
                return

    async def run(self) -> None:
        """Sends what is due, as long as the node lives."""
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                try:
                    await self.look()
                except QuanyuError as error:
                    _log.warning("notifications of registrations wait: %s", error)
        finally:
            await self.close()

    async def look(self) -> None:
        """What periodic subscribers are to hear now, and what waits for a further try."""
        now = self.clock()
        async with self.database.owner() as connection:
            tenants = await subscribers.tenants_due(connection, now)
        for tenant in tenants:
            async with self.database.tenant(tenant) as connection:
                due = await subscribers.take_due(connection, tenant, now)
                known = await store.load(connection, tenant)
                for one in due:
                    if one.listens(now):
                        await self._note(connection, one, found(one.search, known, now), Reason.NEWLY)
        async with self.database.owner() as connection:
            waiting = await outbox.due(connection, self.clock())
        for tenant, subscription in waiting:
            self.deliver(tenant, subscription)

    async def close(self) -> None:
        """What is still under way is told by whoever comes next."""
        tasks = tuple(self._at_work.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._carriers.close()

    async def _note(
        self, connection: Connection, one: Subscriber, matching: Sequence[Kept], reason: Reason
    ) -> None:
        if matching:
            kept, now = one.kept, self.clock()
            body = notification(one, matching, reason, now)
            await outbox.put(connection, kept.tenant, kept.subscription.id, body, now=now)

    async def _context(self, one: Subscriber) -> Context:
        """Where it cannot be had any more, names are told as IRIs."""
        try:
            return await self.contexts.of(one.kept.tenant, one.kept.context)
        except QuanyuError as error:
            _log.info("notifications of %s use the core context: %s", one.kept.subscription.id, error)
            return CORE

    async def _deliver(self, key: _Key) -> None:
        """One after the other, until there is nothing, or nothing for now."""
        tenant, subscription = key
        while True:
            self._waiting.discard(key)
            now = self.clock()
            try:
                async with self.database.tenant(tenant) as connection:
                    letter = await outbox.take(connection, tenant, subscription, now=now, until=now + LEASE)
                    if letter is None:
                        return
                    one = await subscribers.find(connection, tenant, subscription)
                pause = await self._tried(one, letter)
            except QuanyuError as error:
                _log.info("notifications of %s wait: %s", subscription, error)
                return
            if pause > max(self.pauses, default=0.0):
                return
            await asyncio.sleep(pause)

    async def _tried(self, one: Subscriber, letter: Letter) -> float:
        """Seconds until the next one, or the same again, may go. The first try is counted, and that which succeeds."""
        kept, fault = one.kept, await self._sent(one, letter)
        now = self.clock()
        again = isinstance(fault, Unavailable) and now - letter.made < KEPT
        quick = letter.tries < len(self.pauses)
        pause = (self.pauses[letter.tries] if quick else LONGEST_PAUSE) if again else 0.0
        async with self.database.tenant(kept.tenant) as connection:
            if fault is None or not letter.tries:
                id = kept.subscription.id
                await subscribers.told(connection, kept.tenant, id, at=now, well=fault is None)
            if again:
                await outbox.again(connection, letter, now + timedelta(seconds=pause))
            else:
                await outbox.done(connection, letter)
        return pause

    async def _sent(self, one: Subscriber, letter: Letter) -> QuanyuError | None:
        """To the endpoint that it names now; what is wrong where it has not arrived. Who does not listen has heard it."""
        if not one.listens(self.clock()):
            return None
        kept, context = one.kept, await self._context(one)
        body = spoken(letter.body, one, context)
        headers = headers_of(kept, body, Home(kept.tenant), own_tenant=self.tenant, link=context.link)
        try:
            await self._carriers.carry(kept.subscription.endpoint, headers, body)
        except QuanyuError as error:
            _log.info("%s: a notification failed: %s", kept.subscription.endpoint.uri, error)
            return error
        return None
