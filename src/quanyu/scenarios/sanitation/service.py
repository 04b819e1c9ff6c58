"""A day of street cleaning: the plan from the twin, the tracks from their dataset, counted and kept."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import shapely
import shapely.geometry

from quanyu.core.clock import CITY_ZONE
from quanyu.packs import Connection, Database, Thing, records, things
from quanyu.scenarios.sanitation import _firm_sql, _sql
from quanyu.scenarios.sanitation.conduct import judge_shifts, judge_tracks
from quanyu.scenarios.sanitation.coverage import Coverage, cover
from quanyu.scenarios.sanitation.fences import judge_fences
from quanyu.scenarios.sanitation.firm import Kind
from quanyu.scenarios.sanitation.model import Finding, Fix, Limits, Section, Shift

FIX_COLUMNS = ("terminal", "time", "longitude", "latitude", "speed", "located")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """`share` of all planned metres; None where nothing is planned."""

    day: date
    sections: int
    fixes: int
    share: float | None
    findings: int


async def count_day(
    database: Database, tenant: str, folder: Path, day: date, *, settings: Mapping[str, Any], now: datetime
) -> Day:
    """The same day counted again gives the same; disputes and rulings stay."""
    begin = datetime.combine(day, time(), CITY_ZONE)
    async with database.tenant(tenant) as connection:
        planned = await things(connection, tenant, "SanitationSection")
        manned = await things(connection, tenant, "SanitationShift")
        fenced = await things(connection, tenant, "SanitationFence")
        told = await _firm_sql.records_of(connection, tenant, Kind.PLAN)
        rows = await records(
            connection, tenant, folder, str(settings["tracks"]),
            columns=FIX_COLUMNS, time="time", begin=begin, end=begin + timedelta(days=1),
        )  # fmt: skip
    sections = [section for thing in planned if (section := section_of(thing))]
    shifts = [shift for thing in manned if (shift := shift_of(thing, begin))]
    shifts += [shift_of_firm(row["body"], begin) for row in told]
    fences = fences_of(fenced)
    fixes = [fix for row in rows if (fix := fix_of(row))]
    covered, findings = await asyncio.to_thread(
        _counted, sections, shifts, fixes, fences, limits_of(settings)
    )
    async with database.tenant(tenant) as connection:
        await _keep(connection, tenant, day, sections, covered, findings, now)
    metres = sum(one.length for one in covered.values())
    swept = sum(one.covered for one in covered.values())
    return Day(
        day=day, sections=len(sections), fixes=len(fixes), share=swept / metres if metres else None, findings=len(findings)
    )  # fmt: skip


def limits_of(settings: Mapping[str, Any]) -> Limits:
    """Of the pack's parameters those that are limits."""
    return Limits(**{one.name: float(settings[one.name]) for one in fields(Limits) if one.name in settings})


def section_of(thing: Thing) -> Section | None:
    """None without a line."""
    if thing.geometry is None or thing.geometry.get("type") != "LineString":
        return None
    return Section(
        id=str(thing.values.get("sectionCode", thing.id)),
        street=str(thing.values.get("name", thing.values.get("street", ""))),
        grade=int(thing.values.get("grade", 4)),
        line=tuple((float(point[0]), float(point[1])) for point in thing.geometry["coordinates"]),
    )


def shift_of(thing: Thing, midnight: datetime) -> Shift | None:
    """Its window on the day that begins at `midnight`; None where a part is missing."""
    values = thing.values
    try:
        begin, end = (_at(midnight, str(values[name])) for name in ("beginTime", "endTime"))
        return Shift(
            id=str(values["shiftCode"]), section=str(values["sectionCode"]), vehicle=str(values["vehicleCode"]),
            begin=begin, end=end if end > begin else end + timedelta(days=1), times=int(values.get("times", 1)),
        )  # fmt: skip
    except (KeyError, ValueError):
        return None


def shift_of_firm(body: Mapping[str, Any], midnight: datetime) -> Shift:
    """Of a record of the firm's plan."""
    begin, end = (_at(midnight, str(body[name])) for name in ("begin", "end"))
    return Shift(
        id=body["code"], section=body["section"], vehicle=body["vehicle"], begin=begin,
        end=end if end > begin else end + timedelta(days=1), times=int(body.get("times", 1)),
    )  # fmt: skip


def fences_of(found: Iterable[Thing]) -> dict[str, shapely.Geometry]:
    """By vehicle; a vehicle of several may be in any of them."""
    fences: dict[str, shapely.Geometry] = {}
    for thing in found:
        if thing.geometry is None or thing.geometry.get("type") not in ("Polygon", "MultiPolygon"):
            continue
        area = shapely.geometry.shape(thing.geometry)
        said = thing.values.get("vehicleCodes", "")
        for vehicle in said if isinstance(said, list) else str(said).split(","):
            known = fences.get(str(vehicle).strip())
            fences[str(vehicle).strip()] = area if known is None else shapely.union(known, area)
    return fences


def _counted(
    sections: Sequence[Section], shifts: Sequence[Shift], fixes: Sequence[Fix],
    fences: Mapping[str, shapely.Geometry], limits: Limits,
) -> tuple[dict[str, Coverage], list[Finding]]:  # fmt: skip
    covered = cover(sections, fixes, limits)
    found = [*judge_shifts(shifts, covered, limits), *judge_tracks(fixes, limits)]
    return covered, [*found, *judge_fences(fixes, fences, limits)]


async def _keep(
    connection: Connection, tenant: str, day: date, sections: Sequence[Section],
    covered: Mapping[str, Coverage], findings: Iterable[Finding], now: datetime,
) -> None:  # fmt: skip
    await _sql.put_coverage(connection, tenant, day, sections, covered, now)
    await _sql.put_findings(connection, tenant, day, findings)


def fix_of(row: tuple[Any, ...]) -> Fix | None:
    """Of a record with FIX_COLUMNS; None without a place."""
    terminal, at, lon, lat, speed, located = row
    if lon is None or lat is None:
        return None
    return Fix(str(terminal), at, float(lon), float(lat), float(speed or 0), located is not False)


def _at(midnight: datetime, said: str) -> datetime:
    hour, minute = said.split(":")[:2]
    return midnight + timedelta(hours=int(hour), minutes=int(minute))
