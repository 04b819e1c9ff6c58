"""Memo texts of dBASE tables, which stand in a file of their own: .dbt of dBASE III and IV, .fpt of FoxPro."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ENDINGS = (".dbt", ".fpt")
_BLOCK = 512
_END = b"\x1a"
_TEXT = 1
"""Type of a FoxPro block; 0 is a picture."""


@dataclass(frozen=True, slots=True)
class Memos:
    """The open file beside a table; `longest` bytes of a text are read."""

    file: BinaryIO
    is_foxpro: bool
    block: int
    longest: int

    def text(self, pointer: bytes) -> bytes | None:
        """What the pointer in a record leads to; None where it leads nowhere."""
        number = _number(pointer)
        if number is None:
            return b""
        self.file.seek(number * self.block)
        head = self.file.read(8)
        if self.is_foxpro:
            return self._foxpro(head)
        if head[:4] == b"\xff\xff\x08\x00":
            return self._sized(struct.unpack("<I", head[4:8])[0] - 8)
        return self._ended(head)

    def _foxpro(self, head: bytes) -> bytes | None:
        if len(head) < 8:
            return None
        kind, length = struct.unpack(">II", head)
        return self._sized(length) if kind == _TEXT else None

    def _sized(self, length: int) -> bytes | None:
        if not 0 <= length <= self.longest:
            return None
        text = self.file.read(length)
        return text if len(text) == length else None

    def _ended(self, text: bytes) -> bytes | None:
        """dBASE III says where a text begins, and ends it with a mark."""
        while _END not in text and len(text) <= self.longest:
            more = self.file.read(_BLOCK)
            if not more:
                return None
            text += more
        return text.partition(_END)[0] if _END in text else None


def memo_file(path: Path) -> Path | None:
    """The file of the memos of the table at `path`, if it is there."""
    beside = {each.name.lower(): each for each in path.parent.iterdir() if each.is_file()}
    return next(
        (beside[path.stem.lower() + ending] for ending in ENDINGS if path.stem.lower() + ending in beside),
        None,
    )


@contextmanager
def open_memos(path: Path | None, *, longest: int) -> Iterator[Memos | None]:
    """None without a file, and where its header makes no sense."""
    if path is None:
        yield None
        return
    with path.open("rb") as file:
        head = file.read(_BLOCK)
        is_foxpro = path.suffix.lower() == ".fpt"
        if len(head) < 24:
            yield None
            return
        size = struct.unpack(">H", head[6:8])[0] if is_foxpro else struct.unpack("<H", head[20:22])[0]
        yield Memos(file, is_foxpro, size or (1 if is_foxpro else _BLOCK), longest)


def _number(pointer: bytes) -> int | None:
    """Ten figures, or four bytes in Visual FoxPro; None for no memo."""
    if len(pointer) == 4:
        return int.from_bytes(pointer, "little") or None
    text = pointer.strip(b" \0")
    return int(text) or None if text.isdigit() else None
