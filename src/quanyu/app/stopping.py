"""How a process of the node is asked to stop, and how what runs in it ends."""

import asyncio
import logging
import signal
from dataclasses import dataclass

GRACE_SECONDS = 5.0
"""So long may requests that are under way take to end."""

_log = logging.getLogger("quanyu.parts")


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
    """Cancels what still runs; a fault that ended a part is raised, not swallowed.

    What does not end is cancelled again: a driver may wait for the answer to a statement that the database, its disk full, has
    long given up.
    """
    pending = set(tasks)
    for _ in range(_ATTEMPTS):
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_ATTEMPT_SECONDS)
        if not pending:
            break
        _log.warning("%s parts do not end and are asked again", len(pending))
    for task in tasks:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error


_ATTEMPTS, _ATTEMPT_SECONDS = 3, 10.0
