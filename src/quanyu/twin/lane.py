"""What waits to be written for one tenant, the group that is under way, and the answers to those who wait."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from quanyu.core.errors import QuanyuError
from quanyu.twin.fold import Outcome, Plan
from quanyu.twin.line import Line
from quanyu.twin.memory import Memory
from quanyu.twin.rows import Batch
from quanyu.twin.state import Change

ENOUGH = 100
"""So many are worked out while the group before them is still being written; fewer wait for it and grow."""

COMPANY = 4
RETURN_SECONDS = 0.001
"""Callers who come in such company are waited for so long when they were answered: most ask again at once."""


@dataclass(slots=True)
class Order:
    """The changes of one caller, and who waits for them."""

    outcomes: list[Outcome]
    open: int
    answered: asyncio.Future[None]


@dataclass(slots=True)
class Slot:
    change: Change
    order: Order
    index: int

    def answer(self, outcome: Outcome) -> None:
        self.order.outcomes[self.index] = outcome
        self.order.open -= 1
        if not self.order.open and not self.order.answered.done():
            self.order.answered.set_result(None)


@dataclass(frozen=True, slots=True)
class Ready:
    """A group that is worked out; `batch` None: there is nothing to write."""

    plan: Plan
    batch: Batch | None


@dataclass(slots=True)
class Lane:
    """What waits for one tenant; `task` lives while there is something, and a moment longer."""

    line: Line
    reading: Line
    memory: Memory
    slots: deque[Slot] = field(default_factory=deque)
    come: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    under_way: asyncio.Task[bool] | None = None
    concerned: set[str] = field(default_factory=set)
    """The entities of the group that is under way."""
    callers: int = 0
    """Those whom it answers."""
    expected: int = 0
    """How many changes wait when most of those who were just answered have come back."""
    wanted: int = 1
    """So many set `come`."""

    def put(self, slots: Iterable[Slot]) -> None:
        self.slots.extend(slots)
        if len(self.slots) >= self.wanted:
            self.come.set()

    def begin(self, group: Sequence[Slot], ready: Ready | None) -> None:
        """The next group is worked out on what this one will leave."""
        self.concerned = {slot.change.id for slot in group}
        self.callers = sum(slot.index == 0 for slot in group)
        if ready is not None:
            self.remember(ready)

    def remember(self, ready: Ready) -> None:
        if ready.batch is not None:
            self.memory.remember(ready.plan, ready.batch.written)

    async def gathered(self) -> None:
        """While a group is being written the next one grows, and a moment longer: each change of a larger group costs less."""
        while self.under_way is not None and not self.under_way.done() and len(self.slots) < ENOUGH:
            await self._come(ENOUGH)
        expected, self.expected = min(self.expected, ENOUGH), 0
        if len(self.slots) < expected:
            moment = asyncio.get_running_loop().call_later(RETURN_SECONDS, self.come.set)
            await self._come(expected)
            moment.cancel()

    async def _come(self, wanted: int) -> None:
        """Until so many changes wait, or `come` is set for another reason."""
        self.wanted = wanted
        self.come.clear()
        try:
            await self.come.wait()
        finally:
            self.wanted = 1

    def ended(self) -> None:
        """The group that was under way is answered."""
        together = self.callers >= COMPANY
        self.expected = len(self.slots) + self.callers - self.callers // 8 if together else 0
        self.come.set()

    async def settled(self) -> bool:
        """When nothing is under way any more. Whether it went as the memory has it."""
        if self.under_way is None:
            return True
        straight = await self.under_way
        self.under_way = None
        return straight


def answer_all(slots: list[Slot], error: QuanyuError) -> None:
    for slot in slots:
        slot.answer(Outcome(error=error))
