"""0x5501 and 0x5502 of container locks: a location in degrees and minutes as BCD."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from quanyu.connect.jt808.bcd import CHINA
from quanyu.connect.jt808.layout import Reader
from quanyu.connect.jt808.location import Location
from quanyu.core.errors import Invalid

_FIXED, _NORTH, _EAST = 1, 2, 4
_RESULT = 7


def read(body: bytes) -> tuple[Location, dict[str, Any]]:
    """Raises Invalid."""
    reader = Reader(body)
    at = _moment(reader)
    place = reader.take(9).hex()
    if not place[:17].isdigit():
        raise Invalid("connect.jt808.bcd", byte=6, said=place)
    flags = int(place[17], 16)
    lat = _degrees(place[:8], 2) * (1 if flags & _NORTH else -1)
    lon = _degrees(place[8:17], 3) * (1 if flags & _EAST else -1)
    if abs(lat) > 90 or abs(lon) > 180:
        raise Invalid("connect.jt808.place", byte=6, lat=lat, lon=lon)
    speed, direction = reader.take(1).hex(), reader.number(1) * 2
    location = Location(
        status=2 if flags & _FIXED else 0, lat=lat, lon=lon, direction=direction, time=at,
        speed=float(speed) if speed.isdigit() else 0.0,
    )  # fmt: skip
    return location, _attributes(reader)


def _attributes(reader: Reader) -> dict[str, Any]:
    said: dict[str, Any] = {"signal": reader.number(1), "satellites": reader.number(1)}
    said["mileage"] = float(reader.number(4))
    said["batteryLevel"] = reader.number(1)
    reader.take(6)  # cell
    said["product"], said["lockStatus"], said["lockAlarm"] = (
        reader.number(1),
        reader.number(2),
        reader.number(2),
    )
    for key, value in _items(reader):
        if key == 0x0B and len(value) > _RESULT:
            said["unlockResult"] = value[_RESULT]
        elif key == 0x0C and len(value) == 6:
            axes = (int.from_bytes(value[at : at + 2], "big", signed=True) for at in (0, 2, 4))
            said["tilt"] = f"[{','.join(map(str, axes))}]"
    return said


def _items(reader: Reader) -> Iterator[tuple[int, bytes]]:
    while reader.left >= 2:
        key = reader.number(1)
        yield key, reader.take(reader.number(1))


def _moment(reader: Reader) -> datetime:
    """Day, month, year, hour, minute, second."""
    said = reader.take(6).hex()
    try:
        return datetime.strptime(said, "%d%m%y%H%M%S").replace(tzinfo=CHINA)
    except ValueError as error:
        raise Invalid("connect.jt808.time", said=said, byte=reader.place - 6) from error


def _degrees(said: str, whole: int) -> float:
    """ddmm.mmmm without its point."""
    return round(int(said[:whole]) + int(said[whole:]) / 10_000 / 60, 6)
