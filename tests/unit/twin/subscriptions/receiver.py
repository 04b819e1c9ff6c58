"""A real HTTP endpoint that keeps what it gets, and answers as it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.patience import PATIENCE_SECONDS


@dataclass
class Received:
    headers: dict[str, str]
    body: Any
    path: str

    @property
    def entities(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body["data"]
        return found


@dataclass
class Receiver:
    """`answers`: statuses of the next requests in order, then 200; None keeps a request waiting for ever."""

    url: str = ""
    answers: list[int | None] = field(default_factory=list)
    all: list[Received] = field(default_factory=list)
    connections: int = 0
    _queue: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    async def next(self) -> Received:
        return await asyncio.wait_for(self._queue.get(), PATIENCE_SECONDS)

    def taken(self) -> list[Received]:
        """What has come and was not asked for yet."""
        found = []
        while not self._queue.empty():
            found.append(self._queue.get_nowait())
        return found

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        small = {name.lower(): value for name, value in headers.items()}
        content = await reader.readexactly(int(small.get("content-length", "0")))
        status = self.answers.pop(0) if self.answers else 200
        received = Received(headers, json.loads(content) if content else None, head[0].split(" ")[1])
        if status is None:
            await asyncio.Event().wait()
        writer.write(f"HTTP/1.1 {status} -\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()
        if status is not None and status < 300:
            self.all.append(received)
            self._queue.put_nowait(received)
        return True


@asynccontextmanager
async def receiving(path: str = "/notify") -> AsyncIterator[Receiver]:
    receiver = Receiver()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(receiver.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{path}"
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
