"""Workbooks: XLSX, XLSB, ODS and XLS. The sheet with the table is found, merged cells are filled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
    XmlError,
    ZipError,
)

from quanyu.connect.files.body import Body
from quanyu.connect.files.columns import columns_of
from quanyu.connect.files.compound import is_compound
from quanyu.connect.files.formulas import formula_faults
from quanyu.connect.files.heading import Heading, Merges, find_heading, heading_at
from quanyu.connect.files.model import Column, Landed, Progress, Reject
from quanyu.connect.files.padded import padded_columns
from quanyu.connect.files.rows import Row, filled, typed_columns
from quanyu.connect.files.sink import Sink, table_faults
from quanyu.connect.files.source import Source
from quanyu.connect.files.workbook import opened
from quanyu.core.errors import Fault

_SAMPLE_ROWS = 500
Value = int | float | str | bool | time | date | datetime | timedelta


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as far as it was looked at."""

    grid: CalamineSheet
    sample: list[Row]
    merges: Merges
    joined: frozenset[int]
    """Rows (from 0) whose first filled cell spans several columns."""
    padded: Mapping[int, int]
    """Columns (from 0) of codes that lie there as numbers, and how many figures they have."""


def land_workbook(source: Source) -> Landed:
    """The table of a workbook, from the sheet that has it."""
    with opened(source) as workbook:
        sheet, others = _chosen(source, workbook)
        return _land_sheet(source, sheet, others)


