"""What the processes of one node remember together of the entities they wrote last: a table that all of them have mapped.

It holds what was committed, and is never believed more than a memory is: the statement that writes what was worked out
from it looks at the version (record 0032). Nothing is locked. A place that two processes write at once, or that one reads
while another writes it, does not have its checksum and counts as empty.
"""

import mmap
import os
import struct
from collections.abc import Mapping
from typing import Any, Self
from zlib import crc32

import msgspec

from quanyu.core.process import nameless_file
from quanyu.twin.state import State

SETS, PLACES, ROOM = 2_048, 16, 2_048
"""An entity may stand in any of the PLACES of its set; each has ROOM bytes, so that larger entities are read each time."""

_MARKS = struct.Struct(f"<{PLACES}Q")
_MARK = struct.Struct("<Q")
_LENGTH = struct.Struct("<I")
_WIDTH = _MARKS.size + PLACES * ROOM
_LOW = 0xFFFFFFFF


class _Kept(msgspec.Struct, array_like=True):
    key: str
    state: State
    document: bytes


def _mark_of(key: str) -> int:
    """Never that of an empty place."""
    return crc32(key.encode()) or 1


_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Kept)


class Common:
    """Of all tenants. `file`: of the process that made it; whoever is handed it maps the same table."""

    def __init__(self, file: int) -> None:
        self.file = file
        self._table = mmap.mmap(file, SETS * _WIDTH)

    @classmethod
    def made(cls) -> Self:
        """What is not written takes no memory."""
        file = nameless_file("quanyu-common")
        os.ftruncate(file, SETS * _WIDTH)
        return cls(file)

    def close(self) -> None:
        self._table.close()
        os.close(self.file)

    def recall(self, key: str) -> State | None:
        mark = _mark_of(key)
        begin = mark % SETS * _WIDTH
        for place, found in enumerate(_MARKS.unpack_from(self._table, begin)):
            if found >> 32 == mark and (kept := self._read(begin, place, found & _LOW)) and kept.key == key:
                document: Mapping[str, Any] = msgspec.json.decode(kept.document)
                return msgspec.structs.replace(kept.state, document=document)
        return None

    def keep(self, key: str, state: State, document: bytes) -> None:
        """`state` without its document, which is JSON."""
        content = _ENCODER.encode(_Kept(key, state, document))
        if len(content) > ROOM - _LENGTH.size:
            self.forget(key)
            return
        mark = _mark_of(key)
        begin = mark % SETS * _WIDTH
        place = self._place(begin, mark, state.version)
        at = begin + _MARKS.size + place * ROOM
        _LENGTH.pack_into(self._table, at, len(content))
        self._table[at + _LENGTH.size : at + _LENGTH.size + len(content)] = content
        _MARK.pack_into(self._table, begin + place * _MARK.size, mark << 32 | crc32(content))

    def forget(self, key: str) -> None:
        mark = _mark_of(key)
        begin = mark % SETS * _WIDTH
        for place, found in enumerate(_MARKS.unpack_from(self._table, begin)):
            if found >> 32 == mark:
                _MARK.pack_into(self._table, begin + place * _MARK.size, 0)

    def _place(self, begin: int, mark: int, chance: int) -> int:
        """Where it stands already, else an empty one, else any."""
        marks = _MARKS.unpack_from(self._table, begin)
        empty = None
        for place, found in enumerate(marks):
            if found >> 32 == mark:
                return place
            if not found:
                empty = place
        return chance % PLACES if empty is None else empty

    def _read(self, begin: int, place: int, sum: int) -> _Kept | None:
        at = begin + _MARKS.size + place * ROOM
        (length,) = _LENGTH.unpack_from(self._table, at)
        content = self._table[at + _LENGTH.size : at + min(_LENGTH.size + length, ROOM)]
        return _DECODER.decode(content) if crc32(content) == sum else None
