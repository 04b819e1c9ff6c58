"""Small real servers that the tests of sources call: an HTTP API and an MQTT broker, on loopback."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import granian.server.embed
from amqtt.broker import Broker
from granian.constants import Interfaces

from tests.patience import PATIENCE_SECONDS
from tests.ports import free_port, until_open

Answer = tuple[int, str, Any] | tuple[int, str, Any, dict[str, str]]
Respond = Callable[[str, dict[str, str], dict[str, str]], Answer]
"""Path, query and headers in; status, content type, body and, where it matters, headers out."""


@asynccontextmanager
async def http_server(respond: Respond) -> AsyncIterator[str]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode()).items()}
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        status, kind, body, *more = respond(scope["path"], query, headers)
        payload = (
            body
            if isinstance(body, bytes)
            else body.encode()
            if isinstance(body, str)
            else json.dumps(body).encode()
        )
        extra = (
            {"content-type": kind}
            | (more[0] if more else {})
            | ({"location": body} if status in {301, 302} else {})
        )
        shown = [(name.encode(), value.encode()) for name, value in extra.items()]
        await send({"type": "http.response.start", "status": status, "headers": shown})
        await send({"type": "http.response.body", "body": payload})

    port = free_port()
    server = granian.server.embed.Server(
        app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False
    )
    serving = asyncio.create_task(server.serve())
    await until_open(port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        await asyncio.wait_for(serving, PATIENCE_SECONDS)


@asynccontextmanager
async def dripping_server() -> AsyncIterator[str]:
    """Answers, and then sends a byte now and then, for ever."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ncontent-length: 1000000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(0.02)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


@asynccontextmanager
async def mqtt_broker(port: int = 0) -> AsyncIterator[int]:
    port = port or free_port()
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    try:
        yield port
    finally:
        await broker.shutdown()
