"""What a formula comes to, from the numbers of its measures and of other indicators. Pure."""

from collections.abc import Callable

from quanyu.evaluate.indicators.tree import (
    Band,
    Blend,
    Extreme,
    Formula,
    Measure,
    Number,
    Operation,
    Reference,
)

Measured = Callable[[Measure], float | None]
Referred = Callable[[str], float | None]


def value_of(formula: Formula, measured: Measured, referred: Referred) -> float | None:
    """None where something that is needed is not known, or is divided by nothing."""

    def inner(one: Formula) -> float | None:
        return value_of(one, measured, referred)

    match formula:
        case Number(value):
            return value
        case Measure():
            return measured(formula)
        case Reference(code):
            return referred(code)
        case Operation(operator, left, right):
            return _operation(operator, inner(left), inner(right))
        case Extreme(name, parts):
            known = [value for value in map(inner, parts) if value is not None]
            return (min if name == "least" else max)(known, default=None)
        case Band(of, steps, beyond):
            return _band(inner(of), steps, beyond)
        case Blend(parts):
            return _blend([(weight, inner(part)) for weight, part in parts])


def _operation(operator: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / right if right else None


def _band(value: float | None, steps: tuple[tuple[float, float], ...], beyond: float) -> float | None:
    if value is None:
        return None
    return next((points for limit, points in steps if value <= limit), beyond)


def _blend(parts: list[tuple[float, float | None]]) -> float | None:
    known = [(weight, value) for weight, value in parts if value is not None]
    whole = sum(weight for weight, _ in known)
    return sum(weight * value for weight, value in known) / whole if whole else None
