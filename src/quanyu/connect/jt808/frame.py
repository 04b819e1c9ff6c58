"""A frame: delimiters, escapes, checksum and header (JT/T 808-2019, 4.4; 808-2013, 4.4).

7e │ message 2 · properties 2 · [version 1] · terminal 6 or 10 · sequence 2 · [total 2 · number 2] · body │ sum │ 7e
"""

from dataclasses import dataclass
from functools import reduce
from operator import xor

from quanyu.connect.jt808.bcd import digits, terminal_of
from quanyu.core.errors import Fault, Invalid

DELIMITER = 0x7E
LONGEST_BODY = 0x3FF

_VERSIONED, _DIVIDED, _SHORT_SEQUENCE = 1 << 14, 1 << 13, 1 << 15
_SUM = 1
_OTHER_DELIMITER = b"\xe7"
"""Of some makers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which of how many sub-packets (分包), from 1."""

    total: int
    number: int

    @property
    def belongs(self) -> bool:
        """To a message of several; one of one, or of none, is a whole message."""
        return 1 <= self.number <= self.total > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`version`: of the 2019 header, None: a header of 2013. `encryption`: bits 10 to 12 of the properties, 1 is RSA."""

    message: int
    terminal: str
    sequence: int = 0
    body: bytes = b""
    version: int | None = None
    encryption: int = 0
    part: Part | None = None


def pack(frame: Frame) -> bytes:
    """Ready to be sent. Raises Invalid where a body is too long or a terminal is no number."""
    if len(frame.body) > LONGEST_BODY:
        raise Invalid("connect.jt808.body.long", bytes=len(frame.body), limit=LONGEST_BODY)
    properties = len(frame.body) | frame.encryption << 10
    properties |= _DIVIDED if frame.part else 0
    versioned = frame.version is not None
    properties |= _VERSIONED if versioned else 0
    head = frame.message.to_bytes(2, "big") + properties.to_bytes(2, "big")
    head += bytes([frame.version]) if frame.version is not None else b""
    head += digits(frame.terminal, 10 if versioned else 6) + frame.sequence.to_bytes(2, "big")
    if frame.part:
        head += frame.part.total.to_bytes(2, "big") + frame.part.number.to_bytes(2, "big")
    inside = head + frame.body
    return b"\x7e" + escape(inside + bytes([checksum(inside)])) + b"\x7e"


def unpack(data: bytes) -> tuple[Frame, tuple[Fault, ...]]:
    """The frame, and all that is wrong with it although it can be read. Raises Invalid where there is no whole header."""
    inside, faults = _inside(data)
    unescaped, escapes = unescape(inside)
    frame, wrong = _read(unescaped)
    if wrong and b"\x7e" in inside:
        wrong = (Fault("connect.jt808.merged", str(inside.index(b"\x7e") + 1)), *wrong)
    return frame, (*faults, *escapes, *wrong)


def unpack_logged(data: bytes) -> tuple[Frame, tuple[Fault, ...]]:
    """Logs often hold frames without escapes: where length and checksum prove the bytes as they stand, they are taken.

    Not for what comes over a line: there one changed byte could pass.
    """
    if data[:1] == data[-1:] == _OTHER_DELIMITER:
        data = b"\x7e" + data[1:-1] + b"\x7e"
    frame, faults = unpack(data)
    if not faults:
        return frame, ()
    inside, outside = _inside(data)
    for content in (inside, unescape(inside)[0]):
        plain, wrong = _read(content)
        if not wrong:
            return plain, outside
    return frame, faults


def parse(data: bytes) -> Frame:
    """A frame without any fault. Raises Invalid with all of them."""
    frame, faults = unpack(data)
    if faults:
        raise Invalid("connect.jt808.frame", faults=faults)
    return frame


def checksum(content: bytes) -> int:
    """4.4.4: exclusive or of all bytes from the header to the body's end."""
    return reduce(xor, content, 0)


def escape(content: bytes) -> bytes:
    """4.4.2"""
    return content.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")


def unescape(content: bytes) -> tuple[bytes, tuple[Fault, ...]]:
    """What stands after 7d and is neither 01 nor 02 stays as it came, with a fault."""
    if b"\x7d" not in content:
        return content, ()
    first, *rest = content.split(b"\x7d")
    plain, faults, place = bytearray(first), [], len(first) + 1
    for piece in rest:
        if piece[:1] in (b"\x01", b"\x02"):
            plain.append(0x7D if piece[0] == 1 else DELIMITER)
            plain += piece[1:]
        else:
            faults.append(Fault("connect.jt808.escape", str(place), {"byte": piece[:1].hex() or "–"}))
            plain += b"\x7d" + piece
        place += len(piece) + 1
    return bytes(plain), tuple(faults)


def _inside(data: bytes) -> tuple[bytes, tuple[Fault, ...]]:
    """What stands between the delimiters."""
    faults = []
    if data[:1] != b"\x7e":
        faults.append(Fault("connect.jt808.delimiter", "0", {"byte": data[:1].hex() or "–"}))
    if len(data) < 2 or data[-1:] != b"\x7e":
        faults.append(
            Fault("connect.jt808.delimiter", str(max(len(data) - 1, 0)), {"byte": data[-1:].hex() or "–"})
        )
    inside = data.removeprefix(b"\x7e").removesuffix(b"\x7e")
    return inside, tuple(faults)


def _read(content: bytes) -> tuple[Frame, tuple[Fault, ...]]:
    properties = int.from_bytes(content[2:4], "big")
    versioned, divided = bool(properties & _VERSIONED), bool(properties & _DIVIDED)
    short = bool(properties & _SHORT_SEQUENCE) and not versioned
    begin = 17 if versioned else 11 if short else 12
    sequence = content[10:11] if short else content[begin - 2 : begin]
    end = begin + (4 if divided else 0)
    if len(content) < end + _SUM:
        raise Invalid("connect.jt808.cut", bytes=len(content), needed=end + _SUM)
    body = content[end:-_SUM]
    frame = Frame(
        message=int.from_bytes(content[:2], "big"),
        terminal=terminal_of(content[5:15] if versioned else content[4:10]),
        sequence=int.from_bytes(sequence, "big"),
        body=body,
        version=content[4] if versioned else None,
        encryption=properties >> 10 & 7 if not short else 0,
        part=_part(content[begin:end]) if divided else None,
    )
    return frame, tuple(_faults(content, properties & LONGEST_BODY, len(body)))


def _part(field: bytes) -> Part:
    return Part(total=int.from_bytes(field[:2], "big"), number=int.from_bytes(field[2:], "big"))


def _faults(content: bytes, declared: int, there: int) -> list[Fault]:
    faults = []
    if declared != there:
        faults.append(Fault("connect.jt808.length", "2", {"declared": declared, "there": there}))
    if (counted := checksum(content[:-_SUM])) != content[-1]:
        values: dict[str, object] = {"told": f"{content[-1]:02x}", "counted": f"{counted:02x}"}
        faults.append(Fault("connect.jt808.checksum", str(len(content)), values))
    return faults
