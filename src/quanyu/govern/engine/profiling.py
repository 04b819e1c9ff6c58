"""The profile of each column over all its values; of columns with very many different values no top ten is counted."""

from datetime import UTC, datetime, timedelta

import duckdb

from quanyu.core.profile import NUMERIC_TYPES, TEMPORAL_TYPES, ColumnProfile, ValueType
from quanyu.govern.engine.relation import Relation
from quanyu.govern.engine.survey import Surveyed
from quanyu.govern.quality.quote import name
from quanyu.govern.quality.sql import Surroundings

BINS = 20
SMALL = 200_000
FEW = 20_000
_HEAVY = 4
"""A value met this often among a thousand different ones sampled may be frequent in the whole."""


def profile_columns(
    connection: duckdb.DuckDBPyConnection, relation: Relation, around: Surroundings
) -> tuple[tuple[ColumnProfile, ...], dict[str, int]]:
    """The profiles, and how many records each plain condition holds for (`"c" IS NOT NULL`), for rules to reuse."""
    aggregates = ["count(*)"]
    for column in relation.columns:
        aggregates += _aggregates(column, relation.types[column], around.written(column))
    found = connection.execute(f"SELECT {', '.join(aggregates)} FROM typed").fetchone() or ()
    rows, width = found[0], _AGGREGATES
    surveyed = {one.column.name: one for one in relation.surveyed}
    profiles, known = [], {"true": rows}
    for i, column in enumerate(relation.columns):
        values = found[1 + width * i : 1 + width * (i + 1)]
        known[f"{name(column)} IS NOT NULL"] = values[0]
        known[f"{around.written(column)} IS NOT NULL"] = values[-1]
        profiles.append(
            _profile(connection, column, relation.types[column], rows, values, surveyed.get(column))
        )
    return tuple(profiles), known


_AGGREGATES = 8


def _aggregates(column: str, type_: ValueType, text: str) -> list[str]:
    value = name(column)
    plain = type_ in (ValueType.TEXT, ValueType.GEOMETRY)
    mean = f"avg({value})" if type_ in NUMERIC_TYPES else "NULL"
    ends = [f"left({end}({value}), 100)" if plain else f"{end}({value})::VARCHAR" for end in ("min", "max")]
    length = "length" if plain else "strlen"
    lengths = [f"{end}({length}({text}))" for end in ("min", "max")]
    return [f"count({value})", f"approx_count_distinct({value})", *ends, mean, *lengths, f"count({text})"]


def _profile(
    connection: duckdb.DuckDBPyConnection,
    column: str,
    type_: ValueType,
    rows: int,
    found: tuple[object, ...],
    surveyed: Surveyed | None,
) -> ColumnProfile:
    filled, distinct, least, most, mean, shortest, longest, _ = found
    assert isinstance(filled, int)
    assert isinstance(distinct, int)
    exact, top = _top(connection, column, filled, distinct, surveyed)
    return ColumnProfile(
        name=column,
        label=surveyed.column.label if surveyed else column,
        type=type_,
        format=surveyed.parsing.format if surveyed else None,
        unit=(surveyed.parsing.unit or surveyed.column.unit) if surveyed else None,
        rows=rows,
        nulls=rows - filled,
        distinct=exact if exact is not None else min(distinct, filled),
        minimum=None if least is None else str(least),
        maximum=None if most is None else str(most),
        mean=float(mean) if isinstance(mean, int | float) and mean == mean else None,
        top=top,
        examples=_examples(surveyed),
        histogram=_histogram(connection, column, type_, filled),
        lengths=(_whole(shortest), _whole(longest)),
        semantic=surveyed.semantic if surveyed else None,
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _examples(surveyed: Surveyed | None) -> tuple[str, ...]:
    if surveyed is None or not surveyed.samples:
        return ()
    step = max(1, len(surveyed.samples) // 5)
    return tuple(text[:100] for text in surveyed.samples[::step][:5])


def _top(
    connection: duckdb.DuckDBPyConnection, column: str, filled: int, distinct: int, surveyed: Surveyed | None
) -> tuple[int | None, tuple[tuple[str, int], ...]]:
    """The exact number of different values where it was cheap to know, and the ten most frequent ones."""
    if filled > SMALL and distinct > FEW and not _may_have_heavy(connection, surveyed):
        return None, ()
    value = name(column)
    groups = f"(SELECT {value} AS v, count(*) AS n FROM typed WHERE {value} IS NOT NULL GROUP BY 1)"
    found = connection.execute(
        f"SELECT left(v::VARCHAR, 100), n, (count(*) OVER ())::BIGINT FROM {groups} ORDER BY n DESC, v LIMIT 10"
    ).fetchall()
    return (found[0][2] if found else 0), tuple((text, count) for text, count, _ in found)


def _may_have_heavy(connection: duckdb.DuckDBPyConnection, surveyed: Surveyed | None) -> bool:
    if surveyed is None:
        return False
    value = name(surveyed.column.name)
    found = connection.execute(
        f"SELECT max(n) FROM (SELECT count(*) AS n FROM sample WHERE {value} IS NOT NULL GROUP BY {value})"
    ).fetchone()
    return bool(found and found[0] and found[0] >= _HEAVY)


def _histogram(
    connection: duckdb.DuckDBPyConnection, column: str, type_: ValueType, filled: int
) -> tuple[tuple[str, int], ...]:
    """Classes of equal width from the smallest to the largest value, named by their lower bound."""
    if filled == 0 or type_ not in NUMERIC_TYPES | TEMPORAL_TYPES:
        return ()
    value = f"epoch({name(column)}::TIMESTAMP)" if type_ in TEMPORAL_TYPES else f"{name(column)}::DOUBLE"
    finite = f"SELECT {value} AS v FROM typed WHERE {name(column)} IS NOT NULL"
    found = connection.execute(
        f"WITH vs AS ({finite}), ends AS (SELECT min(v) AS low, max(v) AS high FROM vs WHERE isfinite(v))"
        f" SELECT least(floor((v - low) / nullif(high - low, 0) * {BINS}), {BINS - 1})::INTEGER AS b, count(*), any_value(low), any_value(high)"
        " FROM vs, ends WHERE isfinite(v) GROUP BY b ORDER BY b"
    ).fetchall()
    return tuple(
        (_bound(low + (high - low) * (bin_ or 0) / BINS, type_), count) for bin_, count, low, high in found
    )


def _bound(value: float, type_: ValueType) -> str:
    if type_ not in TEMPORAL_TYPES:
        return f"{value:.6g}"
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
    return moment.strftime("%Y-%m-%d") if type_ is ValueType.DATE else moment.strftime("%Y-%m-%d %H:%M:%S")
