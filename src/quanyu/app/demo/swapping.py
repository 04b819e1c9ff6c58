"""Swap stations of the demonstration city: which vehicle came when, and what a station therefore holds. Functions of seed and time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from quanyu.app.demo.city import City
from quanyu.app.demo.draw import drawn
from quanyu.app.demo.entities import Update, measured
from quanyu.app.demo.motion import CITY_TIME, iso
from quanyu.app.demo.places import SwapStation

_SLOT = 900
_CHARGES = timedelta(minutes=75)
_BUSY = (7, 23)
OPEN = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    station: str
    sequence: str
    arrived: datetime
    begun: datetime
    ended: datetime
    given: str
    taken: str
    kwh: float


def swaps(seed: int, station: SwapStation, begin: datetime, end: datetime) -> list[Swap]:
    """Begun from `begin` until before `end`."""
    first, last = int(begin.timestamp()) // _SLOT - 1, int(end.timestamp()) // _SLOT
    found = [one for slot in range(first, last + 1) for one in _of_slot(seed, station, slot)]
    return [one for one in found if begin <= one.begun < end]


def inventory(seed: int, station: SwapStation, now: datetime) -> dict[str, int]:
    """What was left is charged for an hour and a quarter, then it is full again."""
    able = station.slots - station.faulty
    charging = min(able, len(swaps(seed, station, now - _CHARGES, now)))
    midnight = now.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    came = [one for one in swaps(seed, station, now - timedelta(hours=1), now + timedelta(hours=1)) if one.arrived <= now < one.begun]  # fmt: skip
    return {
        "slots": station.slots, "fullBatteries": able - charging, "chargingBatteries": charging, "faultyBatteries": station.faulty,
        "queueLength": len(came), "swapCount": len(swaps(seed, station, midnight, now)),
    }  # fmt: skip


def swap_station_id(station: SwapStation) -> str:
    return f"urn:ngsi-ld:BatterySwapStation:swap-stations:{station.code}"


def feeder(station: SwapStation) -> str:
    return f"10kV-{station.spot.district.code}"


def swap_stations(city: City, moment: datetime) -> list[Update]:
    """As NGSI-LD entities: what changes."""
    at = iso(moment)
    return [
        {
            "id": swap_station_id(one),
            "type": "BatterySwapStation",
            **{name: measured(value, at, "C62") for name, value in inventory(city.seed, one, moment).items()},
            "demonstration": {"type": "Property", "value": True},
        }
        for one in city.swap_stations
    ]


def _of_slot(seed: int, station: SwapStation, slot: int) -> Iterator[Swap]:
    """One after the other, as a station has one bay; at most one in five minutes, fewer at night."""
    chance = drawn(seed, "swaps", station.code, slot)
    begin = datetime.fromtimestamp(slot * _SLOT, CITY_TIME)
    busy = _BUSY[0] <= begin.hour < _BUSY[1]
    for place in range(chance.choices((0, 1, 2, 3), (35, 35, 20, 10) if busy else (85, 15, 0, 0))[0]):
        begun = begin + timedelta(seconds=300 * place + chance.randrange(0, 20))
        number = slot * 4 + place
        yield Swap(
            station=station.code, sequence=f"JZSWAP{station.code[-3:]}{number:018}", arrived=begun - timedelta(seconds=chance.randrange(0, 420)),
            begun=begun, ended=begun + timedelta(seconds=chance.randrange(180, 280)), given=f"{station.code}-B{number % 97:02}",
            taken=f"DC{chance.randrange(10_000, 99_999)}", kwh=round(chance.uniform(28, 68), 1),
        )  # fmt: skip
