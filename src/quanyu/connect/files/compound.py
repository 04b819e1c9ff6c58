"""Compound files, in which Office before 2007 kept everything ([MS-CFB]): what is inside, and whether it can be read to its end.

A table of sectors names for each the one after it. One that leads in a circle would be read without end, into all memory there is; and
a reader asks at once for as much as the file says of itself, so what it cannot have is found before.
"""

import struct
from collections.abc import Collection, Iterator, Mapping
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

_COUNTS = (40, 44, 64, 72)
"""Where the header says how many sectors directory, table, table of small sectors and table of tables have."""
_CUTOFF = 56
"""Where it says below which size a stream lies in small sectors, which are in the stream of the root."""
_SMALL = 64
_STREAM, _ROOT = 2, 5

Table = NDArray[np.uint32]


class CompoundFault(Exception):
    """The file cannot be read to its end."""


@dataclass(frozen=True, slots=True)
class Compound:
    """`streams` are the names of what lies in the file, `contents` what was asked for."""

    streams: frozenset[str]
    contents: Mapping[str, bytes]


def is_compound(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def open_compound(path: Path, *, contents: Collection[str] = ()) -> Compound:
    """Raises CompoundFault where its sectors lead in a circle or out of the file, or it says to be larger than it is."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
        if len(head) < _HEADER or not 7 <= (power := struct.unpack_from("<H", head, 30)[0]) <= _FEW:
            raise CompoundFault("its header is broken")
        sectors = _Sectors(file, 1 << power, path.stat().st_size)
        if any(struct.unpack_from("<I", head, at)[0] * sectors.size > sectors.end for at in _COUNTS):
            raise CompoundFault("it says to have more sectors than it has")
        following = sectors.table(head)
        if _leads_in_a_circle(following):
            raise CompoundFault("its sectors lead in a circle")
        directory = sectors.chain(struct.unpack_from("<I", head, 48)[0], following)
        small = np.frombuffer(sectors.chain(struct.unpack_from("<I", head, 60)[0], following), "<u4")
        if _leads_in_a_circle(small):
            raise CompoundFault("its small sectors lead in a circle")
        entries = list(_entries(directory))
        if any(one.size > sectors.end for one in entries):
            raise CompoundFault("a stream says to be larger than the file")
        cutoff = struct.unpack_from("<I", head, _CUTOFF)[0]
        root = next((one for one in entries if one.kind == _ROOT), None)
        within = sectors.chain(root.start, following) if root and contents else b""
        read = {
            one.name: sectors.chain(one.start, following)
            if one.size >= cutoff
            else _pieces(within, one.start, small)
            for one in entries
            if one.name in contents
        }
    sizes = {one.name: one.size for one in entries}
    return Compound(frozenset(sizes), {name: content[: sizes[name]] for name, content in read.items()})


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    name: str
    kind: int
    start: int
    size: int


def _entries(directory: bytes) -> Iterator[_Entry]:
    """The length of a name stands behind it, in bytes and with the nought at its end. Of a size the upper half may be anything."""
    for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        length, kind = struct.unpack_from("<HB", directory, at + 64)
        start, size = struct.unpack_from("<II", directory, at + 116)
        name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        yield _Entry(name=name, kind=kind, start=start, size=size if kind in (_STREAM, _ROOT) else 0)


def _pieces(within: bytes, start: int, following: Table) -> bytes:
    """Of small sectors; what leads out of them is missing."""
    parts = []
    while start < len(following):
        parts.append(within[start * _SMALL : (start + 1) * _SMALL])
        start = int(following[start])
    return b"".join(parts)
