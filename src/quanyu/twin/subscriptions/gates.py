"""Before each endpoint a gate: so many at once, and none for a while after it failed."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

AT_ONCE = 4
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0


@dataclass(slots=True)
class Gate:
    """Of one endpoint, shared by all subscriptions that name it. Closed until `opens`; each failure doubles the pause."""

    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    failures: int = 0
    opens: datetime | None = None
    users: set[tuple[str, str]] = field(default_factory=set)

    def wait(self, now: datetime) -> float:
        """Seconds until somebody may try."""
        return 0.0 if self.opens is None else max(0.0, (self.opens - now).total_seconds())

    def reopen(self) -> None:
        """An attempt has succeeded, or somebody says that the endpoint is there."""
        self.failures, self.opens = 0, None

    def failed(self, begun: datetime, now: datetime, *, cooldown: float | None) -> datetime:
        """When it may be tried again. Attempts that were under way together count as one failure.

        `cooldown`: the least pause in seconds that the subscriber asked for (5.2.15).
        """
        if self.opens is None or begun >= self.opens:
            self.failures += 1
        pause = min(FIRST_PAUSE * 2.0 ** min(self.failures - 1, 16), LONGEST_PAUSE)
        again = now + timedelta(seconds=max(pause, cooldown or 0.0))
        self.opens = max(again, self.opens or again)
        return self.opens
