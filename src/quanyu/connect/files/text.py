"""Delimited text. A clean file is read by DuckDB itself; anything else record by record, so that no line is lost."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from quanyu.connect.files.body import Body
from quanyu.connect.files.columns import columns_of
from quanyu.connect.files.decode import Transcript, transcode
from quanyu.connect.files.dialect import BLANKS, Dialect, sniff_dialect
from quanyu.connect.files.encoding import codec, sniff_encoding
from quanyu.connect.files.heading import Heading, find_heading, heading_at
from quanyu.connect.files.model import MEBIBYTE, Column, Dropped, Landed, Reject
from quanyu.connect.files.records import AS_TEXT, records, text_lines
from quanyu.connect.files.rows import Row, filled, typed_columns
from quanyu.connect.files.sink import Sink, empty_fault, heading_faults
from quanyu.connect.files.source import Source
from quanyu.connect.files.structure import Structure, scan
from quanyu.connect.files.whole import read_csv, spread
from quanyu.core.errors import Fault

_HEAD = MEBIBYTE
_TAIL = 64 * 1024
_SAMPLE_ROWS = 500
_AS_TEXT = re.compile(f'(?:^|[,;|\t"]){AS_TEXT}')
_RAGGED = 0.1
"""Share of short lines from which a file leaves out its last cells on purpose."""


@dataclass(frozen=True, slots=True)
class Readable:
    """UTF-8 text at `path`, what it was in, and what was broken in it."""

    path: Path
    encoding: str
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Layout:
    """How the table lies in the text, judged by the first and the last lines."""

    dialect: Dialect
    heading: Heading
    columns: tuple[Column, ...]
    rows: list[Row]
    tail: list[Row]
    as_text: bool
    """Cells are written as formulas, to be said as text."""

    @property
    def header_line(self) -> int | None:
        return self.rows[self.heading.titles + self.heading.rows - 1].line if self.heading.rows else None

    @property
    def skip(self) -> int:
        """Lines above the first record, where every row is one line."""
        if self.heading.rows:
            return self.header_line or 0
        return self.rows[self.heading.titles].line - 1 if self.rows else 0

    @property
    def sample(self) -> list[Row]:
        return self.rows[self.heading.titles + self.heading.rows :]

    @property
    def titles(self) -> list[Row]:
        return self.rows[: self.heading.titles]

    @property
    def body(self) -> Body:
        labels = self.heading.labels if self.heading.rows else ("",) * len(self.columns)
        return Body(labels, serial=bool(self.columns) and typed_columns(self.sample, 1)[0])

    @property
    def all_records(self) -> bool:
        """No line seen is anything but a record, as it is written; blank lines are the business of the scan."""
        body = self.body
        return not self.as_text and all(
            body.kind(row) in (None, "blank") for row in (*self.sample, *self.tail)
        )


def land_text(source: Source) -> Landed:
    """The table in a delimited text."""
    readable = readable_text(source)
    layout = _layout(source, readable.path)
    structure = _scan(source, readable.path, layout)
    if not structure.clean:
        readable = _repaired(source, readable, structure)
        layout = _layout(source, readable.path)
        structure = _scan(source, readable.path, layout)
    landed = _whole if structure.even and layout.all_records else _record_by_record
    return landed(source, readable, layout, structure)


def readable_text(source: Source) -> Readable:
    """`source` as UTF-8: itself, if it may be, else a copy of it in the work folder."""
    head = _head(source.path, source.options.limits.line)
    encoding = source.options.encoding or sniff_encoding(head)
    try:
        is_utf8 = codec(encoding) in ("utf-8", "utf-8-sig")
    except LookupError:
        raise source.invalid("connect.files.encoding.unknown", encoding=encoding) from None
    old_line_ends = b"\r" in head and b"\n" not in head
    if is_utf8 and not old_line_ends:
        return Readable(source.path, "utf-8", Transcript())
    path, transcript = transcode(source, encoding, line_end="\r" if old_line_ends else "\n")
    return Readable(path, encoding, transcript)


def valid_text(source: Source) -> Readable:
    """`source` as UTF-8 in which every byte was checked; broken ones are U+FFFD and reported."""
    readable = readable_text(source)
    structure = scan(source, readable.path, Dialect(None), width=1, skip=0)
    return readable if structure.clean else _repaired(source, readable, structure)


def encoding_faults(source: Source, readable: Readable) -> tuple[Fault, ...]:
    """Each broken place with line and column, as far as they are listed one by one."""
    return tuple(
        source.fault(
            "connect.files.encoding.bytes",
            place.line,
            place.column,
            bytes=place.bytes.hex(" "),
            column=place.column,
            encoding=readable.encoding,
        )
        for place in readable.transcript.broken[: source.options.limits.listed]
    )


def _repaired(source: Source, readable: Readable, structure: Structure) -> Readable:
    """A head of plain ASCII says nothing: the encoding is then decided where the first other byte stands."""
    encoding = source.options.encoding or "utf-8"
    if source.options.encoding is None and _head(readable.path, source.options.limits.line).isascii():
        with readable.path.open("rb") as file:
            file.seek(max(0, (structure.broken_at or 0) - 1024))
            file.readline()
            region = file.read(_HEAD).replace(b"\0", b"")
        encoding = sniff_encoding(region)
    path, transcript = transcode(source, encoding)
    return Readable(path, encoding, transcript)


def _head(path: Path, longest: int) -> bytes:
    """The first whole lines of a file, or all of a first line that is very long."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if len(head) == _HEAD and b"\n" not in head:
            head += file.readline(longest)
    return head


