"""What has changed, told to the pages that are open: which layers of the map have risen, and that cases have moved.

Nothing is queued. A listener keeps what it was last told, and hears the difference to what is so now as soon as it can take
it: a slow one hears less often, and costs no memory. The database is asked once a second at most, however many listen, and
not at all while nobody does.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from quanyu.act.cases.pressing import newest_change
from quanyu.core.errors import QuanyuError, TooOften, Unavailable
from quanyu.store import Database
from quanyu.twin.map.layers import Layer, layers, newest_number

PACE_SECONDS = 1.0
MOST, MOST_OF_ONE = 500, 16
"""Listeners of one process, and of one account in it."""
_AGAIN_SECONDS = 10

_log = logging.getLogger("quanyu.live")


@dataclass(frozen=True, slots=True)
class State:
    """`number` of the feed, `cases` when one changed last; `layers` by id."""

    number: int
    cases: datetime | None
    layers: Mapping[str, Layer]

    @property
    def id(self) -> str:
        """What a browser gives back as Last-Event-ID."""
        return f"{self.number}.{self.cases.timestamp() if self.cases else 0:.6f}"

    def risen_since(self, told: "State | None") -> list[Layer]:
        before = told.layers if told else {}
        return [
            one for id, one in self.layers.items() if id not in before or before[id].version != one.version
        ]


@dataclass(slots=True)
class Watch:
    """One tenant, as long as somebody listens. `state` is None until it was read, and while the database is away."""

    tenant: str
    database: Database
    pace: float = PACE_SECONDS
    state: State | None = None
    listeners: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                state = await self._read()
            except QuanyuError as error:
                _log.warning("what is live waits: %s", error)
                state = None
            if state is None or self.state is None or state.id != self.state.id:
                async with self._news:
                    self.state = state
                    self._news.notify_all()
            await asyncio.sleep(self.pace)

    async def other_than(self, told: State | None, *, seconds: float) -> State | None:
        """What is so now, once it is not what was told; None after so many seconds of nothing new."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: self.state is not None and self.state is not told)
                return self.state
        except TimeoutError:
            return None

    async def _read(self) -> State:
        async with self.database.tenant(self.tenant) as connection:
            number = await newest_number(connection, self.tenant)
            cases = await newest_change(connection, self.tenant)
            if self.state and (self.state.number, self.state.cases) == (number, cases):
                return self.state
            found = await layers(connection, self.tenant)
        return State(number, cases, {one.id: one for one in found})


class Live:
    """One per process."""

    def __init__(self, database: Database, *, pace: float = PACE_SECONDS) -> None:
        self._database = database
        self._pace = pace
        self._watches: dict[str, tuple[Watch, asyncio.Task[None]]] = {}
        self._by_account: Counter[tuple[str, str]] = Counter()

    def check(self, tenant: str, account: str) -> None:
        """Raises TooOften for one account with too many pages open, Unavailable where all together are too many."""
        if self._by_account.total() >= MOST:
            raise Unavailable("app.live.full", most=MOST)
        if self._by_account[tenant, account] >= MOST_OF_ONE:
            raise TooOften("app.live.too_many", seconds=_AGAIN_SECONDS, most=MOST_OF_ONE)

    @asynccontextmanager
    async def listening(self, tenant: str, account: str) -> AsyncIterator[Watch]:
        self.check(tenant, account)
        self._by_account[tenant, account] += 1
        watch = self._watch(tenant)
        watch.listeners += 1
        try:
            yield watch
        finally:
            watch.listeners -= 1
            self._by_account[tenant, account] -= 1
            self._by_account += Counter()  # forgets who has none
            if not watch.listeners:
                self._watches.pop(tenant)[1].cancel()

    def _watch(self, tenant: str) -> Watch:
        if tenant not in self._watches:
            watch = Watch(tenant, self._database, self._pace)
            self._watches[tenant] = watch, asyncio.create_task(watch.run())
        return self._watches[tenant][0]
