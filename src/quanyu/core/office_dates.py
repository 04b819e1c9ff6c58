"""Dates that no pattern of `strptime` reads: Chinese words for parts of the day, Chinese figures, days as spreadsheets count.

chinese_clock      2023/5/1 上午8时   2023年5月1日下午3点20分   2023-05-01 8时30分
chinese_weekday    2023年5月1日 星期一   2023-05-01（周一）
chinese_figures    二〇二三年五月一日   二〇二三年五月
excel_serial       45047   (days since 1899-12-30; excel_serial_time: 45047.5)
minguo             民国112年5月1日   112/05/01   (years since 1912; minguo_clock: 112/05/01 14:30; minguo_compact: 1120501)
"""

import re
from datetime import datetime, timedelta

CHINESE_CLOCK, CHINESE_WEEKDAY, CHINESE_FIGURES = "chinese_clock", "chinese_weekday", "chinese_figures"
EXCEL_SERIAL, EXCEL_SERIAL_TIME = "excel_serial", "excel_serial_time"
MINGUO, MINGUO_CLOCK, MINGUO_COMPACT = "minguo", "minguo_clock", "minguo_compact"

DAY_PARTS = {"凌晨": 0, "早上": 0, "早晨": 0, "上午": 0, "中午": 12, "下午": 12, "傍晚": 12, "晚上": 12}
"""Hours to be added to a clock of twelve; noon is 中午12点, and 中午1点 is after it."""

MIDNIGHTS = ("凌晨", "晚上")
"""12 o'clock of these is of one day or the next: nobody can tell."""

_DAY = r"((?:1[89]|2[01])[0-9]{2})[-/.年] ?([0-9]{1,2})[-/.月] ?([0-9]{1,2})日? ?"
CLOCK = (
    _DAY + f"({'|'.join(DAY_PARTS)})? ?"
    r"([0-9]{1,2})(?:[时点](?:([0-9]{1,2})分?(?:([0-9]{1,2})秒)?)?|:([0-9]{2})(?::([0-9]{2}))?)"
)
WEEKDAY = _DAY + r"\(?(?:星期|礼拜|周)[一二三四五六日天]\)?"
FIGURES = "[一二][〇零○０一二三四五六七八九]{3}年(?:十[一二]?|[一二三四五六七八九])月(?:(?:[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])日)?"
SERIAL = r"[2-5][0-9]{4}"
"""From 1954 to 2064."""
_REPUBLIC = "(?:中[华華])?民[国國] ?"
_MINGUO_DAY = (
    rf"(?:(?:{_REPUBLIC}([0-9]{{1,3}})|(1[0-4][0-9])) ?年 ?([0-9]{{1,2}}) ?月 ?([0-9]{{1,2}}) ?日"
    rf"|(?:{_REPUBLIC}([0-9]{{1,3}})|(0[0-9]{{2}}|1[0-4][0-9]))[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}))"
)
"""Without the name of the era only years of three figures are of it."""

OFFICE_FORMS = {
    CHINESE_CLOCK: CLOCK,
    CHINESE_WEEKDAY: WEEKDAY,
    CHINESE_FIGURES: FIGURES,
    EXCEL_SERIAL: SERIAL,
    EXCEL_SERIAL_TIME: rf"{SERIAL}(?:\.[0-9]+)?",
    MINGUO: _MINGUO_DAY,
    MINGUO_CLOCK: rf"{_MINGUO_DAY} ?([0-9]{{1,2}}):([0-9]{{2}})(?::([0-9]{{2}}))?",
    MINGUO_COMPACT: "(0[0-9]{2}|1[0-4][0-9])(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])",
}

MINGUO_ERA = 1911
DIGITS = "〇零○０一二三四五六七八九", "0000123456789"
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (as the spreadsheet, in the time of the office)
_PATTERNS = {form: re.compile(pattern) for form, pattern in OFFICE_FORMS.items()}


def numerals() -> tuple[str, ...]:
    """一 to 三十一, in order."""
    ones = "一二三四五六七八九"
    tens = ("", "十", "二十", "三十")
    return tuple(f"{tens[n // 10]}{ones[n % 10 - 1] if n % 10 else ''}" for n in range(1, 32))


def is_serial(text: str) -> bool:
    return bool(_PATTERNS[EXCEL_SERIAL_TIME].fullmatch(text))


def is_minguo_compact(text: str) -> bool:
    return bool(_PATTERNS[MINGUO_COMPACT].fullmatch(text))


def read_office_date(folded: str, form: str) -> datetime | None:
    """None for what has not the form, and for days that are none. Raises KeyError for an unknown form."""
    match = _PATTERNS[form].fullmatch(folded)
    if match is None:
        return None
    if form in (EXCEL_SERIAL, EXCEL_SERIAL_TIME):
        return EXCEL_EPOCH + timedelta(seconds=round(float(folded) * 86_400))
    try:
        if form == CHINESE_FIGURES:
            return _figures(folded)
        if form == CHINESE_WEEKDAY:
            year, month, day = map(int, match.groups())
            return datetime(year, month, day)  # noqa: DTZ001
        return _clock(match) if form == CHINESE_CLOCK else _minguo(match)
    except ValueError:
        return None


def _clock(match: re.Match[str]) -> datetime:
    year, month, day, part, hour, *rest = match.groups()
    minute, second = rest[0] or rest[2] or 0, rest[1] or rest[3] or 0
    later = DAY_PARTS.get(part or "", 0) if int(hour) < (4 if part == "中午" else 12) else 0
    if int(hour) == 12 and part in MIDNIGHTS:
        raise ValueError(part)
    return datetime(int(year), int(month), int(day), int(hour) + later, int(minute), int(second))  # noqa: DTZ001


def _minguo(match: re.Match[str]) -> datetime:
    year, month, day, *clock = (int(part) for part in match.groups() if part is not None)
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    return datetime(year + MINGUO_ERA, month, day, hour, minute, second)  # noqa: DTZ001


def _figures(folded: str) -> datetime:
    year, _, rest = folded.partition("年")
    month, _, day = rest.partition("月")
    known = numerals()
    return datetime(  # noqa: DTZ001
        int(year.translate(str.maketrans(*DIGITS))),
        known.index(month) + 1,
        known.index(day.removesuffix("日").removeprefix("一") or "一") + 1,
    )
