"""Who asks, and whether they may: the one guard in front of every route and of the NGSI-LD doors."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler

from quanyu.app.node import Node
from quanyu.app.problems import answer_known
from quanyu.core.actor import Actor, ActorKind, Resource, system_actor
from quanyu.core.errors import Denied, Unauthenticated
from quanyu.identity import AccessDenied, Outcome, Reach, authenticate, check
from quanyu.identity.sessions.authenticate import refuse_foreign_page
from quanyu.packs._sql import state as pack_state
from quanyu.packs.meant import Meant, meant_for
from quanyu.twin.http.ngsi_exchange import Authorize, headers_of


async def ask(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The one question in front of every route: may this actor do the route's action? Denials are evidence."""
    scope = connection.scope
    asked = Asked(connection.headers, connection.cookies, str(scope.get("method", "GET")), scope["path"])
    node: Node = connection.app.state.node
    developing = node.settings.dev and "twin" in handler.opt
    action = _action_of(connection, handler)
    closed = None if handler.opt.get("open") else handler.opt.get("pack")
    scope["state"]["actor"] = await _actor_of(
        node, asked, action, developing=developing, closed=closed, own=bool(handler.opt.get("own"))
    )


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


async def _actor_of(
    node: Node, asked: Asked, action: str,
    *, developing: bool = False, closed: str | None = None, own: bool = False,
) -> Actor:  # fmt: skip
    """`developing`: nobody known may do what the node may, which `quanyu start --dev` grants on loopback.

    `closed`: a pack whose answers are not narrowed to what is open: who does not look after the whole city has them where the pack is
    meant for their organisation; `own`: they are narrowed to that.
    """
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
        decision = check(actor, action, Resource("route", asked.path, actor.tenant))
        if closed is not None and decision.reach is not Reach.TENANT:
            check(actor, action, (await _meant(node, actor, closed)).asked(actor, own=own))
    except AccessDenied as refusal:
        if actor.kind is ActorKind.ANONYMOUS:
            node.evidence.denied(refusal)
            raise Unauthenticated("app.problem.401") from refusal
        raise
    return actor


async def _meant(node: Node, actor: Actor, pack: str) -> Meant:
    async with node.database.tenant(actor.tenant) as connection:
        return meant_for(pack, await pack_state(connection, actor.tenant, pack))


def authorizing(node: Node) -> Authorize:
    async def authorize(scope: MutableMapping[str, Any], action: str) -> Actor:
        headers = headers_of(scope)
        cookies = ASGIConnection(scope).cookies if "cookie" in headers else {}  # type: ignore[arg-type]
        asked = Asked(headers, cookies, scope["method"], scope["path"])
        return await _actor_of(node, asked, action, developing=node.settings.dev)

    return authorize


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
