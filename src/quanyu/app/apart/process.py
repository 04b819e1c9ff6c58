"""A pack's process as the node sees it: begun, asked, ended when it hangs, has gone or has nothing to do."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from itertools import count

import msgspec

from quanyu.app.apart.letters import OUT_OF_MEMORY, READY, Answer, Question, receive, send
from quanyu.app.settings import Settings, handed
from quanyu.store import dying_with_parent

START_SECONDS = 60.0
_REST_SECONDS = 600.0
_NICE = 5
_KILLED_FIRST = "500"


class Ended(Exception):
    """`reason`: late, memory or ended. `culprit`: the question that was asked is why, as far as one can say."""

    def __init__(self, reason: str, *, culprit: bool) -> None:
        super().__init__(reason)
        self.reason, self.culprit = reason, culprit


class PackProcess:
    """Not ready before it was heard."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process, self._writer = process, writer
        self._waiting: dict[int, asyncio.Future[Answer]] = {READY: asyncio.get_running_loop().create_future()}
        self._over = False
        self._resting: asyncio.TimerHandle | None = None
        self._listening = asyncio.create_task(self._listen(reader))

    @property
    def alive(self) -> bool:
        return not self._over

    async def ready(self) -> None:
        """Raises Ended."""
        await self._answered(READY, START_SECONDS)

    async def ask(self, question: Question, *, seconds: float) -> Answer:
        """One that does not answer in time is ended, and with it whatever else it was asked. Raises Ended."""
        self._waiting[question.number] = asyncio.get_running_loop().create_future()
        send(self._writer, question)
        try:
            return await self._answered(question.number, seconds)
        finally:
            self._rest()

    def end(self) -> None:
        self._over = True
        if self._resting is not None:
            self._resting.cancel()
        self._writer.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def _answered(self, number: int, seconds: float) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                return await self._waiting[number]
        except TimeoutError as error:
            first = self.alive  # else another question was late, and the process is on its way out
            self.end()
            raise Ended("late" if first else "ended", culprit=first) from error
        finally:
            del self._waiting[number]

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Until the process has gone: then nobody waits any longer."""
        with contextlib.suppress(msgspec.DecodeError):  # the pack has written into the socket itself
            while (answer := await receive(reader, Answer)) is not None:
                expected = self._waiting.get(answer.number)
                if expected is not None and not expected.done():
                    expected.set_result(answer)
        by_itself = not self._over
        self.end()
        reason = "memory" if await self._process.wait() == OUT_OF_MEMORY else "ended"
        for expected in self._waiting.values():
            if not expected.done():
                expected.set_exception(Ended(reason, culprit=by_itself))

    def _rest(self) -> None:
        """Its memory goes back to the machine when nobody has asked for a while."""
        if self._resting is not None:
            self._resting.cancel()
        if self.alive:
            self._resting = asyncio.get_running_loop().call_later(_REST_SECONDS, self._end_idle)

    def _end_idle(self) -> None:
        if not self._waiting:
            self.end()


async def begin(settings: Settings, pack: str) -> PackProcess:
    """Not ready yet. The settings go through a pipe, because there are secrets among them."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "quanyu.app.apart.answering", pack, str(theirs.fileno()),
            stdin=asyncio.subprocess.PIPE, pass_fds=(theirs.fileno(),), start_new_session=True, preexec_fn=_modest(settings.pack_memory),
        )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(handed(settings))
    with contextlib.suppress(ConnectionError):
        await process.stdin.drain()
    process.stdin.close()
    reader, writer = await asyncio.open_connection(sock=ours)
    return PackProcess(process, reader, writer)


numbers = count(READY + 1)
"""Of questions, whichever process they go to."""


def _modest(memory: int) -> Callable[[], None]:
    """It gives way to the node, takes so much memory at most, is the first to go where it runs out, and does not outlive the node."""
    tie = dying_with_parent(signal.SIGKILL)

    def begin() -> None:
        tie()
        os.nice(_NICE)
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
            score.write(_KILLED_FIRST)

    return begin
