"""Columns of figures: numbers in one of their forms, or codes, which stay text."""

import re
from collections.abc import Sequence
from functools import partial

from quanyu.core.angles import DMS
from quanyu.core.number_forms import (
    BLANKS,
    CHINESE_UNITS,
    CURRENCY,
    DECIMAL_COMMA,
    MULTIPLES,
    has_number_form,
    tells_number_form,
)
from quanyu.core.profile import ValueType
from quanyu.core.spreadsheet import DECIMAL, EXPONENT, has_lost_digits
from quanyu.core.values import INTEGER, NUMBER
from quanyu.govern.engine.parsing import NO_VALUE, UNITS, WHITE, Parsing
from quanyu.govern.engine.shares import WORTH, mostly, share_of
from quanyu.govern.quality.names import looks_like_id

_LEADING_ZERO = re.compile(r"[+-]?0[0-9][0-9,]*")
_LONG = re.compile(r"[0-9]{16,}")
_CODE = re.compile(r"[0-9]+[A-Za-z]{1,3}|[A-Za-z]{1,4}-?[0-9]+")
_WHOLE = re.compile(f"[0-9]{{5,}}|{DECIMAL}|{EXPONENT}")
_MANTISSA = re.compile(r"[0-9]+[eE][0-9]+")
_ROUND = re.compile(INTEGER)
_FIGURE = re.compile(NUMBER)

CODES_TELL = 0.002
"""With more codes than this among its different texts a column of figures is a column of codes."""

_SPOKEN = (DMS, CHINESE_UNITS, CURRENCY, DECIMAL_COMMA, BLANKS)


def is_code(text: str) -> bool:
    """Letters and figures together, or figures that a number would lose: the column holds codes."""
    return bool(_CODE.fullmatch(text) or _LEADING_ZERO.fullmatch(text) or _LONG.fullmatch(text))


def are_figures(texts: Sequence[str]) -> bool:
    """Most of the texts are whole numbers of some length."""
    filled = [text.strip(WHITE) for text in texts if text.strip(WHITE) not in NO_VALUE]
    return bool(filled) and share_of(filled, lambda text: bool(_WHOLE.fullmatch(text))) >= 0.5


def number(label: str, seen: Sequence[str]) -> Parsing | None:
    unit = _common_unit(seen)
    figures = [text.removesuffix(unit).strip() for text in seen] if unit else list(seen)
    if looks_like_id(label) and any(map(has_lost_digits, figures)):
        return None
    if share_of(_without_decimal(figures), is_code) > CODES_TELL:
        return None
    form = None if looks_like_id(label) else _form(seen)
    if form and not (unit and mostly(figures, is_number)):
        return Parsing(type=ValueType.NUMBER, formats=(form,), unit=_counted(seen, form))
    if not mostly(figures, is_number):
        return None
    if any("%" in text for text in figures):
        unit = "P1"
    whole = all(_ROUND.fullmatch(text) and "." not in text for text in figures if is_number(text))
    return Parsing(type=ValueType.INTEGER if whole else ValueType.NUMBER, unit=unit)


def wider_number(parsing: Parsing, failing: Sequence[str]) -> Parsing:
    """`parsing` as the texts ask for that it cannot read; the same where nothing helps."""
    for form in _SPOKEN:
        if any(tells_number_form(text, form) for text in failing) and form not in parsing.formats:
            return Parsing(type=ValueType.NUMBER, formats=(form,), unit=parsing.unit)
    whole = all(_ROUND.fullmatch(text) and not is_code(text) for text in failing)  # only to be cleaned
    if parsing.type is ValueType.INTEGER and not whole and share_of(failing, is_number) >= WORTH:
        return Parsing(type=ValueType.NUMBER, unit=parsing.unit)
    return parsing


def is_number(text: str) -> bool:
    return bool(_FIGURE.fullmatch(text)) and any(c.isdigit() for c in text) and not _MANTISSA.fullmatch(text)


def _form(seen: Sequence[str]) -> str | None:
    """The form that some text tells and nearly all have; numbers of the usual form may be among them."""
    for form in _SPOKEN:
        if any(tells_number_form(text, form) for text in seen) and mostly(seen, partial(_reads, form)):
            return form
    return None


def _reads(form: str, text: str) -> bool:
    return has_number_form(text, form) or (form == DMS and is_number(text))


def _counted(seen: Sequence[str], form: str) -> str | None:
    """元 of 1.2万元; per cent; degrees have no unit of their own."""
    if form == CHINESE_UNITS:
        words = "|".join(MULTIPLES)
        tails = {re.sub(rf"^[+-]?[0-9.,]+ ?(?:{words})? ?", "", text) for text in seen} - {""}
        return tails.pop() if len(tails) == 1 else None
    return "P1" if form != DMS and any("%" in text for text in seen) else None


def _without_decimal(texts: Sequence[str]) -> list[str]:
    """Whole numbers that all were given a decimal, `00120.0`, tell without it whether they are codes."""
    bare = [text.removesuffix(".0") for text in texts]
    return bare if all(text.isdigit() for text in bare) else list(texts)


def _common_unit(seen: Sequence[str]) -> str | None:
    """A single Latin letter is a unit only behind a blank: 1001A is the code of a station."""
    tails = {re.sub(r"^[+-]?[0-9.,]+", "", text) for text in seen}
    tail = tails.pop() if len(tails) == 1 else ""
    unit = tail.strip()
    if len(unit) == 1 and unit.isascii() and not tail.startswith(" "):
        return None
    return unit if unit in UNITS else None
