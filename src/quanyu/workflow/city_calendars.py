"""The calendars of a city: the usual one at the start, new holidays as they are published, clocks that waited for them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from quanyu.core.clock import city_day
from quanyu.core.errors import Invalid, NotFound
from quanyu.store import Connection, enqueue
from quanyu.workflow import _published_sql
from quanyu.workflow.calendars import CalendarSource, WeekSource, parse_calendar
from quanyu.workflow.holidays import Table, built_in, with_holidays

WORKING_DAYS = "working_days"
"""The calendar that every city has: office hours from Monday to Friday, with 调休."""

RECKON = "workflow.reckon"
_OFFICE = "09:00-12:00,13:30-17:30"
_SOON_DAYS = 60
_BY_START = "system:start"


class CalendarShown(msgspec.Struct, frozen=True, kw_only=True):
    """`days`: exceptions from the week. `warning`: its holidays end before long, or have ended; due times beyond are
    provisional until the next table comes."""

    name: str
    version: int
    zone: str
    days: int
    known_until: date | None
    warning: bool


async def ensure_calendar(connection: Connection, tenant: str, *, now: datetime) -> None:
    """Where the city has none of its own."""
    if await _published_sql.published(connection, "calendar", WORKING_DAYS) is None:
        plain = CalendarSource(
            name=WORKING_DAYS,
            weeks=(WeekSource(valid_from=date(2000, 1, 1), hours=(_OFFICE,) * 5 + ("", "")),),
        )
        await _publish(connection, tenant, with_holidays(plain, built_in()), by=_BY_START, now=now)


async def calendars(connection: Connection, *, today: date) -> list[CalendarShown]:
    names = await _published_sql.names(connection, "calendar")
    return [_shown(*(await source(connection, name)), today) for name in names]


async def source(connection: Connection, name: str) -> tuple[CalendarSource, int]:
    """With its version. Raises NotFound."""
    found = await _published_sql.published(connection, "calendar", name)
    if found is None:
        raise NotFound("workflow.calendar.unknown", name=name[:80])
    return msgspec.convert(found[0], CalendarSource), found[1]


async def import_holidays(
    connection: Connection, tenant: str, table: Table, *, name: str | None, by: str, now: datetime
) -> list[CalendarShown]:
    """Into the calendar named, or into all that have holidays; answers how they are then. Work whose due time waited for
    them is reckoned anew."""
    names = [name] if name is not None else await _with_holidays(connection)
    changed = [with_holidays((await source(connection, one))[0], table) for one in names]
    if not changed:
        raise Invalid("workflow.holidays.nowhere")
    for one in changed:
        await _publish(connection, tenant, one, by=by, now=now)
    return [_shown(*(await source(connection, one)), city_day(now)) for one in names]


async def published(connection: Connection, tenant: str, name: str) -> None:
    """To be said of every new version: clocks that were not assured are reckoned by it, in a job."""
    await enqueue(connection, tenant, RECKON, {"calendar": name})


async def _publish(
    connection: Connection, tenant: str, made: CalendarSource, *, by: str, now: datetime
) -> None:
    body: dict[str, Any] = msgspec.to_builtins(made)
    parse_calendar(body)
    await _published_sql.publish(connection, tenant, "calendar", made.name, body, now=now, by=by)
    await published(connection, tenant, made.name)


async def _with_holidays(connection: Connection) -> Sequence[str]:
    names = await _published_sql.names(connection, "calendar")
    return [one for one in names if (await source(connection, one))[0].known_until is not None]


def _shown(made: CalendarSource, version: int, today: date) -> CalendarShown:
    known = made.known_until
    return CalendarShown(
        name=made.name, version=version, zone=made.zone, days=len(made.days), known_until=known,
        warning=known is not None and (known - today).days < _SOON_DAYS,
    )  # fmt: skip
