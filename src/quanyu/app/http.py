"""The web application: one guard in front of every route, one table of problems behind it."""

import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response, Router, asgi
from litestar.config.compression import CompressionConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import HttpMethod, ScopeType
from litestar.handlers import ASGIRouteHandler, BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Reference, SecurityScheme
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from quanyu import __version__
from quanyu.act.photos import Album
from quanyu.app.flow import Stages
from quanyu.app.health import count_request
from quanyu.app.live import Live
from quanyu.app.node import Node
from quanyu.app.problems import HANDLERS, answer_known
from quanyu.app.sharing import desks_of
from quanyu.app.sight import DatasetSight
from quanyu.app.unread import parting
from quanyu.app.wiring import ROUTES, courier
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor, ActorKind, Resource, system_actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Denied, Unauthenticated
from quanyu.core.rate import RateLimit
from quanyu.exchange.dataspace.desks import Desks
from quanyu.exchange.delivery.counting import Counting
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.entities.service import Entities
from quanyu.exchange.http.entities import EntitiesApp, entity_door, open_entities
from quanyu.federation import Courier
from quanyu.federation.sharing import border_door
from quanyu.govern.imports.commit import Hooks
from quanyu.identity import AccessDenied, IdentitySettings, Outcome, authenticate, check
from quanyu.identity.sessions.authenticate import COOKIE, refuse_foreign_page
from quanyu.packs.finding import installed_packs
from quanyu.packs.http import mounted
from quanyu.query import DuckEngine, Engine
from quanyu.store import Database
from quanyu.twin import Twin
from quanyu.twin.find import Finder
from quanyu.twin.history import Archive
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.ngsi import PREFIX
from quanyu.twin.http.ngsi_exchange import Authorize, headers_of
from quanyu.twin.http.sight import Sight
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


def entrance(node: Node) -> ASGIApp:
    """What the server calls: the broker at once where its answer need not be compressed, else the application."""
    broker = open_broker(node)
    site = application(node, broker)
    counted = Counted()

    async def broker_alone(scope: Scope, receive: Receive, send: Send) -> None:
        async def securing(message: Message) -> None:
            await secure(message, scope)
            await send(message)

        await broker(scope, receive, securing)  # type: ignore[arg-type]

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["path"].startswith(_NGSI) and not _compresses(scope):
            await counted.handle(scope, receive, send, broker_alone)
        else:
            await site(scope, receive, send)

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
            *mounted(installed_packs(), node.database),
            _ngsi(broker or open_broker(node)),
            entity_door(entities),
            border_door(courier(node), _authorize(node)),
        ],
        guards=[ask],
        dependencies={
            name: Provide(provide, sync_to_thread=False) for name, provide in _parts(node, entities).items()
        },
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


