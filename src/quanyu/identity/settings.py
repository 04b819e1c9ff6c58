"""What a node decides about signing in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProvider:
    """One OpenID Connect issuer. `role_map` turns values of `role_claim` into roles; a value that is a role's own
    name needs no line. The three administrators are never granted from outside."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scope: str = "openid profile email"
    role_claim: str = "roles"
    role_map: Mapping[str, str] = field(default_factory=dict)
    name: str = "OIDC"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """`public_url` is the address people use; https there makes cookies Secure."""

    public_url: str = "http://127.0.0.1:8080"
    idle: timedelta = timedelta(hours=2)
    absolute: timedelta = timedelta(hours=12)
    longest_token: timedelta = timedelta(days=366)
    oidc: OidcProvider | None = None

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")
