"""The packs' own routes within an application: those of packs that others made are answered elsewhere."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

from litestar import Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.packs import service
from quanyu.packs.calendar import require_days
from quanyu.packs.checking import Grade, judge
from quanyu.packs.finding import Found
from quanyu.packs.http import managing
from quanyu.packs.model import Pack
from quanyu.store import Database

Answering = Callable[[Request[Any, Any, Any]], Awaitable[Response[bytes]]]
Elsewhere = Callable[[str], Answering]
"""By the name of a pack, what answers in place of its handlers."""


def mounted(
    found: Sequence[Found], database: Database, *, elsewhere: Elsewhere | None = None
) -> list[Router | HTTPRouteHandler]:
    """The routes of packs that may be switched on. One that is off in the asker's city answers as if it were not there.

    A path that a pack writes out hides the one with a parameter, so such a pack is looked after under its written path, too.
    """
    fit = [
        (one, one.pack) for one in found if one.pack and one.pack.routes and (one.ours or _works(one.pack))
    ]
    own = [
        _router(pack, database, None if elsewhere is None or one.ours else elsewhere(pack.name))
        for one, pack in fit
    ]
    return [*own, *(route for _, pack in fit for route in managing(pack.name))]


def _works(pack: Pack) -> bool:
    """The node's own packs are judged by its tests, and not at each start."""
    return judge(pack).grade is not Grade.NONE


def _router(pack: Pack, database: Database, answering: Answering | None) -> Router:
    async def is_on(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        actor: Actor = connection.scope["state"]["actor"]
        async with database.tenant(actor.tenant) as reading:
            if not await service.is_enabled(reading, actor.tenant, pack.name):
                raise NotFound("packs.off", name=pack.name)

    def has_days(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        require_days(**{name: said for name, said in connection.path_params.items() if type(said) is date})

    routes = pack.routes if answering is None else [_stand_in(one, answering) for one in pack.routes]
    return Router("/", route_handlers=list(routes), guards=[is_on, has_days], opt={"pack": pack.name})


def _stand_in(route: HTTPRouteHandler, answering: Answering) -> HTTPRouteHandler:
    """The same to whoever reads the OpenAPI file; but nothing of the pack runs: neither its function, nor hooks and guards of its own."""
    return HTTPRouteHandler(
        sorted(route.paths), http_method=sorted(route.http_methods), opt={name: route.opt[name] for name in ("action", "open", "own") if name in route.opt},
        before_request=answering, dependencies=route.dependencies, status_code=route.status_code, sync_to_thread=route.sync_to_thread,
        media_type=route.media_type or None, include_in_schema=route.include_in_schema, summary=route.summary,
        description=route.description, tags=route.tags, signature_namespace=route.signature_namespace,
    )(route.fn)  # fmt: skip
