"""How a text is cut into cells: delimiter, quote, escape."""

import csv
import io
import math
import re
from collections import Counter
from dataclasses import dataclass

DELIMITERS = (",", "\t", ";", "|", "\x01", "，")
BLANKS = " "
"""The delimiter of columns set apart by one or more blanks."""

_SAMPLE_LINES = 500
_CARRIAGE = "\ue00d"
"""Stands for a CR inside a line while the csv module looks at it, which refuses any but at the end."""
_SINGLE_QUOTED = re.compile(r"(^|[,;\t|])'[^']*'(?=[,;\t|]|$)")


@dataclass(frozen=True, slots=True)
class Dialect:
    """`delimiter` None: every line is one cell. `escape` is the quote itself (doubled) or a backslash."""

    delimiter: str | None
    quote: str = '"'
    escape: str = '"'

    def cells(self, text: str) -> list[str]:
        """The cells of one record, which may span lines."""
        if self.delimiter == BLANKS:
            return text.split()
        if self.delimiter is None and self.quote not in text:
            return [text]
        if self.quote not in text and self.escape == self.quote:
            return text.split(self.delimiter)
        return self._parsed(text)

    def cells_by_the_book(self, text: str) -> list[str] | None:
        """The cells of a record over several lines; None where its quotes break the rules."""
        try:
            return self._parsed(text, strict=True)
        except csv.Error:
            return None

    def _parsed(self, text: str, *, strict: bool = False) -> list[str]:
        if "\r" in text:
            cells = self._parsed(text.replace("\r", _CARRIAGE), strict=strict)
            return [cell.replace(_CARRIAGE, "\r") for cell in cells]
        doubled = self.escape == self.quote
        reader = csv.reader(
            io.StringIO(text, newline="\n"),
            delimiter=self.delimiter or "\x1f",
            quotechar=self.quote,
            doublequote=doubled,
            escapechar=None if doubled else self.escape,
            strict=strict,
        )
        return next(reader, [""]) or [""]


def sniff_dialect(lines: list[str], delimiter: str | None = None) -> Dialect:
    """The dialect that cuts most of `lines` into the same number of cells, wider tables first."""
    sample = [line for line in lines[:_SAMPLE_LINES] if line.strip()]
    text = "\n".join(sample)
    quote = "'" if '"' not in text and len(_SINGLE_QUOTED.findall(text)) > len(sample) else '"'
    escape = "\\" if f"\\{quote}" in text and quote * 2 not in text else quote
    if delimiter is not None:
        return Dialect(delimiter, quote, escape)
    candidates = [Dialect(candidate, quote, escape) for candidate in DELIMITERS]
    best = max(candidates, key=lambda dialect: _fit(sample, dialect))
    if _fit(sample, best) > 0:
        return best
    blanks = Dialect(BLANKS)
    return blanks if _is_set_in_columns(sample) else Dialect(None, quote, escape)


def _fit(lines: list[str], dialect: Dialect) -> float:
    """Share of lines with the usual number of cells, with a little more for wider tables; 0 for no table."""
    counts = Counter(len(dialect.cells(line)) for line in lines)
    tables = {width: number for width, number in counts.items() if width > 1}
    if not tables:
        return 0.0
    width = max(tables, key=lambda width: (tables[width], width))
    share = tables[width] / len(lines)
    return share + 0.1 * math.log2(width) if share >= 0.3 else 0.0


def _is_set_in_columns(lines: list[str]) -> bool:
    """Most lines have one and the same number of words, and most words are numbers: no prose has that."""
    counts = Counter(len(line.split()) for line in lines)
    if not counts:
        return False
    width, number = counts.most_common(1)[0]
    words = [word for line in lines for word in line.split()]
    numeric = sum(any(character.isdigit() for character in word) for word in words)
    return width > 1 and number >= 0.8 * len(lines) and numeric >= 0.5 * len(words)
