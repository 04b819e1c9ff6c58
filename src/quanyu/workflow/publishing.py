"""Definitions and calendars are published: new versions, which work that is opened from now on follows."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from msgspec.structs import replace

from quanyu.core.errors import NotFound
from quanyu.store import Connection
from quanyu.workflow import _published_sql
from quanyu.workflow.calendars import parse_calendar
from quanyu.workflow.city_calendars import published
from quanyu.workflow.definition.model import Definition
from quanyu.workflow.definition.parse import parse, source_of

_SHIPPER = "system:start"


async def publish(
    connection: Connection,
    tenant: str,
    source: object,
    *,
    roles: Collection[str] | None,
    by: str,
    now: datetime,
) -> Definition:
    """A new version, which work opened from now on follows. Raises Invalid with every fault."""
    checked = await check(connection, source, roles=roles)
    body = source_of(checked)
    version = await _published_sql.publish(
        connection, tenant, "definition", checked.name, body, now=now, by=by
    )
    return replace(checked, version=version)


async def ship(connection: Connection, tenant: str, source: object, *, now: datetime) -> None:
    """Of a workflow that comes with Quanyu: published where there is none, and anew where only Quanyu has changed it."""
    made = await check(connection, source, roles=None)
    versions = await _published_sql.versions(connection, "definition", made.name)
    changed_here = bool(versions) and versions[0][2] != _SHIPPER
    if changed_here or (versions and source_of(await definition(connection, made.name)) == source_of(made)):
        return
    await publish(connection, tenant, source, roles=None, by=_SHIPPER, now=now)


async def check(connection: Connection, source: object, *, roles: Collection[str] | None) -> Definition:
    """What would be published. Raises Invalid with every fault."""
    return parse(source, roles=roles, calendars=await _published_sql.names(connection, "calendar"))


async def publish_calendar(
    connection: Connection, tenant: str, source: object, *, by: str, now: datetime
) -> int:
    """Raises Invalid with every fault."""
    checked = parse_calendar(source)
    version = await _published_sql.publish(
        connection, tenant, "calendar", checked.name, msgspec.to_builtins(source), now=now, by=by
    )
    await published(connection, tenant, checked.name)
    return version


async def definition_names(connection: Connection) -> list[str]:
    return await _published_sql.names(connection, "definition")


async def definition(connection: Connection, name: str, version: int | None = None) -> Definition:
    """The newest version, or one of old. Raises NotFound."""
    found = await _published_sql.published(connection, "definition", name, version)
    if found is None:
        raise NotFound("workflow.definition.unknown", name=name)
    return replace(msgspec.convert(found[0], Definition), version=found[1])
