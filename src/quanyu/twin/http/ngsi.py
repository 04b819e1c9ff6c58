"""The NGSI-LD application on bare ASGI, mounted at /ngsi-ld/v1: which operation answers which path and method."""

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from quanyu.core.errors import Denied, NotFound, QuanyuError
from quanyu.store import Database
from quanyu.twin.http import ngsi_read, ngsi_write
from quanyu.twin.http.ngsi_exchange import (
    Answer,
    Authorize,
    Exchange,
    Receive,
    Scope,
    Send,
    WrongMethod,
    header,
    parameters_of,
    problem_answer,
    send_answer,
)
from quanyu.twin.http.sight import Sight, WholeTenant
from quanyu.twin.writer import Writer

PREFIX = "/ngsi-ld/v1"

_log = logging.getLogger("quanyu.ngsi")

Operation = Callable[[Exchange, Writer, Database], Awaitable[Answer]]

# Path (`*` is any one part), method, action asked for, operation.
_OPERATIONS: tuple[tuple[tuple[str, ...], str, str, Operation], ...] = (
    (("entities",), "GET", "entity.read", lambda e, w, d: ngsi_read.query_entities(e, d)),
    (("entities",), "POST", "entity.write", lambda e, w, d: ngsi_write.create_entity(e, w)),
    (("entities", "*"), "GET", "entity.read", lambda e, w, d: ngsi_read.retrieve_entity(e, d)),
    (("entities", "*"), "DELETE", "entity.write", lambda e, w, d: ngsi_write.delete_entity(e, w)),
    (("entities", "*", "attrs"), "PATCH", "entity.write", ngsi_write.update_attributes),
    (("entities", "*", "attrs"), "POST", "entity.write", lambda e, w, d: ngsi_write.append_attributes(e, w)),
    (("entities", "*", "attrs", "*"), "DELETE", "entity.write", ngsi_write.delete_attribute),
    (("entityOperations", "create"), "POST", "entity.write", lambda e, w, d: ngsi_write.batch_create(e, w)),
    (("entityOperations", "upsert"), "POST", "entity.write", lambda e, w, d: ngsi_write.batch_upsert(e, w)),
    (("entityOperations", "update"), "POST", "entity.write", lambda e, w, d: ngsi_write.batch_update(e, w)),
    (("entityOperations", "delete"), "POST", "entity.write", lambda e, w, d: ngsi_write.batch_delete(e, w)),
    (("types",), "GET", "entity.read", lambda e, w, d: ngsi_read.list_types(e, d)),
    (("temporal", "entities", "*"), "GET", "entity.read", lambda e, w, d: ngsi_read.retrieve_temporal(e, d)),
)


class NgsiApp:
    """`authorize` answers who asks, or raises; the tenant of a request is the asker's own."""

    def __init__(self, database: Database, writer: Writer, authorize: Authorize, sight: Sight) -> None:
        self._database = database
        self._writer = writer
        self._authorize = authorize
        self._sight = sight

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
        action, operation = _find(parts, scope["method"])
        actor = await self._authorize(scope, action)
        wanted = header(scope, "ngsild-tenant")
        if wanted and wanted != actor.tenant:
            raise Denied("twin.ngsi.tenant", tenant=wanted[:80])
        exchange = Exchange(scope, receive, parts, actor, self._sight, parameters_of(scope))
        return await operation(exchange, self._writer, self._database)


def ngsi_app(
    database: Database,
    writer: Writer,
    authorize: Authorize,
    sight: Sight = WholeTenant(),  # noqa: B008 (it has no state)
) -> NgsiApp:
    return NgsiApp(database, writer, authorize, sight)


def _parts(scope: Scope) -> tuple[str, ...]:
    """Of the path as it was sent, where the server has it: an id may hold a slash, written %2F."""
    if raw := scope.get("raw_path"):
        path = raw.partition(b"?")[0].decode("latin-1").removeprefix(PREFIX)
        return tuple(unquote(part) for part in path.split("/") if part)
    return tuple(filter(None, scope["path"].removeprefix(PREFIX).split("/")))


def _find(parts: tuple[str, ...], method: str) -> tuple[str, Operation]:
    methods = []
    for pattern, known, action, operation in _OPERATIONS:
        if len(pattern) == len(parts) and all(
            one in ("*", part) for one, part in zip(pattern, parts, strict=True)
        ):
            if known == method:
                return action, operation
            methods.append(known)
    if methods:
        raise WrongMethod("twin.ngsi.method", method=method, methods=", ".join(methods))
    raise NotFound("twin.ngsi.path", path="/".join(parts)[:200])
