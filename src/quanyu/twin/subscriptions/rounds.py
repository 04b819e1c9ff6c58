"""One look at a tenant's feed: what is new in it becomes messages, and the reader goes on, in one transaction."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from quanyu.core.clock import Clock
from quanyu.store import Connection, Database
from quanyu.twin.subscriptions import _sql, log, queue
from quanyu.twin.subscriptions.book import Book
from quanyu.twin.subscriptions.lanes import Lanes
from quanyu.twin.subscriptions.matching import concerned
from quanyu.twin.subscriptions.queue import Message
from quanyu.twin.subscriptions.telling import Teller
from quanyu.twin.subscriptions.throttling import paced
from quanyu.twin.subscriptions.timers import periodic

CHANGES = 500
"""Read in one round; many enough to share a commit, few enough that nobody waits long."""


@dataclass(slots=True)
class Rounds:
    """Of one tenant. `next_due`: when a periodic subscription speaks next."""

    tenant: str
    database: Database
    teller: Teller
    lanes: Lanes
    clock: Clock
    book: Book = field(default_factory=Book)
    next_due: datetime | None = None

    async def begin(self) -> None:
        """What an earlier process left waiting is delivered."""
        async with self.database.tenant(self.tenant) as connection:
            await self._refresh(connection)
            waiting = await queue.lanes(connection, self.tenant)
            self.next_due = await _sql.next_due(connection, self.tenant)
        for id in waiting & self.book.all.keys():
            self.lanes.look(self.book.all[id])

    async def look(self, waiting: Collection[str] = ()) -> bool:
        """Whether there may be more to read. `waiting`: subscriptions for which somebody else has put something."""
        now = self.clock()
        async with self.database.tenant(self.tenant) as connection:
            seq = await log.place(connection, self.tenant, _sql.READER)
            if await self._refresh(connection) or (self.next_due is not None and self.next_due <= now):
                messages = await periodic(connection, self.tenant, self.book, self.teller, now=now)
                self.next_due = await _sql.next_due(connection, self.tenant)
            else:
                messages = []
            read = 0
            if seq is not None:
                read, found = await self._read(connection, seq, now)
                messages += found
            kept = await self._keep(connection, messages, now)
        self._push(kept)
        for id in self.book.all.keys() & set(waiting):
            self.lanes.look(self.book.all[id])
        for id in self.book.gone:
            await self.lanes.drop(self.tenant, id)
        self.book.gone.clear()
        return read == CHANGES

    async def _refresh(self, connection: Connection) -> bool:
        """Whether anything about the subscriptions has changed."""
        before = self.book.revision
        changed = await self.book.refresh(connection, self.tenant)
        for one in changed:
            self.lanes.changed(one)
        if changed and before:
            waiting = await queue.lanes(connection, self.tenant)
            for one in changed:
                if one.subscription.id in waiting:
                    self.lanes.look(one)
        return self.book.revision != before

    async def _read(self, connection: Connection, seq: int, now: datetime) -> tuple[int, list[Message]]:
        if not len(self.book.index):
            await log.skip_to_end(connection, self.tenant, _sql.READER)
            return 0, []
        changes = await log.following(connection, self.tenant, seq, CHANGES)
        if not changes:
            return 0, []
        found = await concerned(connection, self.tenant, changes, self.book.index, now=now)
        messages = await self.teller.messages(connection, found, now=now)
        await log.advance(connection, self.tenant, _sql.READER, changes[-1].seq)
        return len(changes), messages

    async def _keep(self, connection: Connection, messages: list[Message], now: datetime) -> list[Message]:
        ready = await paced(connection, self.tenant, messages, self.book.all, now=now)
        return await queue.put(connection, self.tenant, ready)

    def _push(self, messages: list[Message]) -> None:
        by_subscription: dict[str, list[Message]] = defaultdict(list)
        for one in messages:
            by_subscription[one.subscription].append(one)
        for id, some in by_subscription.items():
            self.lanes.push(self.book.all[id], some)
