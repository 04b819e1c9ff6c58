"""What a frame says: its locations, each with its faults, and its fields."""

from dataclasses import dataclass, field
from typing import Any

from quanyu.connect.jt808 import lock
from quanyu.connect.jt808.composed import read_composed
from quanyu.connect.jt808.frame import Frame
from quanyu.connect.jt808.items import attributes_of
from quanyu.connect.jt808.layout import Reader, read
from quanyu.connect.jt808.location import BASIC, Location, unpack_basic, unpack_location
from quanyu.connect.jt808.messages import KINDS, layout_of
from quanyu.connect.jt808.words import alarm_words, state_words
from quanyu.core.errors import Fault, Invalid

LOCATION, BATCH, LOCATION_ANSWER, CONTROL_ANSWER = 0x0200, 0x0704, 0x0201, 0x0500
MULTIMEDIA, SEARCHED, TRANSPARENT, VENDOR_BATCH = 0x0801, 0x0802, 0x0900, 0x0210

_RSA = 1
_OBD_FUEL = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    locations: tuple[Location, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def understand(frame: Frame) -> Said:
    """Never raises: what cannot be read is a fault with its byte in the body."""
    if frame.encryption:
        kind = "rsa" if frame.encryption == _RSA else str(frame.encryption)
        return Said(attributes={"encryption": kind, "data": frame.body.hex()})
    if frame.part is not None and frame.part.total > 1:
        told: dict[str, object] = {"number": frame.part.number, "total": frame.part.total}
        faults = () if frame.part.belongs else (Fault("connect.jt808.part", values=told),)
        return Said(attributes={**_part(frame), "data": frame.body.hex()}, faults=faults)
    read_before: dict[str, Any] = {}
    try:
        said = _read(frame, read_before)
    except Invalid as error:
        return Said(attributes=_part(frame) | read_before, faults=error.faults)
    return Said(locations=said.locations, attributes=_part(frame) | said.attributes, faults=said.faults)


def attributes_at(location: Location) -> dict[str, Any]:
    """Alarms, states and additional items in words."""
    words, items = alarm_words(location.alarm), attributes_of(location.items)
    if "alarm" in items:
        words.append(items.pop("alarm"))
    return state_words(location.status) | items | ({"alarm": ",".join(words)} if words else {})


def _read(frame: Frame, fields: dict[str, Any]) -> Said:
    """Into `fields` what stands in fields, as far as it can be read."""
    body = frame.body
    match frame.message:
        case 0x0200:
            return _located(body, 0, {})
        case 0x0201 | 0x0500:
            return _located(body, 2, {"answered": int.from_bytes(body[:2], "big")})
        case 0x0704:
            return _batch(body)
        case 0x0210:
            return _vendor_batch(body)
        case 0x0801:
            return _multimedia(body)
        case 0x0802:
            return _searched(body)
        case 0x5501 | 0x5502:
            location, attributes = lock.read(body)
            return Said(locations=(location,), attributes=attributes)
    if read_composed(frame.message, body, fields):
        return Said(attributes=fields)
    layout = layout_of(frame.message, version=frame.version, size=len(body))
    if layout is None:
        return Said(attributes={"data": body.hex()} if body else {})
    read(layout, body, fields)
    return Said(attributes=fields | (_transparent(body) if frame.message == TRANSPARENT else {}))


def _located(body: bytes, begin: int, attributes: dict[str, Any]) -> Said:
    location, faults = unpack_location(body, begin)
    return Said(locations=(location,), attributes=attributes, faults=faults)


def _batch(body: bytes) -> Said:
    """0x0704: how many, 0 usual or 1 from a blind area, then each with its length. One broken location leaves the others."""
    reader = Reader(body)
    count, kind = reader.number(2), reader.number(1)
    said = _several(reader, count, 2)
    return Said(locations=said.locations, attributes={"blind": kind == 1}, faults=said.faults)


def _vendor_batch(body: bytes) -> Said:
    """0x0210 of some makers: locations with a byte of length each, or a battery's level and a time."""
    if len(body) < BASIC:
        return Said(attributes={"batteryLevel": body[0]} if body else {})
    return _several(Reader(body), None, 1)


def _several(reader: Reader, count: int | None, length: int) -> Said:
    """`count` None: to the end. A length that leads beyond the end leaves nothing to go on from."""
    locations: list[Location] = []
    faults: list[Fault] = []
    told = 0
    while reader.left and (count is None or told < count):
        try:
            size = reader.number(length)
            begin = reader.place
            one = reader.take(size)
        except Invalid as error:
            return Said(locations=tuple(locations), faults=(*faults, *error.faults))
        told += 1
        try:
            location, wrong = unpack_location(one)
            locations.append(location)
        except Invalid as error:
            wrong = error.faults
        faults += [_within(fault, begin) for fault in wrong]
    if count is not None and told < count:
        faults.append(Fault("connect.jt808.count", "0", {"declared": count, "there": told}))
    elif reader.left:
        faults.append(Fault("connect.jt808.left", "0", {"declared": told, "left": reader.left}))
    return Said(locations=tuple(locations), faults=tuple(faults))


def _within(fault: Fault, begin: int) -> Fault:
    """Of a location that begins at that byte of the body."""
    return Fault(fault.key, fault.where, {**fault.values, "byte": begin + int(str(fault.values["byte"]))})


def _multimedia(body: bytes) -> Said:
    """0x0801: what it is, where it was taken, the data itself."""
    reader = Reader(body)
    attributes = _media(reader) | {
        "format": reader.number(1),
        "event": reader.number(1),
        "channel": reader.number(1),
    }
    location = unpack_basic(reader)
    return Said(locations=(location,), attributes=attributes | {"data": body[reader.place :].hex()})


def _searched(body: bytes) -> Said:
    """0x0802: stored multimedia, each with where it was taken."""
    reader = Reader(body)
    answered, count = reader.number(2), reader.number(2)
    found: list[dict[str, Any]] = []
    locations: list[Location] = []
    for _ in range(count):
        found.append(_media(reader) | {"channel": reader.number(1), "event": reader.number(1)})
        locations.append(unpack_basic(reader))
    return Said(locations=tuple(locations), attributes={"answered": answered, "found": found})


def _media(reader: Reader) -> dict[str, Any]:
    identifier, kind = reader.number(4), reader.number(1)
    return {"multimedia": identifier, "kind": KINDS.get(kind, kind)}


def _transparent(body: bytes) -> dict[str, Any]:
    """Text that some makers pass through."""
    said = body[1:].decode("ascii", "replace")
    if not said.startswith("$OBD-RT"):
        return {}
    values = said.strip().split(",")
    return {"text": said.strip()} | (
        {"fuelUsed": float(values[_OBD_FUEL])} if _is_number(values, _OBD_FUEL) else {}
    )


def _is_number(values: list[str], place: int) -> bool:
    return place < len(values) and values[place].replace(".", "", 1).isdigit()


def _part(frame: Frame) -> dict[str, Any]:
    return {"part": frame.part.number, "parts": frame.part.total} if frame.part else {}
