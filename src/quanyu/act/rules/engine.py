"""The rules of a tenant at work: follows the feed of the twin, rings what is due, looks at what was there before a rule was on."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime

from quanyu.act.rules import _sql, _state_sql
from quanyu.act.rules.book import Book, Running
from quanyu.act.rules.listening import Listening
from quanyu.act.rules.memory import Memory
from quanyu.act.rules.rounds import Round
from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError
from quanyu.core.waking import woken
from quanyu.store import Connection, Database
from quanyu.twin.find import find_after
from quanyu.twin.history import Archive
from quanyu.twin.search import BEGINNING, Search, TooComplexQuery, position_of
from quanyu.twin.state import Op
from quanyu.twin.subscriptions import log
from quanyu.twin.subscriptions._sql import begin_following
from quanyu.twin.subscriptions.matching import concerned

READER = "follower:rules"
CHANGES = 500
_DUE = 100
_PAGE = 200
_LONGEST_PAUSE = 60.0

_log = logging.getLogger("quanyu.rules")


class Engine:
    """One per tenant and node; `twin.subscriptions.Notifier` runs it in one process at a time and wakes it at commits."""

    def __init__(
        self, database: Database, tenant: str, *, archive: Archive, clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.tenant = tenant
        self._database = database
        self._book = Book()
        self._memory = Memory(archive)
        self._listening = Listening(clock, monotonic)
        self._wake = asyncio.Event()
        self._position: int | None = None
        self._next_due: datetime | None = None
        self._asked = False
        self._begun = False

    def wake(self) -> None:
        """Without rules nobody is in a hurry."""
        if self._book.rules:
            self._wake.set()

    async def run(self, look_seconds: float) -> None:
        """Until cancelled."""
        self._begun = False
        failures = 0
        while True:
            self._wake.clear()
            try:
                while await self.look():
                    pass
                failures = 0
            except Exception as error:
                failures += 1
                known = isinstance(error, QuanyuError)
                _log.warning("rules of %s wait: %s", self.tenant, error, exc_info=None if known else error)
                await asyncio.sleep(min(2.0 ** min(failures, 6), _LONGEST_PAUSE))
                continue
            await woken(self._wake, self._pause(look_seconds))

    async def look(self) -> bool:
        """One transaction; whether there may be more to do at once. What fails is forgotten and read again."""
        try:
            more = await self._look()
        except BaseException:
            self._book, self._position, self._begun, self._asked = Book(), None, False, False
            self._memory.clear()
            raise
        return more

    async def _look(self) -> bool:
        async with self._database.tenant(self.tenant) as connection:
            revision = await _sql.turn(connection, self.tenant)
            now = await self._beat(connection)
            if await self._book.refresh(connection, self.tenant, revision, now):
                self._asked = False
                self._memory.reach = self._book.reach()
                self._memory.clear()
            if not self._book.rules:
                await log.skip_to_end(connection, self.tenant, READER)
                self._next_due, position, more = None, None, False
            else:
                position, more = await self._follow(connection, now)
        self._position = position
        self._listening.settle()
        return more

    async def _beat(self, connection: Connection) -> datetime:
        if not self._begun:
            await self._listening.begin(connection, self.tenant)
            self._begun = True
        beat = await self._listening.beat(connection, self.tenant)
        if beat.jumped:
            self._asked = False
        return beat.now

    async def _follow(self, connection: Connection, now: datetime) -> tuple[int, bool]:
        """Changes first; only who has heard all of them knows what is due."""
        seq = await self._place(connection)
        if seq != self._position:
            self._memory.clear()
            self._asked = False
        round = Round(connection, self.tenant, now, self._book, self._memory, self._listening)
        changes = await log.following(connection, self.tenant, seq, CHANGES)
        if changes:
            self._memory.drop({one.id for one in changes if one.op is Op.RECORD})
            found = await concerned(connection, self.tenant, changes, self._book.index, now=now)
            stopped = await round.hear(found)
            seq = changes[-1].seq if stopped is None else stopped
            await log.advance(connection, self.tenant, READER, seq)
        more = bool(changes) and (len(changes) == CHANGES or seq < changes[-1].seq)
        if not more:
            more = await self._ring(connection, round)
            more = await self._first_looks(connection, round) or more
        written = await round.write()
        self._next_due = min((one for one in (self._next_due, written) if one is not None), default=None)
        return seq, more

    async def _ring(self, connection: Connection, round: Round) -> bool:
        """Where something is due; when that is, is asked again afterwards."""
        if self._asked and (self._next_due is None or self._next_due > round.now):
            return False
        more = await round.ring(_DUE)
        await round.write()
        self._next_due, self._asked = await _state_sql.next_due(connection, self.tenant), True
        return more

    async def _place(self, connection: Connection) -> int:
        """In the feed; nobody else goes on before our transaction ends. Changes before all rules are passed over."""
        first = self._book.first
        seq = await log.place(connection, self.tenant, READER)
        if seq is None:
            await begin_following(connection, self.tenant, READER, after=first)
            seq = await log.place(connection, self.tenant, READER)
            assert seq is not None
        if seq < first:
            await log.advance(connection, self.tenant, READER, first)
        return max(seq, first)

    async def _first_looks(self, connection: Connection, round: Round) -> bool:
        """A page of what was there when rules were switched on."""
        left = _PAGE
        for running in list(self._book.unscanned.values()):
            left -= await self._first_look(connection, round, running, left)
            if left <= 0:
                return True
        return False

    async def _first_look(self, connection: Connection, round: Round, running: Running, limit: int) -> int:
        search = Search(tenant=self.tenant, query=running.rule.selection)
        place = running.scanned or ()
        after = (place[0], place[1]) if len(place) == 2 else BEGINNING
        try:
            async with connection.transaction():
                found = await find_after(connection, search, after, limit=limit)
            await connection.execute("set local statement_timeout = 0")
        except TooComplexQuery as error:
            _log.warning("rule %s looks at new changes only: %s", running.rule.name, error)
            await self._looked(connection, running, None)
            return 1
        await round.first_look(running, found.items)
        await self._looked(connection, running, position_of(found.items[-1]) if found.more else None)
        return len(found.items) + 1

    async def _looked(self, connection: Connection, running: Running, place: tuple[str, str] | None) -> None:
        running.scanned = place
        if place is None:
            self._book.unscanned.pop(running.rule.name, None)
        await _sql.scanned(connection, self.tenant, running.rule.name, place)

    def _pause(self, look_seconds: float) -> float:
        if self._next_due is None:
            return look_seconds
        return max(0.01, min(look_seconds, (self._next_due - self._listening.clock()).total_seconds()))
