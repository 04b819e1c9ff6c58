"""Measures over the accepted records of a dataset, read where they lie by the engine."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from quanyu.evaluate.indicators.checking import fields_of
from quanyu.evaluate.indicators.counting import Counted, Question
from quanyu.evaluate.indicators.periods import ZONE
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
from quanyu.govern.imports.content import current_sql, reader
from quanyu.govern.imports.model import Part
from quanyu.govern.quality.quote import literal, name
from quanyu.store import Connection

_ZONED = "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True, slots=True)
class Table:
    """The current records, with the type of each column."""

    engine: duckdb.DuckDBPyConnection
    content: str
    types: dict[str, str]

    def has(self, *columns: str) -> bool:
        return all(column in self.types for column in columns if column)

    def column(self, column: str, kind: FieldKind) -> str:
        return f"try_cast({name(column)} as {CASTS[kind]})"

    def moment(self, column: str) -> str:
        """In the city's time, as the engine takes times without a zone."""
        if self.types[column] == _ZONED:
            return f"timezone({literal(ZONE.key)}, {name(column)})"
        return f"try_cast({name(column)} as timestamp)"


@contextmanager
def opened(tenant: str, folder: Path, parts: Sequence[Part]) -> Iterator[Table | None]:
    """None where the dataset holds nothing. Meant for a thread."""
    content = current_sql(folder, parts)
    if content is None:
        yield None
        return
    with reader(folder, tenant) as engine:
        described = engine.execute(f"describe select * from {content}").fetchall()
        yield Table(engine, content, {row[0]: row[1] for row in described})


async def count_records(connection: Connection, tenant: str, folder: Path, question: Question) -> Counted:
    """Nothing is known where there is no such dataset, or none with these columns; else no record is none."""
    parts = await _sql.parts(connection, question.source.of)
    return await asyncio.to_thread(_counted, tenant, folder, parts, question)


async def days_of(connection: Connection, tenant: str, folder: Path, dataset: str, at: str) -> set[date]:
    """On which a record falls."""
    parts = await _sql.parts(connection, dataset)
    return await asyncio.to_thread(_days, tenant, folder, parts, at)


def _counted(tenant: str, folder: Path, parts: Sequence[Part], question: Question) -> Counted:
    found: Counted = {(one, period): {} for one in question.measures for period in question.periods}
    with opened(tenant, folder, parts) as table:
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
        for row in table.engine.execute(statement, arguments.values).fetchall():
            for one, said in zip(known, row[1:], strict=True):
                found[one, question.periods[row[0] - 1]][CITY, ""] = number_of(one, said)
    return found


def _days(tenant: str, folder: Path, parts: Sequence[Part], at: str) -> set[date]:
    with opened(tenant, folder, parts) as table:
        if table is None or not table.has(at):
            return set()
        moment = table.moment(at)
        rows = table.engine.execute(
            f"select distinct cast({moment} as date) from {table.content} where {moment} is not null"
        )
        return {row[0] for row in rows.fetchall()}


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
