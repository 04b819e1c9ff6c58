"""Routes of the replay: which vehicles there are on a day, and the day of one of them."""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import PathParameter

from quanyu.core.actor import Actor
from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import NotFound
from quanyu.packs import Asker, Connection, DataFolder, TheDatabase, records, settings_of
from quanyu.scenarios.sanitation import _sql, disputes
from quanyu.scenarios.sanitation._firm_sql import records_of
from quanyu.scenarios.sanitation.firm import Kind
from quanyu.scenarios.sanitation.monthly import plan_of
from quanyu.scenarios.sanitation.replay import Replay, replay_of
from quanyu.scenarios.sanitation.service import FIX_COLUMNS, fix_of, limits_of

_PREFIX = "/api/v1/packs/sanitation"
_OWN = {"action": "entity.read", "own": True}
_SHOWN = 3000
"""Fixes of a day on the map; of more, as many at even distances."""

TheDay = Annotated[date, PathParameter()]
Vehicle = Annotated[str, PathParameter(max_length=80)]


class VehicleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    vehicle: str


class Vehicles(msgspec.Struct, frozen=True, kw_only=True):
    items: list[VehicleAnswer]


class PartAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`part`: a fix (with its `speed` in km/h), a section (swept, partly, missed: with the share that this vehicle swept), or an event
    (stop, idle, jump: with its `seconds`, or `metres`). `geometry` is GeoJSON."""

    part: str
    geometry: dict[str, Any]
    at: datetime | None = None
    until: datetime | None = None
    speed: float | None = None
    section: str | None = None
    street: str | None = None
    share: float | None = None
    seconds: float | None = None
    metres: float | None = None


class ReplayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`metres` driven without jumps; `sections` that were swept whole; `items`: at most 3,000 of the `fixes`, by time."""

    vehicle: str
    day: date
    fixes: int
    metres: float
    sections: int
    stops: int
    idle: int
    jumps: int
    items: list[PartAnswer]
    matched: list[PartAnswer]
    events: list[PartAnswer]


@get(f"{_PREFIX}/vehicles/{{day:date}}", opt=_OWN)
async def list_vehicles(actor: Asker, database: TheDatabase, day: TheDay) -> Vehicles:
    """Those that the plan, the firms or the findings of the day know; a firm sees its own."""
    async with database.tenant(actor.tenant) as connection:
        found = await _vehicles(connection, actor, day)
    return Vehicles(items=[VehicleAnswer(vehicle=one) for one in found])


@get(f"{_PREFIX}/vehicles/{{vehicle:str}}/{{day:date}}", opt=_OWN)
async def show_replay(
    actor: Asker, database: TheDatabase, folder: DataFolder, vehicle: Vehicle, day: TheDay
) -> ReplayAnswer:
    """A vehicle's day; another firm's is not there."""
    async with database.tenant(actor.tenant) as connection:
        if vehicle not in await _vehicles(connection, actor, day):
            raise NotFound("packs.thing.unknown", id=vehicle)
        found = await _replay(connection, actor.tenant, folder, vehicle, day)
    parts = [one.event.value for one in found.events]
    return ReplayAnswer(
        vehicle=vehicle, day=day, fixes=len(found.fixes), metres=round(found.metres),
        sections=sum(one.state == "swept" for one in found.sections), stops=parts.count("stop"), idle=parts.count("idle"),
        jumps=parts.count("jump"), items=list(_fixes(found)), matched=list(_matched(found)), events=list(_events(found)),
    )  # fmt: skip


async def _vehicles(connection: Connection, actor: Actor, day: date) -> list[str]:
    plan = await plan_of(connection, actor.tenant, day)
    told = await records_of(connection, actor.tenant, Kind.VEHICLES)
    blamed = await _sql.findings_of(connection, actor.tenant, day, day + timedelta(days=1))
    known = {one.vehicle for one in plan.shifts} | {row["body"]["terminal"] for row in told}
    known |= {row["vehicle"] for row in blamed}
    rows = await disputes.seen_by(connection, actor, [{"vehicle": one} for one in sorted(known)])
    return [row["vehicle"] for row in rows]


async def _replay(connection: Connection, tenant: str, folder: Path, vehicle: str, day: date) -> Replay:
    settings = await settings_of(connection, tenant, "sanitation")
    begin = datetime.combine(day, time(), CITY_ZONE)
    rows = await records(
        connection, tenant, folder, str(settings["tracks"]), columns=FIX_COLUMNS, time="time", begin=begin, end=begin + timedelta(days=1),
        only={"terminal": vehicle},
    )  # fmt: skip
    plan = await plan_of(connection, tenant, day)
    own = [one for one in plan.shifts if one.vehicle == vehicle]
    fixes = [fix for row in rows if (fix := fix_of(row))]
    return await asyncio.to_thread(replay_of, fixes, plan.sections, own, limits_of(settings))


def _fixes(found: Replay) -> Iterator[PartAnswer]:
    for fix in found.fixes[:: -(-len(found.fixes) // _SHOWN) or 1]:
        yield PartAnswer(part="fix", geometry=_point(fix.lon, fix.lat), at=fix.at, speed=fix.speed)


def _matched(found: Replay) -> Iterator[PartAnswer]:
    for one in found.sections:
        line = {"type": "LineString", "coordinates": one.section.line}
        yield PartAnswer(
            part=one.state.value, geometry=line, section=one.section.id, street=one.section.street, metres=round(one.swept),
            share=min(1.0, one.swept / one.length) if one.length else None,
        )  # fmt: skip


def _events(found: Replay) -> Iterator[PartAnswer]:
    for one in found.events:
        seconds = (one.end - one.begin).total_seconds() if one.metres is None else None
        yield PartAnswer(
            part=one.event.value, geometry=_point(one.lon, one.lat), at=one.begin, until=one.end, seconds=seconds, metres=one.metres
        )  # fmt: skip


def _point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": (lon, lat)}


routes = (list_vehicles, show_replay)
