"""Signing in through an issuer: a small but real OpenID provider runs on this machine and is talked to over HTTP."""

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import granian.server.embed
import msgspec
import pytest
from granian.constants import Interfaces
from joserfc import jwt
from joserfc.jwk import RSAKey

from quanyu.core.errors import Unauthenticated, Unavailable
from quanyu.identity import COOKIE, IdentitySettings, OidcProvider, authenticate, ensure_tenant
from quanyu.identity.oidc.service import Begun, begin, end
from quanyu.store import Database
from tests.ports import free_port, until_open

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
CLIENT, SECRET, CALLBACK = "quanyu", "s3cret & more", "http://town/api/v1/oidc/callback"


@dataclass
class Issuer:
    """An OpenID provider with one person, as an ASGI application. `spoil` changes the next token's claims."""

    url: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"}))
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "u-17", "name": "李雷", "roles": ["viewer"]}
    )
    spoil: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    algorithm: str = "RS256"

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive()).get("body", b"") if scope["method"] == "POST" else b""
        status, answer = self.answer(scope["path"], dict(scope["headers"]), dict(parse_qsl(body.decode())))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": msgspec.json.encode(answer)})

    def answer(
        self, path: str, headers: dict[bytes, bytes], form: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        match path:
            case "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/keys",
                } | self.metadata
            case "/keys":
                return 200, {"keys": [self.key.as_dict(private=False)]}
            case "/token":
                return self.token(headers, form)
        return 404, {}

    def authorize(self, url: str) -> str:
        """What the person's browser does at the issuer: gives consent and gets a code."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (query["response_type"], query["client_id"], query["redirect_uri"]) == (
            "code",
            CLIENT,
            CALLBACK,
        )
        assert query["code_challenge_method"] == "S256"
        self.asked["code-1"] = query
        return "code-1"

    def token(self, headers: dict[bytes, bytes], form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = self.asked.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode())
        challenge = (
            base64.urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest())
            .rstrip(b"=")
            .decode()
        )
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or headers.get(b"authorization") != b"Basic " + basic
        ):
            return 400, {"error": "invalid_grant"}
        claims = self.person | {
            "iss": self.url, "aud": CLIENT, "nonce": asked["nonce"],
            "iat": int(NOW.timestamp()), "exp": int((NOW + timedelta(minutes=5)).timestamp()),
        } | self.spoil  # fmt: skip
        return 200, {"id_token": self.signed(claims), "access_token": "x"}

    def signed(self, claims: dict[str, Any]) -> str:
        if self.algorithm == "RS256":
            return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)
        parts = [
            base64.urlsafe_b64encode(msgspec.json.encode(one)).rstrip(b"=")
            for one in ({"alg": self.algorithm}, claims)
        ]
        seal = (
            hmac.digest(self.key.as_pem(private=False), b".".join(parts), "sha256")
            if self.algorithm == "HS256"
            else b""
        )
        return b".".join([*parts, base64.urlsafe_b64encode(seal).rstrip(b"=")]).decode()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    port = free_port()
    running = Issuer(f"http://127.0.0.1:{port}")
    server = granian.server.embed.Server(
        running, address="127.0.0.1", port=port, interface=Interfaces.ASGINL, log_enabled=False
    )
    serving = asyncio.create_task(server.serve())
    await until_open(port)
    yield running
    server.stop()
    await serving


@pytest.fixture
async def town(database: Database, tenant: str, issuer: Issuer) -> IdentitySettings:
    async with database.tenant(tenant) as connection:
        await ensure_tenant(connection, tenant)
    provider = OidcProvider(
        issuer=issuer.url, client_id=CLIENT, client_secret=SECRET, role_map={"城管人员": "field_worker"}
    )
    return IdentitySettings(public_url="http://town", oidc=provider)


async def come_in(database: Database, tenant: str, town: IdentitySettings, issuer: Issuer) -> str:
    """The whole way through the issuer; the session's secret."""
    begun = await begin(database, tenant, settings=town, return_to="/map", now=NOW)
    return await come_back(database, tenant, town, begun, issuer.authorize(begun.url))


async def come_back(database: Database, tenant: str, town: IdentitySettings, begun: Begun, code: str) -> str:
    ended = await end(
        database, tenant, settings=town, code=code, state=begun.state, browser_state=begun.state, now=NOW
    )
    assert ended.return_to == "/map"
    return ended.session


async def roles_of_session(database: Database, tenant: str, secret: str) -> tuple[str, list[str]]:
    actor = await authenticate(
        database, tenant=tenant, method="GET", headers={}, cookies={COOKIE: secret}, clock=lambda: NOW
    )
    return actor.name, sorted(actor.roles)


async def test_a_person_of_the_issuer_comes_in_with_the_roles_it_says(
    database: Database, tenant: str, town: IdentitySettings, issuer: Issuer
) -> None:
    secret = await come_in(database, tenant, town, issuer)
    assert await roles_of_session(database, tenant, secret) == ("李雷", ["viewer"])
    issuer.person["roles"] = ["城管人员", "unknown"]
    secret = await come_in(database, tenant, town, issuer)
    assert await roles_of_session(database, tenant, secret) == ("李雷", ["field_worker"])
    async with database.tenant(tenant) as connection:
        assert await connection.fetchval("select count(*) from account") == 1


