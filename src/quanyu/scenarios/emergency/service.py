"""A call answered from what the twin knows now: ambulances, facilities and roads of the city."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from quanyu.core.errors import Conflict
from quanyu.packs import Connection, Database, RoadGraph, Thing, roads_at_once, things
from quanyu.scenarios.emergency import _sql
from quanyu.scenarios.emergency.held import LONGEST, Held, held_by
from quanyu.scenarios.emergency.helping import Help, Helper, nearest_help
from quanyu.scenarios.emergency.matching import Ambulance, Decision, Facility, Scene, decide, hinders


async def answer(database: Database, tenant: str, scene: Scene, *, now: datetime) -> Decision:
    """As things are now, for a call that is not kept. Raises Conflict where nobody can."""
    graph = await driven_now(database, tenant, now)
    async with database.tenant(tenant) as connection:
        return await decided(connection, tenant, graph, scene, now=now)


async def driven_now(database: Database, tenant: str, now: datetime) -> RoadGraph | None:
    """The roads as they are driven at this hour and as traffic tells; None while a large network is being read."""
    return await roads_at_once(database, tenant, at=now, now=now)


async def decided(
    connection: Connection, tenant: str, graph: RoadGraph | None, scene: Scene, *,
    now: datetime, call: str | None = None, own: str | None = None, stays: bool = False,
) -> Decision:  # fmt: skip
    """What other calls hold is not there for this `call`; `own`: its ambulance until now, `stays`: whether no other may go.

    Raises Conflict where nobody can.
    """
    held = held_by(await _sql.decisions_in_force(connection, tenant, now - LONGEST), but=call)
    crews = await things(connection, tenant, "Ambulance")
    hospitals = await things(connection, tenant, "EmergencyFacility")
    ambulances = [crew for thing in crews if (crew := ambulance_of(thing, held, own))]
    if stays:
        ambulances = [replace(crew, free=True) for crew in ambulances if crew.id == own]
    facilities = [facility for thing in hospitals if (facility := facility_of(thing, held))]
    found = await asyncio.to_thread(decide, graph, scene, ambulances, facilities)
    if found is None:
        raise Conflict(
            "packs.thing.nobody", free=sum(one.free for one in ambulances), crews=len(ambulances),
            able=sum(hinders(one, scene.problem) is None for one in facilities), facilities=len(facilities),
        )  # fmt: skip
    return found


def ambulance_of(thing: Thing, held: Held, own: str | None) -> Ambulance | None:
    """One that says that it is busy is so by the call that it is the `own` one of."""
    place, said = _place(thing), str(thing.values.get("serviceStatus", "free"))
    if thing.id == own:
        is_free = said in ("free", "busy")
    else:
        is_free = said == "free" and held.is_free(thing.id, thing.observed.get("serviceStatus"))
    return place and Ambulance(id=thing.id, lon=place[0], lat=place[1], free=is_free)


def facility_of(thing: Thing, held: Held) -> Facility | None:
    place, values = _place(thing), thing.values
    return place and Facility(
        id=thing.id, name=str(values.get("name", "")), lon=place[0], lat=place[1],
        capabilities=frozenset(_words(values.get("capabilities"))), on_duty=frozenset(_words(values.get("onDuty"))),
        open=bool(values.get("open", True)), capacity=int(values.get("capacity", 1)) - held.coming.get(thing.id, 0),
        load=float(values.get("load", 0.0)), hand_over=float(values.get("handOver", 300.0)),
    )  # fmt: skip


async def help_near(connection: Connection, tenant: str, scene: Scene, reach: float) -> tuple[Help, ...]:
    """Volunteers that say that they are available, and defibrillators."""
    volunteers = [
        one
        for thing in await things(connection, tenant, "RescueVolunteer")
        if thing.values.get("available", True) is not False and (one := helper_of(thing))
    ]
    aeds = [one for thing in await things(connection, tenant, "Defibrillator") if (one := helper_of(thing))]
    return nearest_help(scene, volunteers, aeds, reach=reach)


def helper_of(thing: Thing) -> Helper | None:
    place = _place(thing)
    return place and Helper(id=thing.id, name=str(thing.values.get("name", "")), lon=place[0], lat=place[1])


def _place(thing: Thing) -> tuple[float, float] | None:
    if thing.geometry is None or thing.geometry["type"] != "Point":
        return None
    lon, lat = thing.geometry["coordinates"][:2]
    return float(lon), float(lat)


def _words(said: Any) -> Iterable[str]:
    """A list, or a text with commas."""
    return (
        said if isinstance(said, list) else [one.strip() for one in str(said or "").split(",") if one.strip()]
    )
