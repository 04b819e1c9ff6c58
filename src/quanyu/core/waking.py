"""Waiting for a signal, but not for ever."""

import asyncio


async def woken(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event came within so many seconds.

    Not by `asyncio.wait_for`: in Python 3.11 it drops the cancellation of who is cancelled in the moment the event comes,
    and who was to end goes on for ever.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
