"""What comes to pass by itself is waited for: a machine with other work to do takes longer, but not for ever."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

PATIENCE_SECONDS = 120.0

Seen = TypeVar("Seen")


def until(look: Callable[[], Seen | None], what: str = "it", *, every: float = 0.1) -> Seen:
    """What is seen, as soon as it is something.

    `look` decides by what it has seen at once: between two looks the world goes on. `every`: seconds from one look to the next.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} does not come to pass")
        time.sleep(every)
    return seen


async def eventually(look: Callable[[], Awaitable[Seen | None]]) -> Seen:
    """As `until`; raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (seen := await look()):  # noqa: ASYNC110 (what is looked at tells nobody)
            await asyncio.sleep(0.01)
        return seen
