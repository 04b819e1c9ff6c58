"""Measures over rows of PostgreSQL: one statement a source, for all periods and dimensions at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from quanyu.evaluate.indicators.periods import Period
from quanyu.evaluate.indicators.sources import CITY, SOURCE_BY_NAME, FieldKind, Rows, Time
from quanyu.evaluate.indicators.statement import (
    CASTS,
    Arguments,
    Columns,
    Projection,
    number_of,
    several_sql,
)
from quanyu.evaluate.indicators.tree import Kind, Measure, Source
from quanyu.store import Connection

Key = tuple[str, str]
"""Dimension and key."""
Counted = dict[tuple[Measure, Period], dict[Key, float | None]]

_FOR_LARGE_GROUPS = "set local work_mem = '256MB'; set local jit = off; set local enable_sort = {sort}"
"""A million cases are then grouped in memory; what is not needed is not taken. Only ranks need an order."""

_GROUPED = """
with seen as materialized (select {period} as period{dimensions}{fields} from {table} where {range})
select period, grouping({names}) as grouped, {names}, {measures} from seen group by grouping sets ({sets})
"""


@dataclass(frozen=True, slots=True)
class Question:
    """`measures` of one source, in `periods` of one kind, by `dimensions` besides the whole."""

    source: Source
    measures: tuple[Measure, ...]
    periods: tuple[Period, ...]
    dimensions: tuple[str, ...]
    now: datetime


async def count(connection: Connection, question: Question) -> Counted:
    """Keys that are not known (a case without a region) count in the whole only."""
    ranked = any(one.kind is Kind.PERCENTILE for one in question.measures)
    await connection.execute(_FOR_LARGE_GROUPS.format(sort="on" if ranked else "off"))
    arguments = Arguments()
    rows = await connection.fetch(_statement(question, arguments), *arguments.values)
    await connection.execute("set local enable_sort = on")
    return _gathered(question, rows)


def _statement(question: Question, arguments: Arguments) -> str:
    source = SOURCE_BY_NAME[question.source.name]
    scope = scope_of(source, question.source, question.periods, question.now, arguments)
    projection = Projection(scope.columns)
    expressions = several_sql(question.measures, projection, arguments)
    names = [f"d{number}" for number, _ in enumerate(question.dimensions)]
    keys = [
        f"{source.dimensions[one]} as {name}" for one, name in zip(question.dimensions, names, strict=True)
    ]
    sets = ["(period)", *(f"(period, {name})" for name in names)]
    return _GROUPED.format(
        period=scope.period, table=scope.table, range=scope.range, measures=expressions, sets=", ".join(sets),
        dimensions="".join(f", {key}" for key in keys), fields="".join(f", {sql}" for sql in projection.sql),
        names=", ".join(names) or "period",
    )  # fmt: skip


def _gathered(question: Question, rows: Iterable[Mapping[str, object]]) -> Counted:
    found: Counted = {(one, period): {} for one in question.measures for period in question.periods}
    for row in rows:
        key = _key(question.dimensions, row)
        if key is not None:
            period = question.periods[int(str(row["period"])) - 1]
            for number, one in enumerate(question.measures):
                value = number_of(one, row[f"m{number}"])
                found[one, period][key] = of_nothing(one) if value is None else value
    return found


def of_nothing(measure: Measure) -> float | None:
    """No case is none; no entity or history at all, or none with a value, is no data."""
    source = SOURCE_BY_NAME.get(measure.source.name)
    listed = source is not None and source.fields is not None
    return 0.0 if listed and measure.kind in (Kind.COUNT, Kind.SUM) else None


def _key(dimensions: Sequence[str], row: Mapping[str, object]) -> Key | None:
    """`grouped` has a bit for each dimension that the row does not go by, the first one highest."""
    if not dimensions:
        return (CITY, "")
    grouped = int(str(row["grouped"]))
    for number, name in enumerate(dimensions):
        if not grouped & 1 << (len(dimensions) - 1 - number):
            key = row[f"d{number}"]
            return None if key is None else (name, str(key))
    return (CITY, "")


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of a source that fall into periods; `period` is the number of theirs, from 1."""

    table: str
    range: str
    period: str
    columns: Columns


def scope_of(
    source: Rows, named: Source, periods: Sequence[Period], now: datetime, arguments: Arguments
) -> Scope:
    """`periods` are in order and of one kind."""
    at = arguments.put(now, "timestamptz")
    columns = _columns(source, at, arguments)
    table = source.table.replace("{now}", at)
    asked = f"{at} is not null"  # an argument that no field uses would have no place
    if source.fields is None:
        asked += f" and {_of_type(source, named.of, arguments)}"
    match source.time:
        case Time.PRESENT:
            return Scope(table, asked, "1", columns)
        case Time.FLOW:
            within, period = _flow(source, periods, arguments)
            return Scope(table, f"{asked} and {within}", period, columns)
    ends = arguments.put([one.ends for one in periods], "timestamptz[]")
    first = f"width_bucket({source.moment}, {ends}) + 1"
    last = f"coalesce(width_bucket({source.ending}, {ends}), {len(periods)})"
    lasting = f"cross join lateral generate_series({first}, {last}) as lasting(period)"
    return Scope(f"{table} {lasting}", f"{asked} and {first} <= {last}", "lasting.period", columns)


def _of_type(source: Rows, type_: str, arguments: Arguments) -> str:
    alias = source.table.rpartition(" ")[2]
    given = arguments.put(type_, "text")
    return f"({alias}.type = {given} or {given} = any({alias}.types))"


def _flow(source: Rows, periods: Sequence[Period], arguments: Arguments) -> tuple[str, str]:
    """Between two edges of the same period the bucket is odd."""
    edges = arguments.put([edge for one in periods for edge in (one.begins, one.ends)], "timestamptz[]")
    bucket = f"width_bucket({source.moment}, {edges})"
    first, last = (arguments.put(edge, "timestamptz") for edge in (periods[0].begins, periods[-1].ends))
    within = f"{source.moment} >= {first} and {source.moment} < {last} and {bucket} % 2 = 1"
    return within, f"({bucket} + 1) / 2"


def _columns(source: Rows, now: str, arguments: Arguments) -> Columns:
    fields = source.fields
    if fields is None:
        column = "e.doc" if source.time is Time.PRESENT else "h.attrs"
        return _Attributes(column, arguments)

    def listed(name: str, kind: FieldKind) -> str:
        sql = fields[name].sql.replace("{now}", now)
        return sql if fields[name].kind is kind else f"({sql})::{CASTS[kind]}"

    return listed


@dataclass(frozen=True, slots=True)
class _Attributes:
    """Values of normalized attributes; one that is of another kind than asked for is not known."""

    column: str
    arguments: Arguments

    def __call__(self, name: str, kind: FieldKind) -> str:
        value = f"({self.column}->{self.arguments.put(name, 'text')}->'value')"
        text = f"({value} #>> '{{}}')"
        match kind:
            case FieldKind.TEXT:
                return text
            case FieldKind.FLAG:
                return f"(case when jsonb_typeof({value}) = 'boolean' then {text}::boolean end)"
        return f"(case when jsonb_typeof({value}) = 'number' then {text}::double precision end)"
