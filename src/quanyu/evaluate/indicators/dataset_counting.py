"""Measures over the accepted records of a dataset, read where they lie by the node's engine."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from quanyu.core.clock import CITY_ZONE
from quanyu.evaluate.indicators.checking import fields_of
from quanyu.evaluate.indicators.counting import Counted, Question
from quanyu.evaluate.indicators.sources import CITY, FieldKind
from quanyu.evaluate.indicators.statement import (
    CASTS,
    Arguments,
    Columns,
    measure_sql,
    number_of,
    several_sql,
    where_sql,
)
from quanyu.evaluate.indicators.tree import Kind, Measure
from quanyu.govern.imports import _sql
from quanyu.govern.imports.content import current_sql, paths
from quanyu.govern.imports.model import Part, PartRole
from quanyu.govern.quality.quote import literal, name
from quanyu.query import Engine, Session, rows_of
from quanyu.store import Connection

_ZONED = "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True, slots=True)
class Table:
    """The current records, with the type of each column."""

    session: Session
    content: str
    types: Mapping[str, str]

    def rows(self, statement: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return rows_of(self.session.stream(statement, arguments))

    def has(self, *columns: str) -> bool:
        return all(column in self.types for column in columns if column)

    def column(self, column: str, kind: FieldKind) -> str:
        return f"try_cast({name(column)} as {CASTS[kind]})"

    def moment(self, column: str) -> str:
        """In the city's time, as the engine takes times without a zone."""
        if self.types[column] == _ZONED:
            return f"timezone({literal(CITY_ZONE.key)}, {name(column)})"
        return f"try_cast({name(column)} as timestamp)"


@contextmanager
def opened(engine: Engine, folder: Path, parts: Sequence[Part]) -> Iterator[Table | None]:
    """None where the dataset holds nothing. Meant for a thread."""
    content = current_sql(folder, parts)
    if content is None:
        yield None
        return
    session = engine.session(
        (*paths(folder, parts, PartRole.ACCEPTED), *paths(folder, parts, PartRole.SUPERSEDED))
    )
    try:
        yield Table(session, content, session.columns(content))
    finally:
        session.close()


async def count_records(connection: Connection, engine: Engine, folder: Path, question: Question) -> Counted:
    """Nothing is known where there is no such dataset, or none with these columns; else no record is none."""
    parts = await _sql.parts(connection, question.source.of)
    return await asyncio.to_thread(_counted, engine, folder, parts, question)


async def days_of(connection: Connection, engine: Engine, folder: Path, dataset: str, at: str) -> set[date]:
    """On which a record falls."""
    parts = await _sql.parts(connection, dataset)
    return await asyncio.to_thread(_days, engine, folder, parts, at)


def _counted(engine: Engine, folder: Path, parts: Sequence[Part], question: Question) -> Counted:
    found: Counted = {(one, period): {} for one in question.measures for period in question.periods}
    with opened(engine, folder, parts) as table:
        if table is None or not table.has(question.source.at):
            return found
        known = [one for one in question.measures if table.has(*(column for column, _ in fields_of(one)))]
        if not known:
            return found
        for one in known:
            if one.kind is Kind.COUNT:
                for period in question.periods:
                    found[one, period][CITY, ""] = 0.0
        arguments = Arguments()
        expressions = several_sql(known, table.column, arguments, sql=_measure)
        number, joined = _periods(question, table, arguments)
        statement = f"select {number} as period, {expressions} from {table.content} as r{joined} group by 1"
        for row in table.rows(statement, arguments.values):
            for one, said in zip(known, row[1:], strict=True):
                found[one, question.periods[row[0] - 1]][CITY, ""] = number_of(one, said)
    return found


def _days(engine: Engine, folder: Path, parts: Sequence[Part], at: str) -> set[date]:
    with opened(engine, folder, parts) as table:
        if table is None or not table.has(at):
            return set()
        moment = table.moment(at)
        rows = table.rows(
            f"select distinct cast({moment} as date) from {table.content} where {moment} is not null"
        )
        return {row[0] for row in rows}


def _measure(measure: Measure, columns: Columns, arguments: Arguments) -> str:
    """DuckDB takes no argument within an ordered aggregate."""
    if measure.kind is not Kind.PERCENTILE:
        return measure_sql(measure, columns, arguments)
    where = where_sql(columns, arguments, measure.where)
    return f"quantile_cont({columns(measure.field, FieldKind.NUMBER)}, {measure.rank / 100!r}){where}"


def _periods(question: Question, table: Table, arguments: Arguments) -> tuple[str, str]:
    """The number of the period of a record, and what has to be joined for it."""
    if not question.source.at:
        return "1", ""
    moment = table.moment(question.source.at)
    rows = ", ".join(
        f"({number}, {arguments.put(one.start, 'timestamp')}, {arguments.put(one.end, 'timestamp')})"
        for number, one in enumerate(question.periods, start=1)
    )
    return (
        "p.number",
        f" join (values {rows}) as p(number, first, until) on {moment} >= p.first and {moment} < p.until",
    )
