"""The firm's word taken in, its findings and ours made cases."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import NotFound
from quanyu.packs import Connection, Noticed, open_case
from quanyu.scenarios.sanitation import _firm_sql, _sql
from quanyu.scenarios.sanitation.firm import Judged, Kind, judge
from quanyu.scenarios.sanitation.monthly import planned

TITLES = {
    "overflow": "垃圾满溢", "bicycles": "共享单车乱停放", "dust": "道路积尘", "litter": "路面垃圾",
    "exposed_waste": "暴露垃圾", "damaged_bin": "垃圾箱损坏",
    "late": "环卫班次迟到", "missed": "环卫路段漏扫", "incomplete": "环卫路段未扫全", "repeated": "环卫重复作业",
    "teleporting": "环卫车辆轨迹跳变", "idle": "环卫车辆长时间怠速", "outside": "环卫车辆驶出围栏",
}  # fmt: skip


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
