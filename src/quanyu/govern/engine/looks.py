"""A first look at the text of each column, before anything is known about its type."""

from dataclasses import dataclass

import duckdb

from quanyu.govern.engine.landing import Raw
from quanyu.govern.engine.samples import SAMPLE_ROWS, SAMPLE_TEXTS, Samples, different
from quanyu.govern.quality.quote import name


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Values and different values (about, unless they are counted) of a column, and texts from all over it."""

    filled: int
    distinct: int
    samples: tuple[str, ...]
    counted: str | None = None


def look_at_columns(connection: duckdb.DuckDBPyConnection, raw: Raw) -> dict[str, Look]:
    """From records spread over the whole import, and where these show few different texts, from all its texts."""
    samples = raw.samples or _samples(connection, raw)
    many = [column for column, texts in samples.items() if len(texts) == SAMPLE_TEXTS]
    sizes = [f"count({name(column)}), approx_count_distinct({name(column)})" for column in many]
    found = (connection.execute(f"SELECT {', '.join(sizes)} FROM raw").fetchone() if many else None) or ()
    looks = {
        column: Look(filled=found[2 * i], distinct=found[2 * i + 1], samples=samples[column])
        for i, column in enumerate(many)
    }
    for place, column in enumerate(samples.keys() - looks.keys()):
        looks[column] = _counted(connection, column, samples[column], f"said_{place}")
    return looks


def _samples(connection: duckdb.DuckDBPyConnection, raw: Raw) -> Samples:
    step = max(1, raw.rows // SAMPLE_ROWS)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE sample AS SELECT * FROM raw WHERE _row % {step} = 0")
    return {column.name: different(connection, "sample", column.name) for column in raw.columns}


def _counted(
    connection: duckdb.DuckDBPyConnection, column: str, samples: tuple[str, ...], table: str
) -> Look:
    text = name(column)
    connection.execute(
        f"CREATE TEMP TABLE {table} AS SELECT {text} AS _said, count(*) AS _n FROM raw WHERE {text} IS NOT NULL GROUP BY 1"
    )
    found = connection.execute(f"SELECT coalesce(sum(_n), 0)::BIGINT, count(*) FROM {table}").fetchone() or (
        0,
        0,
    )
    if len(samples) < 100 and len(samples) < found[1]:
        samples = different(connection, table, "_said")
    return Look(filled=found[0], distinct=found[1], samples=samples, counted=table)
