"""Fields of a dBASE table, and cells that are no plain text: figures of Visual FoxPro in bytes, days, unset truth values."""

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

FOXPRO = frozenset({0x30, 0x31, 0x32})
"""Versions of Visual FoxPro, whose letters for kinds mean more than those of dBASE."""

_ELSEWHERE = (b"M", b"B", b"G", b"P", b"W")
"""Memo, binary, OLE, picture and blob: only memos are texts."""
_VARYING = (b"V", b"Q")
"""Texts and bytes of a length of their own, of Visual FoxPro."""
NULLS = b"0"
_JULIAN_1970 = 2_440_588
_FIGURES = {b"I": "<i", b"B": "<d", b"Y": "<q"}


@dataclass(frozen=True, slots=True)
class DbfField:
    name: bytes
    kind: bytes
    start: int
    length: int
    null_bit: int | None
    """Its place among the bits that say in a table of FoxPro which cells hold nothing."""
    length_bit: int | None
    """Its place among the same bits, which say where the last byte of a cell tells how much of it is used."""
    elsewhere: bool
    """The cell is only the number of a block in another file."""
    memo: bool
    """That block is a text."""


def fields_of(head: bytes, header_length: int) -> list[DbfField]:
    """As the header describes them, with the one that holds the bits of nothing."""
    fields: list[DbfField] = []
    start, bits = 1, 0
    for at in range(32, header_length - 31, 32):
        if head[at] == 0x0D:
            break
        name = head[at : at + 11].split(b"\0")[0]
        kind = head[at + 11 : at + 12]
        length = head[at + 16] + (head[at + 17] << 8 if kind == b"C" else 0)
        elsewhere = kind in _ELSEWHERE and not is_binary(kind, head[0])
        varies = head[0] in FOXPRO and kind in _VARYING
        length_bit = bits if varies else None
        bits += varies
        may_be_null = head[0] in FOXPRO and bool(head[at + 18] & 2)
        fields.append(
            DbfField(
                name, kind, start, length, bits if may_be_null else None, length_bit, elsewhere, kind == b"M"
            )
        )
        bits += may_be_null
        start += length
    return fields


def cell_of(nulls: DbfField | None, field: DbfField, data: bytes) -> bytes:
    """The bytes of the record `data` that are the cell; none where its bits say that it holds nothing."""
    if _is_set(nulls, field.null_bit, data):
        return b""
    raw = data[field.start : field.start + field.length]
    return raw[: raw[-1]] if raw and _is_set(nulls, field.length_bit, data) else raw


def _is_set(nulls: DbfField | None, at: int | None, data: bytes) -> bool:
    if at is None or nulls is None:
        return False
    byte, bit = divmod(at, 8)
    return byte < nulls.length and bool(data[nulls.start + byte] >> bit & 1)


def is_binary(kind: bytes, version: int) -> bool:
    """Its bytes are no text in any encoding."""
    return version in FOXPRO and (kind in (b"T", b"Q") or kind in _FIGURES)


def plain(kind: bytes, raw: bytes, version: int) -> bytes:
    """The cell as plain text, empty where it holds nothing; days and moments in ISO 8601, as a workbook gives them, bytes as hex."""
    if kind == b"Q" and version in FOXPRO:
        return raw.hex().encode()
    if is_binary(kind, version):
        return _moment(raw) if kind == b"T" else _figure(kind, raw)
    if kind == b"D":
        return _day(raw.strip(b" \0"))
    return b"" if kind == b"L" and raw.strip(b" \0") == b"?" else raw


def _day(raw: bytes) -> bytes:
    if not raw.strip(b"0"):
        return b""
    return b"-".join((raw[:4], raw[4:6], raw[6:])) if len(raw) == 8 and raw.isdigit() else raw


def _moment(raw: bytes) -> bytes:
    """Days of the Julian calendar and milliseconds of the day."""
    if len(raw) != 8 or not raw.strip(b" \0"):
        return b""
    day, millisecond = struct.unpack("<ii", raw)
    try:
        moment = datetime(1970, 1, 1) + timedelta(days=day - _JULIAN_1970, milliseconds=millisecond)  # noqa: DTZ001 (the office's own time)
    except OverflowError:
        return raw.hex().encode()
    return moment.isoformat(sep=" ", timespec="auto").encode()


def _figure(kind: bytes, raw: bytes) -> bytes:
    if len(raw) != struct.calcsize(_FIGURES[kind]):
        return raw.hex().encode()
    (figure,) = struct.unpack(_FIGURES[kind], raw)
    return str(Decimal(figure) / 10_000 if kind == b"Y" else figure).encode()
