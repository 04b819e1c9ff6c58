"""Between which values an attribute must lie, in the order that PostgreSQL gives jsonb: what an index can answer."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any as Anything

from quanyu.twin.ngsild.query.tree import (
    All,
    Between,
    Compare,
    Number,
    Operand,
    Operator,
    Path,
    Term,
    Text,
    Truth,
    Uri,
)


@dataclass(frozen=True, slots=True)
class Range:
    """In the order of jsonb, ends included, lies the plain value that an attribute must have."""

    name: str
    low: Anything
    high: Anything


def ranges(term: Term | None) -> Iterator[Range]:
    """Of the attributes without which the query does not hold; where they are no plain value, they may fit too."""
    match term:
        case All(terms):
            for one in terms:
                yield from ranges(one)
        case Compare(Path((name,), ()), operator, operand):
            if ends := _ends(operator, operand):
                yield Range(name, *ends)


def _ends(operator: Operator, operand: Operand) -> tuple[Anything, Anything] | None:
    """In that order numbers lie between strings and truth values."""
    match operator, operand:
        case Operator.EQUAL, Between(Number(low), Number(high)):
            return lower(low), upper(high)
        case Operator.EQUAL, Number(number):
            return lower(number), upper(number)
        case Operator.EQUAL, Text(value) | Uri(value) | Truth(value):
            return value, value
        case ((Operator.GREATER | Operator.GREATER_EQUAL), Number(number)):
            return lower(number), False
        case ((Operator.LESS | Operator.LESS_EQUAL), Number(number)):
            return "\U0010ffff", upper(number)
    return None


def lower(number: int | float) -> float:
    """A little less: the document may hold more digits than the number that is read from it."""
    return math.nextafter(float(number), -math.inf)


def upper(number: int | float) -> float:
    return math.nextafter(float(number), math.inf)
