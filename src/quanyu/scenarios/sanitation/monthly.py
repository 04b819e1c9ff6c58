"""The month by street: 干净, 整洁, 有序, 安全, and the records that each comes from."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import shapely

from quanyu.core.clock import CITY_ZONE
from quanyu.packs import Connection, Plane, things
from quanyu.scenarios.sanitation import _firm_sql, _sql
from quanyu.scenarios.sanitation.firm import Kind
from quanyu.scenarios.sanitation.model import Section, Shift
from quanyu.scenarios.sanitation.quality import Quality, counted, judged
from quanyu.scenarios.sanitation.service import section_of, shift_of, shift_of_firm

Placed = tuple[str, Mapping[str, Any]]
"""A street, and a record that counts there."""

_NEAR = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is planned: sections, and shifts as they are on the first of a month."""

    sections: Sequence[Section]
    shifts: Sequence[Shift]

    @property
    def streets(self) -> dict[str, str]:
        """By section."""
        return {one.id: one.street for one in self.sections}


async def plan_of(connection: Connection, tenant: str, begin: date) -> Plan:
    sections = await planned(connection, tenant)
    return Plan(sections=sections, shifts=await _shifts_of(connection, tenant, begin))


async def month(connection: Connection, tenant: str, begin: date, end: date) -> Sequence[Quality]:
    """From `begin` until before `end`."""
    plan = await plan_of(connection, tenant, begin)
    days = await _sql.days_counted(connection, tenant, begin, end)
    covered = await _sql.coverage_between(connection, tenant, begin, end)
    findings = await month_findings(connection, tenant, plan, begin, end)
    inspected, toilets = [
        await told_of(connection, tenant, plan, kind, begin, end) for kind in (Kind.INSPECTIONS, Kind.TOILETS)
    ]
    streets = plan.streets
    by_street = Counter(streets.get(one.section, "") for one in plan.shifts)
    return judged(
        counted(
            [(row["street"], row["length"], row["covered"]) for row in covered],
            [(street, row["kind"], row["vehicle"]) for street, row in findings],
            [(street, row["body"]["kind"]) for street, row in inspected],
            [(street, row["body"]["open"]) for street, row in toilets],
            {street: count * days for street, count in by_street.items()},
            _crews(plan),
        )
    )


async def month_findings(
    connection: Connection, tenant: str, plan: Plan, begin: date, end: date
) -> list[Placed]:
    """What counts against each street from `begin` until before `end`, with the street."""
    found = await _sql.findings_of(connection, tenant, begin, end)
    return [(street, row) for street, row in _against(found, plan.streets, _crews(plan)) if street]


async def told_of(
    connection: Connection, tenant: str, plan: Plan, kind: Kind, begin: date, end: date
) -> list[Placed]:
    """What firms told of inspections or toilets, each with the street that it lies on; what lies on none counts for none."""
    first, last = (datetime.combine(day, time(), CITY_ZONE) for day in (begin, end))
    near = street_finder(plan.sections)
    rows = await _firm_sql.records_of(connection, tenant, kind, first, last)
    return [(street, row) for row in rows if (street := near(row["body"]))]


async def planned(connection: Connection, tenant: str) -> list[Section]:
    found = await things(connection, tenant, "SanitationSection")
    return [section for thing in found if (section := section_of(thing))]


def street_finder(sections: Sequence[Section]) -> Any:
    """Of a body with lon and lat: the street of the nearest section within sixty metres, empty where there is none."""
    if not sections:
        return lambda _: ""
    lon = np.array([point[0] for one in sections for point in one.line])
    lat = np.array([point[1] for one in sections for point in one.line])
    plane = Plane.around(lon, lat)
    lines = [shapely.linestrings(np.column_stack(plane.metres(*np.array(one.line).T))) for one in sections]
    tree = shapely.STRtree(lines)

    def find(body: Mapping[str, Any]) -> str:
        x, y = plane.metres(np.array([body["lon"]]), np.array([body["lat"]]))
        point = shapely.Point(x[0], y[0])
        place = tree.query_nearest(point, max_distance=_NEAR)
        return sections[int(place[0])].street if len(place) else ""

    return find


async def _shifts_of(connection: Connection, tenant: str, begin: date) -> list[Shift]:
    """Of a day, by the city's plan and the firms'."""
    midnight = datetime.combine(begin, time(), CITY_ZONE)
    manned = await things(connection, tenant, "SanitationShift")
    told = await _firm_sql.records_of(connection, tenant, Kind.PLAN)
    shifts = [shift for thing in manned if (shift := shift_of(thing, midnight))]
    return shifts + [shift_of_firm(row["body"], midnight) for row in told]


def _crews(plan: Plan) -> dict[str, set[str]]:
    """By street the vehicles that sweep it."""
    crews: dict[str, set[str]] = {}
    streets = plan.streets
    for one in plan.shifts:
        crews.setdefault(streets.get(one.section, ""), set()).add(one.vehicle)
    return crews


def _against(
    rows: Iterable[Mapping[str, Any]], streets: Mapping[str, str], crews: Mapping[str, Collection[str]]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Street and finding; what was taken back counts against none."""
    return [
        (street, row)
        for row in rows
        if row["upheld"] is not False
        for street in _streets_of(row, streets, crews)
    ]


def _streets_of(
    row: Mapping[str, Any], streets: Mapping[str, str], crews: Mapping[str, Collection[str]]
) -> list[str]:
    """Of its section; what a vehicle did on its way counts for every street that it sweeps."""
    if row["section"]:
        return [streets.get(row["section"], "")]
    return [street for street, crew in crews.items() if row["vehicle"] in crew]


def a_month(day: date) -> tuple[date, date]:
    """The first of its month and of the next."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)
