"""Text in which each line is a record, as DuckDB reads it by itself."""

from pathlib import Path

from quanyu.connect.files.dialect import Dialect
from quanyu.connect.files.model import MEBIBYTE, Column
from quanyu.connect.files.source import Source, quoted

_DUCKDB_LINE = 2_000_000
"""Longest line that DuckDB reads unasked. Asking for more costs sixteen times as much memory for each buffer."""
_LARGE = 16 * MEBIBYTE
_PARTS = 64
_PART = 64 * 1024


def spread(
    source: Source, path: Path, dialect: Dialect, columns: tuple[Column, ...], longest: int
) -> str | None:
    """Whole lines from all over a large file; since each line is a record, any line may be the first."""
    size = path.stat().st_size
    if size < _LARGE:
        return None
    some = source.working_file(".some.csv")
    with path.open("rb") as file, some.open("wb") as copy:
        for part in range(_PARTS):
            file.seek(MEBIBYTE + part * (size - 2 * MEBIBYTE) // _PARTS)
            file.readline()
            copy.write(file.read(_PART))
            copy.write(file.readline())
    return read_csv(some, dialect, columns, longest, skip=0)


def read_csv(path: Path, dialect: Dialect, columns: tuple[Column, ...], longest: int, *, skip: int) -> str:
    names = ", ".join(f"{quoted(column.name)}: 'VARCHAR'" for column in columns)
    settings = (
        f"auto_detect=false, columns={{{names}}}, header=false, skip={skip}, "
        f"delim={quoted(dialect.delimiter or ',')}, quote={quoted(dialect.quote)}, escape={quoted(dialect.escape)}, "
        "nullstr=''"
    )
    if longest > _DUCKDB_LINE:
        settings += f", max_line_size={longest + 1024}"
    return f"read_csv({quoted(path)}, {settings})"
