"""A context source that listens on this machine: it notes what it is asked and answers what it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    body: Any


@dataclass
class Source:
    """`answers` by method and the beginning of the target; anything else is 404. `silent` never answers."""

    port: int = 0
    answers: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    silent: bool = False
    waiting: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, target: str, status: int, body: Any = None) -> None:
        self.answers[method, "/ngsi-ld/v1" + target] = (status, body)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.append(Asked(method, target, headers, json.loads(content) if content else None))
        if self.silent:
            self.waiting.append(writer)
        else:
            status, body = self._found(method, target)
            sent = b"" if body is None else json.dumps(body).encode()
            writer.write(
                f"HTTP/1.1 {status} x\r\ncontent-length: {len(sent)}\r\nconnection: close\r\n\r\n".encode()
                + sent
            )
            await writer.drain()
            writer.close()

    def _found(self, method: str, target: str) -> tuple[int, Any]:
        fits = [key for key in self.answers if key[0] == method and target.startswith(key[1])]
        return self.answers[max(fits, key=len)] if fits else (404, None)


@asynccontextmanager
async def listening() -> AsyncIterator[Source]:
    source = Source()
    server = await asyncio.start_server(source.serve, "127.0.0.1", 0)
    source.port = server.sockets[0].getsockname()[1]
    try:
        yield source
    finally:
        for writer in source.waiting:
            writer.close()
        server.close()
        await server.wait_closed()
