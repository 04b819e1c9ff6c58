"""Measures over the log of the twin: what is in the database and what lies in sealed days, put together."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from quanyu.evaluate.indicators.counting import Counted, Question, scope_of
from quanyu.evaluate.indicators.periods import Period
from quanyu.evaluate.indicators.sources import CITY, SOURCE_BY_NAME, FieldKind
from quanyu.evaluate.indicators.statement import Arguments, Columns, measure_sql, several_sql, where_sql
from quanyu.evaluate.indicators.tree import Kind, Measure
from quanyu.query import Engine, rows_of
from quanyu.store import Connection
from quanyu.twin.history.sealed import day_path, literal

Partial = Sequence[float | None]
Partials = dict[tuple[Measure, Period], list[Partial]]

_SEALED_DAYS = "select day from sealed_day where tenant = $1 and day >= $2 order by day"
_ROWS = """
(select coalesce(observed, ts) as at, attrs from read_parquet({paths}) where type = {type} or list_contains(types, {type}))
"""


async def count_history(
    connection: Connection, tenant: str, engine: Engine, folder: Path, question: Question
) -> Counted:
    """Nothing is known of a period in which nothing was told. Days that are sealed meanwhile wait for this transaction."""
    found: Partials = defaultdict(list)
    await _logged(connection, question, found)
    first = question.periods[0].begins.astimezone(UTC).date()
    days = [row["day"] for row in await connection.fetch(_SEALED_DAYS, tenant, first - timedelta(days=1))]
    if days:
        await asyncio.to_thread(
            _sealed, engine, [str(day_path(folder, tenant, day)) for day in days], question, found
        )
    return {
        (one, period): {(CITY, ""): joined(one, parts)} if (parts := found.get((one, period))) else {}
        for one in question.measures for period in question.periods
    }  # fmt: skip


async def _logged(connection: Connection, question: Question, found: Partials) -> None:
    arguments = Arguments()
    source = SOURCE_BY_NAME[question.source.name]
    scope = scope_of(source, question.source, question.periods, question.now, arguments)
    expressions = several_sql(question.measures, scope.columns, arguments, sql=partial_sql)
    statement = (
        f"select {scope.period} as period, {expressions} from {scope.table} where {scope.range} group by 1"
    )
    _gather(question, found, [tuple(row) for row in await connection.fetch(statement, *arguments.values)])


def _sealed(engine: Engine, files: Sequence[str], question: Question, found: Partials) -> None:
    arguments = Arguments()
    paths = ", ".join(map(literal, files))
    rows = _ROWS.format(paths=f"[{paths}]", type=arguments.put(question.source.of, "varchar"))
    expressions = several_sql(question.measures, _Attributes(arguments), arguments, sql=partial_sql)
    edges = ", ".join(
        f"({number}, {_put(arguments, one)})" for number, one in enumerate(question.periods, start=1)
    )
    statement = (
        f"select _of.number, {expressions} from {rows} as h join (values {edges}) as _of(number, first, until) "
        "on h.at >= _of.first and h.at < _of.until group by 1"
    )
    session = engine.session(files)
    try:
        _gather(question, found, rows_of(session.stream(statement, arguments.values)))
    finally:
        session.close()


def _put(arguments: Arguments, period: Period) -> str:
    """Its ends; sealed days hold moments of UTC without a zone."""
    ends = (one.astimezone(UTC).replace(tzinfo=None) for one in (period.begins, period.ends))
    return ", ".join(arguments.put(one, "timestamp") for one in ends)


def _gather(question: Question, found: Partials, rows: Sequence[tuple[Any, ...]]) -> None:
    for number, *parts in rows:
        for one, part in zip(question.measures, parts, strict=True):
            found[one, question.periods[int(number) - 1]].append(part)


class _Attributes:
    """As they lie in a file: JSON text by name."""

    def __init__(self, arguments: Arguments) -> None:
        self._arguments = arguments

    def __call__(self, name: str, kind: FieldKind) -> str:
        pointer = "/" + name.replace("~", "~0").replace("/", "~1") + "/value"
        value = f"json_extract(h.attrs, {self._arguments.put(pointer, 'varchar')})"
        match kind:
            case FieldKind.TEXT:
                return f"({value} ->> '$')"
            case FieldKind.FLAG:
                return f"(case when json_type({value}) = 'BOOLEAN' then ({value})::boolean end)"
        return f"(case when json_type({value}) in ('DOUBLE', 'BIGINT', 'UBIGINT') then ({value})::double end)"


def partial_sql(measure: Measure, columns: Columns, arguments: Arguments) -> str:
    """What several places can be put together from, as an array."""
    match measure.kind:
        case Kind.SHARE:
            return measure_sql(measure, columns, arguments)
        case Kind.SUM | Kind.AVG:
            number = columns(measure.field, FieldKind.NUMBER)
            where = where_sql(columns, arguments, measure.where)
            return f"array[sum({number}){where}, count({number}){where}]"
    return f"array[{measure_sql(measure, columns, arguments)}]"


def joined(measure: Measure, parts: Sequence[Partial]) -> float | None:
    """The number that all parts together come to."""
    columns = [[one for one in column if one is not None] for column in zip(*parts, strict=True)]
    sums = [sum(column) for column in columns]
    match measure.kind:
        case Kind.COUNT:
            return float(sums[0])
        case Kind.SHARE | Kind.AVG:
            return sums[0] / sums[1] if sums[1] else None
        case Kind.SUM:
            return float(sums[0]) if sums[1] else None
    return (min if measure.kind is Kind.MIN else max)(columns[0], default=None)
