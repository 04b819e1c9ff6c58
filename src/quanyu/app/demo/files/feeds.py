"""What sensors send, and the last day of it as a file: lines as a source of messages writes them."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from quanyu.app.demo.city import City
from quanyu.app.demo.motion import air, iso, manhole
from quanyu.app.demo.places import Station

AIR_TOPIC, MANHOLE_TOPIC = "jiangzhou/air", "jiangzhou/manhole"

Reading = Callable[[int, Station, datetime], dict[str, float | str]]


def air_day(city: City, begun: datetime) -> bytes:
    return _day(city, city.air_stations, air, AIR_TOPIC, begun, every=timedelta(hours=1))


def manhole_day(city: City, begun: datetime) -> bytes:
    return _day(city, city.manholes, manhole, MANHOLE_TOPIC, begun, every=timedelta(hours=2))


def _day(
    city: City,
    stations: tuple[Station, ...],
    reading: Reading,
    topic: str,
    begun: datetime,
    *,
    every: timedelta,
) -> bytes:
    """The day before `begun`, on the hour."""
    last = begun.replace(minute=0, second=0, microsecond=0)
    moments = [last - every * number for number in range(int(timedelta(days=1) / every), 0, -1)]
    lines: list[dict[str, Any]] = [
        {"topic": f"{topic}/{station.code}", "arrived": iso(moment)} | reading(city.seed, station, moment)
        for moment in moments
        for station in stations
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
