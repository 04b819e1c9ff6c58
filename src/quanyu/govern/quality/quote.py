"""The only ways in which names and values of others get into SQL text."""

from collections.abc import Iterable
from datetime import date, datetime

from quanyu.govern.quality.rules import Scalar


def name(column: str) -> str:
    """An SQL identifier."""
    return '"' + column.replace('"', '""') + '"'


def names(columns: Iterable[str]) -> str:
    return ", ".join(name(column) for column in columns)


def literal(value: Scalar | date | datetime) -> str:
    """An SQL literal; DuckDB knows no backslash escapes in plain strings, so doubling the quote is enough."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return (
                f"{value!r}::DOUBLE"
                if value == value and abs(value) != float("inf")
                else f"'{value}'::DOUBLE"
            )
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''").replace("\x00", "") + "'"


def literals(values: Iterable[Scalar]) -> str:
    return ", ".join(literal(value) for value in values)
