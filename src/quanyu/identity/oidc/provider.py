"""Talking to an OpenID Connect issuer: discovery, code for token, and what a token must prove before it is believed."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from quanyu.core.errors import Unauthenticated, Unavailable
from quanyu.identity.settings import OidcProvider

_ALGORITHMS = ["RS256", "PS256", "ES256", "Ed25519", "EdDSA"]  # never "none", never a shared secret
_LEEWAY_SECONDS = 60
_LONGEST_ANSWER = 1_000_000


class Discovery(msgspec.Struct, frozen=True):
    """The part of the issuer's metadata that is used (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(frozen=True, slots=True)
class Flow:
    """One sign-in under way. `verifier` is the PKCE secret."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


def new_flow() -> Flow:
    return Flow(*(secrets.token_urlsafe(32) for _ in range(3)))


async def discover(client: httpx.AsyncClient, provider: OidcProvider) -> Discovery:
    """Raises Unavailable where the issuer does not answer, or answers for another."""
    url = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        found = msgspec.convert(await _json(client, "GET", url), Discovery)
    except msgspec.ValidationError:
        raise Unavailable("identity.oidc.away", issuer=provider.issuer) from None
    endpoints = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
    if found.issuer != provider.issuer or not all(_as_safe(provider.issuer, url) for url in endpoints):
        raise Unavailable("identity.oidc.other_issuer", issuer=provider.issuer)
    return found


def authorization_url(discovery: Discovery, provider: OidcProvider, flow: Flow, *, redirect_uri: str) -> str:
    challenge = base64.urlsafe_b64encode(sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": provider.scope,
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(discovery.authorization_endpoint).query else "?"
    return discovery.authorization_endpoint + joint + urlencode(query)


async def claims_for(
    client: httpx.AsyncClient,
    provider: OidcProvider,
    code: str,
    flow: Flow,
    *,
    redirect_uri: str,
    now: datetime,
) -> Mapping[str, Any]:
    """The claims of the person's ID token. Raises Unauthenticated where anything about it is not as it must be."""
    discovery = await discover(client, provider)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": flow.verifier,
        "client_id": provider.client_id,
    }
    auth = (provider.client_id, provider.client_secret) if provider.client_secret else None
    answer = await _json(client, "POST", discovery.token_endpoint, data=form, auth=auth)
    keys = await _json(client, "GET", discovery.jwks_uri)
    return checked_claims(str(answer.get("id_token", "")), keys, provider, nonce=flow.nonce, now=now)


def checked_claims(
    token: str, keys: Mapping[str, Any], provider: OidcProvider, *, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """OpenID Connect Core 1.0, section 3.1.3.7."""
    try:
        claims = jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError):
        raise Unauthenticated("identity.oidc.refused") from None
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    several = len(audiences) > 1
    if not (
        claims.get("iss") == provider.issuer
        and provider.client_id in audiences
        and (not several or claims.get("azp") == provider.client_id)
        and _later(claims.get("exp"), now.timestamp() - _LEEWAY_SECONDS)
        and not _later(claims.get("iat", now.timestamp()), now.timestamp() + _LEEWAY_SECONDS)
        and secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
        and isinstance(claims.get("sub"), str)
        and 0 < len(claims["sub"]) <= 255
    ):
        raise Unauthenticated("identity.oidc.refused")
    return claims


def _later(moment: object, than: float) -> bool:
    return isinstance(moment, int | float) and moment > than


def _as_safe(issuer: str, url: str) -> bool:
    """An issuer reached by https does not send us anywhere by less."""
    return urlsplit(url).scheme in ("https", urlsplit(issuer).scheme)


async def _json(client: httpx.AsyncClient, method: str, url: str, **request: Any) -> dict[str, Any]:
    """Follows no redirect: the issuer in the settings is the only one that is asked."""
    try:
        answer = await client.request(method, url, follow_redirects=False, timeout=10, **request)
    except httpx.HTTPError:
        raise Unavailable("identity.oidc.away", issuer=url) from None
    if answer.status_code in (400, 401, 403):
        raise Unauthenticated("identity.oidc.refused")
    try:
        if answer.status_code == 200 and len(answer.content) <= _LONGEST_ANSWER:
            return msgspec.json.decode(answer.content, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        pass
    raise Unavailable("identity.oidc.away", issuer=url)