def _layout(source: Source, path: Path) -> Layout:
    head = _head(path, source.options.limits.line)
    lines = head.decode("utf-8-sig", "replace").splitlines() if b"\n" not in head else _lines(head)
    if path.stat().st_size > len(head) and len(lines) > 1:
        lines.pop()
    dialect = sniff_dialect(lines, source.options.delimiter)
    rows = _rows(source, lines[: 2 * _SAMPLE_ROWS], dialect)
    heading = _heading(source, rows)
    if len(heading.labels) > source.options.limits.columns:
        line = rows[heading.titles].line
        found, limit = len(heading.labels), source.options.limits.columns
        raise source.invalid("connect.files.columns.many", line, limit + 1, columns=found, limit=limit)
    tail = _rows(source, _tail(path), dialect)
    as_text = any(_AS_TEXT.search(line) for line in lines)
    return Layout(dialect, heading, columns_of(list(heading.labels)), rows, tail, as_text)


def _lines(data: bytes) -> list[str]:
    lines = [line.removesuffix("\r") for line in data.decode("utf-8-sig", "replace").split("\n")]
    return lines if lines[-1] else lines[:-1]


def _tail(path: Path) -> list[str]:
    size = path.stat().st_size
    if size <= _HEAD:
        return []
    with path.open("rb") as file:
        file.seek(size - _TAIL)
        return _lines(file.read())[1:]


def _rows(source: Source, lines: list[str], dialect: Dialect) -> list[Row]:
    return [row for row in records(lines, dialect, source.options.limits) if isinstance(row, Row)]


def _heading(source: Source, rows: list[Row]) -> Heading:
    wanted = source.options.header_line
    if wanted is not None:
        index = next((index for index, row in enumerate(rows) if row.line == wanted), None)
        if index is None:
            raise source.invalid("connect.files.header.line", wanted)
        return heading_at(rows, index)
    if not any(map(filled, rows)):
        raise source.invalid("connect.files.empty")
    return find_heading(rows, header=source.options.header)


def _scan(source: Source, path: Path, layout: Layout) -> Structure:
    return scan(source, path, layout.dialect, width=len(layout.columns), skip=layout.skip)


def _landed(source: Source, readable: Readable, layout: Layout) -> Landed:
    """What both ways of reading say alike."""
    delimiter = layout.dialect.delimiter
    return Landed(
        sql="",
        columns=layout.columns,
        format={"\t": "tsv", BLANKS: "text", None: "text"}.get(delimiter, "csv"),
        records=0,
        encoding=readable.encoding,
        delimiter=delimiter,
        header_line=layout.header_line,
        first_line=layout.skip + 1,
        crs=source.options.crs,
        faults=(
            *source.faults,
            *heading_faults(source, layout.columns, layout.header_line),
            *encoding_faults(source, readable),
        ),
        broken_lines=tuple(sorted({place.line for place in readable.transcript.broken})),
        member=source.member,
    )


def _whole(source: Source, readable: Readable, layout: Layout, structure: Structure) -> Landed:
    """DuckDB reads the file: every line was seen to be one record."""
    landed = _landed(source, readable, layout)
    count = structure.lines - layout.skip - structure.blank_end
    return replace(
        landed,
        sql=read_csv(readable.path, layout.dialect, layout.columns, structure.longest, skip=layout.skip),
        spread=spread(source, readable.path, layout.dialect, layout.columns, structure.longest),
        records=count,
        dropped=tuple(Dropped(row.line, "title", " ".join(filter(None, row.cells))) for row in layout.titles),
        left_out={"title": len(layout.titles)} if layout.titles else {},
        faults=(*landed.faults, *empty_fault(source, count)),
    )


def _record_by_record(source: Source, readable: Readable, layout: Layout, structure: Structure) -> Landed:
    """Every line is looked at: what is no record is dropped or refused, each with its line."""
    sink = Sink(source, layout.columns)
    body = layout.body
    shortest = _shortest(layout)
    lines = text_lines(source, readable.path)
    for item in records(lines, layout.dialect, sink.limits, width=len(layout.columns)):
        if isinstance(item, Reject):
            sink.reject(item)
        elif item.line <= layout.skip:
            _take_heading(sink, layout, item)
        else:
            _take(sink, body, item, shortest)
    landed = _landed(source, readable, layout)
    table = sink.close()
    faults = (*landed.faults, *empty_fault(source, sink.records + sink.rejected))
    return replace(landed, faults=faults, **table)


def _shortest(layout: Layout) -> int:
    """How many cells a line must have: all of them, unless the file leaves out the last ones as a habit."""
    width, body = len(layout.columns), layout.body
    lengths = [len(row.cells) for row in layout.sample if body.kind(row) is None]
    short = sum(length < width for length in lengths)
    return 1 if short > _RAGGED * max(1, len(lengths)) else width


def _take_heading(sink: Sink, layout: Layout, row: Row) -> None:
    if any(row.line == title.line for title in layout.titles):
        sink.drop(row.line, "title" if any(row.cells) else "blank", " ".join(filter(None, row.cells)))


def _take(sink: Sink, body: Body, row: Row, shortest: int) -> None:
    kind = body.kind(row)
    width = len(sink.columns)
    if kind is not None:
        sink.drop(row.line, kind, " ".join(filter(None, row.cells)))
    elif len(row.cells) < shortest:
        sink.reject(Reject(row.line, "\t".join(row.cells), "connect.files.cells.few"))
    elif any(row.cells[width:]):
        sink.reject(Reject(row.line, "\t".join(row.cells), "connect.files.cells.many"))
    else:
        sink.add(row.line, [cell or None for cell in row.cells[:width]])
