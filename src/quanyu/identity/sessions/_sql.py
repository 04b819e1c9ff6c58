"""The only SQL of sessions, attempts to sign in, second factors and who an actor is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from quanyu.core.actor import Actor, ActorKind
from quanyu.identity.tokens.operator import local_operator
from quanyu.store import Connection

_WHO = """
  a.id, a.name, a.login, a.organisation, a.language, a.state,
  array(select role from account_role r where r.tenant = a.tenant and r.account = a.id) as roles,
  array(with recursive below as (
          select o.id from organisation o where o.tenant = a.tenant and o.id = a.organisation
          union select o.id from organisation o join below on o.tenant = a.tenant and o.parent = below.id)
        select id from below) as organisations
"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signing in compares with. Stays inside this package."""

    id: str
    login: str
    state: str
    password: str | None
    totp_secret: bytes | None
    totp_confirmed: bool
    totp_step: int


async def credentials(
    connection: Connection, tenant: str, *, login: str = "", id: str = ""
) -> Credentials | None:
    row = await connection.fetchrow(
        """select id, login, state, password, totp_secret, totp_confirmed, totp_step from account
           where tenant = $1 and (id = $3 or lower(login) = lower($2))""",
        tenant, login, id,
    )  # fmt: skip
    return Credentials(**dict(row)) if row else None


async def attempts(connection: Connection, tenant: str, login: bytes, now: datetime) -> tuple[int, datetime]:
    """Holds the row, which is there even for a name's first attempt, so that attempts stand in line.

    One statement: between two a sign-in that succeeds would take the row away.
    """
    row = await connection.fetchrow(
        """insert into login_attempt (tenant, login, failed, retry_at, changed) values ($1, $2, 0, $3, $3)
           on conflict (tenant, login) do update set changed = login_attempt.changed returning failed, retry_at""",
        tenant, login, now,
    )  # fmt: skip
    return row["failed"], row["retry_at"]


async def set_attempts(
    connection: Connection, tenant: str, login: bytes, *, failed: int, retry_at: datetime, now: datetime
) -> None:
    await connection.execute(
        """insert into login_attempt (tenant, login, failed, retry_at, changed) values ($1, $2, $3, $4, $5)
           on conflict (tenant, login) do update set failed = $3, retry_at = $4, changed = $5""",
        tenant, login, failed, retry_at, now,
    )  # fmt: skip


async def clear_attempts(connection: Connection, tenant: str, login: bytes) -> None:
    await connection.execute("delete from login_attempt where tenant = $1 and login = $2", tenant, login)


async def forget_old(
    connection: Connection, tenant: str, *, now: datetime, sessions_before: datetime
) -> None:
    """Attempts of yesterday, sessions and sign-ins elsewhere that have run out."""
    await connection.execute(
        "delete from login_attempt where tenant = $1 and changed < $2", tenant, now - timedelta(days=1)
    )
    await connection.execute(
        "delete from session where tenant = $1 and created < $2", tenant, sessions_before
    )
    await connection.execute(
        "delete from oidc_flow where tenant = $1 and created < $2", tenant, now - timedelta(hours=1)
    )


async def add_session(
    connection: Connection, tenant: str, digest: bytes, account: str, now: datetime
) -> None:
    await connection.execute(
        "insert into session (tenant, hash, account, created, seen) values ($1, $2, $3, $4, $4)",
        tenant, digest, account, now,
    )  # fmt: skip


async def remove_session(connection: Connection, tenant: str, digest: bytes) -> None:
    await connection.execute("delete from session where tenant = $1 and hash = $2", tenant, digest)


async def remove_sessions(connection: Connection, tenant: str, account: str, *, keep: bytes) -> None:
    await connection.execute(
        "delete from session where tenant = $1 and account = $2 and hash <> $3", tenant, account, keep
    )


async def touch_session(connection: Connection, tenant: str, digest: bytes, now: datetime) -> None:
    if await _is_read_only(connection):
        return
    await connection.execute(
        "update session set seen = $3 where tenant = $1 and hash = $2", tenant, digest, now
    )


@dataclass(frozen=True, slots=True)
class HeldSession:
    actor: Actor
    began: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class HeldToken:
    """`used`: when it was last used, give or take a minute."""

    actor: Actor
    id: str
    expires: datetime
    used: datetime | None


