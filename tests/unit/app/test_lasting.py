"""What runs beside the web application survives its own faults."""

import asyncio

import pytest

from quanyu.app import lasting as module
from quanyu.app.lasting import lasting


async def test_a_part_that_fails_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REST_SECONDS", 0.0)
    turns: list[int] = []

    async def part() -> None:
        turns.append(1)
        if len(turns) < 3:
            raise RuntimeError("a deadlock, a bug, anything")

    await lasting(part)
    assert len(turns) == 3


async def test_a_part_that_is_stopped_stays_so() -> None:
    async def part() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(lasting(part))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
