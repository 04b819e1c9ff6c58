"""Calendars as data: published by the city, the newest version counts."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import Fault, Invalid
from quanyu.core.working_time import Calendar, Week, parse_hours
from quanyu.store import Connection
from quanyu.workflow import _published_sql
from quanyu.workflow.definition.model import ALWAYS

_DAYS = 7
_PARSED: dict[tuple[str, str, int], Calendar] = {}
"""By tenant, name and version: a version never changes."""
_MOST_PARSED = 64


class WeekSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`hours` of Monday to Sunday as `09:00-12:00,13:30-17:30`, empty for a day off."""

    valid_from: date
    hours: tuple[str, ...]


class CalendarSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The JSON form of a calendar. `days`: exceptions, `""` for a holiday, hours for a day made up for it (调休)."""

    name: str
    zone: str = CITY_ZONE.key
    weeks: tuple[WeekSource, ...]
    days: Mapping[date, str] = {}
    known_until: date | None = None


def always() -> Calendar:
    return Calendar(
        name=ALWAYS, zone=ZoneInfo("UTC"), weeks=(Week(date.min, (parse_hours("00:00-24:00"),) * _DAYS),)
    )


_ALWAYS = always()


def parse_calendar(source: object) -> Calendar:
    """Raises Invalid with every fault."""
    try:
        read = msgspec.convert(source, CalendarSource)
    except msgspec.ValidationError as error:
        raise Invalid("workflow.calendar.form", reason=str(error)) from None
    faults: list[Fault] = []
    zone = _zone(read.zone, faults)
    weeks = tuple(
        Week(week.valid_from, tuple(_hours(one, f"weeks/{index}", faults) for one in week.hours))
        for index, week in enumerate(sorted(read.weeks, key=lambda one: one.valid_from))
    )
    days = {day: _hours(hours, f"days/{day}", faults) for day, hours in read.days.items()}
    if not weeks or any(len(week.hours) != _DAYS for week in weeks):
        faults.append(Fault("workflow.calendar.weeks", "weeks"))
    elif not any(week.hours[day] for week in weeks for day in range(_DAYS)):
        faults.append(Fault("workflow.calendar.idle", "weeks"))
    if read.name == ALWAYS or not read.name.strip():
        faults.append(Fault("workflow.calendar.name", "name", {"name": read.name}))
    if faults or zone is None:
        raise Invalid("workflow.calendar.invalid", faults=tuple(faults), name=read.name, count=len(faults))
    return Calendar(name=read.name, zone=zone, weeks=weeks, days=days, known_until=read.known_until)


async def calendar(connection: Connection, tenant: str, name: str, version: int | None = None) -> Calendar:
    """The newest version, or the one that is known to be; ALWAYS needs none."""
    if name == ALWAYS:
        return _ALWAYS
    if version is None:
        version = await _published_sql.newest(connection, "calendar", name)
    if version is None:
        raise Invalid("workflow.calendar.unknown", name=name)
    known = _PARSED.get((tenant, name, version))
    if known is None:
        found = await _published_sql.published(connection, "calendar", name, version)
        assert found is not None
        if len(_PARSED) >= _MOST_PARSED:
            _PARSED.clear()
        known = _PARSED[tenant, name, version] = parse_calendar(found[0])
    return known


def _zone(name: str, faults: list[Fault]) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        faults.append(Fault("workflow.calendar.zone", "zone", {"zone": name[:80]}))
        return None


def _hours(text: str, where: str, faults: list[Fault]) -> Any:
    try:
        return parse_hours(text, where)
    except Invalid as error:
        faults.extend(error.faults)
        return ()
