"""How a process of the node is asked to stop, and how what runs in it ends."""

import asyncio
import signal
from dataclasses import dataclass

GRACE_SECONDS = 5.0
"""So long may requests that are under way take to end; a page that watches an import never does by itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What signals ask for: `stop` the first one, `hurry` the second."""

    stop: asyncio.Event
    hurry: asyncio.Event

    def once_more(self) -> None:
        (self.hurry if self.stop.is_set() else self.stop).set()


def asked_to_stop() -> Asked:
    asked = Asked(asyncio.Event(), asyncio.Event())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.once_more)
    return asked


async def end(*tasks: asyncio.Task[object]) -> None:
    """Cancels what still runs; a fault that ended a part is raised, not swallowed."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
