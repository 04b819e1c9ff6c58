"""The process of a pack that does not answer."""

import asyncio
import signal
import socket
from typing import Any

import pytest

from quanyu.app.apart.letters import Question
from quanyu.app.apart.process import Ended, PackProcess
from quanyu.core.actor import system_actor

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Lingering:
    """A process that the machine takes some time to put away."""

    def kill(self) -> None:
        pass

    async def wait(self) -> int:
        await asyncio.sleep(0.5)
        return -signal.SIGKILL


def _question(number: int) -> Question:
    return Question(
        number=number, method="GET", path=f"/{number}", query=b"", headers=[], body=b"", actor=system_actor("city", "test"),
    )  # fmt: skip


async def test_of_several_questions_only_the_one_that_was_late_first_is_to_blame() -> None:
    ours, theirs = socket.socketpair()
    lingering: Any = Lingering()
    with theirs:
        process = PackProcess(lingering, *await asyncio.open_connection(sock=ours))
        asked = [process.ask(_question(number), seconds=0.1 * number) for number in (1, 2)]
        ended = await asyncio.gather(*asked, return_exceptions=True)
    told = [(one.reason, one.culprit) for one in ended if isinstance(one, Ended)]
    assert told == [("late", True), ("ended", False)]
