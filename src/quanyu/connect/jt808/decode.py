"""Frames as text, one a line, read for people and tests: `quanyu jt808 decode`."""

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from quanyu.connect.jt808.body import attributes_at, understand
from quanyu.connect.jt808.frame import Frame, unpack_logged
from quanyu.connect.jt808.location import Location
from quanyu.connect.jt808.parts import Parts
from quanyu.core.errors import Fault, Invalid

_SENTENCE = re.compile(r"\((\w+),.*\)", re.ASCII)
_LONGEST = 8 * 1024


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Degrees WGS-84, km/h, metres, degrees from north; `time` with its zone; `alarm` and `status` as their DWORDs."""

    lat: float
    lon: float
    time: str
    speed: float
    altitude: int
    direction: int
    valid: bool
    alarm: int
    status: int
    attributes: dict[str, Any]


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """`attributes`: of the message and its first position. `error`: everything that is wrong, with the bytes where it is."""

    message: str | None = None
    terminal: str | None = None
    positions: tuple[Position, ...] = ()
    attributes: dict[str, Any] = {}
    error: str | None = None


def decode_line(line: str, language: str = "en") -> Decoded:
    """One line alone: whatever it holds, wrong input is told in `error`, beside all that could be read."""
    return Decoder(language).decode(line)


@dataclass(slots=True)
class Decoder:
    """Line after line: a message in sub-packets is read with the line that completes it, the others say which part they are."""

    language: str = "en"
    _parts: dict[str, Parts] = field(default_factory=dict)

    def decode(self, line: str) -> Decoded:
        try:
            data = _bytes_of(line)
            if sentence := _SENTENCE.fullmatch(data.decode("latin-1").strip()):
                return Decoded(message="text", terminal=sentence[1], attributes={"result": sentence[0]})
            frame, faults = unpack_logged(data)
        except Invalid as error:
            return Decoded(error=_told(error.faults, self.language))
        return _decoded(self._whole(frame), faults, self.language)

    def _whole(self, frame: Frame) -> Frame:
        if frame.part is None or not frame.part.belongs:
            return frame
        return self._parts.setdefault(frame.terminal, Parts()).add(frame, frame.part) or frame


def _decoded(frame: Frame, faults: tuple[Fault, ...], language: str) -> Decoded:
    said = understand(frame)
    positions = tuple(map(position_of, said.locations))
    first = positions[0].attributes if positions else {}
    return Decoded(
        message=f"0x{frame.message:04X}",
        terminal=frame.terminal,
        positions=positions,
        attributes=said.attributes | first,
        error=_told((*faults, *said.faults), language) or None,
    )


def position_of(location: Location) -> Position:
    return Position(
        lat=location.lat, lon=location.lon, time=location.time.isoformat(), speed=location.speed,
        altitude=location.altitude, direction=location.direction, valid=location.valid,
        alarm=location.alarm, status=location.status, attributes=attributes_at(location),
    )  # fmt: skip


def _bytes_of(line: str) -> bytes:
    """Hexadecimal with or without blanks, 0x, colons or hyphens between bytes."""
    said = re.sub(r"0x|[\s:,-]", "", line.strip())
    if len(said) > _LONGEST:
        raise Invalid("connect.jt808.long", digits=len(said), limit=_LONGEST)
    if wrong := re.search(r"[^0-9A-Fa-f]", said):
        raise Invalid("connect.jt808.hex", place=wrong.start(), said=wrong[0])
    if len(said) % 2:
        raise Invalid("connect.jt808.half", digits=len(said))
    return bytes.fromhex(said)


def _told(faults: tuple[Fault, ...], language: str) -> str:
    lines = (
        f"byte {fault.where}: {fault.text(language)}" if fault.where else fault.text(language)
        for fault in faults
    )
    return "; ".join(lines)
