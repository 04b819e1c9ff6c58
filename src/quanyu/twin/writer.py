"""Group commit: concurrent writers are gathered and written by one task per tenant, and answered after the commit.

One transaction per writer costs one flush of the disk each; gathered they share it. A group rests on what the writer
remembers of its entities; where another process has changed one of them meanwhile, the group is worked out again from
locked rows. A poison row fails alone: a group that the database refuses is halved until the row stands by itself. A
database that goes away ends the groups it had with Unavailable, and the next group is tried again.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.store import Database
from quanyu.twin import _write_sql
from quanyu.twin.fold import Outcome, Plan, fold
from quanyu.twin.memory import Memory
from quanyu.twin.rows import Written, batch_of
from quanyu.twin.state import Change
from quanyu.twin.write import read

GROUP = 1000
WAITING = 20_000
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
    """What waits for one tenant; `task` lives while there is something."""

    slots: deque[_Slot] = field(default_factory=deque)
    memory: Memory = field(default_factory=Memory)
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

    async def submit(self, tenant: str, changes: Sequence[Change]) -> list[Outcome]:
        """Comes back after the commit, one outcome per change. Raises Unavailable where the queue is full."""
        if not changes:
            return []
        lane = self._lanes.setdefault(tenant, _Lane())
        if lane.slots and len(lane.slots) + len(changes) > self._waiting:
            raise Unavailable("twin.writer.full", waiting=len(lane.slots))
        order = _Order([Outcome()] * len(changes), len(changes), asyncio.get_running_loop().create_future())
        lane.slots.extend(_Slot(one, order, index) for index, one in enumerate(changes))
        if lane.task is None:
            lane.task = asyncio.create_task(self._drain(tenant, lane))
        await order.answered
        return order.outcomes

    async def close(self) -> None:
        """Waits until everything accepted is answered."""
        await asyncio.gather(*(lane.task for lane in self._lanes.values() if lane.task))

    async def _drain(self, tenant: str, lane: _Lane) -> None:
        try:
            while lane.slots:
                await self._commit(
                    tenant, [lane.slots.popleft() for _ in range(min(self._group, len(lane.slots)))]
                )
        finally:
            lane.task = None
            for slot in lane.slots:
                slot.answer(Outcome(error=Unavailable("twin.writer.stopped")))
            lane.slots.clear()

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
        memory = self._lanes[tenant].memory
        for attempt in range(_RETRIES + 1):
            try:
                plan, written = await self._attempt(tenant, changes, memory, lock=attempt > 0)
            except asyncpg.PostgresError as error:
                if not isinstance(error, _AGAIN) and error.sqlstate != STALE:
                    raise
                memory.forget({one.id for one in changes})
            except asyncpg.InternalClientError as error:  # cut off in the middle: the driver cannot roll back
                raise Unavailable("twin.writer.cut") from error
            else:
                memory.remember(plan, written)
                return plan.outcomes
        raise Unavailable("twin.writer.contended")

    async def _attempt(
        self, tenant: str, changes: list[Change], memory: Memory, *, lock: bool
    ) -> tuple[Plan, Mapping[str, Written]]:
        """The first attempt trusts the memory as far as the statement itself finds out where it is wrong."""
        now = self._clock()
        ids = {one.id for one in changes}
        known = {} if lock else memory.recall(ids)
        remembered = set(known)
        async with self._database.tenant(tenant) as connection:
            known |= await read(connection, tenant, ids - remembered, lock=lock)
            plan = fold(changes, known, now)
            if doubtful := plan.doubtful & remembered:
                known = {id: one for id, one in known.items() if id not in doubtful}
                known |= await read(connection, tenant, doubtful)
                plan = fold(changes, known, now)
            if not plan.log:
                return plan, {}
            batch = batch_of(tenant, plan, now)
            await connection.execute(_write_sql.WRITE, *batch.arguments)
        return plan, batch.written


def _answer_all(slots: list[_Slot], error: QuanyuError) -> None:
    for slot in slots:
        slot.answer(Outcome(error=error))
