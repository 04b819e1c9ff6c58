"""Accounts, roles and actions."""

from typing import Annotated, Any

import msgspec
from litestar import get, patch, post, put
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta

from quanyu.identity.accounts import service
from quanyu.identity.accounts.model import Account, NewAccount
from quanyu.identity.actions import ACTIONS
from quanyu.identity.http.asking import After, Asker, Id, Limit, Search, TheDatabase, next_after
from quanyu.identity.roles import ROLES, Reach, Role
from quanyu.identity.tokens.service import grantable

_MANAGE = {"action": "account.manage"}
_SEE = {"action": "account.read"}
_PATH = "/api/v1/accounts"

Text = Annotated[str, Meta(max_length=200)]
RoleNames = Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=20)]


class AccountPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Account]
    next: str | None


class NewAccountBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    login: Text
    name: Text
    organisation: Text | None = None
    language: Text = "zh-CN"
    roles: RoleNames = []


class AccountChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is absent stays."""

    name: Text | None = None
    organisation: Text | None = None
    language: Text | None = None
    disabled: bool | None = None


class RolesBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    roles: RoleNames


class OneTimePasswordView(msgspec.Struct, frozen=True, kw_only=True):
    """The password is shown this once."""

    account: Account
    password: str


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    """`actions` by how far they reach: "tenant", "organisation", "open"."""

    name: str
    zh: str
    en: str
    administrator: bool
    actions: dict[str, list[str]]


class ActionView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: str
    zh: str
    en: str
    grantable: bool


@get(_PATH, opt=_SEE)
async def list_accounts(
    actor: Asker, database: TheDatabase, limit: Limit = 50, after: After = "", q: Search = ""
) -> AccountPage:
    async with database.tenant(actor.tenant) as connection:
        rows = await service.list_accounts(connection, actor.tenant, after=after, limit=limit, q=q)
    return AccountPage(items=rows, next=next_after(rows, limit, lambda row: row.login))


@post(_PATH, opt=_MANAGE)
async def create_account(
    data: JSONBody[NewAccountBody], actor: Asker, database: TheDatabase
) -> OneTimePasswordView:
    new = NewAccount.parse(
        login=data.login, name=data.name, organisation=data.organisation, language=data.language
    )
    async with database.tenant(actor.tenant) as connection:
        made = await service.create_account(connection, actor, new, roles=data.roles)
    return OneTimePasswordView(account=made.account, password=made.password)


@get(f"{_PATH}/{{id:str}}", opt=_SEE)
async def get_account(id: Id, actor: Asker, database: TheDatabase) -> Account:
    async with database.tenant(actor.tenant) as connection:
        return await service.get_account(connection, actor.tenant, id)


@patch(f"{_PATH}/{{id:str}}", opt=_MANAGE)
async def change_account(
    id: Id, data: JSONBody[AccountChange], actor: Asker, database: TheDatabase
) -> Account:
    async with database.tenant(actor.tenant) as connection:
        return await service.change_account(
            connection, actor, id,
            name=data.name, organisation=data.organisation, language=data.language, disabled=data.disabled,
        )  # fmt: skip


@post(f"{_PATH}/{{id:str}}/password", opt=_MANAGE, status_code=HTTP_200_OK)
async def reset_password(id: Id, actor: Asker, database: TheDatabase) -> OneTimePasswordView:
    async with database.tenant(actor.tenant) as connection:
        made = await service.reset_password(connection, actor, id)
    return OneTimePasswordView(account=made.account, password=made.password)


@put(f"{_PATH}/{{id:str}}/roles", opt={"action": "role.assign"})
async def set_roles(id: Id, data: JSONBody[RolesBody], actor: Asker, database: TheDatabase) -> Account:
    async with database.tenant(actor.tenant) as connection:
        return await service.set_roles(connection, actor, id, data.roles)


@get("/api/v1/roles", opt={"action": "public"}, sync_to_thread=False)
def list_roles() -> dict[str, Any]:
    return {"items": [_role(role) for role in ROLES], "next": None}


@get("/api/v1/actions", opt={"action": "public"}, sync_to_thread=False)
def list_actions() -> dict[str, Any]:
    views = [
        ActionView(name=row.name, kind=row.kind, zh=row.zh, en=row.en, grantable=grantable(row.name))
        for row in ACTIONS
    ]
    return {"items": views, "next": None}


def _role(role: Role) -> RoleView:
    reaches = {Reach.TENANT: role.tenant, Reach.ORGANISATION: role.organisation, Reach.OPEN: role.open}
    return RoleView(
        name=role.name,
        zh=role.zh,
        en=role.en,
        administrator=role.administrator,
        actions={reach.name.lower(): list(actions) for reach, actions in reaches.items() if actions},
    )


routes = (
    list_accounts,
    create_account,
    get_account,
    change_account,
    reset_password,
    set_roles,
    list_roles,
    list_actions,
)
