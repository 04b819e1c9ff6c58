"""Rules and their events over HTTP: published, tried on the past, switched, shown with the facts that made what they opened."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation
from litestar.status_codes import HTTP_200_OK

from quanyu.act import rules
from quanyu.act.http.asking import After, Asker, Limit, Now, Number, Store
from quanyu.act.http.events_seen import as_seen
from quanyu.act.http.unveiled import check_unveiled
from quanyu.act.rules.events import Event, EventQuery
from quanyu.act.rules.parse import parse_definition
from quanyu.act.rules.service import EventPage, RulePage, RuleView, VersionView
from quanyu.core.errors import Invalid
from quanyu.twin import Twin
from quanyu.twin.history import Archive
from quanyu.twin.http.entities import GivenSight
from quanyu.twin.http.sight import WholeTenant

_READ = {"action": "act_rule.read"}
_MANAGE = {"action": "act_rule.manage"}
_USUAL = timedelta(days=30)

Name = Annotated[str, PathParameter(max_length=80)]
Of = Annotated[str | None, QueryParameter(max_length=400)]
Node = NamedDependency[SkipValidation[Twin]]


class Switched(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    state: Annotated[str, msgspec.Meta(pattern="^(on|off)$")]


class Tried(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A definition, or a rule that is published; without times the last thirty days."""

    definition: Any = None
    name: str | None = None
    version: int | None = None
    begin: datetime | None = msgspec.field(default=None, name="from")
    end: datetime | None = msgspec.field(default=None, name="to")


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[VersionView, ...]


@get("/api/v1/rules", opt=_READ)
async def list_rules(
    actor: Asker, database: Store, limit: Limit = 50, after: After = None,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    in_state: Annotated[str | None, QueryParameter(name="state", max_length=20)] = None,
) -> RulePage:  # fmt: skip
    """By name; `q` is looked for in names and titles."""
    async with database.tenant(actor.tenant) as connection:
        return await rules.rules(connection, actor.language, q=q, state=in_state, limit=limit, after=after)


@get("/api/v1/rules/{name:str}", opt=_READ)
async def show_rule(name: Name, actor: Asker, database: Store) -> RuleView:
    async with database.tenant(actor.tenant) as connection:
        return await rules.rule(connection, name, actor.language)


@get("/api/v1/rules/{name:str}/versions", opt=_READ)
async def list_versions(name: Name, actor: Asker, database: Store) -> Versions:
    """Newest first."""
    async with database.tenant(actor.tenant) as connection:
        return Versions(items=await rules.versions(connection, name))


@post("/api/v1/rules", opt=_MANAGE)
async def publish_rule(
    data: JSONBody[Any], actor: Asker, database: Store, clock: Now,
    sight: GivenSight = WholeTenant(),  # noqa: B008 (it has no state)
) -> RuleView:  # fmt: skip
    """A new version; a rule that is on goes on with it, a new one waits to be switched on."""
    async with database.tenant(actor.tenant) as connection:
        said = await rules.checked(connection, actor.tenant, parse_definition(data))
        await check_unveiled(connection, actor, sight, said)
        name = await rules.publish(connection, actor.tenant, data, by=actor.id, now=clock())
        return await rules.rule(connection, name, actor.language)


@put("/api/v1/rules/{name:str}/state", opt=_MANAGE)
async def switch_rule(
    name: Name, data: JSONBody[Switched], actor: Asker, database: Store, clock: Now,
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> RuleView:  # fmt: skip
    """Off ends what is open; on also mends a broken one, and is refused to whom its publishing would be."""
    async with database.tenant(actor.tenant) as connection:
        if data.state == "on":
            said = await rules.definition(connection, name)
            await check_unveiled(
                connection, actor, sight, await rules.checked(connection, actor.tenant, said)
            )
        await rules.switch(connection, actor.tenant, name, on=data.state == "on", by=actor.id, now=clock())
        return await rules.rule(connection, name, actor.language)


@post("/api/v1/rules/dry-run", opt=_MANAGE, status_code=HTTP_200_OK)
async def try_rule(
    data: JSONBody[Tried], actor: Asker, database: Store, clock: Now, twin: Node,
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> rules.DryRun:  # fmt: skip
    """What it would have opened; nothing is written."""
    end = data.end or clock()
    begin = data.begin or end - _USUAL
    if begin.tzinfo is None or end.tzinfo is None or begin >= end:
        raise Invalid("act.rule.period")
    async with database.tenant(actor.tenant) as connection:
        if data.name is not None:
            said = await rules.definition(connection, data.name, data.version)
        else:
            said = parse_definition(data.definition)
        rule = await rules.checked(connection, actor.tenant, said)
        await check_unveiled(connection, actor, sight, rule)
        archive = Archive(folder=twin.folder, source=twin.source)
        return await rules.dry_run(connection, actor.tenant, rule, begin=begin, end=end, archive=archive)


@get("/api/v1/rule-events", opt=_READ)
async def list_events(
    actor: Asker, database: Store, limit: Limit = 50, after: After = None, rule: Of = None, case: Of = None,
    subject: Of = None, is_open: Annotated[bool | None, QueryParameter(name="open")] = None,
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> EventPage:  # fmt: skip
    """Newest first."""
    wanted = EventQuery(rule=rule, case=case, subject=subject, open=is_open, limit=limit, after=after)
    async with database.tenant(actor.tenant) as connection:
        page = await rules.events(connection, wanted)
        return msgspec.structs.replace(page, items=await as_seen(connection, actor, sight, page.items))


@get("/api/v1/rule-events/{number:str}", opt=_READ)
async def show_event(
    number: Number, actor: Asker, database: Store,
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> Event:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        found = await rules.event(connection, number)
        (shown,) = await as_seen(connection, actor, sight, [found])
        return shown


routes = (
    list_rules, show_rule, list_versions, publish_rule, switch_rule, try_rule, list_events, show_event,
)  # fmt: skip
