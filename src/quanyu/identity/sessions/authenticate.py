"""Who asks: from a bearer token, from the session cookie, or nobody known."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from quanyu.core.actor import Actor, anonymous
from quanyu.core.clock import Clock
from quanyu.core.errors import Denied, Unauthenticated
from quanyu.core.messages import preferred_language
from quanyu.identity.sessions import _sql
from quanyu.identity.sessions.sign_in import digest
from quanyu.identity.settings import IdentitySettings
from quanyu.identity.tokens.operator import operator_actor
from quanyu.identity.tokens.service import TOKEN_PREFIX
from quanyu.store import Database

COOKIE = "quanyu_session"
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
_TOUCH = timedelta(minutes=1)
_DEFAULTS = IdentitySettings()


async def authenticate(
    database: Database,
    *,
    tenant: str,
    method: str,
    headers: Mapping[str, str],
    cookies: Mapping[str, str],
    clock: Clock,
    settings: IdentitySettings = _DEFAULTS,
) -> Actor:
    """`headers` by lower-case name. A token that is not valid raises Unauthenticated; an old cookie is nobody.

    Raises Denied where another site tries to act with the cookie.
    """
    if token := _bearer(headers.get("authorization", "")):
        return _spoken_to(await _by_token(database, tenant, token, clock()), headers)
    if secret := cookies.get(COOKIE):
        actor = await _by_session(database, tenant, secret, settings, clock())
        if actor is not None:
            if method not in SAFE_METHODS:
                refuse_cross_site(headers)
            return _spoken_to(actor, headers)
    return anonymous(tenant, preferred_language(headers.get("accept-language", "")))


def _spoken_to(actor: Actor, headers: Mapping[str, str]) -> Actor:
    """In the language that this request asks for; where it names none that we speak, in that of the account."""
    wanted = preferred_language(headers.get("accept-language", ""), actor.language)
    return actor if wanted == actor.language else replace(actor, language=wanted)


def refuse_cross_site(headers: Mapping[str, str]) -> None:
    """A page of another site can send the cookie but neither set this header nor hide where it comes from."""
    if headers.get("x-requested-with") != "quanyu" and not _same_origin(headers):
        raise Denied("identity.session.cross_site")


def refuse_foreign_page(headers: Mapping[str, str]) -> None:
    """Where there is no cookie yet: a program may sign in without an origin, a page of another site may not."""
    if headers.get("origin") and not _same_origin(headers):
        raise Denied("identity.session.cross_site")


def _same_origin(headers: Mapping[str, str]) -> bool:
    host = headers.get("host", "")
    return bool(host) and urlsplit(headers.get("origin", "")).netloc == host


def _bearer(authorization: str) -> str:
    """Also the bare token, as CKAN's clients send it."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    return authorization if authorization.startswith(TOKEN_PREFIX) else ""


async def _by_token(database: Database, tenant: str, token: str, now: datetime) -> Actor:
    async with database.tenant(tenant) as connection:
        actor = await operator_actor(connection, tenant, digest(token), now)
        actor = actor or await _sql.token_actor(connection, tenant, digest(token), now)
    if actor is None:
        raise Unauthenticated("identity.token.invalid")
    return actor


async def _by_session(
    database: Database, tenant: str, secret: str, settings: IdentitySettings, now: datetime
) -> Actor | None:
    async with database.tenant(tenant) as connection:
        found = await _sql.session_actor(connection, tenant, digest(secret))
        if found is None:
            return None
        actor, began, seen = found
        if now - began > settings.absolute or now - seen > settings.idle:
            await _sql.remove_session(connection, tenant, digest(secret))
            return None
        if now - seen > _TOUCH:
            await _sql.touch_session(connection, tenant, digest(secret), now)
    return actor
