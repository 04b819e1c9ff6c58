"""From texts seen in a column to the way of reading it. `survey` then asks every value of the column.

whole numbers with a leading zero, or of more than 15 digits, are codes and stay text, also with the decimal or the
exponent that a spreadsheet gave them
0164A among 1213 says that 1213 is a code too
03/04/2020 is read as the rest of its column says (a day above 12 decides); several forms may be mixed, but never these two
1212390000 is a moment, 45047 and 1/13/23 are days, only where the column's name or its other texts say so
1.234,50 says how 1.234 is meant (`core.number_forms`)
"""

import re
from collections.abc import Sequence
from functools import cache

from quanyu.core.office_dates import (
    EXCEL_SERIAL,
    EXCEL_SERIAL_TIME,
    MINGUO_COMPACT,
    is_minguo_compact,
    is_serial,
)
from quanyu.core.profile import ValueType
from quanyu.core.values import (
    FALSE_TEXTS,
    INFERRED_DATES,
    NAMED_DATES,
    NO_DAY_TEXTS,
    PLACEHOLDER_TEXTS,
    TRUE_TEXTS,
    DateFormat,
    date_format,
    fold,
)
from quanyu.govern.engine.figures import number, wider_number
from quanyu.govern.engine.parsing import NO_VALUE, WHITE, Parsing, is_filler
from quanyu.govern.engine.shares import WORTH, mostly, share_of

