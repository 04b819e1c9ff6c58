"""The NGSI-LD application on bare ASGI, mounted at /ngsi-ld/v1: which operation answers which path and method."""

import logging
from urllib.parse import unquote

from quanyu.core.errors import Denied, NotFound, QuanyuError
from quanyu.twin.http import ngsi_read, ngsi_write
from quanyu.twin.http.ngsi_exchange import (
    Answer,
    Authorize,
    Door,
    Exchange,
    Operation,
    Receive,
    Scope,
    Send,
    WrongMethod,
    header,
    parameters_of,
    problem_answer,
    send_answer,
)

PREFIX = "/ngsi-ld/v1"

_log = logging.getLogger("quanyu.ngsi")

_OPERATIONS = (*ngsi_read.OPERATIONS, *ngsi_write.OPERATIONS)


class NgsiApp:
    """`authorize` answers who asks, or raises; the tenant of a request is the asker's own."""

    def __init__(self, door: Door, authorize: Authorize) -> None:
        self._door = door
        self._authorize = authorize

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except QuanyuError as error:
            answer = problem_answer(error, scope)
        except Exception as error:
            _log.exception("fault at %s %r", scope["method"], scope["path"])
            answer = problem_answer(QuanyuError("twin.ngsi.internal", kind=type(error).__name__), scope)
        await send_answer(scope, send, answer)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        parts = _parts(scope)
        operation = _find(parts, scope["method"])
        actor = await self._authorize(scope, operation.action)
        wanted = header(scope, "ngsild-tenant")
        if wanted and wanted != actor.tenant:
            raise Denied("twin.ngsi.tenant", tenant=wanted[:80])
        exchange = Exchange(scope, receive, parts, actor, self._door, parameters_of(scope))
        return await operation.answer(exchange)


def _parts(scope: Scope) -> tuple[str, ...]:
    """Of the path as it was sent, where the server has it: an id may hold a slash, written %2F."""
    if raw := scope.get("raw_path"):
        path = raw.partition(b"?")[0].decode("latin-1").removeprefix(PREFIX)
        return tuple(unquote(part) for part in path.split("/") if part)
    return tuple(filter(None, scope["path"].removeprefix(PREFIX).split("/")))


def _find(parts: tuple[str, ...], method: str) -> Operation:
    here = [one for one in _OPERATIONS if _matches(one.path, parts)]
    for operation in here:
        if operation.method == method:
            return operation
    if here:
        methods = ", ".join(one.method for one in here)
        raise WrongMethod("twin.ngsi.method", method=method, methods=methods)
    raise NotFound("twin.ngsi.path", path="/".join(parts)[:200])


def _matches(path: str, parts: tuple[str, ...]) -> bool:
    pattern = path.split("/")
    return len(pattern) == len(parts) and all(
        one in ("*", part) for one, part in zip(pattern, parts, strict=True)
    )
