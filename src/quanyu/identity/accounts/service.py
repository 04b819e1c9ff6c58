"""Accounts and their roles: who may make them, change them, and grant what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from quanyu.core.actor import Actor, ActorKind, Resource
from quanyu.core.errors import Denied, Fault, Invalid, NotFound
from quanyu.identity.accounts import _sql
from quanyu.identity.accounts.model import Account, AccountState, NewAccount, new_id
from quanyu.identity.accounts.passwords import hash_password, one_time_password
from quanyu.identity.decision import allowed, check
from quanyu.identity.evidence import Outcome, append_evidence
from quanyu.identity.roles import ADMINISTRATORS, ROLE_BY_NAME
from quanyu.identity.sessions.close import close_sessions
from quanyu.store import Connection


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """To be shown once. It must be replaced at the first sign-in."""

    account: Account
    password: str

    def __repr__(self) -> str:
        return f"OneTimePassword({self.account.login!r})"


async def create_account(
    connection: Connection, actor: Actor, new: NewAccount, *, roles: Collection[str] = ()
) -> OneTimePassword:
    """Raises Conflict for a known login name, Denied for roles that the actor may not grant."""
    password, id = one_time_password(), new_id()
    await _sql.add_account(
        connection,
        actor.tenant,
        id,
        new,
        password=await hash_password(password),
        state=AccountState.MUST_CHANGE,
    )
    await _record(
        connection,
        actor,
        "account.manage",
        id,
        {"login": new.login, "organisation": new.organisation, "act": "create"},
    )
    if roles:
        await _grant(connection, actor, id, before=(), roles=roles)
    return OneTimePassword(await get_account(connection, actor.tenant, id), password)


async def get_account(connection: Connection, tenant: str, id: str) -> Account:
    account = await _sql.account_by_id(connection, tenant, id)
    if account is None:
        raise NotFound("identity.account.unknown", id=id)
    return account


async def account_names(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """By id; parts of the node and people without account are left out."""
    return await _sql.names(connection, ids)


async def list_accounts(
    connection: Connection, tenant: str, *, after: str, limit: int, q: str = ""
) -> list[Account]:
    return await _sql.accounts_after(connection, tenant, after.lower(), limit, q=q)


async def change_account(
    connection: Connection,
    actor: Actor,
    id: str,
    *,
    name: str | None = None,
    organisation: str | None = None,
    language: str | None = None,
    disabled: bool | None = None,
) -> Account:
    """What is None stays. A disabled account loses its sessions at once."""
    account = await get_account(connection, actor.tenant, id)
    _refuse_protected(actor, account)
    changed = replace(
        account,
        name=name if name is not None else account.name,
        organisation=organisation if organisation is not None else account.organisation,
        language=language if language is not None else account.language,
        state=_state(account, disabled),
    )
    NewAccount.parse(login=changed.login, name=changed.name, language=changed.language)
    await _sql.change_account(
        connection, actor.tenant, id,
        name=changed.name, organisation=changed.organisation or None, language=changed.language, state=changed.state,
    )  # fmt: skip
    if changed.state is AccountState.DISABLED:
        await close_sessions(connection, actor.tenant, id)
    await _record(
        connection,
        actor,
        "account.manage",
        id,
        {"act": "change", "state": changed.state, "organisation": changed.organisation},
    )
    return changed


async def reset_password(connection: Connection, actor: Actor, id: str) -> OneTimePassword:
    """A new one-time password; every session of the account ends."""
    account = await get_account(connection, actor.tenant, id)
    _refuse_protected(actor, account)
    password = one_time_password()
    await _sql.set_password(
        connection, actor.tenant, id, await hash_password(password), AccountState.MUST_CHANGE
    )
    await close_sessions(connection, actor.tenant, id)
    await _record(connection, actor, "account.manage", id, {"act": "reset password"})
    return OneTimePassword(account, password)


async def reset_password_by_login(connection: Connection, actor: Actor, login: str) -> OneTimePassword:
    """What `quanyu passwd` does for whoever works on the machine itself; protected accounts too. Ends a disabled state."""
    account = await _sql.account_by_login(connection, actor.tenant, login)
    if account is None:
        raise NotFound("identity.account.unknown", id=login)
    return await reset_password(connection, actor, account.id)


async def set_roles(connection: Connection, actor: Actor, id: str, roles: Sequence[str]) -> Account:
    """Replaces the roles of an account."""
    account = await get_account(connection, actor.tenant, id)
    if actor.id == id:
        raise Denied("identity.role.oneself")
    await _grant(connection, actor, id, before=account.roles, roles=roles)
    return await get_account(connection, actor.tenant, id)


async def _grant(
    connection: Connection, actor: Actor, id: str, *, before: Sequence[str], roles: Collection[str]
) -> None:
    _check_roles(roles)
    await _sql.lock_roles(connection, actor.tenant)
    for role in sorted(set(before) ^ set(roles)):
        await _refuse_grant(connection, actor, role, revoke=role in before)
    await _sql.replace_roles(connection, actor.tenant, id, sorted(set(roles)), actor.id)
    await _record(
        connection, actor, "role.grant", id, {"before": sorted(before), "after": sorted(set(roles))}
    )


def _check_roles(roles: Collection[str]) -> None:
    if unknown := [role for role in roles if role not in ROLE_BY_NAME]:
        faults = tuple(Fault("identity.role.unknown", "/roles", {"role": role[:40]}) for role in unknown)
        raise Invalid("identity.role.invalid", faults=faults)
    if len(ADMINISTRATORS.intersection(roles)) > 1:
        raise Invalid("identity.role.one_of_three")


async def _refuse_grant(connection: Connection, actor: Actor, role: str, *, revoke: bool) -> None:
    """The security administrator grants any role. The system administrator grants those of daily business, and once
    the first security and the first audit administrator, who then watch over the rest."""
    if allowed(actor, "role.grant", Resource("role")).allowed:
        return
    check(actor, "role.assign", Resource("role"))
    if role not in ADMINISTRATORS:
        return
    first = role != "system_admin" and not await _sql.role_is_held(connection, actor.tenant, role)
    if revoke or not first:
        raise Denied("identity.role.security_admin_only", role=role)


def _refuse_protected(actor: Actor, account: Account) -> None:
    """Whoever could reset an auditor's password would be the auditor."""
    if (
        actor.kind is not ActorKind.SYSTEM
        and actor.id != account.id
        and ADMINISTRATORS.intersection(account.roles)
    ):
        raise Denied("identity.account.protected", login=account.login)


def _state(account: Account, disabled: bool | None) -> AccountState:
    if disabled:
        return AccountState.DISABLED
    if disabled is False and account.state is AccountState.DISABLED:
        return AccountState.MUST_CHANGE
    return account.state


async def _record(
    connection: Connection, actor: Actor, action: str, id: str, detail: dict[str, object]
) -> None:
    await append_evidence(connection, actor, action, Resource("account", id), Outcome.DONE, detail)