TIME_NAME = re.compile(
    r"(^|_|\b)(ts|time|timestamp|epoch|date|dt)($|_|\b)|(?-i:[a-z](?:Time|Timestamp|Date|At))($|_|\b)|_at$|[时時][间間刻]|日期",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
_ANY_FORM = "|".join(form.regex for form in INFERRED_DATES)
_ANY_NAMED = "|".join(form.regex for form in NAMED_DATES)
_compiled = cache(re.compile)
"""Each when it is first asked for: all of them take longer than a small file."""
_NOTHING = NO_VALUE | PLACEHOLDER_TEXTS | NO_DAY_TEXTS
_MOST_FORMS = 6
TEXT = Parsing(type=ValueType.TEXT)


def guess(label: str, texts: Sequence[str]) -> Parsing:
    """The most telling type that explains most of the texts; TEXT where none does."""
    folded = (fold(text.strip(WHITE)) for text in texts)
    seen = [text for text in folded if text not in _NOTHING and not is_filler(text)]
    if not seen:
        return TEXT
    for attempt in (_boolean, _moment, _clock, number):
        parsing = attempt(label, seen)
        if parsing is not None:
            return parsing
    return TEXT


def widened(parsing: Parsing, label: str, failing: Sequence[str]) -> Parsing:
    """`parsing` with what the texts it cannot read need as well; the same where nothing helps."""
    seen = [fold(text.strip(WHITE)) for text in failing]
    if parsing.type in (ValueType.DATE, ValueType.DATETIME) and parsing.format not in ("epoch_s", "epoch_ms"):
        return _wider_moment(parsing, label, seen)
    if parsing.type in (ValueType.INTEGER, ValueType.NUMBER):
        return wider_number(parsing, seen)
    return parsing


def date_forms(texts: Sequence[str], *, label: str, taken: Sequence[str] = ()) -> list[DateFormat]:
    """The fewest forms that read the texts, the one that reads most first; none that contradicts another, or `taken`."""
    known = INFERRED_DATES + NAMED_DATES if TIME_NAME.search(label) else INFERRED_DATES
    chosen: list[DateFormat] = []
    rest = list(texts)
    while rest and len(chosen) < _MOST_FORMS:
        rivals = {rival_of(name) for name in (*taken, *(form.name for form in chosen))} - {None}
        counts = [
            (sum(1 for text in rest if regex.fullmatch(text)), form, regex)
            for form, regex in ((form, _compiled(form.regex)) for form in known)
            if _family(form.name) not in rivals
        ]
        count, form, regex = max(counts, key=lambda entry: entry[0])
        if count == 0:
            break
        chosen.append(form)
        rest = [text for text in rest if not regex.fullmatch(text)]
    return chosen + _serials(rest, beside=[*taken, *chosen])


def rival_of(form: str) -> str | None:
    """The family of forms that reads the same texts with day and month exchanged."""
    return _RIVALS.get(_family(form) or "")


def exchanged(form: str) -> str:
    """The form with day and month exchanged; the form itself, where there is none."""
    family = _family(form)
    return form if family is None else _RIVALS[family] + form.removeprefix(family)


def _family(form: str) -> str | None:
    return next((family for family in _RIVALS if form == family or form.startswith(f"{family}_")), None)


_RIVALS = {
    "american": "european",
    "european": "american",
    "dash_day_first": "dash_month_first",
    "dash_month_first": "dash_day_first",
}


def _serials(texts: Sequence[str], *, beside: Sequence[object]) -> list[DateFormat]:
    """Days as a spreadsheet counts them are told from numbers by the dates beside them."""
    counted = [text for text in texts if is_serial(text)]
    if not counted or not beside:
        return []
    return [date_format(EXCEL_SERIAL_TIME if any("." in text for text in counted) else EXCEL_SERIAL)]


def _wider_moment(parsing: Parsing, label: str, failing: Sequence[str]) -> Parsing:
    found = date_forms(failing, label=label, taken=parsing.formats)
    more = [form for form in found if form.name not in parsing.formats]
    if more:
        return _with_formats(parsing, more)
    other = Parsing(type=parsing.type, formats=tuple(exchanged(form) for form in parsing.formats))
    told = any(re.fullmatch(date_format(form).regex, text) for form in other.formats for text in failing)
    return other if other.formats != parsing.formats and told else parsing


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
    test = _may_be_named_moment if TIME_NAME.search(label) else _may_be_moment
    forms = date_forms(seen, label=label) if mostly(seen, test) else []
    if forms and share_of(seen, lambda text: any(re.fullmatch(form.regex, text) for form in forms)) >= WORTH:
        if all(form.name.startswith("compact") for form in forms) and not _is_certainly_compact(label, seen):
            return None
        return _with_formats(Parsing(type=ValueType.DATE), forms)
    return _counted(label, seen)


def _may_be_moment(text: str) -> bool:
    return bool(_compiled(_ANY_FORM).fullmatch(text)) or is_serial(text)


def _may_be_named_moment(text: str) -> bool:
    return _may_be_moment(text) or bool(_compiled(_ANY_NAMED).fullmatch(text))


def _is_certainly_compact(label: str, seen: Sequence[str]) -> bool:
    """Eight figures are a day where the column's name says so, or where very many of them are days of our time."""
    days = [
        text
        for text in set(seen)
        if re.fullmatch(r"(?:19[5-9]|20[0-4])[0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]*", text)
    ]
    return len(days) == len(set(seen)) and (bool(TIME_NAME.search(label)) or len(days) >= 200)


def _counted(label: str, seen: Sequence[str]) -> Parsing | None:
    """Seconds since 1970, and days since 1899, under a name of time."""
    if not TIME_NAME.search(label):
        return None
    if all(is_serial(text) for text in seen):
        return _with_formats(Parsing(type=ValueType.DATE), _serials(seen, beside=[label]))
    if all(map(is_minguo_compact, seen)):
        return Parsing(type=ValueType.DATE, formats=(MINGUO_COMPACT,))
    if not all(text.isdecimal() for text in seen):
        return None
    for form, digits in (("epoch_s", 10), ("epoch_ms", 13)):
        low, high = 10 ** (digits - 1) * 0.3, 10 ** (digits - 1) * 4.2
        if all(low <= int(text) <= high for text in seen):
            return Parsing(type=ValueType.DATETIME, formats=(form,))
    return None


def _clock(_: str, seen: Sequence[str]) -> Parsing | None:
    return Parsing(type=ValueType.TIME) if mostly(seen, lambda t: bool(_CLOCK.fullmatch(t))) else None
