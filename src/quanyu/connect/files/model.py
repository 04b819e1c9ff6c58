"""What a landed file is: one table of text, with everything found out on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from quanyu.core.errors import Fault

MEBIBYTE = 1024 * 1024

LINE = "_line"
"""Name of the column that carries the source line where a reader had to write Parquet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where reading stops. Sizes are bytes unless said otherwise; `ratio` is expanded : packed."""

    expanded: int = 16 * 1024 * MEBIBYTE
    ratio: int = 400
    ratio_from: int = 64 * MEBIBYTE
    """Small things may be packed as tightly as they like."""
    workbook: int = 2 * 1024 * MEBIBYTE
    """Sum of the unpacked parts of a workbook, which is read into memory."""
    cells: int = 64_000_000
    """Of a sheet's rectangle, empty ones too."""
    members: int = 2_000
    nesting: int = 2
    columns: int = 4_096
    cell: int = 4 * MEBIBYTE
    """Characters in one cell; a longer one refuses its record."""
    line: int = 64 * MEBIBYTE
    """A line (or JSON element) longer than this refuses the file."""
    broken: int = 10_000
    """Undecodable places; more of them mean that the encoding is not what it seems."""
    listed: int = 1_000
    """Dropped lines and faults that are listed one by one; the counts go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """What the user knows better than the detection. `header_line` counts from 1; `header=False` means none."""

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    header_line: int | None = None
    sheet: str | None = None
    crs: str | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`name` is unique and used in SQL; `label` is as in the file, without the unit taken out of it."""

    name: str
    label: str
    unit: str | None
    position: int


DroppedKind = Literal["title", "group", "blank", "repeated header", "total", "note"]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line of the file that is no record."""

    line: int
    kind: DroppedKind
    text: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that should be a record but cannot be read as one. `reason` is a message key."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`done` of `total` bytes (or records, where the reader knows no bytes) of `stage`."""

    stage: Literal["expand", "check", "transcode", "read"]
    done: int
    total: int | None


Watcher = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """One table, ready for DuckDB: every value is text or null, nothing is interpreted.

    `sql` is a table expression: `SELECT … FROM {sql}` gives `columns` in order and, where `line_column` is set,
    that BIGINT column after them. Where it is None the source line of a record is `first_line + rowid` (rowid from
    0 in file order): the file has been checked to have one record a line and no line between that is none.
    `records` is exact. `rejects` is a table expression with columns line BIGINT, text VARCHAR, reason VARCHAR
    (message key), or None; `rejected` is their number; records read = records + rejected.
    `dropped` are the first lines that are no records, `left_out` counts all of them by kind.
    `broken_lines` are the source lines in which bytes were undecodable (now U+FFFD); each has a fault as well.
    `geometry_column` holds GeoJSON geometry text; `crs` is what the file declares ("EPSG:4490") or None.
    `spread` is a table expression of some of the records, from all over the file, where looking at them is cheap.
    `sha256` and `bytes` are of the delivered file (of all parts of a loose shapefile), known once `land` returns;
    `member` is the path inside an archive.
    """

    sql: str
    columns: tuple[Column, ...]
    format: str
    records: int
    sha256: str = ""
    bytes: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    first_line: int = 1
    line_column: str | None = None
    spread: str | None = None
    geometry_column: str | None = None
    crs: str | None = None
    sheet: str | None = None
    member: str | None = None
    dropped: tuple[Dropped, ...] = ()
    left_out: Mapping[DroppedKind, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    broken_lines: tuple[int, ...] = ()
    rejects: str | None = None
    rejected: int = 0
