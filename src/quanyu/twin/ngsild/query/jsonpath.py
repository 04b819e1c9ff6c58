"""Predicates of jsonpath that hold wherever the evaluator may find what is compared. Data stand in them as JSON literals."""

from collections.abc import Iterable

import msgspec

from quanyu.twin.ngsild.query.ranges import lower, upper
from quanyu.twin.ngsild.query.tree import (
    Between,
    Number,
    OneOf,
    Operand,
    Operator,
    Path,
    Text,
    Truth,
    Uri,
    Value,
)

_IS_NUMBER = '@.value.type() == "number"'
_COMPOUND = ("value", "json")
_OTHERS = ("@.object", "@.json", "@.valueList", '@.valueList."@value"', "@.languageMap.*", "@.objectList",
           "@.objectList.object", "@.objectList[*].object")  # fmt: skip


def places(path: Path, test: str) -> str:
    """Everything that the evaluator may compare, the plain Property first. Lax jsonpath opens arrays."""
    if path.members:
        inside = "".join(map(key, path.members))
        plain = [f"@.{member}{inside}{end}" for member in _COMPOUND for end in ("", '."@value"')]
        others = ["exists(@.languageMap)"]
    else:
        plain = ["@.value", "@", '@.value."@value"']
        others = [*_tested(_OTHERS, test), "exists(@.vocab)", "exists(@.languageMap)"]
    return " || ".join([*_tested(plain, test), f'(@.type != "Property" && ({" || ".join(others)}))'])


def _tested(places: Iterable[str], test: str) -> list[str]:
    return [f"({test.replace('%', place)})" for place in places]


def starting(prefix: str) -> str:
    return "% starts with " + _escaped(prefix)


def predicate(operator: Operator, operand: Operand) -> str:
    """With `%` for what is compared; '' where nothing can be said."""
    if operator is Operator.UNEQUAL:
        return ""
    match operand:
        case OneOf(values):
            tests = [_equals(value) for value in values]
            return " || ".join(f"({one})" for one in tests) if all(tests) else ""
        case Between(Number(low), Number(high)):
            return f"% >= {_below(low)} && % <= {_above(high)}"
        case Between():
            return ""
    match operator, operand:
        case Operator.EQUAL, _:
            return _equals(operand)
        case ((Operator.GREATER | Operator.GREATER_EQUAL), Number(number)):
            return f"% >= {_below(number)}"
        case ((Operator.LESS | Operator.LESS_EQUAL), Number(number)):
            return f"% <= {_above(number)}"
    return ""


def sure(operator: Operator, operand: Operand) -> str:
    """What no value of a Property fulfils that does not fit; '' where nothing can be said. Digits beyond those of the number
    that is read from a document leave it equal, so that only the next number is greater for sure.
    """
    match operator, operand:
        case Operator.EQUAL, OneOf(values):
            tests = [sure(operator, value) for value in values]
            return " || ".join(f"({one})" for one in tests) if all(tests) else ""
        case Operator.EQUAL, Between(Number(low), Number(high)):
            return f"{_IS_NUMBER} && @.value >= {low!r} && @.value <= {high!r}"
        case Operator.EQUAL, Number(number):
            return f"{_IS_NUMBER} && @.value == {number!r}"
        case Operator.EQUAL, Text(text) | Uri(text):
            return f'@.value.type() == "string" && @.value == {_json(text)}'
        case Operator.GREATER, Number(number):
            return f"{_IS_NUMBER} && @.value >= {_above(number)}"
        case Operator.GREATER_EQUAL, Number(number):
            return f"{_IS_NUMBER} && @.value >= {number!r}"
        case Operator.LESS, Number(number):
            return f"{_IS_NUMBER} && @.value <= {_below(number)}"
        case Operator.LESS_EQUAL, Number(number):
            return f"{_IS_NUMBER} && @.value <= {number!r}"
    return ""


def _equals(value: Value) -> str:
    match value:
        case Text(text) | Uri(text):
            return "% == " + _escaped(text)
        case Number(number):
            return f"% >= {_below(number)} && % <= {_above(number)}"
        case Truth(truth):
            return f"% == {'true' if truth else 'false'}"
    return ""


def _below(number: int | float) -> str:
    return repr(lower(number))


def _above(number: int | float) -> str:
    return repr(upper(number))


def _escaped(text: str) -> str:
    """As a literal of jsonpath in which nothing looks like the place that is compared."""
    return _json(text).replace("%", "\\u0025")


def key(name: str) -> str:
    return "." + _json(name)


def _json(text: str) -> str:
    return msgspec.json.encode(text).decode()
