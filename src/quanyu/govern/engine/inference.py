"""From texts seen in a column to the way of reading it. `survey` then asks every value of the column.

whole numbers with a leading zero, or of more than 15 digits, are codes and stay text, also with the decimal or the
exponent that a spreadsheet gave them
0164A among 1213 says that 1213 is a code too
03/04/2020 is read as the rest of its column says (a day above 12 decides); several forms may be mixed
1212390000 is a moment only where the column's name says so
"""

import re
from collections.abc import Callable, Sequence

from quanyu.core.profile import ValueType
from quanyu.core.spreadsheet import DECIMAL, EXPONENT, has_lost_digits
from quanyu.core.values import DATE_FORMATS, FALSE_TEXTS, INTEGER, NUMBER, TRUE_TEXTS, DateFormat, fold
from quanyu.govern.engine.parsing import NO_VALUE, UNITS, WHITE, Parsing, is_filler
from quanyu.govern.quality.names import looks_like_id

TIME_NAME = re.compile(r"(^|_|\b)(ts|time|timestamp|epoch|date|dt)($|_|\b)|时间|时刻|日期", re.IGNORECASE)
_LEADING_ZERO = re.compile(r"[+-]?0[0-9,]+")
_LONG = re.compile(r"[0-9]{16,}")
_CODE = re.compile(r"[0-9]+[A-Za-z]{1,3}|[A-Za-z]{1,4}-?[0-9]+")
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
_FIGURES = re.compile(f"[0-9]{{5,}}|{DECIMAL}|{EXPONENT}")
_MANTISSA = re.compile(r"[0-9]+[eE][0-9]+")
_ROUND = re.compile(INTEGER)
_FIGURE = re.compile(NUMBER)
_FORMS = tuple((form, re.compile(form.regex)) for form in DATE_FORMATS if not form.named_only)
_ANY_FORM = re.compile("|".join(form.regex for form in DATE_FORMATS if not form.named_only))
_WORTH = 0.8
"""Share of the texts seen that a type must explain to be asked of the whole column."""

CODES_TELL = 0.002
"""With more codes than this among its different texts a column of figures is a column of codes."""

TEXT = Parsing(type=ValueType.TEXT)


def guess(label: str, texts: Sequence[str]) -> Parsing:
    """The most telling type that explains most of the texts; TEXT where none does."""
    folded = (fold(text.strip(WHITE)) for text in texts)
    seen = [text for text in folded if text not in NO_VALUE and not is_filler(text)]
    if not seen:
        return TEXT
    for attempt in (_boolean, _moment, _clock, _number):
        parsing = attempt(label, seen)
        if parsing is not None:
            return parsing
    return TEXT


def widened(parsing: Parsing, label: str, failing: Sequence[str]) -> Parsing:
    """`parsing` with what the texts it cannot read need as well; the same where nothing helps."""
    seen = [fold(text.strip(WHITE)) for text in failing]
    if parsing.type in (ValueType.DATE, ValueType.DATETIME) and parsing.format not in ("epoch_s", "epoch_ms"):
        more = [form for form in date_forms(seen) if form.name not in parsing.formats]
        if more:
            return _with_formats(parsing, more)
    whole = all(_ROUND.fullmatch(text) and not is_code(text) for text in seen)  # only to be cleaned
    if parsing.type is ValueType.INTEGER and not whole and _share(seen, _is_number) >= _WORTH:
        return Parsing(type=ValueType.NUMBER, unit=parsing.unit)
    return parsing


def is_code(text: str) -> bool:
    """Letters and figures together, or figures that a number would lose: the column holds codes."""
    return bool(_CODE.fullmatch(text) or _LEADING_ZERO.fullmatch(text) or _LONG.fullmatch(text))


def are_figures(texts: Sequence[str]) -> bool:
    """Most of the texts are whole numbers of some length."""
    filled = [text.strip(WHITE) for text in texts if text.strip(WHITE) not in NO_VALUE]
    return bool(filled) and _share(filled, lambda text: bool(_FIGURES.fullmatch(text))) >= 0.5


def date_forms(texts: Sequence[str]) -> list[DateFormat]:
    """The fewest forms that read the texts, the one that reads most first."""
    chosen: list[DateFormat] = []
    rest = list(texts)
    while rest and len(chosen) < 4:
        counts = [(sum(1 for text in rest if regex.fullmatch(text)), form, regex) for form, regex in _FORMS]
        count, form, regex = max(counts, key=lambda entry: entry[0])
        if count == 0:
            break
        chosen.append(form)
        rest = [text for text in rest if not regex.fullmatch(text)]
    return chosen


