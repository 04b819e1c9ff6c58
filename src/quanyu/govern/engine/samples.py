"""Texts from all over a column, by which its type is proposed; every value is asked afterwards."""

from collections.abc import Mapping

import duckdb

from quanyu.govern.quality.quote import name

SAMPLE_ROWS = 20_000
SAMPLE_TEXTS = 1_000

Samples = Mapping[str, tuple[str, ...]]
"""By column: different texts, sorted."""


def different(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> tuple[str, ...]:
    """Some of the texts of a column."""
    text = name(column)
    rows = connection.execute(
        f"SELECT DISTINCT left({text}, 500) FROM {table} WHERE {text} IS NOT NULL LIMIT {SAMPLE_TEXTS}"
    ).fetchall()
    return tuple(sorted(row[0] for row in rows))