def cell_text(value: Value) -> str:
    """A cell as text: whole numbers without ".0", dates and times in ISO 8601, durations as h:mm:ss."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e17 else repr(value)
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _duration(value)
    return str(value)


def _duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _chosen(source: Source, workbook: CalamineWorkbook) -> tuple[Sheet, tuple[Fault, ...]]:
    """The sheet asked for, or the visible one with the most records; the others that hold tables are told of."""
    sheets = [each for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    names = [each.name for each in sheets]
    wanted = source.options.sheet
    if wanted is not None and wanted not in names:
        raise source.invalid("connect.files.sheet.unknown", sheet=wanted, sheets=", ".join(names))
    visible = [each.name for each in sheets if each.visible == SheetVisibleEnum.Visible] or names
    looked = {name: _look(source, workbook, name) for name in ([wanted] if wanted else visible)}
    sizes = {name: _size(sheet) for name, sheet in looked.items()}
    if not sizes or not max(sizes.values()):
        raise source.invalid("connect.files.empty")
    best = max(sizes, key=lambda name: sizes[name])
    hidden = [] if wanted else [name for name in names if name not in visible]
    others = [*(name for name, size in sizes.items() if size > 1 and name != best), *hidden]
    told = (
        (source.fault("connect.files.sheet.others", sheet=best, sheets=", ".join(others)),) if others else ()
    )
    return looked[best], told


def _look(source: Source, workbook: CalamineWorkbook, name: str) -> Sheet:
    try:
        grid = workbook.get_sheet_by_name(name)
    except (CalamineError, XmlError, ZipError) as error:
        raise source.invalid("connect.files.workbook.broken", reason=f"{name}: {error}") from None
    if grid.total_width > source.options.limits.columns:
        limit = source.options.limits.columns
        raise source.invalid(
            "connect.files.columns.many", 1, limit + 1, columns=grid.total_width, limit=limit
        )
    ranges = tuple((a, b, c, d) for (a, b), (c, d) in grid.merged_cell_ranges or ())
    joined = frozenset(top for top, left, _, right in ranges if right > left)
    near = Merges(tuple(each for each in ranges if each[0] < _SAMPLE_ROWS))
    padded = padded_columns(source, name)
    return Sheet(grid, list(islice(_rows(grid, padded), _SAMPLE_ROWS)), near, joined, padded)


def _size(sheet: Sheet) -> int:
    """Filled rows by filled columns, so that a cover sheet or a remark weighs little."""
    rows = sum(bool(filled(row)) for row in sheet.sample)
    widest = max((len(filled(row)) for row in sheet.sample), default=0)
    return max(rows, sheet.grid.total_height if rows >= _SAMPLE_ROWS else 0) * widest


def _rows(grid: CalamineSheet, padded: Mapping[int, int]) -> Iterator[Row]:
    """All rows with cells as text; vertically merged cells are filled downwards. Lines count as the sheet does."""
    first_row, first_column = grid.start or (0, 0)
    down = _vertical(grid)
    held: dict[int, tuple[int, str]] = {}
    for index, values in enumerate(grid.iter_rows(), start=first_row):
        cells = [""] * first_column + [cell_text(value) for value in values]
        for column, width in padded.items():
            _pad(cells, column, width)
        for column, (until, text) in list(held.items()):
            if index > until:
                del held[column]
            elif column < len(cells) and not cells[column]:
                cells[column] = text
        for column, until in down.get(index, ()):
            if column < len(cells):
                held[column] = (until, cells[column])
        yield Row(index + 1, cells)


def _pad(cells: list[str], column: int, width: int) -> None:
    """A heading and whatever else is no row of figures stay as they are."""
    if column < len(cells) and cells[column].isdecimal():
        cells[column] = cells[column].zfill(width)


def _vertical(grid: CalamineSheet) -> dict[int, list[tuple[int, int]]]:
    """Top row of each merged range that reaches down -> (column, last row)."""
    down: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in grid.merged_cell_ranges or ():
        if bottom > top:
            down.setdefault(top, []).append((left, bottom))
    return down


def _land_sheet(source: Source, sheet: Sheet, told: tuple[Fault, ...]) -> Landed:
    rows = [row for row in sheet.sample if filled(row)]
    heading = _heading(source, rows, _renumbered(sheet.merges, rows))
    used = _used(sheet, heading)
    labels = list(heading.labels[:used])
    columns = columns_of(labels)
    sink = Sink(source, columns)
    header_line = rows[heading.titles + heading.rows - 1].line if heading.rows else None
    first_line = header_line + 1 if header_line else rows[heading.titles].line
    titles = frozenset(row.line for row in rows[: heading.titles])
    serial = typed_columns(rows[heading.titles + heading.rows :], 1)[0]
    body = Body(tuple(labels) if heading.rows else ("",) * used, serial=serial)
    for row in _rows(sheet.grid, sheet.padded):
        _take(sink, sheet, body, row, titles=titles, first_line=first_line)
        if row.line % 10_000 == 0:
            source.progress(Progress(stage="read", done=row.line, total=sheet.grid.total_height))
    return _landed(source, sink, sheet, told, header_line, first_line)


def _landed(
    source: Source,
    sink: Sink,
    sheet: Sheet,
    told: tuple[Fault, ...],
    header_line: int | None,
    first_line: int,
) -> Landed:
    table = sink.close()
    _refuse_too_long(source, table["columns"])
    kind = "xls" if is_compound(source.path) else "xlsx"
    return Landed(
        **table,
        member=source.member,
        format=kind,
        header_line=header_line,
        first_line=first_line,
        sheet=sheet.grid.name,
        crs=source.options.crs,
        faults=(
            *source.faults,
            *told,
            *formula_faults(source, sheet.grid.name),
            *table_faults(source, table, header_line),
        ),
    )


def _refuse_too_long(source: Source, columns: tuple[Column, ...]) -> None:
    if len(columns) > source.options.limits.columns:
        limit = source.options.limits.columns
        raise source.invalid("connect.files.columns.many", 1, limit + 1, columns=len(columns), limit=limit)


def _heading(source: Source, rows: list[Row], merges: Merges) -> Heading:
    wanted = source.options.header_line
    if wanted is None:
        return find_heading(rows, header=source.options.header, merged=merges)
    index = next((index for index, row in enumerate(rows) if row.line == wanted), None)
    if index is None:
        raise source.invalid("connect.files.header.line", wanted)
    return heading_at(rows, index, merged=merges)


def _renumbered(merges: Merges, rows: list[Row]) -> Merges:
    """The merged ranges in terms of `rows`, which leave out blank lines."""
    index = {row.line - 1: at for at, row in enumerate(rows)}
    kept = ((top, left, bottom, right) for top, left, bottom, right in merges.ranges if top in index)
    return Merges(
        tuple((index[top], left, index.get(bottom, index[top]), right) for top, left, bottom, right in kept)
    )


def _used(sheet: Sheet, heading: Heading) -> int:
    """How many columns are labelled or hold something; formatting alone makes sheets wider than their table."""
    labelled = max((at + 1 for at, label in enumerate(heading.labels) if label), default=0)
    held = 0
    for row in _rows(sheet.grid, sheet.padded):
        last = next((at for at in range(len(row.cells), held, -1) if row.cells[at - 1].strip()), 0)
        held = max(held, last)
    return min(max(labelled, held, 1), max(len(heading.labels), 1))


def _take(sink: Sink, sheet: Sheet, body: Body, row: Row, *, titles: frozenset[int], first_line: int) -> None:
    text = " ".join(filled(row))
    if row.line in titles:
        sink.drop(row.line, "title", text)
        return
    if row.line < first_line:
        return
    kind = body.kind(row, merged=row.line - 1 in sheet.joined)
    longest = max(map(len, row.cells), default=0)
    if kind is not None:
        sink.drop(row.line, kind, text)
    elif longest > sink.limits.cell:
        sink.reject(Reject(row.line, text[: sink.limits.cell], "connect.files.cell.long"))
    else:
        sink.add(row.line, [cell or None for cell in row.cells[: len(sink.columns)]])
