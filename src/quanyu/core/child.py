"""A process of ours beside this one: what it is told stands on its standard input, what it says is heard as it comes.

It is begun by Python's own starter, which shares memory with it until the other program is loaded (vfork). That of the event loop
copies the tables of all that is mapped here, and in that time nobody is answered.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from quanyu.core.process import nameless_file

_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Child:
    """`complains`: its standard error, empty where that is not heard."""

    said: asyncio.StreamReader
    complains: asyncio.StreamReader
    process: subprocess.Popen[bytes]

    async def ended(self) -> int:
        """The code with which it ends, once it has said all."""
        return await asyncio.to_thread(self.process.wait)


@contextlib.asynccontextmanager
async def child(
    module: str,
    told: bytes,
    *,
    line: int = _LINE,
    environment: Mapping[str, str] | None = None,
    heard: bool = False,
) -> AsyncIterator[Child]:
    """Python runs `module`; killed where it still runs at the end. `line`: bytes of the longest line it says.

    `heard`: what it complains of is read by us; else it stands where our own complaints stand. Ctrl-C of the terminal is
    this process's to hear: it decides what becomes of the child.
    """
    with _told(told) as file:
        process = subprocess.Popen(  # noqa: ASYNC220 (a few milliseconds; begun by a thread it would end with it)
            [sys.executable, "-m", module], stdin=file, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if heard else None, env=environment, start_new_session=True,
        )  # fmt: skip
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(_gone, process)
        yield Child(
            await _reader(stack, process.stdout, line), await _reader(stack, process.stderr, line), process
        )


@contextlib.contextmanager
def _told(content: bytes) -> Iterator[IO[bytes]]:
    """As a file, which takes all at once, whenever it is read."""
    with os.fdopen(nameless_file("quanyu-told"), "w+b") as file:
        file.write(content)
        file.seek(0)
        yield file


async def _reader(
    stack: contextlib.AsyncExitStack, pipe: IO[bytes] | None, line: int
) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(line)
    if pipe is None:
        reader.feed_eof()
        return reader
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    stack.callback(transport.close)
    return reader


async def _gone(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        await asyncio.to_thread(process.wait)
