"""An answer that leaves before a long body was read says that it is the last one on its connection.

The server closes such a connection. A client that is not told sends its next request into it and gets no answer.
"""

from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_LONG = 64 * 1024
_CLOSE = (b"connection", b"close")


def parting(app: ASGIApp) -> ASGIApp:
    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not _is_long(scope):
            await app(scope, receive, send)
            return
        unread = True

        async def reading() -> Any:
            nonlocal unread
            message = await receive()
            unread = bool(message.get("more_body"))
            return message

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and unread:
                message["headers"] = [*message["headers"], _CLOSE]
            await send(message)

        await app(scope, reading, sending)

    return enter


def _is_long(scope: Scope) -> bool:
    """Long, or of unknown length."""
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and _bytes(value) > _LONG):
            return True
    return False


def _bytes(value: bytes) -> int:
    return int(value) if value.isdigit() and len(value) < 20 else 0
