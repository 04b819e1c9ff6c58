"""Signing in through an OpenID Connect issuer."""

from html import escape
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.datastructures import Cookie
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_302_FOUND

from quanyu.core.errors import Unauthenticated
from quanyu.identity.http.asking import Asker, Signing, TheClock, TheDatabase
from quanyu.identity.http.session import session_cookie
from quanyu.identity.oidc import service
from quanyu.identity.settings import IdentitySettings

_STATE_COOKIE = "quanyu_oidc"
_PATH = "/api/v1/oidc"
_OPEN = {"action": "session.open"}

Text = Annotated[str, QueryParameter(max_length=4096)]


@get(f"{_PATH}/login", opt=_OPEN)
async def begin_oidc(
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    identity: Signing,
    return_to: Annotated[str, QueryParameter(max_length=500)] = "/",
) -> Response[None]:
    """Sends the browser to the issuer."""
    begun = await service.begin(database, actor.tenant, settings=identity, return_to=return_to, now=clock())
    return Response(
        None,
        status_code=HTTP_302_FOUND,
        headers={"location": begun.url},
        cookies=[_state_cookie(begun.state, identity)],
    )


@get(service.CALLBACK, opt=_OPEN)
async def end_oidc(
    request: Request[Any, Any, Any],
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    identity: Signing,
    code: Text = "",
    oidc_state: Annotated[str, QueryParameter(name="state", max_length=200)] = "",
) -> Response[str]:
    """Answers with a page, not a redirect: a strict cookie is not sent along a chain that another site began."""
    if not code:
        raise Unauthenticated("identity.oidc.refused")
    ended = await service.end(
        database, actor.tenant, settings=identity, code=code, state=oidc_state,
        browser_state=request.cookies.get(_STATE_COOKIE, ""), now=clock(),
    )  # fmt: skip
    target = escape(ended.return_to, quote=True)
    return Response(
        f'<!doctype html><meta http-equiv="refresh" content="0;url={target}"><a href="{target}">Quanyu 全域</a>',
        media_type="text/html; charset=utf-8",
        headers={"cache-control": "no-store"},
        cookies=[session_cookie(ended.session, identity), _state_cookie("", identity)],
    )


def _state_cookie(state: str, identity: IdentitySettings) -> Cookie:
    return Cookie(
        key=_STATE_COOKIE, value=state, path=_PATH, httponly=True, samesite="lax", secure=identity.secure,
        max_age=600 if state else 0,
    )  # fmt: skip


routes = (begin_oidc, end_oidc)
