"""One value at a time: from the text that offices write to a typed value.

Whole columns are read by the engine in SQL with the same lists (`DATE_FORMATS`, `NUMBER`, `INTEGER`, `TRUE_TEXTS` …), so
that a value mended by hand or sent by a device is read as its column was. Patterns are in the common subset of Python
and RE2; they match the whole text after `fold`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache

from quanyu.core.errors import Invalid
from quanyu.core.number_forms import NUMBER_FORMS, parse_in_form
from quanyu.core.office_dates import (
    CHINESE_CLOCK,
    CHINESE_FIGURES,
    CHINESE_WEEKDAY,
    EXCEL_SERIAL,
    EXCEL_SERIAL_TIME,
    MINGUO,
    MINGUO_CLOCK,
    MINGUO_COMPACT,
    OFFICE_FORMS,
    read_office_date,
)
from quanyu.core.profile import ValueType

Value = str | int | float | bool | date | datetime | time

MISSING_TEXTS = frozenset({"", "NA", "N/A", "#N/A", "NULL", "Null", "null", "None", "NaN", "nan", r"\N"})
"""Texts that say that there is no value, in every column."""

PLACEHOLDER_TEXTS = frozenset(
    {"-", "--", "—", "——", "/", "无", "暂无", "暂缺", "缺失", "缺测", "未知", "不详", "不明", "未填", "待定", "待补", "null", "unknown", "Unknown"}
)  # fmt: skip
"""Texts that fill a cell without saying anything: no value among numbers, dates and codes, kept in text columns."""

NO_DAY_TEXTS = frozenset(
    {"长期", "长期有效", "永久", "永久有效", "无期限", "9999-12-31", "9999/12/31", "9999/12/31 0:00:00", "99991231",
     "9999-12-31 00:00:00", "9999-12-31 23:59:59", "9999年12月31日", "0000-00-00", "0000-00-00 00:00:00"}
)  # fmt: skip
"""What stands in a column of dates where there is no day: without end, or a database's nought."""

TRUE_TEXTS = frozenset({"true", "yes", "y", "t", "是", "有", "对", "√"})
FALSE_TEXTS = frozenset({"false", "no", "n", "f", "否", "无", "错", "×"})

