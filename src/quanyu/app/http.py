"""The web application: one guard in front of every route, one table of problems behind it."""

from typing import Any

from litestar import Litestar, Request, Router
from litestar.config.compression import CompressionConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import ResponseHeader, State
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig

from quanyu import __version__
from quanyu.app.node import Node
from quanyu.app.problems import HANDLERS
from quanyu.app.wiring import ROUTES
from quanyu.core.actor import Actor, ActorKind, Resource
from quanyu.core.errors import Denied, Unauthenticated
from quanyu.identity import allowed, authenticate, record_denied

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; worker-src 'self'; connect-src 'self'; "
        "img-src 'self' data: blob:; font-src 'self'; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def application(node: Node) -> Litestar:
    return Litestar(
        route_handlers=[*ROUTES],
        guards=[ask],
        dependencies={
            "actor": Provide(_actor, sync_to_thread=False),
            "node": Provide(lambda: node, sync_to_thread=False),
            "database": Provide(lambda: node.database, sync_to_thread=False),
            "folder": Provide(lambda: node.folder, sync_to_thread=False),
            "clock": Provide(lambda: node.clock, sync_to_thread=False),
        },
        state=State({"node": node}),
        exception_handlers=HANDLERS,
        response_headers=[ResponseHeader(name=name, value=value) for name, value in SECURITY_HEADERS.items()],
        compression_config=CompressionConfig(backend="gzip", minimum_size=2000, gzip_compress_level=5),
        openapi_config=OpenAPIConfig(
            title="Quanyu 全域",
            version=__version__,
            render_plugins=[],
            openapi_router=Router("/api/v1/openapi", route_handlers=[], opt={"action": "public"}),
        ),
        debug=False,
    )


async def ask(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The one question in front of every route: may this actor do the route's action? Denials are evidence."""
    node: Node = connection.app.state.node
    actor = await authenticate(
        node.database,
        headers=connection.headers,
        cookies=connection.cookies,
        method=connection.scope.get("method", "GET"),
        tenant=node.tenant,
        clock=node.clock,
    )
    connection.scope["state"]["actor"] = actor
    action = handler.opt["action"]
    decision = allowed(actor, action, Resource("route", id=connection.url.path, tenant=actor.tenant))
    if decision.allowed:
        return
    if actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated("identity.sign_in")
    await record_denied(
        node.database, actor, action, Resource("route", id=connection.url.path), decision.reason
    )
    raise Denied(decision.reason, action=action)


def _actor(request: Request[Any, Any, Any]) -> Actor:
    actor: Actor = request.scope["state"]["actor"]
    return actor
