"""A call answered from what the twin knows now: ambulances, facilities and roads of the city."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from quanyu.packs import Connection, Database, Thing, roads_at_once, things
from quanyu.scenarios.emergency.helping import Help, Helper, nearest_help
from quanyu.scenarios.emergency.matching import Ambulance, Decision, Facility, Scene, decide


async def answer(
    database: Database, tenant: str, scene: Scene, *, now: datetime, ambulance: str | None = None
) -> Decision | None:
    """`ambulance`: the one that is on its way already and stays. The roads as they are driven at this hour and as traffic tells;
    whoever calls while a large network is being read is answered by straight lines."""
    graph = await roads_at_once(database, tenant, at=now, now=now)
    async with database.tenant(tenant) as connection:
        crews = await things(connection, tenant, "Ambulance")
        hospitals = await things(connection, tenant, "EmergencyFacility")
    ambulances = [crew for thing in crews if (crew := ambulance_of(thing))]
    if ambulance is not None:
        ambulances = [replace(crew, free=True) for crew in ambulances if crew.id == ambulance]
    facilities = [facility for thing in hospitals if (facility := facility_of(thing))]
    return await asyncio.to_thread(decide, graph, scene, ambulances, facilities)


def ambulance_of(thing: Thing) -> Ambulance | None:
    place = _place(thing)
    return place and Ambulance(
        id=thing.id, lon=place[0], lat=place[1], free=str(thing.values.get("serviceStatus", "free")) == "free"
    )


def facility_of(thing: Thing) -> Facility | None:
    place, values = _place(thing), thing.values
    return place and Facility(
        id=thing.id, name=str(values.get("name", "")), lon=place[0], lat=place[1],
        capabilities=frozenset(_words(values.get("capabilities"))), on_duty=frozenset(_words(values.get("onDuty"))),
        open=bool(values.get("open", True)), capacity=int(values.get("capacity", 1)),
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
