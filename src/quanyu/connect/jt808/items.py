"""Additional items of a location (JT/T 808-2019, table 27; JT/T 1078, table 13), each a row: its name and how it is read.

What no table knows is kept as `item0xXX` in hexadecimal.
"""

from collections.abc import Callable, Sequence
from typing import Any

from quanyu.connect.jt808.vendor import VENDOR

Read = Callable[[bytes], dict[str, Any]]


def _number(name: str, size: int, scale: float = 1) -> tuple[int, Read]:
    """`scale` below one divides, so that 114 tenths are 11.4."""
    parts = round(1 / scale) if scale < 1 else 1

    def read(value: bytes) -> dict[str, Any]:
        said = int.from_bytes(value, "big")
        return {name: said / parts if parts > 1 else said}

    return size, read


def _tires(value: bytes) -> dict[str, Any]:
    """Pressure of each wheel in Pa; 0xFF: no wheel."""
    return {"tirePressures": [pressure for pressure in value if pressure != 0xFF]}


def _temperature(value: bytes) -> dict[str, Any]:
    """Celsius; the highest bit says that it is below zero."""
    said = int.from_bytes(value, "big")
    return {"temperature": -(said & 0x7FFF) if said & 0x8000 else said}


def _overspeed(value: bytes) -> dict[str, Any]:
    """Table 28: kind of place, and its identifier where there is one."""
    area = {"overspeedArea": int.from_bytes(value[1:5], "big")} if len(value) >= 5 else {}
    return {"overspeedPlace": value[0], **area}


def _crossing(value: bytes) -> dict[str, Any]:
    """Table 29."""
    return {
        "crossingPlace": value[0],
        "crossingArea": int.from_bytes(value[1:5], "big"),
        "crossing": "out" if value[5] else "in",
    }


def _section(value: bytes) -> dict[str, Any]:
    """Table 30."""
    return {
        "section": int.from_bytes(value[:4], "big"),
        "sectionSeconds": int.from_bytes(value[4:6], "big"),
        "sectionResult": "long" if value[6] else "short",
    }


def _inputs(value: bytes) -> dict[str, Any]:
    said = int.from_bytes(value, "big")
    return {"analog0": said & 0xFFFF, "analog1": said >> 16}


STANDARD: dict[int, tuple[int, Read]] = {
    0x01: _number("mileage", 4, 0.1),
    0x02: _number("fuel", 2, 0.1),
    0x03: _number("recorderSpeed", 2, 0.1),
    0x04: _number("alarmEvent", 2),
    0x05: (30, _tires),
    0x06: (2, _temperature),
    0x11: (-1, _overspeed),
    0x12: (6, _crossing),
    0x13: (7, _section),
    0x14: _number("videoAlarm", 4),
    0x15: _number("videoLoss", 4),
    0x16: _number("videoOcclusion", 4),
    0x17: _number("storageFault", 2),
    0x25: _number("vehicleSignals", 4),
    0x2A: _number("ioStatus", 2),
    0x2B: (4, _inputs),
    0x30: _number("signal", 1),
    0x31: _number("satellites", 1),
}
"""Identifier -> size in bytes (-1: any) and reading; km, litres, km/h."""


def attributes_of(items: Sequence[tuple[int, bytes]]) -> dict[str, Any]:
    """Values by name; an item whose size is not the standard's is a vendor's."""
    said: dict[str, Any] = {}
    alarms: list[str] = []
    for key, value in items:
        found = _attribute(key, value)
        alarms += found.pop("alarms", ())
        said |= found
    return said | ({"alarm": ",".join(alarms)} if alarms else {})


def _attribute(key: int, value: bytes) -> dict[str, Any]:
    size, read = STANDARD.get(key, (0, None))
    if read is not None and value and size in (-1, len(value)):
        return read(value)
    if key in VENDOR and (found := VENDOR[key](value)):
        return found
    return {f"item0x{key:02X}": value.hex()}
