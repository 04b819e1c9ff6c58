"""Which line of a table names its columns: below titles, of one or two lines, or none at all."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass

from quanyu.connect.files.rows import Row, filled, is_typed, typed_columns

_BODY_SAMPLE = 300
_FILLED_IN = re.compile(
    r"(填报|填表|制表|编制|报送|上报|统计|数据|公布|发布|截止|截至|报表)?(单位|部门|机关|人|日期|时间|期|口径|来源|年度)\s*[:：].*"
)
"""填报单位：市生态环境局, 单位：万元: what a form says above its table."""


@dataclass(frozen=True, slots=True)
class Heading:
    """`titles` and `rows` are counts of sample rows: first the title lines, then the header lines (0 = none)."""

    titles: int
    rows: int
    labels: tuple[str, ...]


def find_heading(rows: list[Row], *, header: bool | None = None, merged: "Merges | None" = None) -> Heading:
    """The heading of the table that begins with `rows`; `header` is what the user says about there being one."""
    merges = merged or Merges()
    spread = [Row(row.line, merges.spread(index, row.cells)) for index, row in enumerate(rows)]
    start = _first_full(spread)
    if start and header is not False and _is_banner(rows, start - 1, merges):
        start -= 1
    width = _width(spread)
    body = spread[start + 1 : start + 1 + _BODY_SAMPLE]
    is_banner = start + 1 < len(rows) and _is_banner(rows, start, merges)
    if header is False or (
        header is None and not is_banner and not _names_columns(spread[start], body, width)
    ):
        return Heading(start, 0, tuple("" for _ in range(width)))
    return heading_at(rows, start, merged=merges)


def heading_at(rows: list[Row], start: int, *, merged: "Merges | None" = None) -> Heading:
    """The heading whose first line is row `start`."""
    merges = merged or Merges()
    spread = [Row(row.line, merges.spread(index, row.cells)) for index, row in enumerate(rows)]
    depth = max(merges.depth(start), 2 if _has_second_line(rows, start, merges) else 1)
    if depth == 2 and start + 1 < len(rows) and _is_record(rows[start + 1].cells):
        depth = 1
    lines = [spread[start + at].cells for at in range(min(depth, len(rows) - start))]
    if depth > 1 and not merges.ranges:
        lines[0] = _filled_forward(lines[0], lines[1])
    width = max(_width(spread[start:]), max(len(line) for line in lines))
    return Heading(start, len(lines), tuple(_label(lines, at) for at in range(width)))


@dataclass(frozen=True, slots=True)
class Merges:
    """Merged ranges of a sheet: (first row, first column, last row, last column), inclusive, in sample rows."""

    ranges: tuple[tuple[int, int, int, int], ...] = ()

    def spread(self, index: int, cells: list[str]) -> list[str]:
        """The cells of row `index` with the value of each merged range in all its columns."""
        out = list(cells)
        for top, left, bottom, right in self.ranges:
            if top <= index <= bottom and left < len(out):
                for at in range(left, min(right + 1, len(out))):
                    out[at] = out[at] or out[left]
        return out

    def depth(self, start: int) -> int:
        """How many lines a heading has that begins at row `start`, going by its merged cells."""
        depth = 1
        for top, left, bottom, right in self.ranges:
            if top == start:
                depth = max(depth, bottom - top + 1, 2 if right > left else 1)
        return min(depth, 4)


def _is_banner(rows: list[Row], index: int, merges: "Merges") -> bool:
    """A line of labels each of which spans several columns, named one by one in the line below."""
    upper, lower = rows[index].cells, rows[index + 1].cells
    said = filled(rows[index])
    if len(said) < 2 or any(map(is_typed, said)) or _is_form(rows[index]):
        return False
    if merges.ranges:
        spans = [each for each in merges.ranges if each[0] == index]
        below = any(bottom > top for top, _, bottom, _ in spans)
        return any(right > left for _, left, _, right in spans) and (below or len(spans) > 1)
    both = range(min(len(upper), len(lower)))
    spanned = [at for at in both if at and not upper[at].strip() and lower[at].strip()]
    deep = [at for at in both if upper[at].strip() and not lower[at].strip()]
    return bool(spanned and deep) and not _is_record(lower)


def _is_record(cells: list[str]) -> bool:
    """More figures than years: a line of a table, not one of its heading."""
    typed = [cell for cell in cells if is_typed(cell)]
    return len(typed) > 0.5 * len([cell for cell in cells if cell.strip()]) and not all(
        cell.strip().isdigit() and 1900 <= int(cell) <= 2100 for cell in typed
    )


def _is_form(row: Row) -> bool:
    return any(_FILLED_IN.fullmatch(cell.strip()) for cell in filled(row))


def _distinct(row: Row) -> int:
    return len(set(filled(row)))


def _width(rows: list[Row]) -> int:
    counts = Counter(len(row.cells) for row in rows if filled(row))
    return counts.most_common(1)[0][0] if counts else 0


def _first_full(rows: list[Row]) -> int:
    """The first row that is about as full as the table's usual one; titles above are nearly empty."""
    counts = sorted(_distinct(row) for row in rows if filled(row))
    usual = counts[len(counts) // 2] if counts else 0
    wanted = max(1, min(usual, 2), -(-usual // 2))
    width = _width(rows)
    for index, row in enumerate(rows):
        is_full = _distinct(row) >= wanted and (wanted == 1 or len(row.cells) > 1)
        if is_full and not _is_form(row) and not _is_remark(row, width):
            return index
    return 0


def _is_remark(row: Row, width: int) -> bool:
    """ "# exported 2023-05-01, by: a", above a table of another width; "#,name" and "#id,name" are headings."""
    first = row.cells[0].strip() if row.cells else ""
    return len(first) > 1 and first.startswith("#") and len(row.cells) != width


def _names_columns(first: Row, body: list[Row], width: int) -> bool:
    """Whether `first` is a heading: it differs in kind from what stands below it."""
    if not body:
        return not any(is_typed(cell) for cell in filled(first))
    typed = [
        at for at, is_column in enumerate(typed_columns(body, width)) if is_column and at < len(first.cells)
    ]
    cells = [first.cells[at] for at in typed if first.cells[at].strip()]
    if typed and cells:
        return sum(map(is_typed, cells)) < 0.5 * len(cells) or _are_years(first, cells)
    if typed:
        return True
    return any(map(str.isalpha, "".join(first.cells))) and not _recurs(first, body)


def _are_years(first: Row, cells: list[str]) -> bool:
    """ "地区,2019,2020,2021": numbers that are names, since they differ and count up."""
    numbers = [cell.strip().removesuffix("年") for cell in cells]
    if len(numbers) < 2 or not all(number.isdigit() for number in numbers) or is_typed(first.cells[0]):
        return False
    values = [int(number) for number in numbers]
    steps = {after - before for before, after in itertools.pairwise(values)}
    return (
        len(steps) == 1 and abs(steps.pop()) in (1, 5, 10) and (values[0] <= 1 or 1900 <= values[0] <= 2100)
    )


def _recurs(first: Row, body: list[Row]) -> bool:
    """A table of words only: its first line is a record if its words occur again in their columns."""
    cells = [(at, cell) for at, cell in enumerate(first.cells) if cell.strip()]
    again = sum(any(at < len(row.cells) and row.cells[at] == cell for row in body) for at, cell in cells)
    return again > 0.5 * len(cells)


def _has_second_line(rows: list[Row], start: int, merges: Merges) -> bool:
    """Without merged cells a second header line shows by filling the holes of the first, above typed columns."""
    if merges.ranges or start + 2 >= len(rows):
        return False
    first, second = rows[start].cells, rows[start + 1].cells
    holes = [
        at for at in range(1, min(len(first), len(second))) if not first[at].strip() and second[at].strip()
    ]
    if not holes or _is_record(second):
        return False
    typed = typed_columns(rows[start + 2 : start + 2 + _BODY_SAMPLE], len(second))
    above = [second[at] for at in range(len(second)) if typed[at] and second[at].strip()]
    return bool(above) and not _is_record(above)


def _filled_forward(first: list[str], second: list[str]) -> list[str]:
    out = list(first)
    for at in range(1, min(len(out), len(second))):
        if not out[at].strip() and second[at].strip():
            out[at] = out[at - 1]
    return out


def _label(lines: list[list[str]], at: int) -> str:
    parts = [" ".join(line[at].split()) for line in lines if at < len(line)]
    return "/".join(dict.fromkeys(part for part in parts if part))
