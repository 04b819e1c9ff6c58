"""Group commit: concurrent writers are gathered and written by one task per tenant, and answered after the commit.

One transaction per writer costs one flush of the disk each; gathered they share it. A poison row fails alone: a group
that the database refuses is halved until the row stands by itself. A database that goes away ends the groups it had
with Unavailable, and the next group is tried again.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.store import Database
from quanyu.twin.model import EntityWrite
from quanyu.twin.write import Done, write

GROUP = 1000
WAITING = 20_000
_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
_RETRIES = 3


@dataclass(slots=True)
class Outcome:
    """How one write ended: `error` where it was refused; `created` where the entity is new."""

    created: bool = False
    error: QuanyuError | None = None


@dataclass(slots=True)
class _Order:
    """The writes of one caller, and who waits for them."""

    outcomes: list[Outcome]
    open: int
    answered: asyncio.Future[None]


@dataclass(slots=True)
class _Slot:
    write: EntityWrite
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
    task: asyncio.Task[None] | None = None


class Writer:
    """One per node. `submit` may be called by any number of tasks at once."""

    def __init__(
        self, database: Database, *, clock: Clock = utc_now, group: int = GROUP, waiting: int = WAITING
    ) -> None:
        self._database = database
        self._clock = clock
        self._group = group
        self._waiting = waiting
        self._lanes: dict[str, _Lane] = {}

    async def submit(self, tenant: str, writes: Sequence[EntityWrite]) -> list[Outcome]:
        """Comes back after the commit, one outcome per write. Raises Unavailable where the queue is full."""
        if not writes:
            return []
        lane = self._lanes.setdefault(tenant, _Lane())
        if lane.slots and len(lane.slots) + len(writes) > self._waiting:
            raise Unavailable("twin.writer.full", waiting=len(lane.slots))
        order = _Order([Outcome() for _ in writes], len(writes), asyncio.get_running_loop().create_future())
        lane.slots.extend(_Slot(one, order, index) for index, one in enumerate(writes))
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
            self._lanes.pop(tenant, None)
            for slot in lane.slots:
                slot.answer(Outcome(error=Unavailable("twin.writer.stopped")))

    async def _commit(self, tenant: str, slots: list[_Slot]) -> None:
        try:
            done = await self._written(tenant, [slot.write for slot in slots])
        except Unavailable as error:
            _answer_all(slots, error)
        except (Invalid, asyncpg.PostgresError, ValueError, TypeError) as error:
            await self._separated(tenant, slots, error)
        except BaseException:
            _answer_all(slots, Unavailable("twin.writer.stopped"))
            raise
        else:
            for index, slot in enumerate(slots):
                slot.answer(Outcome(index in done.created, done.refused.get(index)))

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

    async def _written(self, tenant: str, writes: list[EntityWrite]) -> Done:
        for attempt in range(_RETRIES + 1):
            try:
                async with self._database.tenant(tenant) as connection:
                    return await write(connection, tenant, writes, now=self._clock())
            except _AGAIN:
                if attempt == _RETRIES:
                    raise Unavailable("twin.writer.contended") from None
            except (
                asyncpg.InternalClientError
            ) as error:  # cut off in the middle, the driver cannot even roll back
                raise Unavailable("twin.writer.cut") from error
        raise AssertionError("unreachable")


def _answer_all(slots: list[_Slot], error: QuanyuError) -> None:
    for slot in slots:
        slot.answer(Outcome(error=error))
