"""Making and revoking one's own tokens."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from quanyu.core.actor import Actor, ActorKind, Resource
from quanyu.core.errors import Denied, Fault, Invalid, NotFound
from quanyu.identity.actions import ACTION_BY_NAME, Access
from quanyu.identity.decision import allowed_actions
from quanyu.identity.evidence import Outcome, append_evidence
from quanyu.identity.settings import IdentitySettings
from quanyu.identity.tokens import _sql
from quanyu.identity.tokens.model import Token
from quanyu.store import Connection

TOKEN_PREFIX = "qy_"  # noqa: S105 (lets people and scanners know one when they see it)
_UNGRANTABLE = frozenset(("token.manage", "account.manage", "role.assign", "role.grant"))
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class NewToken:
    """The secret is shown once and kept nowhere."""

    token: Token
    secret: str = field(repr=False)


async def create_token(
    connection: Connection,
    actor: Actor,
    *,
    name: str,
    scopes: Sequence[str],
    lasting: timedelta,
    settings: IdentitySettings,
    now: datetime,
) -> NewToken:
    """Raises Invalid with every fault: a scope that the holder lacks, or that no token may carry."""
    if actor.kind is not ActorKind.ACCOUNT:
        raise Denied("identity.token.person_only")
    _check(actor, name, scopes, lasting, settings)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = Token(
        id=secrets.token_hex(8),
        name=name.strip(),
        scopes=tuple(sorted(set(scopes))),
        created=now,
        expires=now + lasting,
    )
    await _sql.add_token(connection, actor.tenant, actor.id, token, sha256(secret.encode()).digest())
    await _record(
        connection, actor, token.id, {"act": "create", "scopes": token.scopes, "expires": token.expires}
    )
    return NewToken(token, secret)


async def list_tokens(connection: Connection, actor: Actor, *, after: str, limit: int) -> Sequence[Token]:
    return await _sql.tokens_after(connection, actor.tenant, actor.id, after, limit)


async def revoke_token(connection: Connection, actor: Actor, id: str) -> None:
    if not await _sql.remove_token(connection, actor.tenant, actor.id, id):
        raise NotFound("identity.token.unknown", id=id)
    await _record(connection, actor, id, {"act": "revoke"})


def grantable(action: str) -> bool:
    """Whether a token may carry it: roles' rights only, and none by which a stolen token could make more of itself."""
    row = ACTION_BY_NAME.get(action)
    return row is not None and row.access is Access.ROLE and action not in _UNGRANTABLE


def _check(
    actor: Actor, name: str, scopes: Sequence[str], lasting: timedelta, settings: IdentitySettings
) -> None:
    own = frozenset(allowed_actions(actor))
    faults = [
        Fault("identity.token.scope", f"/scopes/{index}", {"scope": scope[:40]})
        for index, scope in enumerate(scopes)
        if scope not in own or not grantable(scope)
    ]
    if not name.strip() or len(name) > _LONGEST_NAME:
        faults.append(Fault("identity.token.name", "/name"))
    if not scopes:
        faults.append(Fault("identity.token.no_scope", "/scopes"))
    if not timedelta() < lasting <= settings.longest_token:
        faults.append(Fault("identity.token.lasting", "/days", {"days": settings.longest_token.days}))
    if faults:
        raise Invalid("identity.token.faulty", faults=tuple(faults))


async def _record(connection: Connection, actor: Actor, id: str, detail: dict[str, object]) -> None:
    await append_evidence(connection, actor, "token.manage", Resource("token", id), Outcome.DONE, detail)
