"""What is live, put together: newest readings of the doors and of the twin, forecasts, guidance, use of car parks."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from quanyu.packs import Connection, Thing, things
from quanyu.scenarios.parking import _sql
from quanyu.scenarios.parking.live import (
    LEARNED_DAYS,
    Learned,
    Lot,
    Quality,
    Table,
    learned,
    lots_now,
    outlooks,
    slot_of,
    table_of,
    told_since,
)
from quanyu.scenarios.parking.occupancy import Use, use_of
from quanyu.scenarios.parking.readings import Format, Reading, Told

TYPE = "OffStreetParking"
_FREE, _SPACES = "availableSpotNumber", "totalSpotNumber"
_AGED = timedelta(days=1)
_LATE = timedelta(hours=1)
_MOST_CITIES = 8
_KEPT = timedelta(days=LEARNED_DAYS + 1)


@dataclass(frozen=True, slots=True)
class Past:
    """What was known when a quarter of an hour began to be asked about: `newest` by lot."""

    slot: int
    newest: Mapping[str, Reading]
    table: Table
    learned: Learned


@dataclass(slots=True)
class Memory:
    """A month of readings is read and learned from once in a quarter of an hour."""

    _known: dict[str, Past] = field(default_factory=dict)

    def of(self, tenant: str, now: datetime) -> Past | None:
        past = self._known.get(tenant)
        return past if past is not None and past.slot == slot_of(now) else None

    def keep(self, tenant: str, past: Past) -> None:
        self._known.pop(tenant, None)
        self._known[tenant] = past
        while len(self._known) > _MOST_CITIES:
            self._known.pop(next(iter(self._known)))


MEMORY = Memory()


@dataclass(frozen=True, slots=True)
class Situation:
    lots: tuple[Lot, ...]
    qualities: tuple[Quality, ...]
    places: Mapping[str, tuple[float, float]]
    names: Mapping[str, str]


async def take(connection: Connection, tenant: str, told: Told, form: Format, now: datetime) -> None:
    """What is older than a month is forgotten."""
    await _sql.put_readings(connection, tenant, told.readings, form)
    await _sql.put_moves(connection, tenant, [(move, _hashed(tenant, move.plate)) for move in told.moves])
    await _sql.forget_readings(connection, tenant, now - _KEPT)


async def situation(connection: Connection, tenant: str, now: datetime) -> Situation:
    """Lots that told something within a day. What comes more than an hour late counts from the next quarter of an hour on."""
    parks = await things(connection, tenant, TYPE)
    live = [reading for park in parks if (reading := _of_twin(park, now))]
    recent = [*await _sql.readings_of(connection, tenant, now - _LATE, now), *live]
    past = MEMORY.of(tenant, now)
    if past is None or not {one.lot for one in recent} <= past.newest.keys():
        history = await _sql.readings_of(connection, tenant, now - timedelta(days=LEARNED_DAYS), now)
        past = await asyncio.to_thread(_past, parks, [*history, *live], now)
        MEMORY.keep(tenant, past)
    newest = _newest([*recent, *past.newest.values()])
    spaces = {**_spaces(parks, ()), **past.table.spaces, **_spaces((), recent)}
    table = told_since(past.table, recent, spaces, now)
    return Situation(
        lots_now([one for one in newest.values() if one.at > now - _AGED], spaces, outlooks(table, past.learned), now),
        past.learned.qualities,
        {park.id: (one[0], one[1]) for park in parks if (one := point_of(park))},
        {park.id: name_of(park.id, park) for park in parks},
    )  # fmt: skip


def name_of(lot: str, park: Thing | None = None) -> str:
    """What people call it: its name, else its address, else the last part of its identifier."""
    said = (park.values.get("name") or park.values.get("address")) if park else None
    return said if isinstance(said, str) and said else lot.rpartition(":")[2]


def _past(parks: Sequence[Thing], readings: Sequence[Reading], now: datetime) -> Past:
    table = table_of(readings, _spaces(parks, readings), now)
    return Past(slot_of(now), _newest(readings), table, learned(table))


async def full_lots(
    connection: Connection, tenant: str, spans: Sequence[tuple[datetime, datetime]], *, share: float
) -> list[tuple[Thing, tuple[float, float]]]:
    """With their places: who told within one of the times that at most this share of the spaces was free."""
    parks = await things(connection, tenant, TYPE)
    begin, end = spans[0][0], spans[-1][1]
    told = await _sql.readings_of(connection, tenant, begin, end)
    told += [reading for park in parks if (reading := _of_twin(park, end))]
    spaces = _spaces(parks, told)
    full = {
        one.lot
        for one in told
        if any(since < one.at <= until for since, until in spans)
        and one.free <= share * spaces.get(one.lot, 0)
    }
    return [(park, place) for park in parks if park.id in full and (place := point_of(park))]


async def use_by_lot(
    connection: Connection, tenant: str, parks: Sequence[Thing], begin: datetime, end: datetime
) -> dict[str, Use]:
    """Of lots with stays; the number of spaces is the newest one that was told or the twin's."""
    stays = await _sql.stays_of(connection, tenant, begin, end)
    told = await _sql.spaces_told(connection, tenant, list(stays), end - timedelta(days=LEARNED_DAYS), end)
    spaces = {**_spaces(parks, ()), **told}
    return {
        lot: use_of(own, spaces=spaces[lot], begin=begin, end=end)
        for lot, own in sorted(stays.items())
        if spaces.get(lot)
    }


def _of_twin(park: Thing, now: datetime) -> Reading | None:
    free, at = park.values.get(_FREE), park.observed.get(_FREE)
    if not isinstance(free, int | float) or at is None or at > now:
        return None
    return Reading(lot=park.id, at=at, free=max(0, int(free)), spaces=_whole(park.values.get(_SPACES)))


def _newest(readings: Iterable[Reading]) -> dict[str, Reading]:
    """By lot; of two of one moment the first."""
    found: dict[str, Reading] = {}
    for one in readings:
        if one.lot not in found or found[one.lot].at < one.at:
            found[one.lot] = one
    return found


def _spaces(parks: Sequence[Thing], readings: Sequence[Reading]) -> dict[str, int]:
    """What the newest reading told; else the twin."""
    found = {park.id: number for park in parks if (number := _whole(park.values.get(_SPACES)))}
    for one in sorted(readings, key=lambda one: one.at):
        if one.spaces:
            found[one.lot] = one.spaces
    return found


def point_of(park: Thing) -> tuple[float, float] | None:
    if park.geometry is None or park.geometry.get("type") != "Point":
        return None
    lon, lat = park.geometry["coordinates"][:2]
    return float(lon), float(lat)


def _whole(said: Any) -> int | None:
    return int(said) if isinstance(said, int | float) and said > 0 else None


def _hashed(tenant: str, plate: str) -> str:
    """Tells that it is the same vehicle, not which."""
    return sha256(f"{tenant}/{plate}".encode()).hexdigest()[:32]
