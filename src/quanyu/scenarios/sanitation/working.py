"""The firm's word taken in, its findings and ours made cases, and the month judged by street."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import shapely

from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import NotFound
from quanyu.packs import Connection, Noticed, Plane, open_case, things
from quanyu.scenarios.sanitation import _firm_sql, _sql
from quanyu.scenarios.sanitation.firm import Judged, Kind, judge
from quanyu.scenarios.sanitation.model import Section, Shift
from quanyu.scenarios.sanitation.quality import Quality, counted, judged
from quanyu.scenarios.sanitation.service import section_of, shift_of, shift_of_firm

TITLES = {
    "overflow": "垃圾满溢", "bicycles": "共享单车乱停放", "dust": "道路积尘", "litter": "路面垃圾",
    "exposed_waste": "暴露垃圾", "damaged_bin": "垃圾箱损坏",
    "late": "环卫班次迟到", "missed": "环卫路段漏扫", "incomplete": "环卫路段未扫全", "repeated": "环卫重复作业",
    "teleporting": "环卫车辆轨迹跳变", "idle": "环卫车辆长时间怠速", "outside": "环卫车辆驶出围栏",
}  # fmt: skip
_NEAR = 60.0


async def take(
    connection: Connection, tenant: str, firm: str, kind: Kind, said: Sequence[object],
    *, settings: Mapping[str, Any], now: datetime,
) -> tuple[Judged, int]:  # fmt: skip
    """What was good is kept; inspections that are sure enough become cases: how many."""
    found = await asyncio.to_thread(judge, kind, said)
    await _firm_sql.put_records(connection, tenant, firm, kind, found.accepted, now)
    await _firm_sql.put_delivery(connection, tenant, firm, kind, found, now)
    if kind is not Kind.INSPECTIONS:
        return found, 0
    sure = [one for one in found.accepted if one.body["confidence"] >= settings["sure"]]
    for one in sure:
        noticed = Noticed(
            pack="sanitation", key=f"{firm}:{one.code}", title=TITLES[one.body["kind"]], lon=one.body["lon"],
            lat=one.body["lat"], category=str(settings[f"class_{one.body['kind']}"]) or None,
            description=f"AI 巡检 {one.code}，置信度 {one.body['confidence']:.0%}",
        )  # fmt: skip
        case = await open_case(connection, tenant, noticed, now=now)
        await _firm_sql.note_case(connection, tenant, firm, one.code, case)
    return found, len(sure)


async def make_case(connection: Connection, tenant: str, id_: str, *, now: datetime) -> str:
    """Of a finding, at the middle of its section; the same finding is the same case. Raises NotFound."""
    row = await _sql.finding_of(connection, tenant, id_)
    if row is None:
        raise NotFound("packs.thing.unknown", id=id_[:80])
    if row["case_id"]:
        return str(row["case_id"])
    sections = {one.id: one for one in await planned(connection, tenant)}
    section = sections.get(row["section"])
    lon, lat = np.mean(section.line, axis=0).tolist() if section else (None, None)
    noticed = Noticed(
        pack="sanitation", key=id_, title=TITLES[row["kind"]], lon=lon, lat=lat,
        description=f"{section.street if section else ''} {row['vehicle']} {row['begun'].astimezone(CITY_ZONE):%Y-%m-%d %H:%M}".strip(),
    )  # fmt: skip
    case = await open_case(connection, tenant, noticed, now=now)
    await _sql.note_case(connection, tenant, id_, case)
    return case


async def planned(connection: Connection, tenant: str) -> list[Section]:
    found = await things(connection, tenant, "SanitationSection")
    return [section for thing in found if (section := section_of(thing))]


async def month(connection: Connection, tenant: str, begin: date, end: date) -> Sequence[Quality]:
    """From `begin` until before `end`."""
    sections = await planned(connection, tenant)
    streets = {one.id: one.street for one in sections}
    findings = await _sql.findings_of(connection, tenant, begin, end)
    shifts = await _shifts(connection, tenant, begin)
    days = await _sql.days_counted(connection, tenant, begin, end)
    crews = _crews(shifts, streets)
    first, last = (datetime.combine(day, time(), CITY_ZONE) for day in (begin, end))
    inspected = await _firm_sql.records_of(connection, tenant, Kind.INSPECTIONS, first, last)
    toilets = await _firm_sql.records_of(connection, tenant, Kind.TOILETS, first, last)
    near = street_finder(sections)
    return judged(
        counted(
            [(row["street"], row["length"], row["covered"]) for row in await _sql.coverage_between(connection, tenant, begin, end)],
            [(street, row["kind"], row["vehicle"]) for street, row in _against(findings, streets, crews)],
            [(near(row["body"]), row["body"]["kind"]) for row in inspected],
            [(near(row["body"]), row["body"]["open"]) for row in toilets],
            {street: count * days for street, count in Counter(streets.get(one.section, "") for one in shifts).items()},
            crews,
        )
    )  # fmt: skip


async def month_findings(
    connection: Connection, tenant: str, begin: date, end: date
) -> list[tuple[str, Mapping[str, Any]]]:
    """What counts against each street from `begin` until before `end`, with the street: as `month` counts it."""
    streets = {one.id: one.street for one in await planned(connection, tenant)}
    crews = _crews(await _shifts(connection, tenant, begin), streets)
    found = await _sql.findings_of(connection, tenant, begin, end)
    return [(street, row) for street, row in _against(found, streets, crews) if street]


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


async def _shifts(connection: Connection, tenant: str, begin: date) -> list[Shift]:
    """Of a day, by the city's plan and the firms'."""
    midnight = datetime.combine(begin, time(), CITY_ZONE)
    manned = await things(connection, tenant, "SanitationShift")
    told = await _firm_sql.records_of(connection, tenant, Kind.PLAN)
    shifts = [shift for thing in manned if (shift := shift_of(thing, midnight))]
    return shifts + [shift_of_firm(row["body"], midnight) for row in told]


def _crews(shifts: Iterable[Shift], streets: Mapping[str, str]) -> dict[str, set[str]]:
    """By street the vehicles that sweep it."""
    crews: dict[str, set[str]] = {}
    for one in shifts:
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
