"""A process of ours beside this one: told, heard, ended."""

import asyncio
import os
from pathlib import Path

import pytest

from quanyu.core.child import child

MUCH = 4 * 1024 * 1024
"""More than a pipe holds."""


@pytest.fixture
def modules(tmp_path: Path) -> dict[str, str]:
    """An environment in which Python finds `echo`, `complain` and `linger`."""
    for name, source in {
        "echo": "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())",
        "complain": "import sys; print('so not', file=sys.stderr); sys.exit(3)",
        "linger": "import time; print('here', flush=True); time.sleep(3600)",
    }.items():
        (tmp_path / f"{name}.py").write_text(source)
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


async def test_a_child_is_told_more_than_a_pipe_holds_and_says_it_all(modules: dict[str, str]) -> None:
    told = os.urandom(MUCH)
    async with child("echo", told, environment=modules) as begun:
        assert await begun.said.read() == told
        assert await begun.ended() == 0


async def test_what_a_child_complains_of_is_heard_where_that_is_wanted(modules: dict[str, str]) -> None:
    async with child("complain", b"", environment=modules, heard=True) as begun:
        assert await begun.complains.read() == b"so not\n"
        assert await begun.said.read() == b""
        assert await begun.ended() == 3


async def test_a_child_that_still_runs_is_gone_afterwards(modules: dict[str, str]) -> None:
    async with child("linger", b"", environment=modules) as begun:
        assert await begun.said.readline() == b"here\n"
    assert begun.process.returncode == -9


async def test_whoever_is_cancelled_leaves_no_child(modules: dict[str, str]) -> None:
    known = asyncio.get_running_loop().create_future()

    async def hear() -> None:
        async with child("linger", b"", environment=modules) as begun:
            known.set_result(begun)
            await begun.ended()

    task = asyncio.create_task(hear())
    begun = await known
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert begun.process.returncode == -9
