"""What moves, as NGSI-LD entities of the registers that were imported: updates carry only what changed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from quanyu.app.demo.city import City
from quanyu.app.demo.motion import Track, iso, occupied
from quanyu.app.demo.places import CarPark, Vehicle

Update = dict[str, Any]


def vehicle_id(vehicle: Vehicle) -> str:
    return f"urn:ngsi-ld:Vehicle:sanitation-vehicles:{vehicle.code}"


def car_park_id(park: CarPark) -> str:
    return f"urn:ngsi-ld:OffStreetParking:car-parks:{park.code}"


def vehicles(tracks: Iterable[Track], moment: datetime) -> list[Update]:
    return [_vehicle(track, moment) for track in tracks]


def car_parks(city: City, moment: datetime) -> list[Update]:
    return [_car_park(city.seed, park, moment) for park in city.car_parks]


def _vehicle(track: Track, moment: datetime) -> Update:
    position, at = track.at(moment), iso(moment)
    location = {"type": "Point", "coordinates": position.point}
    return {
        "id": vehicle_id(track.vehicle),
        "type": "Vehicle",
        "location": {"type": "GeoProperty", "value": location, "observedAt": at},
        "speed": measured(position.speed, at, "KMH"),
        "heading": measured(position.heading, at, "DD"),
        "demonstration": {"type": "Property", "value": True},
    }


def _car_park(seed: int, park: CarPark, moment: datetime) -> Update:
    taken, at = occupied(seed, park, moment), iso(moment)
    return {
        "id": car_park_id(park),
        "type": "OffStreetParking",
        "occupiedSpotNumber": measured(taken, at, "C62"),
        "availableSpotNumber": measured(park.capacity - taken, at, "C62"),
        "demonstration": {"type": "Property", "value": True},
    }


def measured(value: float, at: str, unit: str) -> Update:
    return {"type": "Property", "value": value, "observedAt": at, "unitCode": unit}
