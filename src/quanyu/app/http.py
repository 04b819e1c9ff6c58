"""The web application: one guard in front of every route, one table of problems behind it."""

import time

from litestar import Litestar, Router, asgi
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.handlers import ASGIRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Reference, SecurityScheme
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from quanyu import __version__
from quanyu.app.asking import answer_denied, ask, authorizing
from quanyu.app.health import REQUESTS
from quanyu.app.lines import Lines
from quanyu.app.node import Node
from quanyu.app.parts import parts
from quanyu.app.problems import HANDLERS
from quanyu.app.sight import DatasetSight
from quanyu.app.unread import parting
from quanyu.app.wiring import ROUTES, courier
from quanyu.core.errors import Denied
from quanyu.exchange.delivery.counting import Counting
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.entities.service import Entities
from quanyu.exchange.http.entities import EntitiesApp, entity_door, open_entities
from quanyu.federation.sharing import border_door
from quanyu.identity.sessions.authenticate import COOKIE
from quanyu.packs.finding import installed_packs
from quanyu.packs.mounting import mounted
from quanyu.query import DuckEngine
from quanyu.twin.find import Finder
from quanyu.twin.history import Archive
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.ngsi import PREFIX
from quanyu.twin.ngsild.context import CORE

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
_NGSI = PREFIX + "/"
_SECURITY = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]

_SCHEMES: dict[str, SecurityScheme | Reference] = {
    "token": SecurityScheme(type="http", scheme="bearer", description="A token of /api/v1/tokens: qy_…"),
    "session": SecurityScheme(
        type="apiKey", name=COOKIE, security_scheme_in="cookie", description="Signed in at /api/v1/session."
    ),
}


def entrance(node: Node, lines: Lines | None = None) -> ASGIApp:
    """What the server calls: the broker at once where its answer need not be compressed, else the application."""
    broker = open_broker(node)
    site = (lines or Lines()).kept(application(node, broker))

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(_NGSI) or _compresses(scope):
            await site(scope, receive, send)
            return
        began, status = time.perf_counter(), 500
        try:
            status = await broker.answer(scope, receive, send, _SECURITY)  # type: ignore[arg-type]
        finally:
            REQUESTS.count(scope["method"], status, time.perf_counter() - began)

    return parting(enter)


def _compresses(scope: Scope) -> bool:
    """Only what is read is large."""
    return scope.get("method") in ("GET", "POST") and any(
        name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"]
    )


def application(node: Node, broker: NgsiApp | None = None) -> Litestar:
    entities = _ngsi_under_contracts(node)
    return Litestar(
        route_handlers=[
            *ROUTES,
            *mounted(
                installed_packs(), node.database, elsewhere=node.apart.answering if node.apart else None
            ),
            _ngsi(broker or open_broker(node)),
            entity_door(entities),
            border_door(courier(node), authorizing(node)),
        ],
        guards=[ask],
        dependencies=parts(node, entities),
        state=State({"node": node}),
        middleware=[Counted()],
        before_send=[secure],
        exception_handlers={**HANDLERS, Denied: answer_denied},
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=2000,
            gzip_compress_level=5,
            exclude_opt_key="exclude_from_compression",
        ),
        openapi_config=OpenAPIConfig(
            title="Quanyu 全域",
            version=__version__,
            description="Quanyu 全域: sources, datasets, quality, catalogue, twin, accounts and evidence of a city.",
            render_plugins=[JsonRenderPlugin()],
            openapi_router=Router(
                "/api/v1/openapi", route_handlers=[], opt={"action": "public"}, include_in_schema=False
            ),
            components=Components(security_schemes=_SCHEMES),
            security=[{"token": []}, {"session": []}, {}],
        ),
        debug=False,
        logging_config=None,  # logging is what the command line set up
    )


def _ngsi(broker: NgsiApp) -> ASGIRouteHandler:
    """NGSI-LD answers in its own problem types and asks for each operation itself."""

    @asgi(PREFIX, is_mount=True, opt={"action": "public"}, copy_scope=False)
    async def ngsi(scope: Scope, receive: Receive, send: Send) -> None:
        await broker(scope, receive, send)  # type: ignore[arg-type]

    return ngsi


def _ngsi_under_contracts(node: Node) -> EntitiesApp:
    engines = Engines(node.engine or DuckEngine(node.folder))
    entities = Entities(Counting(node.database, node.folder, node.clock), engines)
    return open_entities(entities, _door(node), authorizing(node), node.evidence.denied)


def open_broker(node: Node) -> NgsiApp:
    return NgsiApp(_door(node), authorizing(node), denied=node.evidence.denied)


def _door(node: Node) -> Door:
    return Door(
        database=node.database,
        writer=node.twin.writer,
        sight=DatasetSight(),
        sources=node.twin.sources,
        envoy=node.twin.envoy,
        contexts=node.twin.contexts,
        finder=Finder(declared=frozenset(map(CORE.stored, node.settings.declared))),
        developing=node.settings.dev,
        history=Archive(folder=node.folder, source=node.twin.source, page=node.settings.instances),
    )


class Counted(ASGIMiddleware):
    """Counts requests and their seconds for /metrics."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        began = time.perf_counter()
        status = 500

        async def watching(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await next_app(scope, receive, watching)
        finally:
            REQUESTS.count(str(scope.get("method", "")), status, time.perf_counter() - began)


async def secure(message: Message, scope: Scope) -> None:
    """Every answer carries the security headers: of a route, of a refusal, of the NGSI-LD door."""
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], *_SECURITY]
