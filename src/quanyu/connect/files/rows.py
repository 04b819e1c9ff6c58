"""Lines of a table before anybody knows which of them are records."""

import re
from typing import NamedTuple

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d+)?\s*%?")
_AS_TEXT = re.compile(r'="([^"]*)"')
_DATE = re.compile(r"\d{4}\s*[-/年.]\s*\d{1,2}.*|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}.*|\d{1,2}:\d{2}.*")


class Row(NamedTuple):
    """A line as its cells: text without surrounding blanks is not assumed; "" is an empty cell."""

    line: int
    cells: list[str]


def said_as_text(cells: list[str]) -> list[str]:
    """`="00120"` is 00120: so programs keep a spreadsheet from taking a code for a number."""
    return [found[1] if (found := _AS_TEXT.fullmatch(cell.strip())) else cell for cell in cells]


def filled(row: Row) -> list[str]:
    """The cells that hold something."""
    return [cell for cell in row.cells if cell and not cell.isspace()]


def is_typed(cell: str) -> bool:
    """A number, date or time: something that a column holds but a heading seldom is."""
    text = cell.strip()
    return bool(text) and (bool(_NUMBER.fullmatch(text)) or bool(_DATE.fullmatch(text)))


def typed_columns(rows: list[Row], width: int) -> list[bool]:
    """For each column whether nearly all its filled cells are numbers, dates or times."""
    return [_is_typed_column([row.cells[at] for row in rows if at < len(row.cells)]) for at in range(width)]


def _is_typed_column(cells: list[str]) -> bool:
    present = [cell for cell in cells if cell.strip()]
    return bool(present) and sum(map(is_typed, present)) >= 0.8 * len(present)
