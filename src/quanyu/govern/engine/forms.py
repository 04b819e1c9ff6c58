"""`core.number_forms` and `core.office_dates` as SQL, null for what has not the form."""

from quanyu.core.angles import FIGURES, NEGATIVE
from quanyu.core.number_forms import MULTIPLES, NUMBER_FORMS
from quanyu.core.office_dates import (
    DAY_PARTS,
    DIGITS,
    MIDNIGHTS,
    MINGUO_COMPACT,
    MINGUO_ERA,
    OFFICE_FORMS,
    numerals,
)
from quanyu.core.values import NUMBER
from quanyu.govern.quality.quote import literal, literals

_MARKS = "[^0-9.,+-]"


def number_in_form(text: str, form: str) -> str:
    """SQL: the number that `text` says; of angles also the one that is written in plain degrees."""
    value = _NUMBERS[form](text)
    read = f"CASE WHEN regexp_full_match({text}, {literal(NUMBER_FORMS[form])}) THEN {value} END"
    if form != "dms":
        return read
    return f"coalesce({read}, CASE WHEN regexp_full_match({text}, {literal(NUMBER)}) THEN try_cast({text} AS DOUBLE) END)"


def office_date(text: str, form: str) -> str:
    """SQL: a TIMESTAMP."""
    return f"CASE WHEN regexp_full_match({text}, {literal(OFFICE_FORMS[form])}) THEN {_DATES[form](text)} END"


def _decimal_comma(text: str) -> str:
    bare = f"regexp_replace({text}, {literal(_MARKS)}, '', 'g')"
    return f"try_cast(replace(replace({bare}, '.', ''), ',', '.') AS DOUBLE)"


def _bare(text: str) -> str:
    return f"try_cast(replace(regexp_replace({text}, {literal(_MARKS)}, '', 'g'), ',', '') AS DOUBLE)"


def _currency(text: str) -> str:
    sign = f"CASE WHEN contains({text}, '-') OR starts_with({text}, '(') THEN -1 ELSE 1 END"
    return f"{sign} * try_cast(regexp_replace({text}, '[^0-9.]', '', 'g') AS DOUBLE) * {_factor(text)}"


def _chinese_units(text: str) -> str:
    return f"{_bare(text)} * {_factor(text)}"


def _factor(text: str) -> str:
    factors = " ".join(
        f"WHEN contains({text}, {literal(word)}) THEN {by!r}" for word, by in MULTIPLES.items()
    )
    return f"CASE {factors} ELSE 1 END"


def _dms(text: str) -> str:
    parts = [
        f"coalesce(try_cast(regexp_extract_all({text}, {literal(FIGURES)})[{place}] AS DOUBLE), 0) / {60 ** (place - 1)}"
        for place in (1, 2, 3)
    ]
    sign = f"CASE WHEN regexp_matches({text}, {literal(NEGATIVE)}) THEN -1 ELSE 1 END"
    return f"{sign} * ({' + '.join(parts)})"


def _packed(text: str) -> str:
    rest = f"rpad(split_part({text}, '.', 2), 4, '0')"
    seconds = f"(substr({rest}, 3, 2) || '.' || substr({rest}, 5) || '0')"
    degrees = (
        f"abs(split_part({text}, '.', 1)::DOUBLE) + left({rest}, 2)::DOUBLE / 60 + {seconds}::DOUBLE / 3600"
    )
    return f"CASE WHEN starts_with({text}, '-') THEN -1 ELSE 1 END * ({degrees})"


_NUMBERS = {
    "decimal_comma": _decimal_comma, "blanks": _bare, "chinese_units": _chinese_units, "currency": _currency, "dms": _dms, "dms_packed": _packed,
}  # fmt: skip


def _clock(text: str) -> str:
    places = ("y", "m", "d", "part", "h", "mi", "s", "mi2", "s2")
    found = (
        f"regexp_extract({text}, {literal('^' + OFFICE_FORMS['chinese_clock'] + '$')}, [{literals(places)}])"
    )
    later = [part for part, hours in DAY_PARTS.items() if hours and part != "中午"]
    hour = (
        f"CASE WHEN f.part IN ({literals(MIDNIGHTS)}) AND f.h::INTEGER = 12 THEN NULL"
        f" WHEN f.part IN ({literals(later)}) AND f.h::INTEGER < 12 THEN f.h::INTEGER + 12"
        f" WHEN f.part = '中午' AND f.h::INTEGER < 4 THEN f.h::INTEGER + 12 ELSE f.h::INTEGER END"
    )
    minute, second = (f"coalesce(nullif(f.{part}, ''), nullif(f.{part}2, ''), '0')" for part in ("mi", "s"))
    moment = f"f.y || '-' || f.m || '-' || f.d || ' ' || {hour} || ':' || {minute} || ':' || {second}"
    return f"list_transform([{found}], lambda f: try_strptime({moment}, '%Y-%m-%d %H:%M:%S'))[1]"


def _figures(text: str) -> str:
    known = f"[{literals(numerals())}]"
    year = f"translate(split_part({text}, '年', 1), {literal(DIGITS[0])}, {literal(DIGITS[1])})"
    month = f"list_position({known}, split_part(split_part({text}, '年', 2), '月', 1))"
    said = f"replace(replace(split_part({text}, '月', 2), '日', ''), '一十', '十')"
    day = f"list_position({known}, coalesce(nullif({said}, ''), '一'))"
    return f"try_strptime({year} || '-' || {month} || '-' || {day}, '%Y-%m-%d')"


def _weekday(text: str) -> str:
    figures = f"regexp_extract_all({text}, '[0-9]+')"
    return f"try_strptime(array_to_string({figures}, '-'), '%Y-%m-%d')"


def _minguo(text: str) -> str:
    figures = f"regexp_extract_all({text}, '[0-9]+')"
    clock = f"coalesce({figures}[4], '0') || ':' || coalesce({figures}[5], '0') || ':' || coalesce({figures}[6], '0')"
    year, month, day = (f"{figures}[{place}]" for place in (1, 2, 3))
    return _of_the_republic(year, month, day, clock)


def _minguo_compact(text: str) -> str:
    return _of_the_republic(f"left({text}, 3)", f"substr({text}, 4, 2)", f"right({text}, 2)", "'0:0:0'")


def _of_the_republic(year: str, month: str, day: str, clock: str) -> str:
    moment = f"({year}::INTEGER + {MINGUO_ERA}) || '-' || {month} || '-' || {day} || ' ' || {clock}"
    return f"try_strptime({moment}, '%Y-%m-%d %H:%M:%S')"


def _serial(text: str) -> str:
    return f"TIMESTAMP '1899-12-30' + to_seconds(round({text}::DOUBLE * 86400)::BIGINT)"


_DATES = {
    "chinese_clock": _clock, "chinese_weekday": _weekday, "chinese_figures": _figures, "excel_serial": _serial, "excel_serial_time": _serial,
    "minguo": _minguo, "minguo_clock": _minguo, MINGUO_COMPACT: _minguo_compact,
}  # fmt: skip
