"""When this node listened. Silence of a sensor is counted in the time that somebody heard; a clock that jumps takes along what
waits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from quanyu.act.rules import _state_sql
from quanyu.core.clock import Clock
from quanyu.store import Connection

JUMP = timedelta(seconds=30)
"""Beyond this the wall clock and the time that really passed do not tell the same story."""
_BEAT = timedelta(seconds=10)
_KEPT = timedelta(days=400)

Gap = tuple[datetime, datetime]


class Beat(NamedTuple):
    now: datetime
    jumped: bool


@dataclass(slots=True)
class Listening:
    """Of one tenant. `monotonic` is a clock of seconds that nobody sets."""

    clock: Clock
    monotonic: Callable[[], float]
    gaps: list[Gap] = field(default_factory=list)
    _beaten: datetime | None = None
    _wall: datetime | None = None
    _passed: float = 0.0
    _next: tuple[datetime | None, float, datetime | None] = (None, 0.0, None)

    async def begin(self, connection: Connection, tenant: str) -> None:
        """After a pause: nobody heard meanwhile. A clock that went back meanwhile has told nothing of how long."""
        now = self.clock()
        alive = await _state_sql.alive(connection, tenant)
        if alive is not None and now - alive > JUMP:
            await _state_sql.add_gap(connection, tenant, alive, now, now - _KEPT)
        elif alive is not None and alive - now > JUMP:
            await _state_sql.shift(connection, tenant, now - alive)
        self.gaps = await _state_sql.gaps(connection, tenant)
        self._wall, self._passed, self._beaten = now, self.monotonic(), None

    async def beat(self, connection: Connection, tenant: str) -> Beat:
        """Where the clock has jumped since the last beat, what waits is moved by as much. To be settled after commit."""
        now, passed = self.clock(), self.monotonic()
        assert self._wall is not None
        expected = self._wall + timedelta(seconds=passed - self._passed)
        jump = now - expected
        if abs(jump) > JUMP:
            await _state_sql.shift(connection, tenant, jump)
            if jump > timedelta():
                await _state_sql.add_gap(connection, tenant, expected, now, now - _KEPT)
            self.gaps = await _state_sql.gaps(connection, tenant)
        beaten = self._beaten
        if beaten is None or abs(now - beaten) >= _BEAT:
            await _state_sql.set_alive(connection, tenant, now)
            beaten = now
        self._next = now, passed, beaten
        return Beat(now, abs(jump) > JUMP)

    def settle(self) -> None:
        """What the last beat has written is committed."""
        self._wall, self._passed, self._beaten = self._next

    def deaf(self, begun: datetime, ended: datetime) -> timedelta:
        """How much of a span nobody listened."""
        parts = ((max(begun, gap[0]), min(ended, gap[1])) for gap in self.gaps)
        return sum((end - begin for begin, end in parts if end > begin), timedelta())
