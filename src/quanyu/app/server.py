"""What speaks HTTP: Granian; in development mode uvicorn, which can be told how a header is spelled (decision 0036)."""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Protocol

import granian.server.embed
import uvicorn
from granian.constants import Interfaces

from quanyu.app.settings import Settings

Application = Callable[[Any, Any, Any], Awaitable[None]]

_BACKLOG = 1024
_NO_CONTENT = 204


class Server(Protocol):
    async def serve(self) -> None:
        """Until `stop`; then what is under way is answered."""

    def stop(self) -> None: ...


def server_for(settings: Settings, application: Application) -> Server:
    if settings.dev:
        return _Development(settings, application)
    return _Granian(settings, application)


class _Granian:
    def __init__(self, settings: Settings, application: Application) -> None:
        self._server = granian.server.embed.Server(
            application, address=settings.host, port=settings.port, interface=Interfaces.ASGI, log_enabled=False,
            backlog=_BACKLOG, websockets=False,
        )  # fmt: skip

    async def serve(self) -> None:
        await self._server.serve()

    def stop(self) -> None:
        self._server.stop()  # type: ignore[no-untyped-call]


class _Development:
    def __init__(self, settings: Settings, application: Application) -> None:
        config = uvicorn.Config(
            _spelled(application), host=settings.host, port=settings.port, http="httptools", loop="none",
            lifespan="off", ws="none", log_config=None, access_log=False, server_header=False, proxy_headers=False,
            log_level="warning", backlog=_BACKLOG,
        )  # fmt: skip
        self._server = _OwnSignals(config)
        self._shared = (settings.local_host, settings.port) if settings.workers > 1 else None

    async def serve(self) -> None:
        if self._shared is None:
            await self._server.serve()
            return
        with _shared_socket(*self._shared) as listening:
            await self._server.serve(sockets=[listening])

    def stop(self) -> None:
        self._server.should_exit = True


def _shared_socket(host: str, port: int) -> socket.socket:
    """On which other processes of the node listen as well, as Granian's always are."""
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.bind((host, port))
    return found


class _OwnSignals(uvicorn.Server):
    """Signals are the node's, which has more to end than the server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Spelled(bytes):
    """A name that stays as it is written: uvicorn lowers names before it sends them."""

    def lower(self) -> bytes:
        return self


_LOCATION, _SPELLED = b"location", _Spelled(b"Location")
"""A name that a tool of the NGSI-LD standard compares letter by letter, although RFC 9110 (5.1) says that case is nothing."""


def _spelled(application: Application) -> Application:
    async def spelling(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] != _NO_CONTENT:
                headers = [
                    (_SPELLED if one[0] == _LOCATION else one[0], one[1]) for one in message["headers"]
                ]
                message = {**message, "headers": headers}
            await send(message)

        await application(scope, receive, sending)

    return spelling
