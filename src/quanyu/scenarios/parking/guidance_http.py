"""Routes of guidance: where to park for a destination, asked with coordinates by others' pages, by places of the city in the portal."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from quanyu.core.actor import Actor
from quanyu.core.errors import Fault, Invalid
from quanyu.packs import Asker, Database, TheClock, TheDatabase, city_roads, things
from quanyu.scenarios.parking import service
from quanyu.scenarios.parking.guidance import Place, advise

_PREFIX = "/api/v1/packs/parking"
_OPEN = {"action": "entity.read", "open": True}
_REACH = 1000.0
_GOALS = ("EmergencyFacility", service.TYPE)
"""What people drive to, as far as the twin names it."""

Coordinates = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]
Spot = Annotated[str, QueryParameter(max_length=80)]
Ahead = Annotated[int, QueryParameter(name="in", ge=0, le=1440)]


class GuidanceInput(msgspec.Struct, frozen=True, kw_only=True):
    """`arrive`: when one wants to be there; now unless given. `reach` in metres."""

    begin: Coordinates
    goal: Coordinates
    arrive: datetime | None = None
    reach: Annotated[float, msgspec.Meta(gt=0, le=5000)] = _REACH


class AdviceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds; `free` spaces and the `chance` of one on arrival."""

    lot: str
    name: str
    drive: int
    walk: int
    free: int
    chance: float
    cost: int
    geometry: dict[str, Any]


class Guidance(msgspec.Struct, frozen=True, kw_only=True):
    items: list[AdviceAnswer]


class PlaceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`spot`: longitude and latitude, as `GET guidance` takes them."""

    name: str
    spot: str


class Places(msgspec.Struct, frozen=True, kw_only=True):
    items: list[PlaceAnswer]


@post(f"{_PREFIX}/guidance", opt=_OPEN, status_code=200)
async def guide(
    actor: Asker, database: TheDatabase, clock: TheClock, data: JSONBody[GuidanceInput]
) -> Guidance:
    """The best car park first: over the city's roads as they are driven at the hour of arrival, with the walk, and the chance of
    a space on arrival."""
    if data.arrive is not None and data.arrive.tzinfo is None:
        raise Invalid("packs.thing.moment")
    begin, goal, now = Place(*data.begin), Place(*data.goal), clock()
    return await _advice(database, actor, begin, goal, now, data.arrive or now, data.reach)


@get(f"{_PREFIX}/guidance", opt=_OPEN)
async def show_guidance(
    actor: Asker, database: TheDatabase, clock: TheClock, origin: Spot, goal: Spot, minutes: Ahead = 0
) -> Guidance:
    """As the POST, from and to `longitude,latitude`, for an arrival `in` so many minutes."""
    spots = {"origin": _spot(origin), "goal": _spot(goal)}
    begin, end = spots["origin"], spots["goal"]
    if begin is None or end is None:
        wrong = {"origin": origin, "goal": goal}
        faults = [
            Fault("packs.thing.spot", name, {"value": wrong[name][:80]})
            for name in wrong
            if spots[name] is None
        ]
        raise Invalid(faults[0].key, faults=tuple(faults), **faults[0].values)
    now = clock()
    arrive = now + timedelta(minutes=minutes)
    return await _advice(database, actor, begin, end, now, arrive, _REACH)


@get(f"{_PREFIX}/places", opt=_OPEN)
async def list_places(actor: Asker, database: TheDatabase) -> Places:
    """Hospitals and car parks by name: what one may set out from and drive to."""
    async with database.tenant(actor.tenant) as connection:
        known = [one for type_ in _GOALS for one in await things(connection, actor.tenant, type_)]
    return Places(
        items=[
            PlaceAnswer(name=service.name_of(one.id, one), spot=f"{place[0]},{place[1]}")
            for one in known
            if (place := service.point_of(one))
        ]
    )


def _spot(said: str) -> Place | None:
    """None for what is no longitude and latitude."""
    try:
        lon, lat = map(float, said.split(","))
    except ValueError:
        return None
    return Place(lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


async def _advice(
    database: Database, actor: Actor, begin: Place, goal: Place, now: datetime, arrive: datetime, reach: float
) -> Guidance:
    async with database.tenant(actor.tenant) as connection:
        graph = await city_roads(connection, actor.tenant, at=arrive, now=now)
        found = await service.situation(connection, actor.tenant, now)
    lots = [(one, Place(*found.places[one.id])) for one in found.lots if one.id in found.places]
    minutes = max(0.0, (arrive - now).total_seconds() / 60)
    best = advise(graph, begin, goal, lots, minutes=minutes, reach=reach)
    return Guidance(
        items=[
            AdviceAnswer(
                lot=one.lot, name=found.names[one.lot], drive=round(one.drive), walk=round(one.walk),
                free=round(one.free), chance=round(one.chance, 3), cost=round(one.cost),
                geometry={"type": "Point", "coordinates": list(found.places[one.lot])},
            )
            for one in best
        ]
    )  # fmt: skip


routes = (guide, show_guidance, list_places)
