"""Vehicles that come to and leave some car parks, and who has booked a shared yard tonight: what fits how full they are."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from quanyu.app.demo.city import City
from quanyu.app.demo.draw import drawn
from quanyu.app.demo.entities import car_park_id
from quanyu.app.demo.motion import CITY_TIME, iso, occupied
from quanyu.app.demo.places import CarPark

_STEP = timedelta(minutes=15)
_WATCHED = 6


def gated(city: City) -> list[CarPark]:
    """The smallest ones have barriers that tell."""
    return sorted(city.car_parks, key=lambda one: (one.capacity, one.code))[:_WATCHED]


def moves(city: City, begin: datetime, end: datetime, *, anew: bool) -> list[dict[str, Any]]:
    """Messages 车辆入场 and 车辆出场 of the quarters of an hour from the one that holds `begin` until `end`, by time. `anew`: who was
    there at the begin comes then."""
    first, last = (int(one.timestamp() // _STEP.total_seconds()) for one in (begin, end))
    found = [
        message
        for park in gated(city)
        for step in range(first, last + 1)
        for message in _of_step(city.seed, park, step, begins=anew and step == first)
    ]
    return sorted(found, key=lambda one: str(one["time"]))


def bookings(city: City, yard: str, now: datetime) -> list[dict[str, str]]:
    """Of tonight, from the evening until the next morning."""
    chance = drawn(city.seed, "bookings", yard)
    midnight = now.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    night = midnight - timedelta(days=1) if now.astimezone(CITY_TIME).hour < 8 else midnight
    found = []
    for _ in range(chance.randrange(6, 14)):
        begin = night + timedelta(hours=18, minutes=15 * chance.randrange(0, 12))
        hours = chance.choice((3, 6, 10, 10))
        found.append({"plate": f"东B{chance.randrange(10_000, 99_999)}", "begin": iso(begin), "end": iso(begin + timedelta(hours=hours))})  # fmt: skip
    return found


def _of_step(seed: int, park: CarPark, step: int, *, begins: bool) -> Iterator[dict[str, Any]]:
    """Space by space, the last one is taken last and given up first: who stands in it is a function of how many stand there."""
    at = datetime.fromtimestamp(step * _STEP.total_seconds(), CITY_TIME)
    before = 0 if begins else occupied(seed, park, at - _STEP)
    there = occupied(seed, park, at)
    kind = "车辆入场" if there > before else "车辆出场"
    for space in range(min(before, there), max(before, there)):
        plate = f"东A{space:03}{park.code[-2:]}"
        yield {"message": kind, "ParkID": car_park_id(park), "time": iso(at), "plate": plate}