INTEGER = r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|0|[1-9][0-9]*)(?:\.0+)?"
NUMBER = r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?(?:[eE][+-]?0?[0-9]{1,2})? ?%?"
"""An exponent of three figures is beyond what is measured and, above 308, beyond a double. A percentage keeps its figure (95% is 95, unit P1); a lone sign or point is refused by the conversion."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0xA0: 0x20,
    0x2212: 0x2D,
}


@dataclass(frozen=True, slots=True)
class DateFormat:
    """`strptime` is read alike by Python and DuckDB, except "Z" for %z, which DuckDB reads by a cast to timestamptz.

    A format that is `named_only` is not inferred from a text alone, because its century or its order of day and month is a
    guess, or a number looks so; a person may choose it for a column.
    """

    name: str
    strptime: str
    regex: str
    type: ValueType
    named_only: bool = False

    @property
    def zoned(self) -> bool:
        return self.universal or "%z" in self.strptime

    @property
    def universal(self) -> bool:
        """Its zone stands there as a word, which strptime reads over."""
        return self.strptime.endswith("GMT")


_YEAR, _TWO, _HOUR = "(?:1[89]|2[01])[0-9]{2}", "[0-9]{1,2}", "(?:[01]?[0-9]|2[0-3])"
_MONTH, _DAY = "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH_NAME = "(?:[Jj][Aa][Nn]|[Ff][Ee][Bb]|[Mm][Aa][RrYy]|[Aa][Pp][Rr]|[Jj][Uu][NnLl]|[Aa][Uu][Gg]|[Ss][Ee][Pp]|[Oo][Cc][Tt]|[Nn][Oo][Vv]|[Dd][Ee][Cc])"
_LONG_MONTH_NAME = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_WEEKDAY_NAME = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_ZONE = "(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_DAYS = (
    ("iso", "%Y-%m-%d", f"{_YEAR}-{_MONTH}-{_DAY}"),
    ("slash", "%Y/%m/%d", f"{_YEAR}/{_MONTH}/{_DAY}"),
    ("dot", "%Y.%m.%d", rf"{_YEAR}\.{_MONTH}\.{_DAY}"),
    ("chinese", "%Y年%m月%d日", f"{_YEAR}年{_MONTH}月{_DAY}日"),
    ("american", "%m/%d/%Y", f"{_MONTH}/{_DAY}/{_YEAR}"),
    ("european", "%d/%m/%Y", f"{_DAY}/{_MONTH}/{_YEAR}"),
    ("german", "%d.%m.%Y", rf"{_DAY}\.{_MONTH}\.{_YEAR}"),
    ("dash_day_first", "%d-%m-%Y", f"{_DAY}-{_MONTH}-{_YEAR}"),
    ("dash_month_first", "%m-%d-%Y", f"{_MONTH}-{_DAY}-{_YEAR}"),
    ("english_day_first", "%d %b %Y", f"{_DAY} {_MONTH_NAME} {_YEAR}"),
    ("english_month_first", "%b %d, %Y", f"{_MONTH_NAME} {_DAY}, {_YEAR}"),
    ("english_day_first_long", "%d %B %Y", f"{_DAY} {_LONG_MONTH_NAME} {_YEAR}"),
    ("english_month_first_long", "%B %d, %Y", f"{_LONG_MONTH_NAME} {_DAY}, {_YEAR}"),
    ("english_dashes", "%d-%b-%Y", f"{_DAY}-{_MONTH_NAME}-{_YEAR}"),
    ("english_two_digit_year", "%d-%b-%y", f"{_DAY}-{_MONTH_NAME}-[0-9]{{2}}"),
)
_SHORT_YEARS = (
    ("american_two_digit_year", "%m/%d/%y", f"{_MONTH}/{_DAY}/[0-9]{{2}}"),
    ("european_two_digit_year", "%d/%m/%y", f"{_DAY}/{_MONTH}/[0-9]{{2}}"),
)
_CLOCKS = (
    ("seconds", " %H:%M:%S", f" {_HOUR}:{_TWO}:{_TWO}"),
    ("minutes", " %H:%M", f" {_HOUR}:{_TWO}"),
    ("fraction", " %H:%M:%S.%f", rf" {_HOUR}:{_TWO}:{_TWO}\.[0-9]{{1,9}}"),
    ("seconds_ampm", " %I:%M:%S %p", f" {_TWO}:{_TWO}:{_TWO} [AaPp][Mm]"),
    ("minutes_ampm", " %I:%M %p", f" {_TWO}:{_TWO} [AaPp][Mm]"),
)
_COMPACT_DAY, _COMPACT_HOUR = f"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])", "(?:[01][0-9]|2[0-3])"
_SINGLE = (
    DateFormat("compact", "%Y%m%d", _COMPACT_DAY, ValueType.DATE),
    DateFormat("compact_seconds", "%Y%m%d%H%M%S", f"{_YEAR}[01][0-9][0-3][0-9][0-2][0-9][0-5][0-9][0-5][0-9]", ValueType.DATETIME),
    DateFormat("iso_t", "%Y-%m-%dT%H:%M:%S", f"{_YEAR}-{_MONTH}-{_DAY}T{_HOUR}:{_TWO}:{_TWO}", ValueType.DATETIME),
    DateFormat("iso_t_minutes", "%Y-%m-%dT%H:%M", f"{_YEAR}-{_MONTH}-{_DAY}T{_HOUR}:{_TWO}", ValueType.DATETIME),
    DateFormat("iso_t_fraction", "%Y-%m-%dT%H:%M:%S.%f", rf"{_YEAR}-{_MONTH}-{_DAY}T{_HOUR}:{_TWO}:{_TWO}\.[0-9]{{1,9}}", ValueType.DATETIME),
    DateFormat("iso_t_zoned", "%Y-%m-%dT%H:%M:%S%z", f"{_YEAR}-{_MONTH}-{_DAY}T{_HOUR}:{_TWO}:{_TWO}{_ZONE}", ValueType.DATETIME),
    DateFormat("iso_t_minutes_zoned", "%Y-%m-%dT%H:%M%z", f"{_YEAR}-{_MONTH}-{_DAY}T{_HOUR}:{_TWO}{_ZONE}", ValueType.DATETIME),
    DateFormat("iso_t_fraction_zoned", "%Y-%m-%dT%H:%M:%S.%f%z", rf"{_YEAR}-{_MONTH}-{_DAY}T{_HOUR}:{_TWO}:{_TWO}\.[0-9]{{1,9}}{_ZONE}", ValueType.DATETIME),
    DateFormat("iso_seconds_zoned", "%Y-%m-%d %H:%M:%S%z", f"{_YEAR}-{_MONTH}-{_DAY} {_HOUR}:{_TWO}:{_TWO}{_ZONE}", ValueType.DATETIME),
    DateFormat("iso_fraction_zoned", "%Y-%m-%d %H:%M:%S.%f%z", rf"{_YEAR}-{_MONTH}-{_DAY} {_HOUR}:{_TWO}:{_TWO}\.[0-9]{{1,9}}{_ZONE}", ValueType.DATETIME),
    DateFormat("chinese_hour_minute", "%Y年%m月%d日%H时%M分", f"{_YEAR}年{_MONTH}月{_DAY}日{_HOUR}时{_TWO}分", ValueType.DATETIME),
    DateFormat("chinese_hour_second", "%Y年%m月%d日%H时%M分%S秒", f"{_YEAR}年{_MONTH}月{_DAY}日{_HOUR}时{_TWO}分{_TWO}秒", ValueType.DATETIME),
    DateFormat("mail", "%a, %d %b %Y %H:%M:%S %z", f"{_WEEKDAY_NAME}, {_DAY} {_MONTH_NAME} {_YEAR} {_HOUR}:{_TWO}:{_TWO} [+-][0-9]{{4}}", ValueType.DATETIME),
    DateFormat("mail_gmt", "%a, %d %b %Y %H:%M:%S GMT", f"{_WEEKDAY_NAME}, {_DAY} {_MONTH_NAME} {_YEAR} {_HOUR}:{_TWO}:{_TWO} GMT", ValueType.DATETIME),
    DateFormat("asctime", "%a %b %d %H:%M:%S %Y", f"{_WEEKDAY_NAME} {_MONTH_NAME} {{1,2}}{_DAY} {_HOUR}:{_TWO}:{_TWO} {_YEAR}", ValueType.DATETIME),
    DateFormat("asctime_zoned", "%a %b %d %H:%M:%S %z %Y", f"{_WEEKDAY_NAME} {_MONTH_NAME} {{1,2}}{_DAY} {_HOUR}:{_TWO}:{_TWO} [+-][0-9]{{4}} {_YEAR}", ValueType.DATETIME),
    DateFormat("java", "%a %b %d %H:%M:%S CST %Y", f"{_WEEKDAY_NAME} {_MONTH_NAME} {{1,2}}{_DAY} {_HOUR}:{_TWO}:{_TWO} CST {_YEAR}", ValueType.DATETIME),
    DateFormat("chinese_month", "%Y年%m月", f"{_YEAR}年{_MONTH}月", ValueType.DATE),
    DateFormat("iso_month", "%Y-%m", f"{_YEAR}-(?:0[1-9]|1[0-2])", ValueType.DATE),
    DateFormat("american_two_digit_year_ampm", "%m/%d/%y %I:%M %p", f"{_MONTH}/{_DAY}/[0-9]{{2}} {_TWO}:{_TWO} [AaPp][Mm]", ValueType.DATETIME, True),
)  # fmt: skip


def _with_clocks(days: Iterable[tuple[str, str, str]], *, named_only: bool) -> Iterator[DateFormat]:
    for day, day_form, day_regex in days:
        yield DateFormat(day, day_form, day_regex, ValueType.DATE, named_only)
        for clock, clock_form, clock_regex in _CLOCKS:
            form, regex = day_form + clock_form, day_regex + clock_regex
            yield DateFormat(f"{day}_{clock}", form, regex, ValueType.DATETIME, named_only)


NAMED_DATES: tuple[DateFormat, ...] = (
    *_with_clocks(_SHORT_YEARS, named_only=True),
    DateFormat("compact_hours", "%Y%m%d%H", f"{_COMPACT_DAY}{_COMPACT_HOUR}", ValueType.DATETIME, True),
    DateFormat(
        "compact_minutes", "%Y%m%d%H%M", f"{_COMPACT_DAY}{_COMPACT_HOUR}[0-5][0-9]", ValueType.DATETIME, True
    ),
)
"""Two figures of the year, and figures that may be a number of something: a date only under a name of time."""

DATE_FORMATS: tuple[DateFormat, ...] = (*_with_clocks(_DAYS, named_only=False), *_SINGLE, *NAMED_DATES)
"""In order of preference. "american" and "european" agree for many values: the whole column decides (a day above 12)."""

OFFICE_DATES: tuple[DateFormat, ...] = (
    DateFormat(CHINESE_CLOCK, "", OFFICE_FORMS[CHINESE_CLOCK], ValueType.DATETIME),
    DateFormat(CHINESE_WEEKDAY, "", OFFICE_FORMS[CHINESE_WEEKDAY], ValueType.DATE),
    DateFormat(CHINESE_FIGURES, "", OFFICE_FORMS[CHINESE_FIGURES], ValueType.DATE),
    DateFormat(EXCEL_SERIAL, "", OFFICE_FORMS[EXCEL_SERIAL], ValueType.DATE, True),
    DateFormat(EXCEL_SERIAL_TIME, "", OFFICE_FORMS[EXCEL_SERIAL_TIME], ValueType.DATETIME, True),
    DateFormat(MINGUO, "", OFFICE_FORMS[MINGUO], ValueType.DATE),
    DateFormat(MINGUO_CLOCK, "", OFFICE_FORMS[MINGUO_CLOCK], ValueType.DATETIME),
    DateFormat(MINGUO_COMPACT, "", OFFICE_FORMS[MINGUO_COMPACT], ValueType.DATE, True),
)
"""Forms that no `strptime` reads: `core.office_dates`."""

INFERRED_DATES = tuple(form for form in (*DATE_FORMATS, *OFFICE_DATES) if not form.named_only)

EPOCHS = {"epoch_s": 1, "epoch_ms": 1000}
TIME_FORMATS = ("%H:%M:%S", "%H:%M")


def fold(text: str) -> str:
    """Full-width forms as half-width, no blanks at the ends: what every reading of a value starts with."""
    return text.translate(_FULL_WIDTH).strip()


def is_missing(text: str | None) -> bool:
    return text is None or fold(text) in MISSING_TEXTS


def parse_value(text: str | None, type_: ValueType, form: str | None = None) -> Value | None:
    """The typed value of `text`, None where it says "missing"; raises Invalid. `form` is the column's `format`."""
    if text is None or is_missing(text):
        return None
    match type_:
        case ValueType.INTEGER:
            return parse_integer(text)
        case ValueType.NUMBER:
            return parse_number(text, form)
        case ValueType.BOOLEAN:
            return parse_boolean(text)
        case ValueType.DATE | ValueType.DATETIME:
            moment = parse_moment(text, form)
            return moment.date() if type_ is ValueType.DATE else moment
        case ValueType.TIME:
            return parse_time(text)
        case ValueType.TEXT | ValueType.GEOMETRY:
            return text.strip()


