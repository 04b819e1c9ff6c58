"""All current records as one file, for programs and for spreadsheets. Meant for a thread."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import duckdb

from quanyu.core.errors import Invalid
from quanyu.govern.grading.masking import Mask
from quanyu.govern.imports.content import current_sql, reader
from quanyu.govern.imports.model import Part
from quanyu.govern.imports.records import column_types, own_columns
from quanyu.govern.quality.quote import literal, name


class ExportFormat(StrEnum):
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


_COPY = {
    ExportFormat.CSV: "format csv, header true",
    ExportFormat.JSON: "format json, array true",
    ExportFormat.PARQUET: "format parquet, compression zstd",
}


def export(
    data: Path, tenant: str, parts: Sequence[Part], *, format: ExportFormat, masks: Mapping[str, Mask]
) -> Path:
    """A file below tmp/read that the caller removes. Masked columns are text."""
    with reader(data, tenant) as duck:
        current = current_sql(data, parts)
        if current is None:
            raise Invalid("govern.dataset.empty")
        types = column_types(duck, current)
        target = data / "tmp" / "read" / f"{secrets.token_hex(8)}.{format}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shown = ", ".join(_shown(duck, column, types[column], masks, format) for column in own_columns(types))
        duck.execute(
            f"copy (select {shown} from {current} order by _import, _row) to {literal(str(target))} ({_COPY[format]})"
        )
    return target


def _shown(
    duck: duckdb.DuckDBPyConnection,
    column: str,
    type_: str,
    masks: Mapping[str, Mask],
    format: ExportFormat,
) -> str:
    value = name(column)
    if column in masks:
        value, type_ = f"{_function(duck, masks[column])}({value}::varchar)", "VARCHAR"
    if format is ExportFormat.CSV and type_ == "VARCHAR":
        value = harmless(value)
    return f"{value} as {name(harmless_name(column) if format is ExportFormat.CSV else column)}"


def harmless(value: str) -> str:
    """SQL: text that a spreadsheet would take for a formula gets a ' in front; numbers stay numbers.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    dangerous = f"regexp_matches({value}, '^[=+\\-@\\t\\r]') and try_cast({value} as double) is null"
    return f"case when {dangerous} then '''' || {value} else {value} end"


def harmless_name(column: str) -> str:
    """The header line is text too."""
    return f"'{column}" if column.startswith(("=", "+", "-", "@", "\t", "\r")) else column


def _function(duck: duckdb.DuckDBPyConnection, mask: Callable[[str], str]) -> str:
    function = mask.__name__
    known = duck.execute("select 1 from duckdb_functions() where function_name = ?", [function]).fetchone()
    if known is None:
        duck.create_function(function, mask, ["VARCHAR"], "VARCHAR")
    return function
