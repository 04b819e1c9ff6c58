"""How what runs in the node ends."""

import asyncio

import pytest

from quanyu.app import stopping


async def test_a_part_that_swallows_its_end_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_ATTEMPT_SECONDS", 0.01)
    asked: list[int] = []

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            asked.append(1)
            await asyncio.Event().wait()

    task: asyncio.Task[object] = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await stopping.end(task)
    assert (task.cancelled(), asked) == (True, [1])


async def test_the_fault_that_ended_a_part_is_raised() -> None:
    async def failing() -> None:
        raise RuntimeError("broken")

    task: asyncio.Task[object] = asyncio.create_task(failing())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="broken"):
        await stopping.end(task)
