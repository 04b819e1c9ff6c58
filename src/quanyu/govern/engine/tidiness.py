"""Blanks around texts and texts that say "no value": looked for in all texts, counted where they were changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from quanyu.core.profile import ValueType
from quanyu.govern.engine.model import Normalised
from quanyu.govern.engine.parsing import NO_VALUE, WHITE, Parsing
from quanyu.govern.quality.quote import literal, literals, name

FEW = 20_000
"""Up to so many different values a column is looked at value by value, not record by record."""


@dataclass(frozen=True, slots=True)
class Untidy:
    """How many values have white space at an end, and how many say that there is none."""

    white: int = 0
    missing: int = 0


def look_at_texts(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, int]) -> dict[str, Untidy]:
    """`columns` with their numbers of different values."""
    found: dict[str, Untidy] = {}
    many = [column for column, distinct in columns.items() if distinct > FEW]
    for column in columns.keys() - set(many):
        groups = f"(SELECT {name(column)} AS _said, count(*) AS _n FROM raw GROUP BY 1)"
        sums = ", ".join(f"coalesce(sum(_n) FILTER (WHERE {test}), 0)" for test in _tests("_said"))
        row = connection.execute(f"SELECT {sums} FROM {groups}").fetchone() or (0, 0)
        found[column] = Untidy(int(row[0]), int(row[1]))
    if many:
        counts = [f"count(*) FILTER (WHERE {test})" for column in many for test in _tests(column)]
        row = connection.execute(f"SELECT {', '.join(counts)} FROM raw").fetchone() or ()
        found |= {column: Untidy(row[2 * i], row[2 * i + 1]) for i, column in enumerate(many)}
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


def _tests(column: str) -> tuple[str, str]:
    """SQL: white space at an end; a text that says "no value"."""
    text = name(column)
    wide = literals(("\u3000", "\u00a0", "\ufeff", "\u200b"))
    white = f"{text} < '!' OR {text}[-1] < '!' OR {text}[-1] IN ({wide}) OR {text}[1] IN ({wide})"
    return white, f"{text} IN ({literals(sorted(NO_VALUE))})"


def _counted(
    connection: duckdb.DuckDBPyConnection, column: str, kind: str, where: str
) -> Iterator[Normalised]:
    row = connection.execute(
        f"SELECT count(*), any_value(left({name(column)}, 60)) FROM raw WHERE {where}"
    ).fetchone()
    if row and row[0]:
        yield Normalised(column=column, kind=kind, values=row[0], example=row[1])
