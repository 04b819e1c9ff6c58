"""Rules are published, switched and shown; events are found. Within the caller's transaction."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec

from quanyu.act.cases import _laid_sql
from quanyu.act.rules import _sql, _state_sql
from quanyu.act.rules.book import calendars_of
from quanyu.act.rules.consequences import close_event
from quanyu.act.rules.events import Ending, Event, EventQuery
from quanyu.act.rules.model import Definition, Severity
from quanyu.act.rules.parse import Known, parse_definition, parse_rule
from quanyu.act.rules.rule import Rule
from quanyu.core.errors import Invalid, NotFound
from quanyu.core.messages import DEFAULT_LANGUAGE, text
from quanyu.core.page_token import page_token, place_of
from quanyu.identity import organisation_names
from quanyu.store import Connection

MAX_LIMIT = 500
_NEWEST = (datetime.max.replace(tzinfo=UTC), "")


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """`events`: all that it ever opened, `open` of them are not over. `ready`: what was there when it was switched on is
    looked at. `definition` only where one rule is asked for.
    """

    name: str
    title: Mapping[str, str]
    description: str | Mapping[str, str]
    severity: Severity
    version: int
    state: str
    reason: str | None
    changed: datetime
    by: str
    since: datetime | None
    ready: bool
    type: str
    opens_cases: bool
    open: int
    events: int
    last_event: datetime | None
    definition: Mapping[str, Any] | None = None


class RulePage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[RuleView, ...]
    next: str | None


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    published: datetime
    by: str
    definition: Mapping[str, Any]


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Event, ...]
    next: str | None


async def publish(connection: Connection, tenant: str, source: object, *, by: str, now: datetime) -> str:
    """A new version; a rule that is on goes on with it, a new one waits to be switched on. Raises Invalid with every fault."""
    said = parse_definition(source)
    await checked(connection, tenant, said)
    await _sql.turn(connection, tenant)
    before = await _sql.lock(connection, said.name)
    await _sql.publish(connection, tenant, said, await _sql.rise(connection, tenant), now=now, by=by)
    if before in ("on", "broken"):
        await _state_sql.renew(connection, tenant, said.name)
    return said.name


async def checked(connection: Connection, tenant: str, said: Definition) -> Rule:
    """As it would be run. Raises Invalid with every fault, also for calendars and classes that do not exist."""
    known = Known(calendars=await calendars_of(connection, tenant, said))
    if said.case is not None:
        classes = frozenset(one.code for one in await _laid_sql.classes(connection))
        body = said.case.organisation
        bodies = frozenset(await organisation_names(connection, [body])) if body else frozenset()
        known = Known(calendars=known.calendars, classes=classes, bodies=bodies)
    return parse_rule(said, version=1, known=known)


async def switch(connection: Connection, tenant: str, name: str, *, on: bool, by: str, now: datetime) -> None:
    """Off ends what is open; on mends what was broken. Raises NotFound, and Invalid where it cannot be run any more."""
    await _sql.turn(connection, tenant)
    before = await _sql.lock(connection, name)
    if before is None:
        raise NotFound("act.rule.unknown", name=name[:80])
    if on and before == "on":
        return
    if on:
        await checked(connection, tenant, await definition(connection, name))
    revision = await _sql.rise(connection, tenant)
    await _sql.switch(connection, tenant, name, "on" if on else "off", revision, now=now, by=by)
    if on:
        await _state_sql.renew(connection, tenant, name)
        return
    for event in await _sql.open_events(connection, name):
        await close_event(connection, tenant, event, ending=Ending.OFF, facts=None, at=now, now=now)
    await _state_sql.forget(connection, tenant, name)


async def definition(connection: Connection, name: str, version: int | None = None) -> Definition:
    """The newest version, or one of old. Raises NotFound."""
    for row in await _sql.versions(connection, name):
        if version in (None, row["version"]):
            return parse_definition(row["body"])
    raise NotFound("act.rule.unknown", name=name[:80])


async def definitions(
    connection: Connection, wanted: Collection[tuple[str, int]]
) -> dict[tuple[str, int], Definition]:
    """By name and version, of those that are there."""
    rows = await _sql.bodies(connection, wanted)
    return {(row["name"], row["version"]): parse_definition(row["body"]) for row in rows}


async def rule(connection: Connection, name: str, language: str = DEFAULT_LANGUAGE) -> RuleView:
    """Raises NotFound."""
    row = await _sql.rule(connection, name)
    if row is None:
        raise NotFound("act.rule.unknown", name=name[:80])
    return msgspec.structs.replace(_view(row, language), definition=_in_order(row["body"]))


async def rule_titles(
    connection: Connection, names: Collection[str], language: str = DEFAULT_LANGUAGE
) -> dict[str, str]:
    """What people call those of the rules that are there."""
    found = await _sql.titles(connection, names) if names else []
    return {row["name"]: row["title"].get(language) or row["title"][DEFAULT_LANGUAGE] for row in found}


async def rules(
    connection: Connection,
    language: str = DEFAULT_LANGUAGE,
    *,
    q: str = "",
    state: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> RulePage:
    """By name."""
    limit = max(1, min(limit, MAX_LIMIT))
    begin = place_of(after, str, refusal="act.rule.token") if after else ""
    rows = await _sql.rules(connection, text=q, state=state, after=begin, limit=limit + 1)
    items = tuple(_view(row, language) for row in rows[:limit])
    return RulePage(items=items, next=page_token(items[-1].name) if len(rows) > limit else None)


async def versions(connection: Connection, name: str) -> tuple[VersionView, ...]:
    """Newest first. Raises NotFound."""
    rows = await _sql.versions(connection, name)
    if not rows:
        raise NotFound("act.rule.unknown", name=name[:80])
    return tuple(
        VersionView(
            version=row["version"],
            published=row["published"],
            by=row["publisher"],
            definition=_in_order(row["body"]),
        )
        for row in rows
    )


async def event(connection: Connection, id: str) -> Event:
    """Raises NotFound."""
    found = await _sql.event(connection, id)
    if found is None:
        raise NotFound("act.rule.event", id=id[:80])
    return found


async def events(connection: Connection, wanted: EventQuery) -> EventPage:
    place = wanted.after and place_of(wanted.after, tuple[datetime, str], refusal="act.rule.token")
    found = await _sql.events(connection, wanted, place or _NEWEST)
    shown = tuple(found[: wanted.limit])
    more = len(found) > wanted.limit
    return EventPage(items=shown, next=page_token((shown[-1].opened, shown[-1].id)) if more else None)


def _in_order(body: dict[str, Any]) -> dict[str, Any]:
    """As its author would write it; one that cannot be read any more as it is kept."""
    try:
        made: dict[str, Any] = msgspec.to_builtins(parse_definition(body))
    except Invalid:
        return body
    return made


def _view(row: asyncpg.Record, language: str) -> RuleView:
    said, reason = row["body"], row["reason"]
    return RuleView(
        name=row["name"], title=said["title"], description=said.get("description", ""), severity=Severity(row["severity"]),
        version=row["version"], state=row["state"], changed=row["changed"], by=row["changed_by"], since=row["since"],
        reason=text(reason["key"], language, **reason["values"]) if reason else None, ready=row["scanned"] is None,
        type=row["type"], opens_cases=row["opens_cases"], open=row["open"], events=row["events"],
        last_event=row["last_event"],
    )  # fmt: skip
