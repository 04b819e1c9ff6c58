"""How the demonstration city moves: what is where, and what is measured, at a moment. Pure functions of seed and time."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import accumulate, pairwise
from math import atan2, cos, degrees, exp, pi, radians, sin

from quanyu.app.demo.draw import wave
from quanyu.app.demo.land import Line, Point, metres, rounded
from quanyu.app.demo.places import CarPark, Station, Vehicle

CITY_TIME = timezone(timedelta(hours=8))
_HOUR = 3600.0
_BREATH, _SWING = 240.0, 0.7
"""Vehicles speed up and slow down in this many seconds, by this share."""


@dataclass(frozen=True, slots=True)
class Position:
    """`heading` in degrees from north, `speed` in km/h."""

    point: Point
    heading: float
    speed: float


@dataclass(slots=True)
class Track:
    """A loop measured once, so that a position costs one search."""

    vehicle: Vehicle
    _line: Line = field(init=False)
    _marks: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._line = self.vehicle.loop
        self._marks = list(accumulate((metres(a, b) for a, b in pairwise(self._line)), initial=0.0))

    def at(self, moment: datetime) -> Position:
        vehicle, seconds = self.vehicle, moment.timestamp()
        phase = 2 * pi * (seconds / _BREATH + vehicle.start)
        travelled = vehicle.speed * (seconds - _SWING * _BREATH / (2 * pi) * cos(phase))
        here = (travelled + vehicle.start * self._marks[-1]) % self._marks[-1]
        number = min(bisect_right(self._marks, here), len(self._marks) - 1)
        start, end = self._line[number - 1], self._line[number]
        share = (here - self._marks[number - 1]) / (self._marks[number] - self._marks[number - 1])
        point = rounded(start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
        speed = vehicle.speed * (1 + _SWING * sin(phase)) * 3.6
        return Position(point, _heading(start, end), round(speed, 1))


def occupied(seed: int, park: CarPark, moment: datetime) -> int:
    """Offices and shops fill by day, homes by night; nobody parks beyond capacity."""
    hour = _hour(moment)
    by_day = exp(-(((hour - 14) / 5) ** 2))
    share = 0.92 - 0.6 * by_day if park.kind == "住宅配套" else 0.15 + 0.72 * by_day
    own = wave(seed, "occupied", park.code, at=moment.timestamp(), period=900) - 0.5
    return round(park.capacity * min(1.0, max(0.02, share + 0.3 * own)))


def air(seed: int, station: Station, moment: datetime) -> dict[str, float | str]:
    """What the station sends; µg/m³, °C and %."""
    at, hour = moment.timestamp(), _hour(moment)
    regional = wave(seed, "air", at=at, period=9 * _HOUR)
    own = wave(seed, "air", station.code, at=at, period=_HOUR)
    rush = exp(-(((hour - 8) / 2) ** 2)) + exp(-(((hour - 18) / 2.5) ** 2))
    pm25 = 12 + 70 * regional**2 + 14 * own + 12 * rush
    return {
        "stationid": station.code, "station name": station.name, "time": iso(moment),
        "longitude": station.spot.point[0], "latitude": station.spot.point[1],
        "pm2.5": round(pm25, 1), "pm10": round(pm25 * 1.5 + 8 * own, 1), "no2": round(14 + 22 * rush + 10 * own, 1),
        "so2": round(4 + 5 * own, 1), "o3": round(40 + 70 * exp(-(((hour - 15) / 4) ** 2)) + 12 * own, 1),
        "temperature": round(14 + 7 * sin((hour - 9) / 24 * 2 * pi) + 6 * regional, 1),
    }  # fmt: skip


def manhole(seed: int, station: Station, moment: datetime) -> dict[str, float | str]:
    """Level in the shaft in cm; a cover that is open, now and then."""
    at = moment.timestamp()
    level = wave(seed, "level", station.code, at=at, period=2 * _HOUR)
    tilted = wave(seed, "tilt", station.code, at=at, period=3 * _HOUR) > 0.97
    battery = 96 - 30 * wave(seed, "battery", station.code, at=at, period=2000 * _HOUR)
    return {
        "device_id": station.code, "name": station.name, "time": iso(moment),
        "longitude": station.spot.point[0], "latitude": station.spot.point[1], "device type": "井盖液位传感器",
        "value": round(18 + 70 * level**3, 1), "battery": round(battery, 1), "state": "井盖开启" if tilted else "正常",
    }  # fmt: skip


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _hour(moment: datetime) -> float:
    local = moment.astimezone(CITY_TIME)
    return local.hour + local.minute / 60


def _heading(start: Point, end: Point) -> float:
    east = (end[0] - start[0]) * cos(radians(start[1]))
    return round(degrees(atan2(east, end[1] - start[1])) % 360, 1)
