"""Items that makers of terminals add; several use one identifier, told apart by its size. {} means: not mine."""

from collections.abc import Callable
from typing import Any

Read = Callable[[bytes], dict[str, Any]]


def _sized(*kinds: tuple[str, int, int]) -> Read:
    """Numbers by their size: name, size in bytes, parts of a unit."""

    def read(value: bytes) -> dict[str, Any]:
        for name, size, parts in kinds:
            if len(value) == size:
                said = int.from_bytes(value, "big")
                return {name: said / parts if parts > 1 else said}
        return {}

    return read


def _text(name: str) -> Read:
    return lambda value: {name: value.decode("ascii", "replace").strip("\0 ")}


def _flag(name: str) -> Read:
    return lambda value: {name: bool(value[0])} if len(value) == 1 else {}


def _charging(value: bytes) -> dict[str, Any]:
    return {"charge": value[0] == 1, "batteryLevel": value[1]} if len(value) == 2 else {}


def _level_and_voltage(value: bytes) -> dict[str, Any]:
    if len(value) != 6:
        return {}
    return {
        "batteryLevel": int.from_bytes(value[:2], "big"),
        "battery": int.from_bytes(value[2:4], "big") / 100,
    }


def _coarse_level(value: bytes) -> dict[str, Any]:
    return {"batteryLevel": value[0] * 10} if len(value) == 2 and value[0] <= 10 else {}


def _temperatures(value: bytes) -> dict[str, Any]:
    """Bit 1 of the mask: the first sensor, in tenths of a degree."""
    if len(value) < 4 or not value[1] & 2:
        return {}
    return {"temp1": int.from_bytes(value[2:4], "big", signed=True) / 10}


def _lock(value: bytes) -> dict[str, Any]:
    """`*M00,45,` and a state whose third to fifth digits are hundredths of a volt."""
    said = value.decode("ascii", "replace")
    state = said.partition("*M00,")[2].partition(",")[2]
    return {"battery": int(state[2:5]) / 100} if state[2:5].isdigit() and len(state) > 6 else {}


def _faults(value: bytes) -> dict[str, Any]:
    return {"dtcs": value.decode("ascii", "replace").replace(",", " ").strip("\0 ")}


def _extended(value: bytes) -> dict[str, Any]:
    """A text, or entries of length, identifier and value."""
    if value[:3] == b"UTC":
        return {"timezone": value.decode("ascii", "replace")}
    said: dict[str, Any] = {}
    place = 0
    while place + 4 <= len(value):
        size = int.from_bytes(value[place : place + 2], "big")
        key = int.from_bytes(value[place + 2 : place + 4], "big")
        if size < 2 or key not in _ENTRIES or place + 2 + size > len(value):
            return said
        said |= _ENTRIES[key](value[place + 4 : place + 2 + size])
        place += 2 + size
    return said


def _iccid(value: bytes) -> dict[str, Any]:
    return {"iccid": value.hex().rstrip("f")}


def _bits_low(value: bytes) -> dict[str, Any]:
    """Bit 6 is zero while the thing shakes."""
    return {} if int.from_bytes(value, "big") & 0x40 else {"alarms": ["vibration"]}


def _fuel(value: bytes) -> dict[str, Any]:
    try:
        return {"fuel2": float(value.decode("ascii"))}
    except ValueError:
        return {}


def _unread(_: bytes) -> dict[str, Any]:
    return {}


_ENTRIES: dict[int, Read] = {
    0x000A: _unread,
    0x0005: _unread,
    0x0011: _unread,
    0x0023: _fuel,
    0x002D: _sized(("battery", 2, 1000)),
    0x0089: _unread,
    0x00A8: _unread,
    0x00B2: _iccid,
    0x00B9: _unread,
    0x00C5: _bits_low,
    0x00CE: _sized(("power", 2, 100)),
    0x00D5: _text("imei"),
    0x00D8: _unread,
}

VENDOR: dict[int, Read] = {
    0x06: _sized(("batteryLevel", 1, 1)),
    0x33: _lock,
    0x56: _coarse_level,
    0x61: _sized(("power", 2, 100)),
    0x69: _sized(("battery", 2, 100)),
    0x80: _sized(("obdSpeed", 1, 1)),
    0x81: _sized(("rpm", 2, 1)),
    0x82: _sized(("power", 2, 10)),
    0x8B: _text("vin"),
    0xA0: _faults,
    0xCC: _text("iccid"),
    0xCE: _sized(("power", 2, 100)),
    0xD4: _sized(("batteryLevel", 1, 1)),
    0xD5: _sized(("battery", 2, 100)),
    0xE1: _sized(("batteryLevel", 1, 1), ("power", 2, 10)),
    0xE3: _level_and_voltage,
    0xE4: _charging,
    0xE5: _flag("motion"),
    0xEB: _extended,
    0xF6: _temperatures,
    0xF8: _sized(("steps", 2, 1)),
    0xFE: _sized(("batteryLevel", 1, 1)),
}