async def held_sessions(
    connection: Connection, tenant: str, digests: Sequence[bytes]
) -> dict[bytes, HeldSession]:
    """Those of accounts that are not disabled."""
    rows = await connection.fetch(
        f"""select {_WHO}, s.hash, s.created as began, s.seen from session s
            join account a on a.tenant = s.tenant and a.id = s.account
            where s.tenant = $1 and s.hash = any($2::bytea[]) and a.state <> 'disabled'""",
        tenant, digests,
    )  # fmt: skip
    return {
        row["hash"]: HeldSession(
            _actor(row, tenant, ActorKind.ACCOUNT, scopes=None), row["began"], row["seen"]
        )
        for row in rows
    }


async def account_actor(connection: Connection, tenant: str, id: str) -> Actor | None:
    """Somebody as who they are at the moment, signed in or not; nobody where the account is disabled."""
    row = await connection.fetchrow(
        f"select {_WHO} from account a where a.tenant = $1 and a.id = $2 and a.state <> 'disabled'",
        tenant, id,
    )  # fmt: skip
    return _actor(row, tenant, ActorKind.ACCOUNT, scopes=None) if row else None


async def held_tokens(
    connection: Connection, tenant: str, digests: Sequence[bytes]
) -> dict[bytes, HeldToken]:
    """The operator's, and those of accounts that are active."""
    rows = await connection.fetch(
        f"""select {_WHO}, t.hash, t.id as token, t.account, t.scopes, t.used, t.expires from api_token t
            left join account a on a.tenant = t.tenant and a.id = t.account
            where t.tenant = $1 and t.hash = any($2::bytea[]) and (t.account is null or a.state = 'active')""",
        tenant, digests,
    )  # fmt: skip
    return {
        row["hash"]: HeldToken(
            local_operator(tenant)
            if row["account"] is None
            else _actor(row, tenant, ActorKind.TOKEN, scopes=frozenset(row["scopes"] or ())),
            row["token"],
            row["expires"],
            row["used"],
        )
        for row in rows
    }


async def note_token_used(connection: Connection, tenant: str, id: str, now: datetime) -> None:
    if not await _is_read_only(connection):
        await connection.execute(
            "update api_token set used = $3 where tenant = $1 and id = $2", tenant, id, now
        )


async def _is_read_only(connection: Connection) -> bool:
    """While the disk is nearly full nothing is written; who asks is still known, and may read."""
    return bool(await connection.fetchval("select current_setting('transaction_read_only') = 'on'"))


async def set_totp(
    connection: Connection, tenant: str, id: str, secret: bytes | None, *, confirmed: bool
) -> None:
    await connection.execute(
        "update account set totp_secret = $3, totp_confirmed = $4, totp_step = 0, changed = now() where tenant = $1 and id = $2",
        tenant, id, secret, confirmed,
    )  # fmt: skip


async def use_totp_step(connection: Connection, tenant: str, id: str, step: int) -> bool:
    """Whether this step had not been used yet; it is now."""
    done = await connection.execute(
        "update account set totp_step = $3 where tenant = $1 and id = $2 and totp_step < $3", tenant, id, step
    )
    return bool(done == "UPDATE 1")


async def replace_recovery_codes(
    connection: Connection, tenant: str, id: str, digests: Sequence[bytes]
) -> None:
    await connection.execute("delete from recovery_code where tenant = $1 and account = $2", tenant, id)
    await connection.execute(
        "insert into recovery_code (tenant, account, hash) select $1, $2, unnest($3::bytea[])",
        tenant,
        id,
        list(digests),
    )


async def use_recovery_code(connection: Connection, tenant: str, id: str, digest: bytes) -> bool:
    done = await connection.execute(
        "delete from recovery_code where tenant = $1 and account = $2 and hash = $3", tenant, id, digest
    )
    return bool(done == "DELETE 1")


def _actor(row: asyncpg.Record, tenant: str, kind: ActorKind, *, scopes: frozenset[str] | None) -> Actor:
    values = dict(row)
    return Actor(
        id=values["id"],
        tenant=tenant,
        kind=kind,
        name=values["name"],
        organisation=values["organisation"],
        roles=frozenset(values["roles"]),
        scopes=scopes,
        language=values["language"],
        organisations=frozenset(values["organisations"]),
        must_change_password=values["state"] == "must_change",
    )
