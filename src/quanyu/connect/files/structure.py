"""A fast look over all bytes of a UTF-8 text: is every line one record of the same width?"""

import codecs
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quanyu.connect.files.decode import line_blocks
from quanyu.connect.files.dialect import Dialect
from quanyu.connect.files.model import Progress
from quanyu.connect.files.source import Source

_LF, _CR = 10, 13
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Structure:
    """`clean`: UTF-8 without NUL and with one kind of line end. `even`: one record a line, each of the same width,
    quoted by the book; only then may a CSV engine read the file by itself and lose nothing."""

    clean: bool
    even: bool
    lines: int
    blank_end: int
    """Blank lines at the end of the file."""
    longest: int
    """Bytes of the longest line, where the text is even."""
    broken_at: int | None
    """Byte offset of the block with the first byte that is not UTF-8."""


def scan(source: Source, path: Path, dialect: Dialect, *, width: int, skip: int) -> Structure:
    """Look over `path`, whose records begin after `skip` lines. Stops at the first block that is not clean."""
    look = _Look(dialect, width, skip)
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        for block in line_blocks(source, file):
            if not look.is_clean(block):
                return look.structure(broken_at=look.broken(block, done))
            look.see(block)
            done += len(block)
            source.progress(Progress(stage="check", done=done, total=total))
    return look.structure(limit=source.options.limits.cell)


class _Look:
    """What is known so far; blocks end with a line, except perhaps the last."""

    def __init__(self, dialect: Dialect, width: int, skip: int) -> None:
        self._delimiter = ord(dialect.delimiter) if dialect.delimiter and dialect.delimiter < "\x7f" else 0
        self._quote = ord(dialect.quote)
        self._width = width
        self._skip = skip
        self._header = b""
        self._blank_end = 0
        self._carriage: bool | None = None
        self._longest = 0
        self._mixed = False
        self.lines = 0
        self._even = (
            width > 1
            and bool(self._delimiter)
            and dialect.escape == dialect.quote
            and dialect.delimiter != " "
        )

    def structure(self, *, broken_at: int | None = None, limit: int = 0) -> Structure:
        return Structure(
            clean=broken_at is None,
            even=broken_at is None and self._even and not self._mixed and self._longest <= limit,
            lines=self.lines,
            blank_end=self._blank_end,
            longest=self._longest,
            broken_at=broken_at,
        )

    def is_clean(self, block: bytes) -> bool:
        if b"\0" in block:
            return False
        if block.isascii():
            return True
        try:
            block.decode()
        except UnicodeDecodeError:
            return False
        return True

    def broken(self, block: bytes, before: int) -> int:
        try:
            block.decode()
        except UnicodeDecodeError as error:
            return before + error.start
        return before + max(0, block.find(b"\0"))

    def see(self, block: bytes) -> None:
        if not self.lines:
            block = block.removeprefix(codecs.BOM_UTF8)
        if not self._even:
            self.lines += block.count(b"\n") + (not block.endswith(b"\n"))
            return
        data = np.frombuffer(block if block.endswith(b"\n") else block + b"\n", np.uint8)
        ends = np.flatnonzero(data == _LF)
        self._look_at_line_ends(block, data, ends)
        self._even = self._is_even(block, data, ends)
        self.lines += len(ends)

    def _look_at_line_ends(self, block: bytes, data: Bytes, ends: NDArray[np.intp]) -> None:
        """All lines end with CR LF, or none does; a lone CR elsewhere counts as mixed."""
        returns = block.count(b"\r") if b"\r" in block else 0
        if not block.endswith(b"\n"):
            ends = ends[:-1]
        if not len(ends) and not returns:
            return
        carriage = bool(returns)
        before = data[np.maximum(ends - 1, 0)] == _CR
        uneven = carriage and not (returns == len(ends) and bool(before.all()))
        self._mixed = self._mixed or uneven or self._carriage not in (None, carriage)
        self._carriage = carriage

    def _is_even(self, block: bytes, data: Bytes, ends: NDArray[np.intp]) -> bool:
        if self._blank_end or not self._remember_header(block):
            return False
        marks = np.flatnonzero(data == self._delimiter)
        if self._quote_byte_in(block):
            quoted = self._inside(data, ends)
            if quoted is None:
                return False
            marks = marks[~quoted[marks]]
        starts = max(0, self._skip - self.lines)
        lengths = np.diff(ends, prepend=-1)
        self._longest = max(self._longest, int(lengths.max()))
        counts = np.diff(np.searchsorted(marks, ends), prepend=0)[starts:]
        return self._all_wide(counts, lengths[starts:])

    def _all_wide(self, counts: NDArray[np.intp], lengths: NDArray[np.intp]) -> bool:
        """Every line has the width, but for blank lines at the very end of the file."""
        wide = counts == self._width - 1
        if bool(wide.all()):
            return True
        first = int(np.argmin(wide))
        rest_is_blank = bool((lengths[first:] <= (2 if self._carriage else 1)).all())
        self._blank_end = len(lengths) - first if rest_is_blank else 0
        return rest_is_blank

    def _remember_header(self, block: bytes) -> bool:
        """False where the last skipped line (the header) comes again."""
        if not self._skip:
            return True
        if not self._header:
            above = block.split(b"\n", self._skip)
            if len(above) <= self._skip:
                return False
            self._header = above[self._skip - 1] + b"\n"
            return block.find(b"\n" + self._header, block.find(self._header) + len(self._header) - 1) < 0
        return not block.startswith(self._header) and b"\n" + self._header not in block

    def _quote_byte_in(self, block: bytes) -> bool:
        return bytes([self._quote]) in block

    def _inside(self, data: Bytes, ends: NDArray[np.intp]) -> NDArray[np.bool_] | None:
        """Which bytes stand inside quotes; None where quoting is not by the book or runs over a line end."""
        is_quote = data == self._quote
        at = np.flatnonzero(is_quote)
        if len(at) % 2:
            return None
        opening, closing = at[0::2], at[1::2]
        before = np.where(opening > 0, data[np.maximum(opening - 1, 0)], _LF)
        after = data[np.minimum(closing + 1, len(data) - 1)]
        good = self._borders(before, (_LF,)) and self._borders(after, (_LF, _CR))
        if not good or bool((np.searchsorted(at, ends) % 2).any()):
            return None
        inside: NDArray[np.bool_] = np.bitwise_xor.accumulate(is_quote)
        return inside

    def _borders(self, neighbours: Bytes, ends: tuple[int, ...]) -> bool:
        allowed = (self._delimiter, self._quote, *ends)
        return bool(np.isin(neighbours, allowed).all())
