"""Group commit: concurrent writers are gathered and written by one task per tenant, and answered after the commit.

One transaction per writer costs one flush of the disk each; gathered they share it. A group rests on what the writer
remembers of its entities; where another process has changed one of them meanwhile, the group is worked out again from
locked rows. A poison row fails alone: a group that the database refuses is halved until the row stands by itself. A
database that goes away ends the groups it had with Unavailable, and the next group is tried again.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.store import Database
from quanyu.twin.fold import Outcome, fold
from quanyu.twin.line import Line
from quanyu.twin.memory import Memory
from quanyu.twin.rows import batch_of
from quanyu.twin.state import Change
from quanyu.twin.write import write

GROUP = 1000
WAITING = 20_000
SEVERAL, FEW, LINGER_SECONDS = 4, 100, 0.002
"""After a group of so many, those whom it answered have a moment to ask again: larger groups cost less for each."""

IDLE_SECONDS = 0.1
"""How long the connection is kept for the next group."""

STALE = "QY001"
"""The state of the error that `twin_stale` raises (see the migration)."""

_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
_RETRIES = 5


@dataclass(slots=True)
class _Order:
    """The changes of one caller, and who waits for them."""

    outcomes: list[Outcome]
    open: int
    answered: asyncio.Future[None]


@dataclass(slots=True)
class _Slot:
    change: Change
    order: _Order
    index: int

    def answer(self, outcome: Outcome) -> None:
        self.order.outcomes[self.index] = outcome
        self.order.open -= 1
        if not self.order.open and not self.order.answered.done():
            self.order.answered.set_result(None)


@dataclass(slots=True)
class _Lane:
    """What waits for one tenant; `task` lives while there is something, and a moment longer."""

    line: Line
    slots: deque[_Slot] = field(default_factory=deque)
    memory: Memory = field(default_factory=Memory)
    come: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Writer:
    """One per process. `submit` may be called by any number of tasks at once."""

    def __init__(
        self, database: Database, *, clock: Clock = utc_now, group: int = GROUP, waiting: int = WAITING
    ) -> None:
        self._database = database
        self._clock = clock
        self._group = group
        self._waiting = waiting
        self._lanes: dict[str, _Lane] = {}
        self._closing = False

    async def submit(self, tenant: str, changes: Sequence[Change]) -> list[Outcome]:
        """Comes back after the commit, one outcome per change. Raises Unavailable where the queue is full."""
        if not changes:
            return []
        lane = self._lanes.get(tenant) or self._lanes.setdefault(tenant, _Lane(Line(self._database, tenant)))
        if lane.slots and len(lane.slots) + len(changes) > self._waiting:
            raise Unavailable("twin.writer.full", waiting=len(lane.slots))
        order = _Order([Outcome()] * len(changes), len(changes), asyncio.get_running_loop().create_future())
        lane.slots.extend(_Slot(one, order, index) for index, one in enumerate(changes))
        lane.come.set()
        if lane.task is None:
            lane.task = asyncio.create_task(self._drain(tenant, lane))
        await order.answered
        return order.outcomes

    async def close(self) -> None:
        """Waits until everything accepted is answered."""
        self._closing = True
        for lane in self._lanes.values():
            lane.come.set()
        await asyncio.gather(*(lane.task for lane in self._lanes.values() if lane.task))

    async def _drain(self, tenant: str, lane: _Lane) -> None:
        lane.line = Line(self._database, tenant)
        line = lane.line
        try:
            while await self._some(lane):
                group = [lane.slots.popleft() for _ in range(min(self._group, len(lane.slots)))]
                await self._commit(tenant, group)
                if SEVERAL < len(group) < FEW:
                    await asyncio.sleep(LINGER_SECONDS)
        finally:
            lane.task = None
            for slot in lane.slots:
                slot.answer(Outcome(error=Unavailable("twin.writer.stopped")))
            lane.slots.clear()
            await line.close()

    async def _some(self, lane: _Lane) -> bool:
        """Whether something waits, or comes in time."""
        if not lane.slots and not self._closing:
            lane.come.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):
                    await lane.come.wait()
        return bool(lane.slots)

    async def _commit(self, tenant: str, slots: list[_Slot]) -> None:
        try:
            outcomes = await self._written(tenant, [slot.change for slot in slots])
        except Unavailable as error:
            _answer_all(slots, error)
        except (Invalid, asyncpg.PostgresError, ValueError, TypeError) as error:
            await self._separated(tenant, slots, error)
        except BaseException:
            _answer_all(slots, Unavailable("twin.writer.stopped"))
            raise
        else:
            for slot, outcome in zip(slots, outcomes, strict=True):
                slot.answer(outcome)

    async def _separated(self, tenant: str, slots: list[_Slot], error: Exception) -> None:
        """Halves a refused group, so that the poison row fails alone."""
        if len(slots) == 1:
            fault = (
                error
                if isinstance(error, QuanyuError)
                else Invalid("twin.write.refused", reason=str(error)[:200])
            )
            slots[0].answer(Outcome(error=fault))
            return
        middle = len(slots) // 2
        await self._commit(tenant, slots[:middle])
        await self._commit(tenant, slots[middle:])

    async def _written(self, tenant: str, changes: list[Change]) -> list[Outcome]:
        lane = self._lanes[tenant]
        for attempt in range(_RETRIES + 1):
            try:
                if attempt:
                    return await self._locked(tenant, changes)
                return await self._trusting(tenant, changes, lane)
            except asyncpg.PostgresError as error:
                if not isinstance(error, _AGAIN) and error.sqlstate != STALE:
                    raise
                lane.memory.forget({one.id for one in changes})
            except asyncpg.InternalClientError as error:  # cut off in the middle: the driver cannot roll back
                raise Unavailable("twin.writer.cut") from error
        raise Unavailable("twin.writer.contended")

    async def _trusting(self, tenant: str, changes: list[Change], lane: _Lane) -> list[Outcome]:
        """Trusts the memory as far as the statement itself finds out where it is wrong."""
        now, line = self._clock(), lane.line
        ids = {one.id for one in changes}
        known = lane.memory.recall(ids)
        remembered = known.keys() & ids
        known |= await line.read(ids - remembered)
        plan = fold(changes, known, now)
        if doubtful := plan.doubtful & remembered:
            known = {id: one for id, one in known.items() if id not in doubtful}
            known |= await line.read(doubtful)
            plan = fold(changes, known, now)
        if plan.log:
            batch = batch_of(tenant, plan, now)
            await line.write(batch)
            lane.memory.remember(plan, batch.written)
        return plan.outcomes

    async def _locked(self, tenant: str, changes: list[Change]) -> list[Outcome]:
        async with self._database.tenant(tenant) as connection:
            return (await write(connection, tenant, changes, now=self._clock())).outcomes


def _answer_all(slots: list[_Slot], error: QuanyuError) -> None:
    for slot in slots:
        slot.answer(Outcome(error=error))
