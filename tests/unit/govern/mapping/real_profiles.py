"""Profiles of real files for tests, made by DuckDB's own sniffer: independent of the engine that does it in earnest."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.engine.semantics import meaning

_TYPES = {
    "BIGINT": ValueType.INTEGER,
    "DOUBLE": ValueType.NUMBER,
    "BOOLEAN": ValueType.BOOLEAN,
    "DATE": ValueType.DATE,
    "TIME": ValueType.TIME,
    "TIMESTAMP": ValueType.DATETIME,
    "TIMESTAMP WITH TIME ZONE": ValueType.DATETIME,
}


def profiles_of_csv(path: Path, options: str = "") -> list[ColumnProfile]:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute(
        f"create table t as select * from read_csv('{path}', nullstr = ['', 'NA', 'NULL'], ignore_errors = true {options}) limit 60000"
    )
    rows = connection.execute("select count(*) from t").fetchone()
    types = connection.execute("select column_name, column_type from (describe t)").fetchall()
    return [
        _profile(connection, name, _settled(connection, name, type_), rows[0] if rows else 0)
        for name, type_ in types
    ]


def _settled(connection: duckdb.DuckDBPyConnection, name: str, type_: str) -> str:
    """A few broken moments do not make a column text."""
    share = connection.execute(
        f'select avg((try_cast("{name}"::text as timestamp) is not null)::int) from t'
    ).fetchone()
    return "TIMESTAMP" if type_ == "VARCHAR" and share and (share[0] or 0) > 0.95 else type_


def _profile(connection: duckdb.DuckDBPyConnection, name: str, type_: str, rows: int) -> ColumnProfile:
    quoted = '"' + name.replace('"', '""') + '"'
    kind = _TYPES.get(type_, ValueType.TEXT)
    mean = f"avg({quoted})::double" if kind in (ValueType.INTEGER, ValueType.NUMBER) else "null"
    found = connection.execute(
        f"select count({quoted}), count(distinct {quoted}), min({quoted})::text, max({quoted})::text, {mean},"
        f" min(length({quoted}::text)), max(length({quoted}::text)) from t"
    ).fetchone()
    assert found is not None
    filled, distinct, minimum, maximum, average, shortest, longest = found
    top = connection.execute(
        f"select {quoted}::text, count(*) from t where {quoted} is not null group by 1 order by 2 desc, 1 limit 20"
    ).fetchall()
    samples = [text for text, _ in top]
    return ColumnProfile(
        name=name, label=name, type=kind, rows=rows, nulls=rows - filled, distinct=distinct, minimum=minimum,
        maximum=maximum, mean=average, top=tuple(top), examples=tuple(samples[:5]),
        lengths=(shortest or 0, longest or 0), semantic=meaning(name, samples),
    )  # fmt: skip


def text_profiles(labels: Sequence[str], rows: Iterable[Sequence[object]] = ()) -> list[ColumnProfile]:
    """Profiles of text columns, for sheets and made-up files."""
    table = [["" if value is None else str(value) for value in row] for row in rows]
    return [_text_profile(label, [row[index] for row in table]) for index, label in enumerate(labels)]


def _text_profile(label: str, values: list[str]) -> ColumnProfile:
    filled = [value for value in values if value]
    top = sorted(
        ((value, filled.count(value)) for value in set(filled)), key=lambda pair: (-pair[1], pair[0])
    )[:20]
    lengths = [len(value) for value in filled] or [0]
    return ColumnProfile(
        name=label, label=label, type=ValueType.TEXT, rows=len(values), nulls=len(values) - len(filled),
        distinct=len(set(filled)), top=tuple(top), examples=tuple(filled[:3]),
        lengths=(min(lengths), max(lengths)), semantic=meaning(label, filled[:200]),
    )  # fmt: skip
