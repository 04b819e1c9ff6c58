"""A fast look over all bytes of a UTF-8 text: is every line one record of the same width?"""

import codecs
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from quanyu.connect.files.decode import line_blocks
from quanyu.connect.files.dialect import Dialect
from quanyu.connect.files.model import Progress
from quanyu.connect.files.source import Source

_LF, _CR = 10, 13
Bytes = NDArray[np.uint8]
Places = NDArray[np.intp]


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
    total = path.stat().st_size
    with path.open("rb") as file:
        done = _past_mark(file)
        for piece in _looked_at(look.piece, line_blocks(source, file)):
            if not piece.clean:
                return look.structure(broken_at=_broken(piece.block, done))
            look.see(piece)
            done += len(piece.block)
            source.progress(Progress(stage="check", done=done, total=total))
    return look.structure(limit=source.options.limits.cell)


def _past_mark(file: BinaryIO) -> int:
    """Bytes of the byte order mark at the very beginning, which is read over."""
    if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        file.seek(0)
    return file.tell()


def _looked_at(look: Callable[[bytes], "_Piece"], blocks: Iterable[bytes]) -> Iterator["_Piece"]:
    """In the order of the blocks, two of which are looked at beside each other: most of it is work of libraries."""
    with ThreadPoolExecutor(max_workers=2) as eyes:
        ahead: deque[Future[_Piece]] = deque()
        for block in blocks:
            ahead.append(eyes.submit(look, block))
            if len(ahead) > _AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


_AHEAD = 4


def _broken(block: bytes, before: int) -> int:
    try:
        block.decode()
    except UnicodeDecodeError as error:
        return before + error.start
    return before + max(0, block.find(b"\0"))


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

    def piece(self, block: bytes) -> "_Piece":
        """May be asked for blocks that come later: it only reads."""
        clean = b"\0" not in block and (block.isascii() or _is_utf8(block))
        if not (clean and self._even):
            return _Piece(block, clean, None)
        data = np.frombuffer(block if block.endswith(b"\n") else block + b"\n", np.uint8)
        quote = self._quote if bytes([self._quote]) in block else None
        return _Piece(block, clean, _Marks.of(data, self._delimiter, quote))

    def see(self, piece: "_Piece") -> None:
        block, marks = piece.block, piece.marks
        if marks is None or not self._even:
            self.lines += block.count(b"\n") + (not block.endswith(b"\n"))
            return
        self._look_at_line_ends(block, marks)
        self._even = self._is_even(block, marks)
        self.lines += len(marks.ends)

    def _look_at_line_ends(self, block: bytes, marks: "_Marks") -> None:
        """All lines end with CR LF, or none does; a lone CR elsewhere counts as mixed."""
        returns = block.count(b"\r") if b"\r" in block else 0
        ends = marks.ends if block.endswith(b"\n") else marks.ends[:-1]
        if not len(ends) and not returns:
            return
        carriage = bool(returns)
        uneven = carriage and not (
            returns == len(ends) and bool((marks.data[np.maximum(ends - 1, 0)] == _CR).all())
        )
        self._mixed = self._mixed or uneven or self._carriage not in (None, carriage)
        self._carriage = carriage

    def _is_even(self, block: bytes, marks: "_Marks") -> bool:
        if self._blank_end or _has_mark(block, marks) or not self._remember_header(block):
            return False
        bare = marks.outside_quotes(self._delimiter)
        if bare is None:
            return False
        starts = max(0, self._skip - self.lines)
        lengths = np.diff(marks.ends, prepend=-1)
        self._longest = max(self._longest, int(lengths.max()))
        return self._all_wide(bare.cells[starts:], lengths[starts:])

    def _all_wide(self, counts: Places, lengths: Places) -> bool:
        """Every line has the width, but for blank lines at the very end of the file."""
        wide = counts == self._width
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


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block, whether it is clean, and its marks, where all lines were even so far."""

    block: bytes
    clean: bool
    marks: "_Marks | None"


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where the bytes stand that cut a block: line ends, delimiters and, where it has any, quotes."""

    data: Bytes
    at: Places
    kinds: Bytes
    quote: int | None

    @classmethod
    def of(cls, data: Bytes, delimiter: int, quote: int | None) -> "_Marks":
        wanted = data == _LF
        for mark in (delimiter, quote):
            if mark is not None:
                wanted |= data == mark
        at = np.flatnonzero(wanted)
        return cls(data, at, data[at], quote)

    @property
    def ends(self) -> Places:
        ends: Places = self.at[self.kinds == _LF]
        return ends

    @property
    def cells(self) -> Places:
        """How many cells each line has."""
        cells: Places = np.diff(np.flatnonzero(self.kinds == _LF), prepend=-1)
        return cells

    def outside_quotes(self, delimiter: int) -> "_Marks | None":
        """Line ends and delimiters that cut; None where quoting is not by the book or runs over a line end."""
        if self.quote is None:
            return self
        is_quote = self.kinds == self.quote
        quotes = self.at[is_quote]
        if len(quotes) % 2:
            return None
        opening, closing = quotes[0::2], quotes[1::2]
        before = np.where(opening > 0, self.data[np.maximum(opening - 1, 0)], _LF)
        after = self.data[np.minimum(closing + 1, len(self.data) - 1)]
        borders = (delimiter, self.quote, _LF)
        inside = np.bitwise_xor.accumulate(is_quote)
        by_the_book = np.isin(before, borders).all() and np.isin(after, (*borders, _CR)).all()
        if not by_the_book or bool((inside & (self.kinds == _LF)).any()):
            return None
        bare = ~(inside | is_quote)
        return _Marks(self.data, self.at[bare], self.kinds[bare], None)


def _has_mark(block: bytes, marks: _Marks) -> bool:
    """Whether a line begins with a byte order mark: files were put one behind the other. A search of the text costs most."""
    starts = np.concatenate(([0], marks.ends[:-1] + 1))
    first = starts[marks.data[starts] == codecs.BOM_UTF8[0]]
    return any(block.startswith(codecs.BOM_UTF8, start) for start in first.tolist())


def _is_utf8(block: bytes) -> bool:
    """Arrow looks three times as fast as Python decodes."""
    ends = pa.py_buffer(np.array([0, len(block)], np.int32))
    text = pa.StringArray.from_buffers(1, ends, pa.py_buffer(block))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
