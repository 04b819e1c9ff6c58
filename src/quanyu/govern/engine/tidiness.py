"""Blanks around texts and texts that say "no value": looked for in all texts, counted where they were changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from quanyu.core.profile import ValueType
from quanyu.govern.engine.model import Normalised
from quanyu.govern.engine.parsing import NO_VALUE, WHITE, Parsing, restored
from quanyu.govern.quality.quote import literal, literals, name


@dataclass(frozen=True, slots=True)
class Untidy:
    """How many values have white space at an end, say that there is none, or are figures that a spreadsheet changed."""

    white: int = 0
    missing: int = 0
    changed: int = 0


def look_at_texts(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str | None]
) -> dict[str, Untidy]:
    """`columns` with the table of their different texts (_said, _n), where there is one: it is looked at instead of all records."""
    found: dict[str, Untidy] = {}
    many = [column for column, counted in columns.items() if counted is None]
    for column in columns.keys() - set(many):
        sums = ", ".join(f"coalesce(sum(_n) FILTER (WHERE {test}), 0)" for test in _tests("_said"))
        row = connection.execute(f"SELECT {sums} FROM {columns[column]}").fetchone() or (0, 0, 0)
        found[column] = Untidy(int(row[0]), int(row[1]), int(row[2]))
    if many:
        counts = [f"count(*) FILTER (WHERE {test})" for column in many for test in _tests(column)]
        row = connection.execute(f"SELECT {', '.join(counts)} FROM raw").fetchone() or ()
        found |= {column: Untidy(*row[3 * i : 3 * i + 3]) for i, column in enumerate(many)}
    return found


def normalised(
    connection: duckdb.DuckDBPyConnection, parsings: Mapping[str, Parsing]
) -> Iterator[Normalised]:
    for column, parsing in parsings.items():
        text = name(column)
        trimmed = f"trim({text}, {literal(WHITE)})"
        if parsing.trim:
            yield from _counted(connection, column, "trimmed", f"{trimmed} <> {text} AND {trimmed} <> ''")
        if parsing.missing and parsing.type is not ValueType.BOOLEAN:
            said = sorted(NO_VALUE.union(parsing.no_value) - {""})
            yield from _counted(
                connection, column, "missing", f"{trimmed if parsing.trim else text} IN ({literals(said)})"
            )
        if parsing.restore:
            plain = trimmed if parsing.trim else text
            yield from _counted(connection, column, "restored", f"{restored(plain)} <> {plain}")


def _tests(column: str) -> tuple[str, str, str]:
    """SQL: white space at an end; a text that says "no value"; what a spreadsheet may have made of figures."""
    text = name(column)
    wide = literals(("\u3000", "\u00a0", "\ufeff", "\u200b"))
    white = f"{text} < '!' OR {text}[-1] < '!' OR {text}[-1] IN ({wide}) OR {text}[1] IN ({wide})"
    longest = max(len(said.encode()) for said in NO_VALUE)
    missing = f"CASE WHEN strlen({text}) <= {longest} THEN {text} IN ({literals(sorted(NO_VALUE))}) END"
    return white, missing, f"{text} < 'A' AND (contains({text}, '.0') OR contains({text}, 'E+'))"


def _counted(
    connection: duckdb.DuckDBPyConnection, column: str, kind: str, where: str
) -> Iterator[Normalised]:
    row = connection.execute(
        f"SELECT count(*), any_value(left({name(column)}, 60)) FROM raw WHERE {where}"
    ).fetchone()
    if row and row[0]:
        yield Normalised(column=column, kind=kind, values=row[0], example=row[1])
