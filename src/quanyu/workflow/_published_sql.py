"""The only statements on definitions and calendars."""

from datetime import datetime
from typing import Any

from quanyu.store import Connection

_PUBLISH = """
insert into workflow_{kind} (tenant, name, version, body, published, publisher)
select $1, $2, 1 + coalesce(max(version), 0), $3, $4, $5 from workflow_{kind} where tenant = $1 and name = $2
returning version
"""
_BODY = """
select body, version from workflow_{kind} where name = $1 and ($2::integer is null or version = $2)
order by version desc limit 1
"""
_NAMES = "select distinct name from workflow_{kind} order by name"


async def publish(
    connection: Connection, tenant: str, kind: str, name: str, body: dict[str, Any], *, now: datetime, by: str
) -> int:
    """`kind` is "definition" or "calendar"; answers the version."""
    version: int = await connection.fetchval(_PUBLISH.format(kind=kind), tenant, name, body, now, by)
    return version


async def published(
    connection: Connection, kind: str, name: str, version: int | None = None
) -> tuple[dict[str, Any], int] | None:
    """Of one version, or the newest."""
    row = await connection.fetchrow(_BODY.format(kind=kind), name, version)
    return (row["body"], row["version"]) if row else None


async def versions(connection: Connection, kind: str, name: str) -> list[tuple[int, datetime, str]]:
    """Number, when it was published and by whom; the newest first."""
    rows = await connection.fetch(
        f"select version, published, publisher from workflow_{kind} where name = $1 order by version desc",
        name,
    )
    return [(row["version"], row["published"], row["publisher"]) for row in rows]


async def newest_of_both(
    connection: Connection, definition: str, calendar: str
) -> tuple[int | None, int | None]:
    """Of a definition, and of the calendar that it is thought to go by."""
    row = await connection.fetchrow(
        "select (select max(version) from workflow_definition where name = $1) as definition, "
        "(select max(version) from workflow_calendar where name = $2) as calendar",
        definition, calendar,
    )  # fmt: skip
    return row["definition"], row["calendar"]


async def newest(connection: Connection, kind: str, name: str) -> int | None:
    """The version that counts."""
    version: int | None = await connection.fetchval(
        f"select max(version) from workflow_{kind} where name = $1", name
    )
    return version


async def names(connection: Connection, kind: str) -> list[str]:
    return [row["name"] for row in await connection.fetch(_NAMES.format(kind=kind))]
