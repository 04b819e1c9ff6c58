"""Signing in: password, then the second factor where there is one.

Nobody learns from answer, delay or time whether an account exists: attempts are counted for every name that is tried,
and a password is hashed even where there is nothing to compare it with.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from quanyu.core.actor import Actor, ActorKind, Resource, anonymous
from quanyu.core.errors import Unauthenticated
from quanyu.identity.accounts.passwords import password_matches
from quanyu.identity.evidence import Outcome, append_evidence
from quanyu.identity.keys import Cipher
from quanyu.identity.sessions import _sql
from quanyu.identity.sessions.second_factor import code_matches
from quanyu.identity.settings import IdentitySettings
from quanyu.store import Database

_FREE_ATTEMPTS = 3
_LONGEST_DELAY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Secrets never show in a log line."""

    login: str
    password: str = field(repr=False)
    code: str = field(default="", repr=False)


async def sign_in(
    database: Database,
    tenant: str,
    given: SignIn,
    *,
    cipher: Cipher,
    settings: IdentitySettings,
    now: datetime,
) -> str:
    """The new session's secret. Raises Unauthenticated: `identity.session.refused`, `.slow_down` or `.code_needed`."""
    failed = await _count_attempt(database, tenant, given.login, now)
    async with database.tenant(tenant) as connection:
        known = await _sql.credentials(connection, tenant, login=given.login[:64])
    fine = await password_matches(known.password if known else None, given.password)
    if known is None or not fine or known.state == "disabled":
        await _refused(database, tenant, given.login, "identity.session.refused", now)
        raise Unauthenticated("identity.session.refused")
    if known.totp_confirmed and not given.code:
        await _uncount_attempt(database, tenant, given.login, failed, now)
        raise Unauthenticated("identity.session.code_needed")
    if known.totp_confirmed and not await _second_factor(database, tenant, known, given.code, cipher, now):
        await _refused(database, tenant, given.login, "identity.session.code_wrong", now)
        raise Unauthenticated("identity.session.refused")
    return await open_session(
        database, tenant, known.id, name=known.login, settings=settings, now=now, login=given.login
    )


async def open_session(
    database: Database,
    tenant: str,
    account: str,
    *,
    name: str,
    settings: IdentitySettings,
    now: datetime,
    login: str = "",
) -> str:
    """A fresh secret each time, so that a session that was planted before signing in is worth nothing."""
    secret = secrets.token_urlsafe(32)
    async with database.tenant(tenant) as connection:
        if login:
            await _sql.clear_attempts(connection, tenant, login_digest(login))
        await _sql.forget_old(connection, tenant, now=now, sessions_before=now - settings.absolute)
        await _sql.add_session(connection, tenant, digest(secret), account, now)
        actor = Actor(id=account, tenant=tenant, kind=ActorKind.ACCOUNT, name=name)
        await append_evidence(
            connection, actor, "session.open", Resource("session"), Outcome.DONE, {"act": "sign in"}
        )
    return secret


async def sign_out(database: Database, actor: Actor, secret: str) -> None:
    async with database.tenant(actor.tenant) as connection:
        await _sql.remove_session(connection, actor.tenant, digest(secret))
        await append_evidence(
            connection, actor, "session.open", Resource("session"), Outcome.DONE, {"act": "sign out"}
        )


def digest(secret: str) -> bytes:
    """Secrets of 256 random bits need no slow hash."""
    return sha256(secret.encode("utf-8", "replace")).digest()


def login_digest(login: str) -> bytes:
    return sha256(login[:64].casefold().encode("utf-8", "replace")).digest()


def delay_after(failed: int) -> timedelta:
    """Three attempts are free, then 2, 4, 8 … seconds, five minutes at most."""
    if failed < _FREE_ATTEMPTS:
        return timedelta()
    return min(timedelta(seconds=2 ** min(failed - _FREE_ATTEMPTS + 1, 20)), _LONGEST_DELAY)


async def _count_attempt(database: Database, tenant: str, login: str, now: datetime) -> int:
    """Counted before the password is looked at, so that many attempts at once count too."""
    async with database.tenant(tenant) as connection:
        failed, retry_at = await _sql.attempts(connection, tenant, login_digest(login), now)
        if now < retry_at:
            raise Unauthenticated(
                "identity.session.slow_down", seconds=int((retry_at - now).total_seconds()) + 1
            )
        await _sql.set_attempts(
            connection,
            tenant,
            login_digest(login),
            failed=failed + 1,
            retry_at=now + delay_after(failed + 1),
            now=now,
        )
    return failed + 1


async def _uncount_attempt(database: Database, tenant: str, login: str, failed: int, now: datetime) -> None:
    """The attempt was half right. Earlier failures still stand, or asking without a code would wipe wrong codes."""
    async with database.tenant(tenant) as connection:
        await _sql.set_attempts(
            connection, tenant, login_digest(login), failed=failed - 1, retry_at=now, now=now
        )


async def _second_factor(
    database: Database, tenant: str, known: _sql.Credentials, code: str, cipher: Cipher, now: datetime
) -> bool:
    async with database.tenant(tenant) as connection:
        return await code_matches(connection, tenant, known, code, cipher=cipher, now=now)


async def _refused(database: Database, tenant: str, login: str, reason: str, now: datetime) -> None:
    async with database.tenant(tenant) as connection:
        await append_evidence(
            connection, anonymous(tenant), "session.open", Resource("session"), Outcome.DENIED,
            {"login": login[:64]}, reason=reason,
        )  # fmt: skip
