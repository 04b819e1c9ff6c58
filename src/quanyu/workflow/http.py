"""Definitions and calendars over HTTP."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.identity import ROLES
from quanyu.store import Database
from quanyu.workflow import service
from quanyu.workflow.calendars import CalendarSource
from quanyu.workflow.city_calendars import CalendarShown, calendars, import_holidays, source
from quanyu.workflow.definition.diagram import diagram
from quanyu.workflow.definition.model import Definition
from quanyu.workflow.holidays import parse_holidays

Asker = NamedDependency[Actor]
Store = NamedDependency[Database]
Now = NamedDependency[SkipValidation[Clock]]
Name = Annotated[str, PathParameter(max_length=100)]
Version = Annotated[int | None, QueryParameter(name="version", ge=1)]

_READ = {"action": "workflow.read"}
_MANAGE = {"action": "workflow.manage"}


class Names(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[str, ...]


class Calendars(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[CalendarShown, ...]


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


@get("/api/v1/workflow/calendars", opt=_READ)
async def list_calendars(actor: Asker, database: Store, clock: Now) -> Calendars:
    async with database.tenant(actor.tenant) as connection:
        return Calendars(items=tuple(await calendars(connection, today=clock().date())))


@get("/api/v1/workflow/calendars/{name:str}", opt=_READ)
async def show_calendar(name: Name, actor: Asker, database: Store) -> CalendarSource:
    async with database.tenant(actor.tenant) as connection:
        return (await source(connection, name))[0]


@post("/api/v1/workflow/calendars/holidays", opt=_MANAGE)
async def publish_holidays(
    request: Request[Actor, Any, Any], actor: Asker, database: Store, clock: Now,
    name: Annotated[str | None, QueryParameter(name="calendar", max_length=100)] = None,
) -> Calendars:  # fmt: skip
    """The body is a table of holidays as JSON or CSV; without `calendar` it goes into every calendar with holidays."""
    table = parse_holidays(await request.body())
    async with database.tenant(actor.tenant) as connection:
        made = await import_holidays(connection, actor.tenant, table, name=name, by=actor.id, now=clock())
    return Calendars(items=tuple(made))


@post("/api/v1/workflow/calendars", opt=_MANAGE)
async def publish_calendar(data: JSONBody[Any], actor: Asker, database: Store, clock: Now) -> Published:
    async with database.tenant(actor.tenant) as connection:
        version = await service.publish_calendar(connection, actor.tenant, data, by=actor.id, now=clock())
    return Published(name=data["name"], version=version)


routes = (
    list_definitions, show_definition, show_diagram, publish_definition, publish_calendar, list_calendars, show_calendar,
    publish_holidays,
)  # fmt: skip
