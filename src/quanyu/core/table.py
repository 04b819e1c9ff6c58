"""A table of fixed size in memory that several processes may have mapped: what is kept last for a key is found by all of them.

Nothing is locked. A place that two processes write at once, or that one reads while another writes it, does not have its
checksum and counts as empty; where there is no room, something else goes.
"""

import mmap
import struct
from dataclasses import dataclass
from zlib import crc32

_MARK = struct.Struct("<Q")
_LENGTHS = struct.Struct("<IH")
"""Of the content, and of the key before it."""
_LOW = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Size:
    """A key may stand in any of the `places` of its set; each has `room` bytes for key and content."""

    sets: int
    places: int
    room: int

    @property
    def width(self) -> int:
        """Of a set."""
        return self.places * (_MARK.size + self.room)

    @property
    def whole(self) -> int:
        return self.sets * self.width


class Table:
    """In `memory` from `begin` on. What is not written takes no memory."""

    def __init__(self, memory: mmap.mmap, size: Size, begin: int = 0) -> None:
        self._memory = memory
        self._size = size
        self._begin = begin
        self._marks = struct.Struct(f"<{size.places}Q")

    def recall(self, key: str) -> bytes | None:
        mark, begin = self._found(key)
        name = key.encode()
        for place, found in enumerate(self._marks.unpack_from(self._memory, begin)):
            if found >> 32 == mark and (content := self._read(begin, place, found & _LOW, name)) is not None:
                return content
        return None

    def keep(self, key: str, content: bytes, *, chance: int) -> bool:
        """Whether there was room for it. `chance`: any number, which says what goes where all places are taken."""
        name = key.encode()
        if _LENGTHS.size + len(name) + len(content) > self._size.room:
            self.forget(key)
            return False
        mark, begin = self._found(key)
        place = self._place(begin, mark, chance)
        at = self._at(begin, place)
        text = _LENGTHS.pack(len(content), len(name)) + name + content
        self._memory[at : at + len(text)] = text
        _MARK.pack_into(self._memory, begin + place * _MARK.size, mark << 32 | crc32(text))
        return True

    def forget(self, key: str) -> None:
        mark, begin = self._found(key)
        for place, found in enumerate(self._marks.unpack_from(self._memory, begin)):
            if found >> 32 == mark:
                _MARK.pack_into(self._memory, begin + place * _MARK.size, 0)

    def _found(self, key: str) -> tuple[int, int]:
        """Its mark, never that of an empty place, and where its set begins."""
        mark = crc32(key.encode()) or 1
        return mark, self._begin + mark % self._size.sets * self._size.width

    def _at(self, begin: int, place: int) -> int:
        return begin + self._marks.size + place * self._size.room

    def _place(self, begin: int, mark: int, chance: int) -> int:
        """Where it stands already, else an empty one, else any."""
        marks = self._marks.unpack_from(self._memory, begin)
        empty = None
        for place, found in enumerate(marks):
            if found >> 32 == mark:
                return place
            if not found:
                empty = place
        return chance % self._size.places if empty is None else empty

    def _read(self, begin: int, place: int, sum: int, name: bytes) -> bytes | None:
        at = self._at(begin, place)
        length, width = _LENGTHS.unpack_from(self._memory, at)
        text = self._memory[at : at + min(_LENGTHS.size + width + length, self._size.room)]
        if crc32(text) != sum or text[_LENGTHS.size : _LENGTHS.size + width] != name:
            return None
        return text[_LENGTHS.size + width :]
