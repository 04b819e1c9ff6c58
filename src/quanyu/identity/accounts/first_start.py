"""The first start of a node: its tenant, and an administrator whose one-time password is printed once."""

from quanyu.core.actor import Resource, system_actor
from quanyu.identity.accounts import _sql
from quanyu.identity.accounts.model import NewAccount
from quanyu.identity.accounts.service import OneTimePassword, create_account
from quanyu.identity.evidence import Outcome, append_evidence
from quanyu.store import Connection, Database

ADMINISTRATOR = "admin"


async def ensure_tenant(
    connection: Connection, tenant: str, *, name: str = "", region: str | None = None
) -> None:
    """Its name is what the settings say now."""
    await _sql.put_tenant(connection, tenant, name, region)


async def tenant_name(connection: Connection, tenant: str) -> str:
    """Its code where it has none."""
    return await _sql.tenant_name(connection, tenant) or tenant


async def ensure_administrator(
    connection: Connection, tenant: str, *, name: str = "管理员"
) -> OneTimePassword | None:
    """None where the tenant has any account already."""
    await ensure_tenant(connection, tenant)
    await _sql.lock_roles(connection, tenant)
    if await _sql.any_account(connection, tenant):
        return None
    actor = system_actor(tenant, "first start")
    await append_evidence(
        connection, actor, "account.manage", Resource("node", tenant), Outcome.DONE, {"act": "first start"}
    )
    new = NewAccount.parse(login=ADMINISTRATOR, name=name)
    return await create_account(connection, actor, new, roles=("system_admin", "data_officer"))


async def any_password_set(database: Database, tenant: str) -> bool:
    """Whether a person has replaced their one-time password: before that nothing listens beyond loopback."""
    async with database.tenant(tenant) as connection:
        return await _sql.any_password_set(connection, tenant)
