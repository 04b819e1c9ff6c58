"""Definitions and calendars over HTTP."""

from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock, city_day
from quanyu.core.errors import Invalid
from quanyu.core.working_time import Limit, Unit, due
from quanyu.identity import ROLES
from quanyu.store import Database
from quanyu.workflow import _published_sql, publishing
from quanyu.workflow.calendars import CalendarSource, calendar
from quanyu.workflow.city_calendars import CalendarShown, calendars, import_holidays, source
from quanyu.workflow.definition.diagram import diagram
from quanyu.workflow.definition.model import Definition
from quanyu.workflow.holidays import parse_holidays, with_holidays

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


class VersionShown(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    published: datetime
    publisher: str


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[VersionShown, ...]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What would be published."""

    name: str
    states: int
    actions: int


class DueShown(msgspec.Struct, frozen=True, kw_only=True):
    """`assured` is False where the calendar's holidays are not published so far ahead."""

    start: datetime
    at: datetime
    assured: bool


class Published(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    version: int


@get("/api/v1/workflow/definitions", opt=_READ)
async def list_definitions(actor: Asker, database: Store) -> Names:
    async with database.tenant(actor.tenant) as connection:
        return Names(items=tuple(await publishing.definition_names(connection)))


@get("/api/v1/workflow/definitions/{name:str}", opt=_READ)
async def show_definition(name: Name, actor: Asker, database: Store, version: Version = None) -> Definition:
    async with database.tenant(actor.tenant) as connection:
        return await publishing.definition(connection, name, version)


@get("/api/v1/workflow/definitions/{name:str}/diagram.svg", opt=_READ, media_type="image/svg+xml")
async def show_diagram(
    name: Name, actor: Asker, database: Store, version: Version = None,
    language: Annotated[str, QueryParameter(name="language", max_length=20)] = "zh-CN",
) -> str:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        return diagram(await publishing.definition(connection, name, version), language)


@get("/api/v1/workflow/definitions/{name:str}/versions", opt=_READ)
async def list_versions(name: Name, actor: Asker, database: Store) -> Versions:
    """The newest first."""
    async with database.tenant(actor.tenant) as connection:
        found = await _published_sql.versions(connection, "definition", name)
    return Versions(
        items=tuple(VersionShown(version=one, published=at, publisher=by) for one, at, by in found)
    )


@post("/api/v1/workflow/definitions/check", opt=_MANAGE, status_code=200)
async def check_definition(data: JSONBody[Any], actor: Asker, database: Store) -> Checked:
    """What publishing would say, with every fault, and nothing is kept."""
    async with database.tenant(actor.tenant) as connection:
        made = await publishing.check(connection, data, roles={role.name for role in ROLES})
    return Checked(name=made.name, states=len(made.states), actions=len(made.actions))


@post("/api/v1/workflow/definitions", opt=_MANAGE)
async def publish_definition(data: JSONBody[Any], actor: Asker, database: Store, clock: Now) -> Published:
    """A new version; work that runs stays on its own."""
    roles = {role.name for role in ROLES}
    async with database.tenant(actor.tenant) as connection:
        made = await publishing.publish(connection, actor.tenant, data, roles=roles, by=actor.id, now=clock())
    return Published(name=made.name, version=made.version)


@get("/api/v1/workflow/calendars", opt=_READ)
async def list_calendars(actor: Asker, database: Store, clock: Now) -> Calendars:
    async with database.tenant(actor.tenant) as connection:
        return Calendars(items=tuple(await calendars(connection, today=city_day(clock()))))


@get("/api/v1/workflow/calendars/{name:str}", opt=_READ)
async def show_calendar(name: Name, actor: Asker, database: Store) -> CalendarSource:
    async with database.tenant(actor.tenant) as connection:
        return (await source(connection, name))[0]


@get("/api/v1/workflow/calendars/{name:str}/due", opt=_READ)
async def reckon_due(
    name: Name, actor: Asker, database: Store, start: Annotated[datetime, QueryParameter(name="from")],
    amount: Annotated[float, QueryParameter(gt=0, le=10_000)], unit: Annotated[Unit, QueryParameter()] = Unit.WORKING_DAYS,
) -> DueShown:  # fmt: skip
    """When a limit that begins at a moment is used up, as the clocks of work have it."""
    if start.tzinfo is None:
        raise Invalid("workflow.calendar.moment")
    async with database.tenant(actor.tenant) as connection:
        hours = await calendar(connection, actor.tenant, name)
    found = due(hours, start, Limit(Fraction(str(amount)), unit))
    assert found is not None  # no clock stands here
    return DueShown(start=start, at=found.at, assured=found.assured)


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


@post("/api/v1/workflow/calendars/holidays/preview", opt=_MANAGE, status_code=200)
async def preview_holidays(
    request: Request[Actor, Any, Any], actor: Asker, database: Store,
    name: Annotated[str, QueryParameter(name="calendar", max_length=100)],
) -> CalendarSource:  # fmt: skip
    """What the calendar would be with the table of the body; nothing is kept."""
    table = parse_holidays(await request.body())
    async with database.tenant(actor.tenant) as connection:
        return with_holidays((await source(connection, name))[0], table)


@post("/api/v1/workflow/calendars", opt=_MANAGE)
async def publish_calendar(data: JSONBody[Any], actor: Asker, database: Store, clock: Now) -> Published:
    async with database.tenant(actor.tenant) as connection:
        version = await publishing.publish_calendar(connection, actor.tenant, data, by=actor.id, now=clock())
    return Published(name=data["name"], version=version)


routes = (
    list_definitions, show_definition, show_diagram, publish_definition, publish_calendar, list_calendars, show_calendar,
    publish_holidays, preview_holidays, list_versions, check_definition, reckon_due,
)  # fmt: skip
