"""The only SQL of accounts and their roles."""

from collections.abc import Collection, Sequence

import asyncpg

from quanyu.core.errors import Conflict, Invalid
from quanyu.identity.accounts.model import Account, AccountState, NewAccount
from quanyu.store import Connection, nearest

_ACCOUNT = """
select a.id, a.login, a.name, a.organisation, a.language, a.state, a.totp_confirmed as second_factor, a.created,
       array(select role from account_role r where r.tenant = a.tenant and r.account = a.id order by role) as roles
from account a
"""


async def add_account(
    connection: Connection,
    tenant: str,
    id: str,
    new: NewAccount,
    *,
    password: str | None,
    state: AccountState,
) -> None:
    try:
        await connection.execute(
            """insert into account (tenant, id, login, name, organisation, language, state, password)
               values ($1, $2, $3, $4, $5, $6, $7, $8)""",
            tenant, id, new.login, new.name, new.organisation, new.language, state, password,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict("identity.account.exists", login=new.login) from None
    except asyncpg.ForeignKeyViolationError:
        raise Invalid("identity.organisation.unknown", id=new.organisation) from None


async def account_by_id(connection: Connection, tenant: str, id: str) -> Account | None:
    return _account(await connection.fetchrow(f"{_ACCOUNT} where a.tenant = $1 and a.id = $2", tenant, id))


async def names(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    rows = await connection.fetch("select id, name from account where id = any($1)", list(ids))
    return {row["id"]: row["name"] for row in rows}


async def account_by_login(connection: Connection, tenant: str, login: str) -> Account | None:
    row = await connection.fetchrow(
        f"{_ACCOUNT} where a.tenant = $1 and lower(a.login) = lower($2)", tenant, login
    )
    return _account(row)


async def accounts_after(
    connection: Connection, tenant: str, after: str, limit: int, *, q: str
) -> list[Account]:
    """By login name; what `q` names just so first."""
    behind, order = nearest(
        q, asked="$4", after="$2", key="lower(a.login)", texts=("a.name", "a.login"), table="account a"
    )
    rows = await connection.fetch(
        f"""{_ACCOUNT} where a.tenant = $1 and {behind}
              and ($4 = '' or strpos(lower(a.login), lower($4)) > 0 or strpos(a.name, $4) > 0)
            order by {order} limit $3""",
        tenant, after, limit, q,
    )  # fmt: skip
    return [account for row in rows if (account := _account(row))]


async def change_account(
    connection: Connection,
    tenant: str,
    id: str,
    *,
    name: str,
    organisation: str | None,
    language: str,
    state: AccountState,
) -> None:
    try:
        await connection.execute(
            """update account set name = $3, organisation = $4, language = $5, state = $6, changed = now()
               where tenant = $1 and id = $2""",
            tenant, id, name, organisation, language, state,
        )  # fmt: skip
    except asyncpg.ForeignKeyViolationError:
        raise Invalid("identity.organisation.unknown", id=organisation) from None


async def set_password(
    connection: Connection, tenant: str, id: str, password: str, state: AccountState
) -> None:
    await connection.execute(
        "update account set password = $3, state = $4, changed = now() where tenant = $1 and id = $2",
        tenant, id, password, state,
    )  # fmt: skip


async def lock_roles(connection: Connection, tenant: str) -> None:
    """Grants of one tenant happen one after the other: who may grant depends on who holds what."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('quanyu role ' || $1, 0))", tenant
    )


async def role_is_held(connection: Connection, tenant: str, role: str) -> bool:
    held: bool = await connection.fetchval(
        "select exists (select 1 from account_role where tenant = $1 and role = $2)", tenant, role
    )
    return held


async def replace_roles(
    connection: Connection, tenant: str, id: str, roles: Sequence[str], granted_by: str
) -> None:
    """The database itself refuses two of the three administrators."""
    await connection.execute(
        "delete from account_role where tenant = $1 and account = $2 and role <> all ($3::text[])",
        tenant,
        id,
        list(roles),
    )
    try:
        await connection.execute(
            """insert into account_role (tenant, account, role, granted_by)
               select $1, $2, role, $4 from unnest($3::text[]) as role
               on conflict (tenant, account, role) do nothing""",
            tenant, id, list(roles), granted_by,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict("identity.role.one_of_three") from None


async def any_password_set(connection: Connection, tenant: str) -> bool:
    """Whether somebody has chosen a password of their own."""
    found: bool = await connection.fetchval(
        "select exists (select 1 from account where tenant = $1 and state = 'active' and password is not null)",
        tenant,
    )
    return found


async def any_account(connection: Connection, tenant: str) -> bool:
    found: bool = await connection.fetchval("select exists (select 1 from account where tenant = $1)", tenant)
    return found


async def put_tenant(connection: Connection, tenant: str, name: str, region: str | None) -> None:
    """Without a name it keeps the one that it has, and is called by its code before."""
    await connection.execute(
        """insert into tenant (id, name, region) values ($1, coalesce(nullif($2, ''), $1), $3)
        on conflict (id) do update set name=$2 where $2<>'' and tenant.name<>$2""",
        tenant, name, region,
    )  # fmt: skip


async def tenant_name(connection: Connection, tenant: str) -> str | None:
    name: str | None = await connection.fetchval("select name from tenant where id=$1", tenant)
    return name


def _account(row: asyncpg.Record | None) -> Account | None:
    if row is None:
        return None
    values = dict(row)
    return Account(**(values | {"state": AccountState(values["state"]), "roles": tuple(values["roles"])}))
