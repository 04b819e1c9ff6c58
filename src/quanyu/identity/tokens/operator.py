"""The local operator: whoever can read `folder/run/operator.token` is the operating-system user that runs the node."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from quanyu.core.actor import Actor, ActorKind
from quanyu.identity.keys import write_private
from quanyu.identity.tokens import _sql
from quanyu.identity.tokens.service import TOKEN_PREFIX
from quanyu.store import Connection

_LASTING = timedelta(days=400)  # longer than any node runs without a restart, which makes a new one


def operator_token_path(folder: Path) -> Path:
    return folder / "run" / "operator.token"


async def renew_operator_token(connection: Connection, tenant: str, folder: Path, now: datetime) -> None:
    """At each start of the node: the token of the last run is worth nothing from then on."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    await _sql.replace_operator(connection, tenant, sha256(secret.encode()).digest(), now, now + _LASTING)
    write_private(operator_token_path(folder), secret.encode())


def read_operator_token(folder: Path) -> str | None:
    """For the command line; None where there is none or it belongs to another user."""
    try:
        return operator_token_path(folder).read_text(encoding="ascii").strip() or None
    except (OSError, ValueError):
        return None


def local_operator(tenant: str) -> Actor:
    return Actor(
        id="operator@local", tenant=tenant, kind=ActorKind.TOKEN, name="operator@local",
        roles=frozenset(("data_officer", "operator")),
    )  # fmt: skip
