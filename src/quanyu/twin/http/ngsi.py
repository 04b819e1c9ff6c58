"""The NGSI-LD application on bare ASGI, mounted at /ngsi-ld/v1: which operation answers which path and method."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote

from quanyu.core.errors import Invalid, NotFound, QuanyuError
from quanyu.identity import AccessDenied
from quanyu.twin.http import (
    ngsi_batch,
    ngsi_contexts,
    ngsi_discovery,
    ngsi_maps,
    ngsi_purge,
    ngsi_read,
    ngsi_snapshots,
    ngsi_source_subscriptions,
    ngsi_sources,
    ngsi_subscriptions,
    ngsi_temporal,
    ngsi_temporal_maps,
    ngsi_temporal_write,
    ngsi_write,
)
from quanyu.twin.http.ngsi_answer import Headers, problem_answer, send_answer
from quanyu.twin.http.ngsi_exchange import (
    Authorize,
    Door,
    Exchange,
    Operation,
    Receive,
    Scope,
    Send,
    WrongMethod,
    header,
    headers_of,
)
from quanyu.twin.http.ngsi_layer import answered
from quanyu.twin.http.ngsi_media import negotiated, plain
from quanyu.twin.http.ngsi_parameters import parameters_of
from quanyu.twin.tenants import Tenants

PREFIX = "/ngsi-ld/v1"

_log = logging.getLogger("quanyu.ngsi")

_MAKING = frozenset((
    "entities", "entityOperations/create", "entityOperations/upsert", "temporal/entities", "subscriptions",
    "csourceRegistrations", "csourceSubscriptions",
))  # fmt: skip
"""Where a POST may be the first thing that happens in a tenant."""

OPERATIONS = (
    *ngsi_temporal.OPERATIONS,
    *ngsi_temporal_maps.OPERATIONS,
    *ngsi_temporal_write.OPERATIONS,
    *ngsi_read.OPERATIONS,
    *ngsi_discovery.OPERATIONS,
    *ngsi_maps.OPERATIONS,
    *ngsi_sources.OPERATIONS,
    *ngsi_snapshots.OPERATIONS,
    *ngsi_source_subscriptions.OPERATIONS,
    *ngsi_subscriptions.OPERATIONS,
    *ngsi_write.OPERATIONS,
    *ngsi_batch.OPERATIONS,
    *ngsi_purge.OPERATIONS,
    *ngsi_contexts.OPERATIONS,
)
_GIVEN_BACK = frozenset(("ngsild-tenant", "ngsild-snapshot"))
"""Headers of a request that its answer carries too (6.3.14)."""


class NgsiApp:
    """`authorize` answers who asks, or raises; the tenant of a request is the asker's own. `denied` hears of every refusal."""

    def __init__(
        self,
        door: Door,
        authorize: Authorize,
        *,
        operations: Sequence[Operation] = OPERATIONS,
        denied: Callable[[AccessDenied], None] = lambda _: None,
    ) -> None:
        self._door = door
        self._authorize = authorize
        self._resources = _Resources(operations)
        self._denied = denied
        self._tenants = Tenants(door.database, developing=door.developing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.answer(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send, headers: Headers = ()) -> int:
        """The status; `headers` are for every answer, beside its own."""
        exchange = None
        try:
            exchange, operation = await self._begun(scope, receive)
            answer = await answered(exchange, operation)
            if answer.status < 300 and _makes(operation):
                await self._tenants.made(exchange.actor.tenant)
        except QuanyuError as error:
            if isinstance(error, AccessDenied):
                self._denied(error)
            answer = problem_answer(error, scope)
        except Exception as error:
            _log.exception("fault at %s %r", scope["method"], scope["path"])
            answer = problem_answer(QuanyuError("twin.ngsi.internal", kind=type(error).__name__), scope)
        asked = headers_of(scope)
        if not _GIVEN_BACK.isdisjoint(asked):
            given = tuple((name, asked[name]) for name in sorted(_GIVEN_BACK & asked.keys()) if asked[name])
            answer = replace(answer, headers=(*answer.headers, *given))
        await send_answer(send, answer, exchange, headers)
        return answer.status

    async def _begun(self, scope: Scope, receive: Receive) -> tuple[Exchange, Operation]:
        parts = _parts(scope)
        operation = self._resources.find(parts, scope["method"], slash=scope["path"].endswith("/"))
        actor = await self._authorize(scope, operation.action)
        wanted = header(scope, "ngsild-tenant")
        tenant = await self._tenants.enter(actor.tenant, wanted, makes=_makes(operation))
        actor = actor if tenant == actor.tenant else replace(actor, tenant=tenant)
        offered = operation.offered
        accept = header(scope, "accept")
        media = negotiated(accept, offered) if offered else plain(accept)
        return Exchange(
            scope, receive, parts, actor, self._door, parameters_of(scope.get("query_string", b"")), media
        ), operation


def _makes(operation: Operation) -> bool:
    return operation.method == "POST" and operation.path in _MAKING


def _parts(scope: Scope) -> tuple[str, ...]:
    """Of the path as it was sent, where the server has it: an id may hold a slash, written %2F."""
    if raw := scope.get("raw_path"):
        parts = raw.partition(b"?")[0].decode("latin-1").removeprefix(PREFIX).strip("/").split("/")
        return tuple(map(unquote, parts) if b"%" in raw else parts)
    return tuple(scope["path"].removeprefix(PREFIX).strip("/").split("/"))


_Fixed = tuple[tuple[int, str], ...]
"""The parts of a path that are no `*`, with their places."""


class _Resources:
    """Operations by their paths in parts: by how many parts these have and the first of them."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._operations = operations
        self._by_path: Mapping[tuple[int, str], list[tuple[_Fixed, Operation]]] = defaultdict(list)
        for one in operations:
            pattern = one.path.split("/")
            fixed = tuple((place, part) for place, part in enumerate(pattern) if part != "*")
            self._by_path[len(pattern), pattern[0]].append((fixed, one))

    def find(self, parts: tuple[str, ...], method: str, *, slash: bool) -> Operation:
        """`slash`: the path ends with one, so that the id of an entity may have been left out."""
        known = self._by_path.get((len(parts), parts[0]), ())
        here = [one for fixed, one in known if _matches(fixed, parts)]
        for operation in here:
            if operation.method == method:
                self._refuse_empty(operation, parts)
                return operation
        if here:
            if slash and parts == ("entities",) and method in ("PATCH", "PUT"):
                raise Invalid("twin.ngsi.empty_part")
            methods = ", ".join(one.method for one in here)
            raise WrongMethod("twin.ngsi.method", method=method, methods=methods)
        raise NotFound("twin.ngsi.path", path="/".join(parts)[:200])

    def _refuse_empty(self, operation: Operation, parts: tuple[str, ...]) -> None:
        """A part that is left out is an invalid id, unless what is left is a resource that does not know the method."""
        if "" not in parts:
            return
        left = "/".join(one for one, part in zip(operation.path.split("/"), parts, strict=True) if part)
        methods = [one.method for one in self._operations if one.path == left]
        if methods and operation.method not in methods:
            raise WrongMethod("twin.ngsi.method", method=operation.method, methods=", ".join(methods))
        raise Invalid("twin.ngsi.empty_part")


def _matches(fixed: _Fixed, parts: tuple[str, ...]) -> bool:
    for place, part in fixed:  # noqa: SIM110  each request asks some ten times
        if parts[place] != part:
            return False
    return True
