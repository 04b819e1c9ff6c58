"""Measures become statements: fields and tables from the list of sources, everything a formula says as arguments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from quanyu.evaluate.indicators.sources import FieldKind
from quanyu.evaluate.indicators.tree import (
    Among,
    Begins,
    Compare,
    Condition,
    Either,
    Every,
    Flag,
    Kind,
    Known,
    Literal,
    Measure,
    Not,
)

CASTS = {FieldKind.FLAG: "boolean", FieldKind.NUMBER: "double precision", FieldKind.TEXT: "text"}


@dataclass(slots=True)
class Arguments:
    """What a statement is given; `put` answers the place."""

    values: list[object] = field(default_factory=list)

    def put(self, value: object, cast: str) -> str:
        self.values.append(value)
        return f"${len(self.values)}::{cast}"


Columns = Callable[[str, FieldKind], str]
"""The SQL of a field, as a value of that kind."""


@dataclass(slots=True)
class Projection:
    """Fields that measures use, each computed once a row under a short name."""

    source: Columns
    made: dict[tuple[str, FieldKind], str] = field(default_factory=dict)
    sql: list[str] = field(default_factory=list)

    def __call__(self, name: str, kind: FieldKind) -> str:
        known = self.made.get((name, kind))
        if known is None:
            known = self.made[name, kind] = f"f{len(self.made)}"
            self.sql.append(f"{self.source(name, kind)} as {known}")
        return known


def kind_of(value: Literal) -> FieldKind:
    if isinstance(value, bool):
        return FieldKind.FLAG
    return FieldKind.TEXT if isinstance(value, str) else FieldKind.NUMBER


def condition_sql(condition: Condition, columns: Columns, arguments: Arguments) -> str:
    """True or false, never null: what is not known is not so."""

    def inner(one: Condition) -> str:
        return condition_sql(one, columns, arguments)

    match condition:
        case Not(one):
            return f"(not {inner(one)})"
        case Every(parts):
            return f"({' and '.join(map(inner, parts))})"
        case Either(parts):
            return f"({' or '.join(map(inner, parts))})"
        case Flag(name):
            return f"coalesce({columns(name, FieldKind.FLAG)}, false)"
        case Known(name, known):
            return f"({columns(name, FieldKind.TEXT)} is {'not ' if known else ''}null)"
        case Begins(name, text):
            given = arguments.put(text, "text")
            return f"coalesce(starts_with({columns(name, FieldKind.TEXT)}, {given}), false)"
        case Compare(name, operator, value):
            sign = "<>" if operator == "!=" else operator
            return _compared(name, sign, value, columns=columns, arguments=arguments)
        case Among(name, values):
            same = [_compared(name, "=", one, columns=columns, arguments=arguments) for one in values]
            return f"({' or '.join(same)})"


def _compared(name: str, sign: str, value: Literal, *, columns: Columns, arguments: Arguments) -> str:
    kind = kind_of(value)
    return f"coalesce({columns(name, kind)} {sign} {arguments.put(value, CASTS[kind])}, false)"


def where_sql(columns: Columns, arguments: Arguments, *conditions: Condition | None) -> str:
    """The filter of an aggregate; nothing where every row counts."""
    said = [condition_sql(one, columns, arguments) for one in conditions if one is not None]
    return f" filter (where {' and '.join(said)})" if said else ""


def measure_sql(measure: Measure, columns: Columns, arguments: Arguments) -> str:
    """One expression; of a share an array of the part and the whole."""
    where = where_sql(columns, arguments, measure.where)
    match measure.kind:
        case Kind.COUNT:
            return f"count(*){where}"
        case Kind.SHARE:
            part = where_sql(columns, arguments, measure.where, measure.part)
            return f"array[count(*){part}, count(*){where}]"
    number = columns(measure.field, FieldKind.NUMBER)
    if measure.kind is Kind.PERCENTILE:
        rank = arguments.put(measure.rank / 100, "double precision")
        return f"percentile_cont({rank}) within group (order by {number}){where}"
    return f"{measure.kind}({number}){where}"


def several_sql(
    measures: Sequence[Measure], columns: Columns, arguments: Arguments,
    *, sql: Callable[[Measure, Columns, Arguments], str] = measure_sql,
) -> str:  # fmt: skip
    """The expressions of a select list, called m0, m1, …"""
    return ", ".join(f"{sql(one, columns, arguments)} as m{number}" for number, one in enumerate(measures))


def number_of(measure: Measure, found: object) -> float | None:
    """What a statement answered, as the number that is meant; None where there is nothing to divide by."""
    if isinstance(found, list | tuple):
        part, whole = found
        return part / whole if whole else None
    return (
        None if found is None else float(str(found)) if not isinstance(found, int | float) else float(found)
    )
