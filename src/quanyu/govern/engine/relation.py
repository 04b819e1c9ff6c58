"""The relation `typed` that rules, profile and outputs read: typed columns over `raw`, exact duplicates left out."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from quanyu.core.profile import ValueType
from quanyu.govern.engine.early import HASH, Early, content_hash, is_early, value_of
from quanyu.govern.engine.landing import PARQUET
from quanyu.govern.engine.model import Derived, RepeatedLine
from quanyu.govern.engine.parsing import cleaned
from quanyu.govern.engine.survey import Surveyed
from quanyu.govern.quality.quote import literal, name, names
from quanyu.govern.quality.sql import WRITTEN, Surroundings

_PLAIN = (ValueType.TEXT, ValueType.GEOMETRY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """The columns of `typed`, those of the files and those derived from them."""

    surveyed: tuple[Surveyed, ...]
    derived: tuple[Derived, ...]
    early: Early

    @property
    def columns(self) -> tuple[str, ...]:
        return (*(one.column.name for one in self.surveyed), *(one.name for one in self.derived))

    @property
    def types(self) -> dict[str, ValueType]:
        types = {one.column.name: one.parsing.type for one in self.surveyed}
        return types | {one.name: one.type for one in self.derived}

    def surroundings(self, tables: dict[str, str], as_of: date) -> Surroundings:
        readable = {one.column.name for one in self.surveyed if one.is_readable}
        return Surroundings(
            types=self.types,
            tables=tables,
            as_of=as_of,
            readable=frozenset(readable | {one.name for one in self.derived}),
        )


def create_typed(
    connection: duckdb.DuckDBPyConnection, relation: Relation, *, file: Path | None, without_duplicates: bool
) -> None:
    """Read and cast once, for all questions that follow: kept in memory, or in `file` where that is too small."""
    selected = []
    for one in relation.surveyed:
        text = cleaned(one.column.name, one.parsing)
        selected.append(
            f"{value_of(one.column.name, one.parsing, relation.early)} AS {name(one.column.name)}"
        )
        if one.parsing.type not in _PLAIN and not one.is_readable:
            selected.append(f"{text} AS {name(WRITTEN + one.column.name)}")
    inner = f"SELECT {', '.join(selected)}, {_hash(relation)} AS _hash, _row, _source, _line FROM raw"
    if without_duplicates:
        inner += " ANTI JOIN duplicates USING (_row)"
    derived = "".join(f", {one.sql} AS {name(one.name)}" for one in relation.derived)
    query = f"SELECT *{derived} FROM ({inner})"
    if file is None and _is_typed(relation) and not without_duplicates:
        connection.execute(f"CREATE VIEW typed AS {query}")
        return
    if file is None:
        connection.execute(f"CREATE TABLE typed AS {query}")
        return
    connection.execute(f"COPY ({query}) TO {literal(str(file))} {PARQUET}")
    connection.execute(f"CREATE VIEW typed AS FROM read_parquet({literal(str(file))})")


def _is_typed(relation: Relation) -> bool:
    """Everything was read early, and no column is made of others: nothing is left to be kept."""
    read = all(is_early(one.column.name, one.parsing, relation.early) for one in relation.surveyed)
    return read and bool(relation.early) and not relation.derived


def _hash(relation: Relation) -> str:
    columns = tuple(one.column.name for one in relation.surveyed)
    return name(HASH) if relation.early else content_hash(columns)


def find_duplicates(connection: duckdb.DuckDBPyConnection, relation: Relation, rows: int) -> int:
    """The table `duplicates`: `_row` of every record that equals an earlier one in all columns, and that of the first of them."""
    connection.execute("CREATE OR REPLACE TEMP TABLE duplicates (_row BIGINT, _first_row BIGINT)")
    if _has_unique_column(connection, relation, rows):
        return 0
    hashed = _hash(relation)
    connection.execute(
        f"CREATE TEMP TABLE repeated AS SELECT {hashed} AS h FROM raw GROUP BY 1 HAVING count(*) > 1"
    )
    columns = names(one.column.name for one in relation.surveyed)
    connection.execute(
        f"INSERT INTO duplicates SELECT * FROM (SELECT _row, min(_row) OVER (PARTITION BY {columns}) AS _first_row"
        f" FROM raw WHERE {hashed} IN (SELECT h FROM repeated)) WHERE _row > _first_row"
    )
    counted = connection.execute("SELECT count(*) FROM duplicates").fetchone()
    return counted[0] if counted else 0


def first_repeated(connection: duckdb.DuckDBPyConnection, limit: int) -> tuple[RepeatedLine, ...]:
    """Where the first duplicates stand, and what they repeat; `raw` may be a file, which is not read for nothing."""
    rows = connection.execute(
        f"WITH told AS (SELECT * FROM duplicates ORDER BY _row LIMIT {limit})"
        " SELECT r._source, r._line, f._source, f._line FROM told JOIN raw r USING (_row)"
        " JOIN raw f ON f._row = told._first_row ORDER BY told._row"
    ).fetchall()
    return tuple(
        RepeatedLine(source=source, line=line, first_source=first_source, first=first)
        for source, line, first_source, first in rows
    )


def _has_unique_column(connection: duckdb.DuckDBPyConnection, relation: Relation, rows: int) -> bool:
    """Where one column never repeats, no record does: cheaper than a look at all of them."""
    likely = [one for one in relation.surveyed if one.filled == rows and one.distinct > 0.9 * rows]
    for one in likely[:2]:
        counted = connection.execute(f"SELECT count(DISTINCT {name(one.column.name)}) FROM raw").fetchone()
        if counted and counted[0] == rows:
            return True
    return False
