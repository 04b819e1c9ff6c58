"""A signal is waited for, but not for ever, and who is cancelled ends."""

import asyncio

from quanyu.core.waking import woken


async def test_an_event_that_comes_is_told_and_one_that_does_not_come_is_told_too() -> None:
    event = asyncio.Event()
    assert not await woken(event, 0.01)
    asyncio.get_running_loop().call_soon(event.set)
    assert await woken(event, 60)


async def test_who_is_cancelled_in_the_moment_the_event_comes_is_cancelled() -> None:
    event, rounds = asyncio.Event(), 0

    async def for_ever() -> None:
        nonlocal rounds
        while True:
            event.clear()
            await woken(event, 60)
            rounds += 1

    waiting = asyncio.create_task(for_ever())
    await asyncio.sleep(0)
    event.set()
    waiting.cancel()
    assert await asyncio.wait({waiting}, timeout=5) == ({waiting}, set())
    assert (waiting.cancelled(), rounds) == (True, 0)
