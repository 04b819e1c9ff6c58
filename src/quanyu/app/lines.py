"""Answers that last as long as a page is open: they end with the node, so that it need not wait for them."""

import asyncio
from collections.abc import Iterable

from litestar.types import ASGIApp, Message, Receive, Scope, Send

_EVENT_STREAM = b"text/event-stream"


class Lines:
    """Of one process. A page whose line was ended asks again by itself."""

    def __init__(self) -> None:
        self._open: set[asyncio.Task[object]] = set()
        self._ending = False

    def kept(self, app: ASGIApp) -> ASGIApp:
        async def enter(scope: Scope, receive: Receive, send: Send) -> None:
            task = asyncio.current_task()
            assert task is not None

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start" and _is_line(message["headers"]):
                    self._open.add(task)
                    if self._ending:
                        task.cancel()
                await send(message)

            try:
                await app(scope, receive, sending)
            except asyncio.CancelledError:
                if not self._ending or task not in self._open:
                    raise
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                self._open.discard(task)

        return enter

    def end(self) -> None:
        """Those that are open, and those that are about to be."""
        self._ending = True
        for task in self._open:
            task.cancel()


def _is_line(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-type" and value.startswith(_EVENT_STREAM) for name, value in headers)
