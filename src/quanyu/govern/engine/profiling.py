"""The profile of each column over all its values; of columns with very many different values no top ten is counted."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

from quanyu.core.profile import NUMERIC_TYPES, TEMPORAL_TYPES, ColumnProfile, ValueType
from quanyu.govern.engine.relation import Relation
from quanyu.govern.engine.survey import Surveyed
from quanyu.govern.quality.quote import literal, name
from quanyu.govern.quality.sql import Surroundings

BINS = 20
"""Classes of a histogram; of few whole values up to twice as many, one for each."""
SMALL = 200_000
FEW = 20_000
SAMPLE = 50_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400
_UNITS = {ValueType.INTEGER: 1, ValueType.DATE: _DAY_SECONDS}
"""By how much values of a type differ at least."""
_HEAVY = 4
"""A value met this often in the sample may be frequent in the whole."""


def profile_columns(
    connection: duckdb.DuckDBPyConnection, relation: Relation, around: Surroundings, *, duplicates: int
) -> tuple[tuple[ColumnProfile, ...], dict[str, int]]:
    """The profiles, and how many records each plain condition holds for (`"c" IS NOT NULL`), for rules to reuse."""
    aggregates = ["count(*)"]
    for column in relation.columns:
        aggregates += _aggregates(column, relation.types[column], around)
    found = connection.execute(f"SELECT {', '.join(aggregates)} FROM typed").fetchone() or ()
    rows, width = found[0], _AGGREGATES
    step = max(1, rows // SAMPLE) if rows > SMALL else 1
    table = _Table(connection=connection, rows=rows, step=step, whole=duplicates == 0)
    surveyed = {one.column.name: one for one in relation.surveyed}
    profiles, known = [], {"true": rows}
    for i, column in enumerate(relation.columns):
        values = found[1 + width * i : 1 + width * (i + 1)]
        known[f"{name(column)} IS NOT NULL"] = values[0]
        known[around.present(column)] = values[1]
        profiles.append(_profile(table, column, relation.types[column], values, surveyed.get(column)))
    return tuple(profiles), known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """`typed`, of which every `step`-th record is a fair sample."""

    connection: duckdb.DuckDBPyConnection
    rows: int
    step: int
    whole: bool  # every record of `raw` is in it

    @property
    def sampled(self) -> str:
        return f"typed WHERE _row % {self.step} = 0" if self.step > 1 else "typed WHERE true"


_AGGREGATES = 7


def _aggregates(column: str, type_: ValueType, around: Surroundings) -> list[str]:
    """Of texts the lengths, of other types the extremes: the length of a number says nothing."""
    value = name(column)
    said = around.present(column)
    plain = said == f"{value} IS NOT NULL"
    counts = [f"count({value})", f"count({value})" if plain else f"count(*) FILTER (WHERE {said})"]
    if type_ in (ValueType.TEXT, ValueType.GEOMETRY):
        return [*counts, "NULL", "NULL", "NULL", f"min(length({value}))", f"max(length({value}))"]
    mean = f"avg({value})" if type_ in NUMERIC_TYPES else "NULL"
    return [*counts, f"min({value})", f"max({value})", mean, "NULL", "NULL"]


def _profile(
    table: _Table, column: str, type_: ValueType, found: tuple[object, ...], surveyed: Surveyed | None
) -> ColumnProfile:
    filled, _, least, most, mean, shortest, longest = found
    assert isinstance(filled, int)
    about = surveyed.distinct if surveyed else filled
    counted = surveyed.counted if surveyed and table.whole and surveyed.parsing.is_as_written else None
    distinct, top = _top(table, column, filled, about, counted)
    return ColumnProfile(
        name=column,
        label=surveyed.column.label if surveyed else column,
        type=type_,
        format=surveyed.parsing.format if surveyed else None,
        unit=(surveyed.parsing.unit or surveyed.column.unit) if surveyed else None,
        rows=table.rows,
        nulls=table.rows - filled,
        distinct=min(distinct, filled),
        minimum=_extreme(least),
        maximum=_extreme(most),
        mean=float(mean) if isinstance(mean, int | float) and mean == mean else None,
        top=top,
        examples=_examples(surveyed),
        histogram=_histogram(table, column, type_, least, most),
        lengths=(_whole(shortest), _whole(longest)) if longest is not None else _lengths(surveyed),
        semantic=surveyed.semantic if surveyed else None,
    )


def _extreme(value: object) -> str | None:
    """A number that is whole is said without a point, as its classes are."""
    return (
        None if value is None else str(value).removesuffix(".0") if isinstance(value, float) else str(value)
    )


def _lengths(surveyed: Surveyed | None) -> tuple[int, int]:
    seen = [len(text) for text in surveyed.samples] if surveyed else []
    return (min(seen), max(seen)) if seen else (0, 0)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _examples(surveyed: Surveyed | None) -> tuple[str, ...]:
    if surveyed is None or not surveyed.samples:
        return ()
    step = max(1, len(surveyed.samples) // 5)
    return tuple(text[:100] for text in surveyed.samples[::step][:5])


def _top(
    table: _Table, column: str, filled: int, about: int, counted: str | None
) -> tuple[int, tuple[tuple[str, int], ...]]:
    """How many different values (exact where cheap), and the most frequent ones.

    In a large column of very many values only those are counted that a sample meets several times.
    """
    value = name(column)
    some = f"SELECT {value} AS v, count(*) AS n FROM typed WHERE {value} IS NOT NULL"
    if counted:
        query = f"SELECT left(_said, 100), _n AS n, (count(*) OVER ())::BIGINT, _said AS v FROM {counted}"
    elif table.rows > SMALL and about > FEW:
        heavy = f"SELECT {value} FROM {table.sampled} AND {value} IS NOT NULL GROUP BY 1 HAVING count(*) >= {_HEAVY}"
        query = f"SELECT left(v::VARCHAR, 100), n, {about} FROM ({some} AND {value} IN ({heavy}) GROUP BY 1)"
    else:
        query = f"SELECT left(v::VARCHAR, 100), n, (count(*) OVER ())::BIGINT FROM ({some} GROUP BY 1)"
    found = table.connection.execute(f"{query} ORDER BY n DESC, v LIMIT 10").fetchall()
    distinct = found[0][2] if found else (about if filled else 0)
    return distinct, tuple((text, count) for text, count, *_ in found)


def _histogram(
    table: _Table, column: str, type_: ValueType, least: object, most: object
) -> tuple[tuple[str, int], ...]:
    """Classes of equal width, empty ones too, named by the least value that falls into them; counts of large tables are projected from a
    sample. A class of whole numbers or days holds as many of them as any other, so that even values look even."""
    if least is None or type_ not in NUMERIC_TYPES | TEMPORAL_TYPES:
        return ()
    low, high = _position(least), _position(most)
    unit = _UNITS.get(type_, 0)
    span = high - low + unit
    width = max(1, span // (unit * BINS)) * unit if unit else span / BINS
    if not (width >= 0 and width < float("inf")):
        return ()
    value = f"epoch({name(column)}::TIMESTAMP)" if type_ in TEMPORAL_TYPES else f"{name(column)}::DOUBLE"
    bins = math.ceil(span / width) if width else 1
    bin_ = (
        f"least(floor(({value} - {literal(low)}) / {literal(width)}), {bins - 1})::INTEGER" if width else "0"
    )
    found = table.connection.execute(
        f"SELECT {bin_}, count(*) * {table.step} FROM {table.sampled} AND {name(column)} IS NOT NULL GROUP BY 1"
    ).fetchall()
    counts = dict(found)
    return tuple((_bound(low + width * place, type_), counts.get(place, 0)) for place in range(bins))


def _position(value: object) -> float:
    """A number, or seconds since 1970 of a moment."""
    if isinstance(value, datetime):
        naive = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return naive.timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    return float(str(value))


def _bound(value: float, type_: ValueType) -> str:
    """The least value of the type from there on: a class begins at a whole number or day where there are no others."""
    if type_ is ValueType.INTEGER:
        return str(math.ceil(value))
    if type_ is ValueType.NUMBER:
        return f"{value:.12g}"
    if type_ is ValueType.DATE:
        return str(_EPOCH.date() + timedelta(days=math.ceil(value / _DAY_SECONDS)))
    return str((_EPOCH + timedelta(seconds=value)).replace(tzinfo=None))
