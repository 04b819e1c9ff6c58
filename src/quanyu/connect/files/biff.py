"""Records of a workbook before Office 2007 ([MS-XLS]): how far its sheets reach, and whether it says so of itself truly.

A reader makes room for as many cells and texts as a workbook says that it has, before it has read one.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

STREAMS = ("Workbook", "Book")
"""Where the records lie, since Excel 97 and before."""

_BEGIN, _DIMENSIONS, _TEXTS, _PASSWORD = 0x0809, 0x0200, 0x00FC, 0x002F
_CELLS = frozenset({0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E})
_RANGES = frozenset({0x00BD, 0x00BE})
"""Records of several cells of a row, which end with the last column."""

_CORNERS = {10: "<HHHH", 14: "<IIHH"}
"""First row, the one after the last, and so with columns; until Excel 95, and since Excel 97."""
_SHORTEST = 3
"""Bytes of a text."""


class BiffFault(Exception):
    """It says of itself what cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    rows: int
    columns: int

    @property
    def cells(self) -> int:
        return self.rows * self.columns


def widest(stream: bytes) -> Reach:
    """Of the sheet with the largest rectangle, as it says and as its cells lie. Raises BiffFault. What is encrypted says nothing."""
    largest = Reach(rows=0, columns=0)
    rows = columns = 0
    for kind, body in _records(stream):
        if kind == _PASSWORD:
            break
        if kind == _BEGIN:
            rows = columns = 0
        elif kind == _DIMENSIONS and len(body) in _CORNERS:
            top, bottom, left, right = struct.unpack_from(_CORNERS[len(body)], body)
            if bottom and right and (bottom <= top or right <= left):
                raise BiffFault("a sheet says to end before it begins")
            rows, columns = max(rows, bottom), max(columns, right)
        elif (
            kind == _TEXTS
            and len(body) >= 8
            and struct.unpack_from("<I", body, 4)[0] * _SHORTEST > len(stream)
        ):
            raise BiffFault("it says to have more texts than it has room for")
        elif kind in _CELLS and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind in _RANGES else column
            rows, columns = max(rows, row + 1), max(columns, column + 1, last + 1)
        if rows * columns > largest.cells:
            largest = Reach(rows=rows, columns=columns)
    return largest


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length
