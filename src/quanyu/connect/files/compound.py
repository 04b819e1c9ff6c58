"""Compound files, in which Office before 2007 kept everything ([MS-CFB]): what is inside, and whether it can be read to its end.

A table of sectors names for each the one after it. One that leads in a circle would be read without end, into all memory there is.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_IN_HEADER = 109
"""Sectors of the table that the header names itself."""
_NO_SECTOR = 0xFFFFFFFA
"""From here on the numbers are none of sectors: end, free, table, table of tables."""
_ENTRY = 128
_FEW = 16
"""Bytes of a sector as a power of two; larger ones nobody writes."""

Table = NDArray[np.uint32]


class CompoundFault(Exception):
    """The file cannot be read to its end."""


@dataclass(frozen=True, slots=True)
class Compound:
    """`streams` are the names of what lies in the file."""

    streams: frozenset[str]


def is_compound(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def open_compound(path: Path) -> Compound:
    """Raises CompoundFault where its sectors lead in a circle or out of the file."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
        if len(head) < _HEADER or not 7 <= (power := struct.unpack_from("<H", head, 30)[0]) <= _FEW:
            raise CompoundFault("its header is broken")
        sectors = _Sectors(file, 1 << power, path.stat().st_size)
        following = sectors.table(head)
        if _leads_in_a_circle(following):
            raise CompoundFault("its sectors lead in a circle")
        directory = sectors.chain(struct.unpack_from("<I", head, 48)[0], following)
        small = np.frombuffer(sectors.chain(struct.unpack_from("<I", head, 60)[0], following), "<u4")
        if _leads_in_a_circle(small):
            raise CompoundFault("its small sectors lead in a circle")
    return Compound(frozenset(_names(directory)))


@dataclass(frozen=True, slots=True)
class _Sectors:
    file: BinaryIO
    size: int
    end: int

    def read(self, number: int) -> bytes:
        at = (number + 1) * self.size
        if at >= self.end:
            raise CompoundFault("its sectors lead out of it")
        self.file.seek(at)
        return self.file.read(self.size).ljust(self.size, b"\0")

    def table(self, head: bytes) -> Table:
        """The sector after each one; further sectors of the table are named in a chain of their own."""
        named = list(struct.unpack_from(f"<{_IN_HEADER}I", head, 76))
        further, seen = struct.unpack_from("<I", head, 68)[0], set[int]()
        while further < _NO_SECTOR:
            if further in seen:
                raise CompoundFault("its table of sectors leads in a circle")
            seen.add(further)
            *more, further = struct.unpack(f"<{self.size // 4}I", self.read(further))
            named += more
        return np.frombuffer(b"".join(self.read(one) for one in named if one < _NO_SECTOR), "<u4")

    def chain(self, start: int, following: Table) -> bytes:
        parts = []
        while start < _NO_SECTOR:
            if start >= len(following):
                raise CompoundFault("its sectors lead out of it")
            parts.append(self.read(start))
            start = int(following[start])
        return b"".join(parts)


def _leads_in_a_circle(following: Table) -> bool:
    """Twice as far with each step, whatever leads to an end is at the end."""
    count = len(following)
    ahead = np.append(np.minimum(following, count), count).astype(np.int64)
    for _ in range(count.bit_length()):
        ahead = ahead[ahead]
    return bool((ahead < count).any())


def _names(directory: bytes) -> list[str]:
    """The length stands behind the name, in bytes and with the nought at its end."""
    names = []
    for at in range(0, len(directory), _ENTRY):
        (length,) = struct.unpack_from("<H", directory, at + 64)
        names.append(directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace"))
    return names
