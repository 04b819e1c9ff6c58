"""Organisations of the tenant."""

from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT
from msgspec import Meta

from quanyu.identity.http.asking import After, Asker, Id, Limit, Search, TheDatabase, next_after
from quanyu.identity.organisations import service
from quanyu.identity.organisations.model import Organisation

_READ = {"action": "organisation.read"}
_MANAGE = {"action": "organisation.manage"}
_PATH = "/api/v1/organisations"

Text = Annotated[str, Meta(max_length=200)]
Parent = Annotated[str | None, QueryParameter(name="parent", max_length=64)]

Certain = Annotated[list[str] | None, QueryParameter(name="id", max_items=100)]
Called = Annotated[list[str] | None, QueryParameter(name="name", max_items=100)]
HeadsOf = Annotated[list[str] | None, QueryParameter(name="head", max_items=100)]


class OrganisationPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Organisation]
    next: str | None


class OrganisationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Text
    parent: Text | None = None
    name_en: Text | None = None
    region: Text | None = None
    credit_code: Text | None = None


class TableBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """CSV with a header: id (编码), name (名称), and if you like parent (上级), region, credit_code, name_en."""

    csv: Annotated[str, Meta(max_length=10_000_000)]


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    organisations: int


@get(_PATH, opt=_READ)
async def list_organisations(
    actor: Asker,
    database: TheDatabase,
    limit: Limit = 50,
    after: After = "",
    q: Search = "",
    parent: Parent = None,
    ids: Certain = None,
    names: Called = None,
    heads: HeadsOf = None,
) -> OrganisationPage:
    """`parent` narrows to the children of one, an empty one to the roots of the tree; `id` to certain ones, `name` to those that
    are called so, `head` to those that have the whole of a region."""
    async with database.tenant(actor.tenant) as connection:
        rows = await service.list_organisations(
            connection, actor.tenant, after=after, limit=limit, q=q, parent=parent,
            ids=ids, names=names, heads=heads,
        )  # fmt: skip
    return OrganisationPage(items=rows, next=next_after(rows, limit, lambda row: row.id))


@get(f"{_PATH}/{{id:str}}", opt=_READ)
async def get_organisation(id: Id, actor: Asker, database: TheDatabase) -> Organisation:
    async with database.tenant(actor.tenant) as connection:
        return await service.get_organisation(connection, actor.tenant, id)


@put(f"{_PATH}/{{id:str}}", opt=_MANAGE)
async def put_organisation(
    id: Id, data: JSONBody[OrganisationBody], actor: Asker, database: TheDatabase
) -> Organisation:
    row = Organisation.parse(
        id=id,
        name=data.name,
        parent=data.parent,
        name_en=data.name_en,
        region=data.region,
        credit_code=data.credit_code,
    )
    async with database.tenant(actor.tenant) as connection:
        await service.put_organisations(connection, actor, [row])
    return row


@delete(f"{_PATH}/{{id:str}}", opt=_MANAGE, status_code=HTTP_204_NO_CONTENT)
async def remove_organisation(id: Id, actor: Asker, database: TheDatabase) -> None:
    async with database.tenant(actor.tenant) as connection:
        await service.remove_organisation(connection, actor, id)


@post(f"{_PATH}/import", opt=_MANAGE, status_code=HTTP_200_OK)
async def import_organisations(data: JSONBody[TableBody], actor: Asker, database: TheDatabase) -> ImportView:
    """All rows or none; each fault names its line."""
    rows = service.parse_table(data.csv)
    async with database.tenant(actor.tenant) as connection:
        return ImportView(organisations=await service.put_organisations(connection, actor, rows))


routes = (list_organisations, get_organisation, put_organisation, remove_organisation, import_organisations)
