"""The values of a query (4.9, 4.6.3): read from text, printed, and compared with what an entity holds."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any as Anything

import msgspec

from quanyu.twin.ngsild.query.scanner import Scanner
from quanyu.twin.ngsild.query.tree import (
    Between,
    Expanded,
    Moment,
    Number,
    OneOf,
    Operand,
    Temporal,
    Text,
    Truth,
    Uri,
    Value,
)

Expand = Callable[[str], tuple[str, str]]

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z_:])")
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,6})?"
# A `+` of an offset that came through a form-encoded query string is a blank.
_MOMENTS = (
    (Temporal.DATE_TIME, re.compile(rf"{_DATE}T{_TIME}(?:Z|[+ -][0-9]{{2}}:?[0-9]{{2}})?(?![0-9A-Za-z:])")),
    (Temporal.DATE, re.compile(rf"{_DATE}(?![0-9A-Za-z:-])")),
    (Temporal.TIME, re.compile(rf"{_TIME}(?:Z|[+ -][0-9]{{2}}:?[0-9]{{2}})?(?![0-9A-Za-z:])")),
)
_ENDS_URI = frozenset(';|),()"{}[]<> ')


def read_operand(scanner: Scanner, expand: Expand | None, *, several: bool) -> Operand:
    """`several`: lists and ranges may follow, as after `==` and `!=`."""
    first = _read_value(scanner, expand)
    if not several:
        return _comparable(scanner, first)
    if scanner.accept(".."):
        return Between(_comparable(scanner, first), _comparable(scanner, _read_value(scanner, expand)))
    values = [first]
    while scanner.accept(","):
        values.append(_read_value(scanner, expand))
    return first if len(values) == 1 else OneOf(tuple(values))


def print_operand(operand: Operand) -> str:
    match operand:
        case Between(low, high):
            return f"{_print_value(low)}..{_print_value(high)}"
        case OneOf(values):
            return ",".join(map(_print_value, values))
    return _print_value(operand)


def equal(found: Anything, wanted: Value) -> bool:
    """One value of an entity, no list. Values of different types are not equal."""
    match wanted:
        case Text(text) | Uri(text):
            return isinstance(found, str) and found == text
        case Expanded(term, iri):
            return isinstance(found, str) and found in (term, iri)
        case Number(number):
            return _is_number(found) and found == number
        case Truth(truth):
            return found is truth
        case Moment():
            mine, theirs = _instant(found, wanted.kind), _instant(wanted.text, wanted.kind)
            return mine is not None and mine == theirs


def order(found: Anything, wanted: Value) -> int | None:
    """-1, 0 or 1 as `found` is less, equal or greater; None where the two cannot be compared."""
    mine: Anything
    theirs: Anything
    match wanted:
        case Number(number) if _is_number(found):
            mine, theirs = found, number
        case Text(text) if isinstance(found, str):
            mine, theirs = found, text
        case Moment(kind, text):
            mine, theirs = _instant(found, kind), _instant(text, kind)
        case _:
            return None
    if mine is None or theirs is None:
        return None
    return int(mine > theirs) - int(mine < theirs)


def moment_of(text: str) -> Moment | None:
    """A date, a time or both, as 4.6.3 writes them."""
    for kind in (Temporal.DATE_TIME, Temporal.DATE, Temporal.TIME):
        if _parsed(text, kind) is not None:
            return Moment(kind, text)
    return None


def order_of_moment(found: Anything) -> tuple[int, Anything] | None:
    """4.23.2: times before dates before dates with a time; None for what is none of them."""
    for rank, kind in enumerate((Temporal.TIME, Temporal.DATE, Temporal.DATE_TIME), start=5):
        if (instant := _instant(found, kind)) is not None:
            return rank, instant
    return None


def _is_number(found: Anything) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)


def _instant(found: Anything, kind: Temporal) -> Anything:
    if isinstance(found, dict):  # {"@type": "DateTime", "@value": …}
        found = found.get("@value")
    return _parsed(found, kind) if isinstance(found, str) and len(found) < 40 else None


@lru_cache(maxsize=8192)
def _parsed(text: str, kind: Temporal) -> Anything:
    """None where the text is no moment of that kind; without an offset UTC is meant."""
    if not any(one is kind and pattern.fullmatch(text) for one, pattern in _MOMENTS):
        return None
    text = text.replace(" ", "+").replace(",", ".")
    try:
        match kind:
            case Temporal.DATE_TIME:
                return _with_zone(datetime.fromisoformat(text)).timestamp()
            case Temporal.DATE:
                return date.fromisoformat(text)
            case Temporal.TIME:
                return _seconds(time.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else datetime.fromisoformat(moment.isoformat() + "+00:00")


def _seconds(moment: time) -> float:
    offset = moment.utcoffset()
    clock = moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    return clock - (offset.total_seconds() if offset else 0.0)


def _read_value(scanner: Scanner, expand: Expand | None) -> Value:
    if scanner.peek() == '"':
        text = scanner.quoted()
        return Expanded(*expand(text)) if expand else Text(text)
    if found := _moment_or_number(scanner):
        return found
    word = scanner.take_while(lambda one: one not in _ENDS_URI)
    if word in ("true", "false"):
        return Truth(word == "true")
    if expand and word:
        return Expanded(*expand(word))
    if ":" in word.strip(":"):
        return Uri(word)
    scanner.at -= len(word)
    raise scanner.fault("twin.query.value", found=(word or scanner.peek(20)))


def _moment_or_number(scanner: Scanner) -> Moment | Number | None:
    for kind, pattern in _MOMENTS:
        if (matched := pattern.match(scanner.text, scanner.at)) and _parsed(matched[0], kind) is not None:
            scanner.at = matched.end()
            return Moment(kind, matched[0].replace(" ", "+"))
    matched = _NUMBER.match(scanner.text, scanner.at)
    if matched and (number := _finite(matched[0])) is not None:
        scanner.at = matched.end()
        return Number(number)
    return None


def _finite(text: str) -> int | float | None:
    if len(text) < 19 and not set(text) & set(".eE"):
        return int(text)
    number = float(text)
    return number if abs(number) < float("inf") else None


def _comparable(scanner: Scanner, value: Value) -> Value:
    if isinstance(value, Truth | Uri):
        raise scanner.fault("twin.query.order")
    return value


def _print_value(value: Value) -> str:
    match value:
        case Text(text):
            return msgspec.json.encode(text).decode()
        case Uri(text):
            return text
        case Expanded(term, _):
            return msgspec.json.encode(term).decode()
        case Number(number):
            return msgspec.json.encode(number).decode()
        case Truth(truth):
            return "true" if truth else "false"
        case Moment(_, text):
            return text
