"""Records on their way into Parquet, with everything that was no record noted beside them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import pyarrow as pa

from quanyu.connect.files.columns import columns_of
from quanyu.connect.files.model import LINE, Column, Dropped, DroppedKind, Limits, Reject
from quanyu.connect.files.source import Source, identifier, quoted
from quanyu.core.errors import Fault

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_BATCH = 20_000
_BATCH_CHARACTERS = 32 * 1024 * 1024
_GROUP = "_group"


class Table(TypedDict):
    """The fields of `Landed` that a sink fills."""

    sql: str
    columns: tuple[Column, ...]
    records: int
    line_column: str | None
    dropped: tuple[Dropped, ...]
    left_out: Mapping[DroppedKind, int]
    rejects: str | None
    rejected: int


@dataclass(slots=True)
class Sink:
    """Takes records of one width and writes them in batches; `close` gives the table."""

    source: Source
    columns: tuple[Column, ...]
    lines: list[int] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    groups: list[str | None] = field(default_factory=list)
    characters: int = 0
    records: int = 0
    rejected: int = 0
    left_out: Counter[DroppedKind] = field(default_factory=Counter)
    dropped: list[Dropped] = field(default_factory=list)
    group: str | None = None
    grouped: bool = False
    path: Path = field(init=False)
    writer: "pq.ParquetWriter | None" = None
    refused: "_Refused | None" = None

    def __post_init__(self) -> None:
        self.path = self.source.working_file(".parquet")
        self.path.touch()

    def add(self, line: int, cells: list[str | None]) -> None:
        """A record; missing cells at the end are null."""
        width = len(self.columns)
        self.rows.append(cells if len(cells) == width else (cells + [None] * width)[:width])
        self.lines.append(line)
        self.groups.append(self.group)
        self.records += 1
        self.characters += sum(map(len, filter(None, cells)))
        if len(self.rows) * width >= _BATCH * 20 or self.characters > _BATCH_CHARACTERS:
            self._flush()

    def drop(self, line: int, kind: DroppedKind, text: str) -> None:
        """A line that is no record; a group line names the group of the records after it."""
        self.left_out[kind] += 1
        if kind == "group":
            self.group, self.grouped = " ".join(text.split()), True
        if len(self.dropped) < self.limits.listed:
            self.dropped.append(Dropped(line, kind, text[:200]))

    def reject(self, reject: Reject) -> None:
        """A line that should have been a record."""
        self.rejected += 1
        if self.refused is None:
            self.refused = _Refused(self.source.working_file(".rejects.parquet"))
        self.refused.add(reject)

    @property
    def limits(self) -> Limits:
        return self.source.options.limits

    def close(self) -> Table:
        """Write what is left; the table with all that was found."""
        self._flush(last=True)
        if self.refused:
            self.refused.close()
        columns = self.columns
        if self.grouped:
            columns = (*columns, self._group_column())
        names = ", ".join(identifier(column.name) for column in self.columns)
        extra = f", {_GROUP} AS {identifier(columns[-1].name)}" if self.grouped else ""
        return Table(
            sql=f"(SELECT {names}{extra}, {LINE} FROM read_parquet({quoted(self.path)}))",
            columns=columns,
            records=self.records,
            line_column=LINE,
            dropped=tuple(self.dropped),
            left_out=self.left_out,
            rejects=f"read_parquet({quoted(self.refused.path)})" if self.refused else None,
            rejected=self.rejected,
        )

    def _group_column(self) -> Column:
        chinese = any(
            "\u4e00" <= character <= "\u9fff" for column in self.columns for character in column.label
        )
        labels = [column.name for column in self.columns] + ["分组" if chinese else "group"]
        return replace(columns_of(labels)[-1], label=labels[-1])

    def _flush(self, *, last: bool = False) -> None:
        if self.writer is None:
            import pyarrow.parquet as pq  # most files are read without a writer of our own

            names = [column.name for column in self.columns]
            fields = [pa.field(name, pa.string()) for name in (*names, _GROUP)]
            self.writer = pq.ParquetWriter(self.path, pa.schema([*fields, pa.field(LINE, pa.int64())]))
        if self.rows:
            cells = [pa.array(column, pa.string()) for column in zip(*self.rows, strict=True)]
            extra = [pa.array(self.groups, pa.string()), pa.array(self.lines, pa.int64())]
            self.writer.write_batch(pa.record_batch([*cells, *extra], schema=self.writer.schema))
            self.rows, self.lines, self.groups, self.characters = [], [], [], 0
        if last:
            self.writer.close()


class _Refused:
    """Rejected lines as Parquet, since a broken file may have millions of them."""

    _SCHEMA = pa.schema([("line", pa.int64()), ("text", pa.string()), ("reason", pa.string())])

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self.path = path
        self._writer = pq.ParquetWriter(path, self._SCHEMA)
        self._held: list[Reject] = []
        self._characters = 0

    def add(self, reject: Reject) -> None:
        self._held.append(reject)
        self._characters += len(reject.text)
        if len(self._held) >= _BATCH or self._characters > _BATCH_CHARACTERS:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        rows = [{"line": each.line, "text": each.text, "reason": each.reason} for each in self._held]
        self._writer.write_table(pa.Table.from_pylist(rows, schema=self._SCHEMA))
        self._held, self._characters = [], 0


def table_faults(source: Source, table: Table, header_line: int | None) -> tuple[Fault, ...]:
    """What is worth telling of a table as a whole: no records, labels twice or missing."""
    return (
        *heading_faults(source, table["columns"], header_line),
        *empty_fault(source, table["records"] + table["rejected"]),
    )


def heading_faults(source: Source, columns: tuple[Column, ...], line: int | None) -> tuple[Fault, ...]:
    """Labels that occur twice or are missing, where there is a heading."""
    if line is None:
        return (source.fault("connect.files.header.none"),)
    twice = [
        source.fault(
            "connect.files.header.duplicate", line, column.position + 1, label=column.label, name=column.name
        )
        for column in columns
        if column.label and column.label in {before.label for before in columns[: column.position]}
    ]
    missing = [
        source.fault("connect.files.header.empty", line, column.position + 1, name=column.name)
        for column in columns
        if not column.label
    ]
    return (*twice, *missing)[: source.options.limits.listed]


def empty_fault(source: Source, records: int) -> tuple[Fault, ...]:
    """A table without records is read, and said to be one."""
    return () if records else (source.fault("connect.files.records.none"),)