async def test_no_issuer_makes_an_administrator(
    database: Database, tenant: str, town: IdentitySettings, issuer: Issuer
) -> None:
    issuer.person["roles"] = ["system_admin", "security_admin", "audit_admin"]
    secret = await come_in(database, tenant, town, issuer)
    assert await roles_of_session(database, tenant, secret) == ("李雷", [])


@pytest.mark.parametrize(
    "spoil",
    [
        {"iss": "http://other"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"nonce": "planted"},
        {"nonce": None},
        {"exp": int((NOW - timedelta(minutes=2)).timestamp())},
        {"exp": None},
        {"iat": int((NOW + timedelta(hours=1)).timestamp())},
        {"sub": ""},
        {"sub": 5},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_us_now_and_for_this_sign_in_is_refused(
    database: Database, tenant: str, town: IdentitySettings, issuer: Issuer, spoil: dict[str, Any]
) -> None:
    issuer.spoil = spoil
    with pytest.raises(Unauthenticated):
        await come_in(database, tenant, town, issuer)


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
async def test_a_token_without_the_issuers_own_signature_is_refused(
    database: Database, tenant: str, town: IdentitySettings, issuer: Issuer, algorithm: str
) -> None:
    issuer.algorithm = algorithm
    with pytest.raises(Unauthenticated):
        await come_in(database, tenant, town, issuer)


async def test_a_token_of_another_key_is_refused(
    database: Database, tenant: str, town: IdentitySettings, issuer: Issuer
) -> None:
    begun = await begin(database, tenant, settings=town, return_to="/map", now=NOW)
    code = issuer.authorize(begun.url)
    told = issuer.key.as_dict(private=False)
    issuer.key = RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"})
    issuer.answer = lambda path, headers, form, usual=issuer.answer: (  # type: ignore[method-assign, misc]
        (200, {"keys": [told]}) if path == "/keys" else usual(path, headers, form)
    )
    with pytest.raises(Unauthenticated):
        await come_back(database, tenant, town, begun, code)


async def test_an_answer_works_once_in_the_browser_that_asked(
    database: Database, tenant: str, town: IdentitySettings, issuer: Issuer
) -> None:
    begun = await begin(database, tenant, settings=town, return_to="/map", now=NOW)
    await come_back(database, tenant, town, begun, issuer.authorize(begun.url))
    with pytest.raises(Unauthenticated):
        await come_back(database, tenant, town, begun, issuer.authorize(begun.url))
    other = await begin(database, tenant, settings=town, return_to="/map", now=NOW)
    with pytest.raises(Unauthenticated):
        await end(
            database,
            tenant,
            settings=town,
            code=issuer.authorize(other.url),
            state=other.state,
            browser_state="",
            now=NOW,
        )


async def test_an_answer_after_ten_minutes_is_too_late(
    database: Database, tenant: str, town: IdentitySettings, issuer: Issuer
) -> None:
    begun = await begin(database, tenant, settings=town, return_to="/map", now=NOW - timedelta(minutes=11))
    with pytest.raises(Unauthenticated):
        await come_back(database, tenant, town, begun, issuer.authorize(begun.url))


@pytest.mark.parametrize(
    "metadata", [{"issuer": "http://other"}, {"token_endpoint": "ftp://x"}, {"jwks_uri": None}]
)
async def test_metadata_that_does_not_fit_the_issuer_is_refused(
    database: Database, tenant: str, town: IdentitySettings, issuer: Issuer, metadata: dict[str, Any]
) -> None:
    issuer.metadata = metadata
    with pytest.raises(Unavailable):
        await begin(database, tenant, settings=town, return_to="/", now=NOW)


async def test_an_issuer_that_is_away_is_named_as_the_cause(database: Database, tenant: str) -> None:
    provider = OidcProvider(issuer=f"http://127.0.0.1:{free_port()}", client_id=CLIENT)
    with pytest.raises(Unavailable, match="does not answer"):
        await begin(database, tenant, settings=IdentitySettings(oidc=provider), return_to="/", now=NOW)


@pytest.mark.parametrize(
    "target", ["//evil", "https://evil", "/\\evil", "javascript:x", '/"><script>', "/a\nb"]
)
async def test_nobody_is_sent_to_another_site_after_signing_in(
    database: Database, tenant: str, town: IdentitySettings, issuer: Issuer, target: str
) -> None:
    begun = await begin(database, tenant, settings=town, return_to=target, now=NOW)
    code = issuer.authorize(begun.url)
    ended = await end(
        database, tenant, settings=town, code=code, state=begun.state, browser_state=begun.state, now=NOW
    )
    assert ended.return_to == "/"


async def test_a_disabled_person_stays_out(
    database: Database, tenant: str, town: IdentitySettings, issuer: Issuer
) -> None:
    await come_in(database, tenant, town, issuer)
    async with database.tenant(tenant) as connection:
        await connection.execute("update account set state = 'disabled'")
    with pytest.raises(Unauthenticated):
        await come_in(database, tenant, town, issuer)
