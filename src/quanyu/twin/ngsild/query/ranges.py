"""Between which values an attribute must lie, in the order that PostgreSQL gives jsonb: what an index can answer."""

import math
from collections.abc import Iterable, Iterator
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

_BELOW, _ABOVE = "\U0010ffff", False
"""All numbers lie between texts and truth values."""


@dataclass(frozen=True, slots=True)
class Range:
    """In the order of jsonb, ends included, lies the plain value that an attribute must have."""

    name: str
    low: Anything
    high: Anything


def ranges(term: Term | None) -> Iterable[Range]:
    """One for each of the attributes without which the query does not hold; where they are no plain value, they may fit too."""
    found: dict[str, Range] = {}
    for one in _named(term):
        found[one.name] = _both(found[one.name], one) if one.name in found else one
    return found.values()


def _both(one: Range, other: Range) -> Range:
    """A plain value that lies between numbers lies between the nearer ones; of other ranges one is narrow enough."""
    if not (_of_numbers(one) and _of_numbers(other)):
        return other if _of_numbers(one) else one
    low = one.low if other.low is _BELOW or (one.low is not _BELOW and one.low > other.low) else other.low
    high = (
        one.high if other.high is _ABOVE or (one.high is not _ABOVE and one.high < other.high) else other.high
    )
    return Range(one.name, low, high)


def _of_numbers(one: Range) -> bool:
    return (type(one.low) is float or one.low is _BELOW) and (type(one.high) is float or one.high is _ABOVE)


def _named(term: Term | None) -> Iterator[Range]:
    match term:
        case All(terms):
            for one in terms:
                yield from _named(one)
        case Compare(Path((name,), ()), operator, operand):
            if ends := _ends(operator, operand):
                yield Range(name, *ends)


def _ends(operator: Operator, operand: Operand) -> tuple[Anything, Anything] | None:
    match operator, operand:
        case Operator.EQUAL, Between(Number(low), Number(high)):
            return lower(low), upper(high)
        case Operator.EQUAL, Number(number):
            return lower(number), upper(number)
        case Operator.EQUAL, Text(value) | Uri(value) | Truth(value):
            return value, value
        case ((Operator.GREATER | Operator.GREATER_EQUAL), Number(number)):
            return lower(number), _ABOVE
        case ((Operator.LESS | Operator.LESS_EQUAL), Number(number)):
            return _BELOW, upper(number)
    return None


def lower(number: int | float) -> float:
    """A little less: the document may hold more digits than the number that is read from it."""
    return math.nextafter(float(number), -math.inf)


def upper(number: int | float) -> float:
    return math.nextafter(float(number), math.inf)
