"""What runs beside the web application survives its own faults."""

import asyncio
from functools import partial

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


async def test_the_log_names_the_part_and_not_what_it_was_given(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_REST_SECONDS", 0.0)
    turns = iter([RuntimeError("once"), None])

    async def warm(_: str) -> None:
        if error := next(turns):
            raise error

    await lasting(partial(warm, "client_secret=hidden"))
    assert "warm fails and begins anew" in caplog.text
    assert "hidden" not in caplog.text
