"""The only SQL of signing in through an issuer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from quanyu.identity.oidc.provider import Flow
from quanyu.store import Connection

_LASTING = timedelta(minutes=10)


async def add_flow(connection: Connection, tenant: str, flow: Flow, return_to: str, now: datetime) -> None:
    await connection.execute(
        "insert into oidc_flow (tenant, state, nonce, verifier, return_to, created) values ($1, $2, $3, $4, $5, $6)",
        tenant, sha256(flow.state.encode()).digest(), flow.nonce, flow.verifier, return_to, now,
    )  # fmt: skip


async def take_flow(
    connection: Connection, tenant: str, state: str, now: datetime
) -> tuple[Flow, str] | None:
    """Each state is good for one answer within ten minutes."""
    row = await connection.fetchrow(
        "delete from oidc_flow where tenant = $1 and state = $2 returning nonce, verifier, return_to, created",
        tenant, sha256(state.encode("utf-8", "replace")).digest(),
    )  # fmt: skip
    if row is None or now - row["created"] > _LASTING:
        return None
    return Flow(state, row["nonce"], row["verifier"]), row["return_to"]


async def account_of_subject(
    connection: Connection, tenant: str, issuer: str, subject: str
) -> tuple[str, str] | None:
    """Its id and state."""
    row = await connection.fetchrow(
        "select id, state from account where tenant = $1 and issuer = $2 and subject = $3",
        tenant,
        issuer,
        subject,
    )
    return (row["id"], row["state"]) if row else None


async def add_subject(
    connection: Connection, tenant: str, *, id: str, login: str, name: str, issuer: str, subject: str
) -> None:
    await connection.execute(
        """insert into account (tenant, id, login, name, state, issuer, subject)
           values ($1, $2, $3, $4, 'active', $5, $6)""",
        tenant, id, login, name, issuer, subject,
    )  # fmt: skip


async def sync_roles(
    connection: Connection, tenant: str, id: str, roles: Sequence[str], granted_by: str
) -> None:
    """Roles that this issuer granted before and does not now are gone; those granted here stay."""
    await connection.execute(
        "delete from account_role where tenant = $1 and account = $2 and granted_by = $4 and role <> all ($3::text[])",
        tenant, id, list(roles), granted_by,
    )  # fmt: skip
    await connection.execute(
        """insert into account_role (tenant, account, role, granted_by)
           select $1, $2, role, $4 from unnest($3::text[]) as role on conflict do nothing""",
        tenant, id, list(roles), granted_by,
    )  # fmt: skip
