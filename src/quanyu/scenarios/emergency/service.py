"""A call answered from what the twin knows now: ambulances, facilities and roads of the city."""

import asyncio
from collections.abc import Iterable
from typing import Any

from quanyu.packs import Database, Thing, city_roads, things
from quanyu.scenarios.emergency.matching import Ambulance, Decision, Facility, Scene, decide


async def answer(database: Database, tenant: str, scene: Scene) -> Decision | None:
    async with database.tenant(tenant) as connection:
        graph = await city_roads(connection, tenant)
        crews = await things(connection, tenant, "Ambulance")
        hospitals = await things(connection, tenant, "EmergencyFacility")
    ambulances = [crew for thing in crews if (crew := ambulance_of(thing))]
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
        load=float(values.get("load", 0.0)),
    )  # fmt: skip


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
