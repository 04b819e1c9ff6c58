"""Group commit: concurrent writers are gathered and written by one task per tenant, and answered after the commit.

One transaction per writer costs one flush of the disk each; gathered they share it. A group rests on what the writer
remembers of its entities; where another process has changed one of them meanwhile, the group is worked out again from
locked rows. While the database writes a large group, the next one is worked out on what that will leave; if that one does
not go through as it is, neither does what rests on it. A poison row fails alone: a group that the database refuses is halved until the row stands by itself. A
database that goes away ends the groups it had with Unavailable, and the next group is tried again.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import islice

import asyncpg

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.store import Contended, Database
from quanyu.twin.common import Common
from quanyu.twin.fold import Outcome, fold
from quanyu.twin.lane import Lane, Order, Ready, Slot, answer_all
from quanyu.twin.line import Line
from quanyu.twin.memory import Memory
from quanyu.twin.rows import batch_of
from quanyu.twin.state import Change, State
from quanyu.twin.write import write

GROUP = 1000
WAITING = 20_000
IDLE_SECONDS = 0.1
"""How long the connection is kept for the next group."""

STALE = "QY001"
"""The state of the error that `twin_stale` raises (see the migration)."""

_RETRIES = 5


class Writer:
    """One per process. `submit` may be called by any number of tasks at once."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = utc_now,
        group: int = GROUP,
        waiting: int = WAITING,
        common: Common | None = None,
    ) -> None:
        """`common`: what the processes of the node remember together, where it has several."""
        self._database = database
        self._clock = clock
        self._group = group
        self._waiting = waiting
        self._common = common
        self._lanes: dict[str, Lane] = {}
        self._closing = False

    async def submit(self, tenant: str, changes: Sequence[Change]) -> list[Outcome]:
        """Comes back after the commit, one outcome per change. Raises Unavailable where the queue is full."""
        if not changes:
            return []
        lane = self._lanes.get(tenant)
        if lane is None:
            lines = Line(self._database, tenant), Line(self._database, tenant)
            lane = self._lanes[tenant] = Lane(*lines, Memory(tenant, self._common))
        if lane.slots and len(lane.slots) + len(changes) > self._waiting:
            raise Unavailable("twin.writer.full", waiting=len(lane.slots))
        order = Order([Outcome()] * len(changes), len(changes), asyncio.get_running_loop().create_future())
        lane.put(Slot(one, order, index) for index, one in enumerate(changes))
        if lane.task is None:
            lane.task = asyncio.create_task(self._drain(lane))
        await order.answered
        return order.outcomes

    async def close(self) -> None:
        """Waits until everything accepted is answered."""
        self._closing = True
        for lane in self._lanes.values():
            lane.come.set()
        await asyncio.gather(*(lane.task for lane in self._lanes.values() if lane.task))

    async def _drain(self, lane: Lane) -> None:
        """Its connections are its own: the next task may begin while they are given back."""
        tenant = lane.line.tenant
        lane.line, lane.reading = line, reading = Line(self._database, tenant), Line(self._database, tenant)
        try:
            while await self._some(lane):
                await lane.gathered()
                group = list(islice(lane.slots, self._group))
                ready = await self._ahead(lane, group)
                if not await lane.settled():
                    ready = None
                for _ in group:
                    lane.slots.popleft()
                lane.begin(group, ready)
                lane.under_way = asyncio.create_task(self._commit(lane, group, ready))
                lane.under_way.add_done_callback(lambda _: lane.ended())
                if ready is None:
                    await lane.settled()
        finally:
            lane.task = None
            if lane.under_way is not None:
                lane.under_way.cancel()
                lane.under_way = None
            for slot in lane.slots:
                slot.answer(Outcome(error=Unavailable("twin.writer.stopped")))
            lane.slots.clear()
            await line.close()
            await reading.close()

    async def _some(self, lane: Lane) -> bool:
        """Whether something waits, or comes in time."""
        while not lane.slots and lane.under_way is not None:
            if lane.under_way.done():
                await lane.settled()
            else:
                lane.come.clear()
                await lane.come.wait()
        if not lane.slots and not self._closing:
            lane.come.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):
                    await lane.come.wait()
        return bool(lane.slots)

    async def _ahead(self, lane: Lane, group: list[Slot]) -> Ready | None:
        """The group worked out, if need be while another one is under way; None where that cannot be."""
        reading = lane.line if lane.under_way is None else lane.reading
        try:
            return await self._worked_out(lane, [slot.change for slot in group], reading)
        except (QuanyuError, asyncpg.PostgresError, asyncpg.InternalClientError, ValueError, TypeError):
            return None  # what is wrong comes out again when its turn has come

    async def _commit(self, lane: Lane, slots: list[Slot], ready: Ready | None = None) -> bool:
        """Whether all went through at once, as the memory has it."""
        try:
            outcomes, straight = await self._written(lane, [slot.change for slot in slots], ready)
        except Unavailable as error:
            answer_all(slots, error)
        except (Invalid, asyncpg.PostgresError, ValueError, TypeError) as error:
            await self._separated(lane, slots, error)
        except BaseException:
            answer_all(slots, Unavailable("twin.writer.stopped"))
            raise
        else:
            for slot, outcome in zip(slots, outcomes, strict=True):
                slot.answer(outcome)
            return straight
        return False

    async def _separated(self, lane: Lane, slots: list[Slot], error: Exception) -> None:
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
        await self._commit(lane, slots[:middle])
        await self._commit(lane, slots[middle:])

    async def _written(
        self, lane: Lane, changes: list[Change], ready: Ready | None
    ) -> tuple[list[Outcome], bool]:
        for attempt in range(_RETRIES + 1):
            try:
                if attempt:
                    return await self._locked(lane, changes), False
                return await self._trusting(lane, changes, ready), True
            except Contended:
                continue
            except asyncpg.PostgresError as error:
                if error.sqlstate != STALE:
                    raise
            except asyncpg.InternalClientError as error:  # cut off in the middle: the driver cannot roll back
                raise Unavailable("twin.writer.cut") from error
        raise Unavailable("twin.writer.contended")

    async def _trusting(self, lane: Lane, changes: list[Change], ready: Ready | None) -> list[Outcome]:
        """Trusts the memory as far as the statement itself finds out where it is wrong."""
        if ready is None:
            ready = await self._worked_out(lane, changes, lane.line)
            lane.remember(ready)
        if ready.batch is not None:
            try:
                await lane.line.write(ready.batch)
            except BaseException:
                lane.memory.forget(ready.plan.rows)
                raise
            lane.memory.tell(ready.plan)
        return ready.plan.outcomes

    async def _worked_out(self, lane: Lane, changes: list[Change], reading: Line) -> Ready:
        now = self._clock()
        ids = {one.id for one in changes}
        known = lane.memory.recall(ids)
        remembered = known.keys() & ids
        known |= await self._read(lane, ids - remembered, reading)
        plan = fold(changes, known, now)
        if doubtful := plan.doubtful & remembered:
            known = {id: one for id, one in known.items() if id not in doubtful}
            known |= await self._read(lane, doubtful, reading)
            plan = fold(changes, known, now)
        return Ready(plan, batch_of(lane.line.tenant, plan, now) if plan.log else None)

    async def _read(self, lane: Lane, ids: set[str], reading: Line) -> dict[str, State]:
        """What the group under way has to do with is read after it."""
        if reading is lane.reading and lane.under_way is not None and not ids.isdisjoint(lane.concerned):
            await asyncio.wait([lane.under_way])
        return await reading.read(ids)

    async def _locked(self, lane: Lane, changes: list[Change]) -> list[Outcome]:
        lane.memory.forget({one.id for one in changes})
        async with self._database.tenant(lane.line.tenant) as connection:
            return (await write(connection, lane.line.tenant, changes, now=self._clock())).outcomes