def _with_formats(parsing: Parsing, more: list[DateFormat]) -> Parsing:
    timed = parsing.type is ValueType.DATETIME or any(form.type is ValueType.DATETIME for form in more)
    return Parsing(
        type=ValueType.DATETIME if timed else ValueType.DATE,
        formats=(*parsing.formats, *(form.name for form in more)),
    )


def _boolean(_: str, seen: Sequence[str]) -> Parsing | None:
    words = {text.lower() for text in seen}
    if words <= TRUE_TEXTS | FALSE_TEXTS and words & TRUE_TEXTS and words & FALSE_TEXTS:
        return Parsing(type=ValueType.BOOLEAN)
    return None


def _moment(label: str, seen: Sequence[str]) -> Parsing | None:
    forms = date_forms(seen) if _mostly(seen, lambda text: bool(_ANY_FORM.fullmatch(text))) else []
    if forms and _share(seen, lambda text: any(re.fullmatch(form.regex, text) for form in forms)) >= _WORTH:
        if all(form.name.startswith("compact") for form in forms) and not _is_certainly_compact(label, seen):
            return None
        return _with_formats(Parsing(type=ValueType.DATE), forms)
    return _epoch(label, seen)


def _is_certainly_compact(label: str, seen: Sequence[str]) -> bool:
    """Eight figures are a day where the column's name says so, or where very many of them are days of our time."""
    days = [
        text
        for text in set(seen)
        if re.fullmatch(r"(?:19[5-9]|20[0-4])[0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]*", text)
    ]
    return len(days) == len(set(seen)) and (bool(TIME_NAME.search(label)) or len(days) >= 200)


def _epoch(label: str, seen: Sequence[str]) -> Parsing | None:
    if not all(text.isdecimal() for text in seen) or not TIME_NAME.search(label):
        return None
    for form, digits in (("epoch_s", 10), ("epoch_ms", 13)):
        low, high = 10 ** (digits - 1) * 0.3, 10 ** (digits - 1) * 4.2
        if all(low <= int(text) <= high for text in seen):
            return Parsing(type=ValueType.DATETIME, formats=(form,))
    return None


def _clock(_: str, seen: Sequence[str]) -> Parsing | None:
    return Parsing(type=ValueType.TIME) if _mostly(seen, lambda t: bool(_CLOCK.fullmatch(t))) else None


def _number(label: str, seen: Sequence[str]) -> Parsing | None:
    unit = _common_unit(seen)
    figures = [text.removesuffix(unit).strip() for text in seen] if unit else list(seen)
    if looks_like_id(label) and any(map(has_lost_digits, figures)):
        return None
    if not _mostly(figures, _is_number) or _share(_whole_again(figures), is_code) > CODES_TELL:
        return None
    if any("%" in text for text in figures):
        unit = "P1"
    whole = all(_ROUND.fullmatch(text) and "." not in text for text in figures if _is_number(text))
    return Parsing(type=ValueType.INTEGER if whole else ValueType.NUMBER, unit=unit)


def _whole_again(texts: Sequence[str]) -> list[str]:
    """Whole numbers that all were given a decimal, `00120.0`, tell without it whether they are codes."""
    bare = [text.removesuffix(".0") for text in texts]
    return bare if all(text.isdigit() for text in bare) else list(texts)


def _is_number(text: str) -> bool:
    return bool(_FIGURE.fullmatch(text)) and any(c.isdigit() for c in text) and not _MANTISSA.fullmatch(text)


def _common_unit(seen: Sequence[str]) -> str | None:
    """A single Latin letter is a unit only behind a blank: 1001A is the code of a station."""
    tails = {re.sub(r"^[+-]?[0-9.,]+", "", text) for text in seen}
    tail = tails.pop() if len(tails) == 1 else ""
    unit = tail.strip()
    if len(unit) == 1 and unit.isascii() and not tail.startswith(" "):
        return None
    return unit if unit in UNITS else None


def _mostly(texts: Sequence[str], test: Callable[[str], bool]) -> bool:
    """Whether a type is worth asking for; most columns are known not to be of it after some texts."""
    return reaches(texts, test, _WORTH)


def reaches(texts: Sequence[str], test: Callable[[str], bool], share: float) -> bool:
    """At least `share` of the texts pass; stops as soon as too many do not."""
    may_fail = len(texts) * (1 - share) + 1e-9
    failed = 0
    for text in texts:
        failed += not test(text)
        if failed > may_fail:
            return False
    return True


def _share(texts: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(1 for text in texts if test(text)) / len(texts) if texts else 0.0
