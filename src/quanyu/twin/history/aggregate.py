"""Numbers over periods: the methods of the aggregated temporal representation (ETSI GS CIM 009, 4.5.19.1). Pure."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from quanyu.twin.history.duration import WHOLE_RANGE, Duration


class Method(StrEnum):
    TOTAL_COUNT = "totalCount"
    DISTINCT_COUNT = "distinctCount"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    STDDEV = "stddev"
    SUMSQ = "sumsq"


@dataclass(frozen=True, slots=True)
class Aggregation:
    """What is asked for; without a duration one period spans the whole range."""

    methods: tuple[Method, ...]
    duration: Duration = WHOLE_RANGE


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the first period begins, and where the only one ends if the duration is zero."""

    start: datetime
    end: datetime


Aggregated = dict[str, list[tuple[Any, datetime, datetime]]]
"""By method: value, begin and end of each period that has instances."""


def aggregate(points: Iterable[tuple[datetime, Any]], asked: Aggregation, frame: Frame) -> Aggregated:
    """Of times and values. A method that a kind of value does not know is left out."""
    periods: dict[int, list[Any]] = {}
    duration, origin = asked.duration, frame.start
    for moment, value in points:
        periods.setdefault(duration.number(origin, moment) if duration else 0, []).append(value)
    found: Aggregated = {}
    for number in sorted(periods):
        begin = duration.boundary(origin, number) if duration else frame.start
        end = duration.boundary(origin, number + 1) if duration else frame.end
        for method, value in _measured(periods[number], asked.methods):
            found.setdefault(method.value, []).append((value, begin, end))
    return found


def _measured(values: list[Any], methods: Sequence[Method]) -> Iterable[tuple[Method, Any]]:
    numbers = [number for value in values if (number := _number(value)) is not None]
    single = numbers if not any(isinstance(value, list) for value in values) else []
    texts = [text for value in values if (text := _text(value)) is not None]
    times = [at for value in values if (at := _time(value)) is not None]
    for method in methods:
        if method is Method.TOTAL_COUNT:
            yield method, len(values)
        elif method is Method.DISTINCT_COUNT:
            yield method, len(set(map(_key, values)))
        elif numbers and method not in _OF_SINGLE:
            yield method, _OF_NUMBERS[method](numbers)
        elif single:
            yield method, _OF_NUMBERS[method](single)
        elif times and method is Method.AVG:
            yield method, _mean_time(times)
        elif texts and method in _OF_TEXTS:
            yield method, _OF_TEXTS[method](texts)


def _number(value: Any) -> float | None:
    """Truth counts as 0 and 1, a list as the number of its members."""
    match value:
        case bool() | int() | float():
            return float(value)
        case list():
            return float(len(value))
    return None


def _text(value: Any) -> str | None:
    """Times are typed texts (4.6.3), whose order is that of time; of other typed texts there is no order."""
    match value:
        case str():
            return value
        case {"@type": str(named), "@value": str(text)} if named.rpartition("/")[2] in _TIMES:
            return text
    return None


def _time(value: Any) -> float | None:
    """Seconds since midnight of a time of day."""
    match value:
        case {"@type": str(named), "@value": str(text)} if named.rpartition("/")[2] == "Time":
            try:
                at = time.fromisoformat(text)
            except ValueError:
                return None
            return at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6
    return None


def _mean_time(times: list[float]) -> str:
    return f"{(_MIDNIGHT + timedelta(seconds=_average(times))).time().isoformat()}Z"


def _key(value: Any) -> object:
    """What makes two values one: their JSON, whatever the order of members."""
    if isinstance(value, str | int | float):
        return value
    return msgspec.json.encode(value, order="sorted")


def _average(numbers: list[float]) -> float:
    return math.fsum(numbers) / len(numbers)


def _deviation(numbers: list[float]) -> float:
    """Of the values themselves, not estimated for what they may be a sample of: one value deviates by 0."""
    middle = _average(numbers)
    return math.sqrt(math.fsum((number - middle) ** 2 for number in numbers) / len(numbers))


def _squares(numbers: list[float]) -> float:
    return math.fsum(number * number for number in numbers)


_OF_NUMBERS: dict[Method, Callable[[list[float]], float]] = {
    Method.SUM: math.fsum,
    Method.AVG: _average,
    Method.MIN: min,
    Method.MAX: max,
    Method.STDDEV: _deviation,
    Method.SUMSQ: _squares,
}
_OF_SINGLE = frozenset({Method.STDDEV, Method.SUMSQ})
"""Not of the sizes of arrays (table 4.5.19.1-1)."""
_MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = frozenset({"DateTime", "Date", "Time"})
_OF_TEXTS: dict[Method, Callable[[list[str]], str]] = {Method.MIN: min, Method.MAX: max}
