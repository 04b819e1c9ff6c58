"""Every value of a column is asked whether a `Parsing` reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from quanyu.core.profile import ValueType
from quanyu.core.values import EPOCHS, INTEGER, date_format
from quanyu.govern.engine.early import Early, value_of
from quanyu.govern.engine.landing import RawColumn
from quanyu.govern.engine.parsing import Parsing, cleaned
from quanyu.govern.engine.samples import SAMPLE_TEXTS
from quanyu.govern.quality.quote import literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The table that is asked, and what of it is typed already."""

    table: str
    columns: tuple[RawColumn, ...]
    early: Early


@dataclass(frozen=True, slots=True)
class Trial:
    """Values of a column: filled, read, read though off the form, and too long for a number."""

    filled: int
    parsed: int
    off_form: int
    long: int


def ask(
    connection: duckdb.DuckDBPyConnection,
    asked: Asked,
    parsings: Mapping[str, Parsing],
    columns: list[str],
) -> dict[str, Trial]:
    if not columns:
        return {}
    aggregates = []
    for column in columns:
        text = cleaned(column, parsings[column])
        value = value_of(column, parsings[column], asked.early)
        long = (
            f"count(*) FILTER (WHERE strlen({text}) > 15)"
            if parsings[column].type is ValueType.INTEGER
            else "0"
        )
        aggregates += [
            f"count({text})",
            f"count({value})",
            _off_form(text, parsings[column], value),
            long,
        ]
    found = connection.execute(f"SELECT {', '.join(aggregates)} FROM {asked.table}").fetchone() or ()
    return {column: Trial(*found[4 * i : 4 * i + 4]) for i, column in enumerate(columns)}


def has_form(parsing: Parsing) -> bool:
    """A bare cast is enough, once no value is off the form."""
    return _off_form("", parsing, "") != _NOT_ASKED


def _off_form(text: str, parsing: Parsing, value: str) -> str:
    """Values that a bare cast would read although they do not have the form: 1e3, 0x1f, 12.7 as a whole number."""
    if parsing.fold or parsing.thousands or parsing.unit:
        return _NOT_ASKED
    match parsing.type:
        case ValueType.INTEGER:
            return _not_in_form(text, INTEGER, plain=f"({value})::VARCHAR = {text}")
        case ValueType.NUMBER:
            return f"count(*) FILTER (WHERE NOT isfinite({value}) OR contains({text}, '_'))"
        case ValueType.DATE | ValueType.DATETIME if (
            len(parsing.formats) == 1 and parsing.formats[0] not in EPOCHS
        ):
            form = date_format(parsing.formats[0])
            length, type_ = _AS_PRINTED.get(form.name, (0, "DATE"))
            printed = f"strlen({text}) = {length} AND {text} >= '1800' AND {text} < '2200' AND ({value})::{type_}::VARCHAR = {text}"
            return _not_in_form(text, form.regex, plain=printed if length else "false")
    return _NOT_ASKED


def _not_in_form(text: str, pattern: str, *, plain: str) -> str:
    """Values that DuckDB prints as they are written (`plain`) have the form; only the others are worth a pattern."""
    asked = f"NOT regexp_full_match({text}, {literal(pattern)})"
    return f"count(*) FILTER (WHERE CASE WHEN {plain} THEN false ELSE {asked} END)"


_NOT_ASKED = "0"
_AS_PRINTED = {"iso": (10, "DATE"), "iso_seconds": (19, "TIMESTAMP")}
"""Forms of dates that are DuckDB's own, with their length; the years that a form takes are those of `core.values`."""


def failing_texts(
    connection: duckdb.DuckDBPyConnection, asked: Asked, column: str, parsing: Parsing
) -> tuple[str, ...]:
    text, value = cleaned(column, parsing), value_of(column, parsing, asked.early)
    rows = connection.execute(
        f"SELECT DISTINCT left({text}, 500) FROM {asked.table} WHERE {text} IS NOT NULL AND {value} IS NULL LIMIT {SAMPLE_TEXTS}"
    ).fetchall()
    return tuple(row[0] for row in rows)
