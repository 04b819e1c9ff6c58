"""Signing in through an issuer: begin, come back, become an account with the roles that the issuer says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import httpx

from quanyu.core.actor import Resource, system_actor
from quanyu.core.errors import NotFound, Unauthenticated
from quanyu.identity.accounts.model import new_id
from quanyu.identity.evidence import Outcome, append_evidence
from quanyu.identity.oidc import _sql
from quanyu.identity.oidc.provider import authorization_url, claims_for, discover, new_flow
from quanyu.identity.roles import ADMINISTRATORS, ROLE_BY_NAME
from quanyu.identity.sessions.sign_in import open_session
from quanyu.identity.settings import IdentitySettings, OidcProvider
from quanyu.store import Connection, Database

CALLBACK = "/api/v1/oidc/callback"


@dataclass(frozen=True, slots=True)
class Begun:
    """`state` goes into a cookie, so that only the browser that began can end it."""

    url: str = field(repr=False)
    state: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    session: str = field(repr=False)
    return_to: str


async def begin(
    database: Database, tenant: str, *, settings: IdentitySettings, return_to: str, now: datetime
) -> Begun:
    provider = _provider(settings)
    flow = new_flow()
    async with httpx.AsyncClient() as client:
        discovery = await discover(client, provider)
    async with database.tenant(tenant) as connection:
        await _sql.add_flow(connection, tenant, flow, _inside(return_to), now)
    return Begun(authorization_url(discovery, provider, flow, redirect_uri=_redirect(settings)), flow.state)


async def end(
    database: Database,
    tenant: str,
    *,
    settings: IdentitySettings,
    code: str,
    state: str,
    browser_state: str,
    now: datetime,
) -> Ended:
    """Raises Unauthenticated for an answer that nobody here asked for."""
    provider = _provider(settings)
    async with database.tenant(tenant) as connection:
        found = await _sql.take_flow(connection, tenant, state, now)
    if found is None or state != browser_state:
        raise Unauthenticated("identity.oidc.refused")
    flow, return_to = found
    async with httpx.AsyncClient() as client:
        claims = await claims_for(client, provider, code, flow, redirect_uri=_redirect(settings), now=now)
    async with database.tenant(tenant) as connection:
        account = await _account(connection, tenant, provider, claims)
    session = await open_session(
        database, tenant, account, name=str(claims.get("name", ""))[:100], settings=settings, now=now
    )
    return Ended(session, return_to)


def roles_of(claims: Mapping[str, Any], provider: OidcProvider) -> tuple[str, ...]:
    """Roles of daily business only: the three administrators are granted here, by those whose duty it is."""
    given = claims.get(provider.role_claim)
    names = given if isinstance(given, list) else [given]
    mapped = {provider.role_map.get(str(name), str(name)) for name in names}
    return tuple(sorted(mapped & set(ROLE_BY_NAME) - ADMINISTRATORS))


async def _account(
    connection: Connection, tenant: str, provider: OidcProvider, claims: Mapping[str, Any]
) -> str:
    subject = claims["sub"]
    known = await _sql.account_of_subject(connection, tenant, provider.issuer, subject)
    if known is not None and known[1] == "disabled":
        raise Unauthenticated("identity.oidc.refused")
    id = known[0] if known else new_id()
    actor = system_actor(tenant, "oidc")
    if known is None:
        name = str(claims.get("name") or claims.get("preferred_username") or subject)[:100]
        login = "oidc-" + sha256(f"{provider.issuer} {subject}".encode()).hexdigest()[:16]
        await _sql.add_subject(
            connection, tenant, id=id, login=login, name=name, issuer=provider.issuer, subject=subject
        )
        detail = {"act": "create", "issuer": provider.issuer}
        await append_evidence(
            connection, actor, "account.manage", Resource("account", id), Outcome.DONE, detail
        )
    await _sql.sync_roles(connection, tenant, id, roles_of(claims, provider), f"oidc {provider.issuer}")
    return id


def _provider(settings: IdentitySettings) -> OidcProvider:
    if settings.oidc is None:
        raise NotFound("identity.oidc.none")
    return settings.oidc


def _redirect(settings: IdentitySettings) -> str:
    return settings.public_url.rstrip("/") + CALLBACK


def _inside(return_to: str) -> str:
    """A path of this site, nothing that a browser reads as another one."""
    plain = return_to.startswith("/") and not return_to.startswith("//")
    return return_to if plain and return_to.isprintable() and not set(return_to) & set('\\"<> ') else "/"