def parse_integer(text: str) -> int:
    folded = fold(text)
    if not re.fullmatch(INTEGER, folded):
        raise Invalid("core.value.integer", value=text)
    return int(folded.replace(",", "").partition(".")[0])


def parse_number(text: str, form: str | None = None) -> float:
    folded = fold(text)
    if form in NUMBER_FORMS and (value := parse_in_form(folded, form)) is not None:
        return value
    figure = folded.replace(",", "").rstrip("% ")
    if not re.fullmatch(NUMBER, folded) or not any(character.isdigit() for character in figure):
        raise Invalid("core.value.number", value=text)
    try:
        return float(figure)
    except ValueError:
        raise Invalid("core.value.number", value=text) from None


def parse_boolean(text: str) -> bool:
    folded = fold(text).lower()
    if folded in TRUE_TEXTS:
        return True
    if folded in FALSE_TEXTS:
        return False
    raise Invalid("core.value.boolean", value=text)


def parse_moment(text: str, form: str | None = None) -> datetime:
    """A date (as its midnight) or a time of day on a date; naive unless the text names its offset.

    Without `form` every format that may be inferred is tried; a text that two of them read differently, like
    03/04/2020, is refused: only a column can say which one it is.
    """
    folded = fold(text)
    if form in EPOCHS:
        return _epoch(folded, EPOCHS[form], text)
    formats = tuple(map(date_format, form.split("|"))) if form else INFERRED_DATES
    moments = {moment for known in formats if (moment := _read(folded, known)) is not None}
    match list(moments):
        case [moment]:
            return moment
        case []:
            raise Invalid("core.value.moment", value=text)
        case _:
            raise Invalid("core.value.moment_ambiguous", value=text)