async def ask(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The one question in front of every route: may this actor do the route's action? Denials are evidence."""
    scope = connection.scope
    asked = Asked(connection.headers, connection.cookies, str(scope.get("method", "GET")), scope["path"])
    node: Node = connection.app.state.node
    developing = node.settings.dev and "twin" in handler.opt
    action = _action_of(connection, handler)
    scope["state"]["actor"] = await _asked(node, asked, action, developing=developing)


def _action_of(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> str:
    """The framework itself answers OPTIONS with the methods of a route; every other route names its action."""
    if connection.scope.get("method") == HttpMethod.OPTIONS:
        return "public"
    action: str = handler.opt["action"]
    return action


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request says who asks for what."""

    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    method: str
    path: str


async def _asked(node: Node, asked: Asked, action: str, *, developing: bool = False) -> Actor:
    """`developing`: nobody known may do what the node may, which `quanyu start --dev` grants on loopback."""
    actor = await authenticate(
        node.database,
        headers=asked.headers,
        cookies=asked.cookies,
        method=asked.method,
        tenant=node.tenant,
        clock=node.clock,
        settings=node.identity,
    )
    if developing and actor.kind is ActorKind.ANONYMOUS:
        refuse_foreign_page(asked.headers)
        actor = system_actor(node.tenant, "development")
    try:
        check(actor, action, Resource("route", asked.path, actor.tenant))
    except AccessDenied as refusal:
        if actor.kind is ActorKind.ANONYMOUS:
            node.evidence.denied(refusal)
            raise Unauthenticated("app.problem.401") from refusal
        raise
    return actor


def answer_denied(request: Request[Any, Any, Any], error: Denied) -> Response[bytes]:
    """Refusals are evidence, wherever in a request they come from."""
    node: Node = request.app.state.node
    actor: Actor | None = request.scope["state"].get("actor")
    if isinstance(error, AccessDenied):
        node.evidence.denied(error)
    elif actor is not None:
        action = str(request.route_handler.opt.get("action", "public"))
        resource = Resource("route", request.url.path, actor.tenant)
        node.evidence.record(actor, action, resource, Outcome.DENIED, reason=error.key)
    return answer_known(request, error)


def _parts(node: Node, given_entities: EntitiesApp) -> dict[str, Any]:
    """What handlers may ask for by name. No field of a body is called so: the framework would take a wrong one for ours."""

    def actor(request: Request[Any, Any, Any]) -> Actor:
        found: Actor = request.scope["state"]["actor"]
        return found

    def the_node() -> Node:
        return node

    def identity() -> IdentitySettings:
        return node.identity

    def database() -> Database:
        return node.database

    def folder() -> Path:
        return node.folder

    def outgoing() -> Outgoing:
        return node.outgoing

    def twin() -> Twin:
        return node.twin

    def clock() -> Clock:
        return node.clock

    def sight() -> Sight:
        return DatasetSight()

    def import_hooks() -> Hooks:
        return Stages(node)

    def upload_limit() -> int:
        return node.settings.upload_limit

    anonymous_exports = RateLimit(burst=10, pause=60)

    def export_limit() -> RateLimit:
        return anonymous_exports

    photos = Album(node.folder, node.settings.photo_limit)

    def album() -> Album:
        return photos

    carrier = courier(node)

    def the_courier() -> Courier:
        return carrier

    files = node.engine or DuckEngine(node.folder)
    asked = Engines(files)

    def engine() -> Engine:
        return files

    def engines() -> Engines:
        return asked

    def entities_app() -> EntitiesApp:
        return given_entities

    pages = Live(node.database)

    def watched() -> Live:
        return pages

    deciding = desks_of(node)

    def desks() -> Desks:
        return deciding

    def source_folders() -> tuple[Path, ...]:
        return node.settings.source_folders

    return {
        "actor": actor,
        "node": the_node,
        "identity": identity,
        "database": database,
        "folder": folder,
        "outgoing": outgoing,
        "twin": twin,
        "clock": clock,
        "sight": sight,
        "import_hooks": import_hooks,
        "upload_limit": upload_limit,
        "source_folders": source_folders,
        "export_limit": export_limit,
        "engine": engine,
        "engines": engines,
        "entities_app": entities_app,
        "installed_packs": installed_packs,
        "album": album,
        "courier": the_courier,
        "watched": watched,
        "desks": desks,
    }


def _ngsi(broker: NgsiApp) -> ASGIRouteHandler:
    """NGSI-LD answers in its own problem types and asks for each operation itself."""

    @asgi(PREFIX, is_mount=True, opt={"action": "public"}, copy_scope=False)
    async def ngsi(scope: Scope, receive: Receive, send: Send) -> None:
        await broker(scope, receive, send)  # type: ignore[arg-type]

    return ngsi


def _ngsi_under_contracts(node: Node) -> EntitiesApp:
    engines = Engines(node.engine or DuckEngine(node.folder))
    entities = Entities(Counting(node.database, node.folder, node.clock), engines)
    return open_entities(entities, _door(node), _authorize(node), node.evidence.denied)


def open_broker(node: Node) -> NgsiApp:
    return NgsiApp(_door(node), _authorize(node), denied=node.evidence.denied)


def _authorize(node: Node) -> Authorize:
    async def authorize(scope: MutableMapping[str, Any], action: str) -> Actor:
        headers = headers_of(scope)
        cookies = ASGIConnection(scope).cookies if "cookie" in headers else {}  # type: ignore[arg-type]
        asked = Asked(headers, cookies, scope["method"], scope["path"])
        return await _asked(node, asked, action, developing=node.settings.dev)

    return authorize


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
            count_request(str(scope.get("method", "")), status, time.perf_counter() - began)


async def secure(message: Message, scope: Scope) -> None:
    """Every answer carries the security headers: of a route, of a refusal, of the NGSI-LD door."""
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], *_SECURITY]
