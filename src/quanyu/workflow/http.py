"""Definitions and calendars over HTTP."""

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.identity import ROLES
from quanyu.store import Database
from quanyu.workflow import service
from quanyu.workflow.definition.diagram import diagram
from quanyu.workflow.definition.model import Definition

Asker = NamedDependency[Actor]
Store = NamedDependency[Database]
Now = NamedDependency[SkipValidation[Clock]]
Name = Annotated[str, PathParameter(max_length=100)]
Version = Annotated[int | None, QueryParameter(name="version", ge=1)]

_READ = {"action": "workflow.read"}
_MANAGE = {"action": "workflow.manage"}


class Names(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[str, ...]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    version: int


@get("/api/v1/workflow/definitions", opt=_READ)
async def list_definitions(actor: Asker, database: Store) -> Names:
    async with database.tenant(actor.tenant) as connection:
        return Names(items=tuple(await service.definition_names(connection)))


@get("/api/v1/workflow/definitions/{name:str}", opt=_READ)
async def show_definition(name: Name, actor: Asker, database: Store, version: Version = None) -> Definition:
    async with database.tenant(actor.tenant) as connection:
        return await service.definition(connection, name, version)


@get("/api/v1/workflow/definitions/{name:str}/diagram.svg", opt=_READ, media_type="image/svg+xml")
async def show_diagram(
    name: Name, actor: Asker, database: Store, version: Version = None,
    language: Annotated[str, QueryParameter(name="language", max_length=20)] = "zh-CN",
) -> str:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        return diagram(await service.definition(connection, name, version), language)


@post("/api/v1/workflow/definitions", opt=_MANAGE)
async def publish_definition(data: JSONBody[Any], actor: Asker, database: Store, clock: Now) -> Published:
    """A new version; work that runs stays on its own."""
    roles = {role.name for role in ROLES}
    async with database.tenant(actor.tenant) as connection:
        made = await service.publish(connection, actor.tenant, data, roles=roles, by=actor.id, now=clock())
    return Published(name=made.name, version=made.version)


@post("/api/v1/workflow/calendars", opt=_MANAGE)
async def publish_calendar(data: JSONBody[Any], actor: Asker, database: Store, clock: Now) -> Published:
    async with database.tenant(actor.tenant) as connection:
        version = await service.publish_calendar(connection, actor.tenant, data, by=actor.id, now=clock())
    return Published(name=data["name"], version=version)


routes = (list_definitions, show_definition, show_diagram, publish_definition, publish_calendar)