def parse_time(text: str) -> time:
    for form in TIME_FORMATS:
        try:
            return datetime.strptime(fold(text), form).time()  # noqa: DTZ007 (a time of day has no zone)
        except ValueError:
            continue
    raise Invalid("core.value.time", value=text)


def date_format(name: str) -> DateFormat:
    """The format of that name; a bare strptime pattern is accepted too, as people write it in overrides."""
    known = _formats_by_name().get(name)
    if known is None and "%" not in name:
        raise Invalid("core.value.date_format", name=name)
    return known or DateFormat(name, name, ".+", ValueType.DATETIME)


@cache
def _formats_by_name() -> dict[str, DateFormat]:
    return {known.name: known for known in (*DATE_FORMATS, *OFFICE_DATES)}


_BEYOND_MICROSECONDS = re.compile(r"(?<=\.[0-9]{6})[0-9]+")


def _read(folded: str, known: DateFormat) -> datetime | None:
    if known.name in OFFICE_FORMS:
        return read_office_date(folded, known.name)
    if not re.fullmatch(known.regex, folded):
        return None
    try:
        moment = datetime.strptime(_BEYOND_MICROSECONDS.sub("", folded), known.strptime)  # noqa: DTZ007 (naive where the source is)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if known.universal else moment


def _epoch(folded: str, per_second: int, text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(folded) / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid("core.value.moment", value=text) from None
