"""Where a vehicle is: body of 0x0200 (JT/T 808-2019, 8.18, tables 23 to 27), with its additional items."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from quanyu.connect.jt808.bcd import moment, of_moment
from quanyu.connect.jt808.layout import Reader
from quanyu.core.errors import Fault, Invalid

BASIC = 28
"""Bytes before the additional items."""

_LOCATED, _SOUTH, _WEST = 1 << 1, 1 << 2, 1 << 3
_MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Degrees (south and west negative), metres, km/h, degrees from north; `alarm` and `status` as in tables 24 and 25."""

    alarm: int = 0
    status: int = _LOCATED
    lat: float
    lon: float
    altitude: int = 0
    speed: float = 0.0
    direction: int = 0
    time: datetime
    items: tuple[tuple[int, bytes], ...] = ()

    @property
    def valid(self) -> bool:
        """Whether the terminal knew where it was."""
        return bool(self.status & _LOCATED)


def pack_location(location: Location) -> bytes:
    """The hemispheres of `status` follow the signs."""
    status = location.status & ~(_SOUTH | _WEST)
    status |= (_SOUTH if location.lat < 0 else 0) | (_WEST if location.lon < 0 else 0)
    basic = b"".join(
        value.to_bytes(size, "big")
        for value, size in (
            (location.alarm, 4), (status, 4),
            (round(abs(location.lat) * _MICRO), 4), (round(abs(location.lon) * _MICRO), 4),
            (location.altitude & 0xFFFF, 2), (round(location.speed * 10), 2), (location.direction, 2),
        )
    )  # fmt: skip
    items = b"".join(bytes([key, len(value)]) + value for key, value in location.items)
    return basic + of_moment(location.time) + items


def unpack_location(body: bytes, begin: int = 0) -> tuple[Location, tuple[Fault, ...]]:
    """The location and what is wrong with its items. Raises Invalid where it has no place or no time."""
    location = unpack_basic(Reader(body, begin))
    items: list[tuple[int, bytes]] = []
    try:
        for item in _items(Reader(body, begin + BASIC)):
            items.append(item)
    except Invalid as error:
        return replace(location, items=tuple(items)), error.faults
    return replace(location, items=tuple(items)), ()


def unpack_basic(reader: Reader) -> Location:
    """The first 28 bytes. Raises Invalid."""
    begin = reader.place
    if reader.left < BASIC:
        raise Invalid("connect.jt808.short", byte=begin, needed=BASIC, left=reader.left)
    alarm, status = reader.number(4), reader.number(4)
    lat, lon = reader.number(4) / _MICRO, reader.number(4) / _MICRO
    if lat > 90 or lon > 180:
        raise Invalid("connect.jt808.place", byte=begin + 8, lat=lat, lon=lon)
    altitude = int.from_bytes(reader.take(2), "big", signed=True)
    speed, direction = reader.number(2) / 10, reader.number(2)
    return Location(
        alarm=alarm,
        status=status,
        lat=0 - lat if status & _SOUTH else lat,
        lon=0 - lon if status & _WEST else lon,
        altitude=altitude,
        speed=speed,
        direction=direction,
        time=moment(reader.take(6), begin + 22),
    )


def _items(reader: Reader) -> Iterator[tuple[int, bytes]]:
    """Identifier, length, value."""
    while reader.left:
        key = reader.number(1)
        if not reader.left:
            raise Invalid("connect.jt808.item", byte=reader.place, item=f"0x{key:02X}", declared=1, left=0)
        size = reader.number(1)
        if reader.left < size:
            raise Invalid(
                "connect.jt808.item",
                byte=reader.place - 2,
                item=f"0x{key:02X}",
                declared=size,
                left=reader.left,
            )
        yield key, reader.take(size)
