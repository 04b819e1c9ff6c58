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
    found = await database.together(tenant, _sql.held_tokens, digest(token))
    if found is None or found.expires <= now:
        raise Unauthenticated("identity.token.invalid")
    if found.used is None or now - found.used > _TOUCH:
        async with database.tenant(tenant) as connection:
            await _sql.note_token_used(connection, tenant, found.id, now)
    return found.actor


async def _by_session(
    database: Database, tenant: str, secret: str, settings: IdentitySettings, now: datetime
) -> Actor | None:
    found = await database.together(tenant, _sql.held_sessions, digest(secret))
    if found is None:
        return None
    is_over = now - found.began > settings.absolute or now - found.seen > settings.idle
    if is_over or now - found.seen > _TOUCH:
        async with database.tenant(tenant) as connection:
            if is_over:
                await _sql.remove_session(connection, tenant, digest(secret))
            else:
                await _sql.touch_session(connection, tenant, digest(secret), now)
    return None if is_over else found.actor
