"""Lines put together to records, where cells hold line breaks or quotes are broken."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from quanyu.connect.files.decode import line_blocks
from quanyu.connect.files.dialect import BLANKS, Dialect
from quanyu.connect.files.model import Limits, Progress, Reject
from quanyu.connect.files.rows import Row, said_as_text
from quanyu.connect.files.source import Source

_LOOK_AHEAD = 2_000
AS_TEXT = '="'


def text_lines(source: Source, path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file without their ends; bounded memory."""
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        for block in line_blocks(source, file):
            done += len(block)
            yield from _split(block)
            source.progress(Progress(stage="read", done=done, total=total))


def records(
    lines: Iterable[str], dialect: Dialect, limits: Limits, *, width: int | None = None
) -> Iterator[Row | Reject]:
    """The records of `lines`, each with the number of its first line.

    A quote that opens and does not close within reach refuses its own line only; reading goes on with the next.
    So does one that closes in another record: then the cells over several lines are not quoted by the book, or
    are not `width` many.
    """
    csv.field_size_limit(limits.line)
    reader = _Lines(iter(lines))
    while (first := reader.take()) is not None:
        number = reader.number
        cells = reader.complete(first, dialect, longest=limits.cell, width=width)
        if cells is None:
            yield Reject(number, first[: limits.cell], "connect.files.quote.open")
        elif len(first) > limits.cell and max(map(len, cells)) > limits.cell:
            yield Reject(number, first[: limits.cell], "connect.files.cell.long")
        else:
            yield Row(number, said_as_text(cells) if AS_TEXT in first else cells)


def ends_open(line: str, dialect: Dialect, *, is_open: bool = False) -> bool:
    """Whether a quoted cell is still open at the end of `line`. Quotes inside an unquoted cell are plain text."""
    quote, delimiter = dialect.quote, dialect.delimiter or "\n"
    if quote not in line:
        return is_open
    at = 0
    if not is_open and line.startswith(quote):
        is_open, at = True, 1
    while True:
        if is_open:
            at = _closing(line, at, dialect)
            if at < 0:
                return True
            is_open = False
        else:
            at = line.find(delimiter + quote, at)
            if at < 0:
                return False
            at += len(delimiter) + 1
            is_open = True


def _closing(line: str, start: int, dialect: Dialect) -> int:
    """Where the quoted cell that is open at `start` ends (after its quote), or -1."""
    quote = dialect.quote
    at = line.find(quote, start)
    while at >= 0:
        following = line[at + 1 : at + 2]
        if dialect.escape != quote and line[at - 1 : at] == dialect.escape:
            at = line.find(quote, at + 1)
        elif following in ("", dialect.delimiter):
            return at + 1
        else:
            at = line.find(quote, at + (2 if following == quote else 1))
    return -1


def _split(block: bytes) -> list[str]:
    lines = block.decode("utf-8", "replace").split("\n")
    if not lines[-1]:
        lines.pop()
    return [line[:-1] if line.endswith("\r") else line for line in lines]


class _Lines:
    """Lines that can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._returned: deque[str] = deque()
        self._reach = _LOOK_AHEAD
        self.number = 0

    def take(self) -> str | None:
        line = self._returned.popleft() if self._returned else next(self._lines, None)
        self.number += line is not None
        return line

    def complete(self, first: str, dialect: Dialect, *, longest: int, width: int | None) -> list[str] | None:
        """The cells of the record that begins with `first`, over as many lines as its open quote runs.

        None where it never closes.
        """
        if dialect.quote not in first or dialect.delimiter == BLANKS or not ends_open(first, dialect):
            return dialect.cells(first)
        more: list[str] = []
        size = len(first)
        while len(more) < self._reach and size <= longest and (line := self.take()) is not None:
            more.append(line)
            size += len(line)
            if not ends_open(line, dialect, is_open=True):
                cells = dialect.cells_by_the_book("\n".join((first, *more)))
                if cells is not None and width in (None, len(cells)):
                    return cells
                break
        self._give_back(more)
        return None

    def _give_back(self, lines: list[str]) -> None:
        """Each failure shortens the reach, so that a file full of stray quotes is still read in linear time."""
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)
        self._reach = max(16, self._reach // 2)
