"""How the text of a column becomes typed values, as SQL: one `Parsing` for each column, found by `inference`."""

from dataclasses import dataclass

from quanyu.core.office_dates import OFFICE_FORMS
from quanyu.core.profile import TEMPORAL_TYPES, ValueType
from quanyu.core.spreadsheet import DECIMAL, EXPONENT
from quanyu.core.values import (
    EPOCHS,
    FALSE_TEXTS,
    INTEGER,
    MISSING_TEXTS,
    NO_DAY_TEXTS,
    NUMBER,
    PLACEHOLDER_TEXTS,
    TRUE_TEXTS,
    date_format,
)
from quanyu.govern.engine.forms import number_in_form, office_date
from quanyu.govern.quality.identifiers import lost_digits
from quanyu.govern.quality.quote import literal, literals, name

WHITE = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b"
NO_VALUE = MISSING_TEXTS | {
    "n/a",
    "<NA>",
    "NAN",
    "#NULL!",
    "-",
    "--",
    "—",
    "——",
    "/",
    "无",
    "暂无",
    "[]",
    "{}",
}
"""Texts that are counted as missing: `MISSING_TEXTS`, and the fillers of forms and exports."""

UNITS = (
    "元", "万元", "亿元", "米", "m", "km", "公里", "千米", "㎡", "平方米", "m2", "m²", "平方公里", "km2", "公顷", "亩", "吨", "t",
    "kg", "千克", "公斤", "克", "g", "℃", "°C", "度", "人", "个", "辆", "次", "天", "小时", "分钟", "秒", "岁", "km/h", "mg/m3",
    "ug/m3", "μg/m3", "µg/m³", "ppm", "kW", "kWh", "V", "A", "mm", "cm", "hPa",
)  # fmt: skip

_FULL = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u2212\u3000\u00a0"
_HALF = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)) + "-  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsing:
    """`complete`: every value was read; `exact`: and all have the type's form, so that a bare cast is enough."""

    type: ValueType
    formats: tuple[str, ...] = ()
    unit: str | None = None
    trim: bool = True
    fold: bool = True
    missing: bool = True
    no_value: tuple[str, ...] = ()  # texts that say "missing" in this column only: "-;"
    thousands: bool = True
    restore: bool = False  # figures that are names, to which a spreadsheet gave a decimal or an exponent
    exact: bool = False
    complete: bool = False

    @property
    def is_as_written(self) -> bool:
        """The typed value is the text itself."""
        return self.type is ValueType.TEXT and not (self.trim or self.missing or self.restore)

    @property
    def format(self) -> str | None:
        return "|".join(self.formats) or None


def is_filler(text: str) -> bool:
    """Only strokes and stops: said instead of a value, whatever the office's habit."""
    return 0 < len(text) <= 6 and all(character in _STROKES for character in text)


def says_nothing(text: str, parsing: Parsing, *, codes: bool = False) -> bool:
    """Beyond `NO_VALUE`: strokes everywhere, words such as 不详 where no words belong, 长期 among days."""
    if text in NO_VALUE:
        return False
    if parsing.type in TEMPORAL_TYPES and text in NO_DAY_TEXTS:
        return True
    wordless = codes or parsing.type not in (ValueType.TEXT, ValueType.GEOMETRY)
    return is_filler(text) or (wordless and text in PLACEHOLDER_TEXTS)


_STROKES = frozenset("-_—–.;,:/\\~·。、…－＿ ")


def cleaned(column: str, parsing: Parsing) -> str:
    """The text as written, without white space around it and null where it says "missing"."""
    text = name(column)
    if parsing.trim:
        text = f"trim({text}, {literal(WHITE)})"
    if parsing.restore:
        text = restored(text)
    if parsing.missing:
        text = f"CASE WHEN {text} IN ({literals(sorted(_no_value(parsing)))}) THEN NULL ELSE {text} END"
    elif parsing.trim:
        text = f"nullif({text}, '')"
    return text


def restored(text: str) -> str:
    """SQL: `core.spreadsheet.restored`."""
    exponent = f"regexp_full_match({text}, {literal(EXPONENT)}) AND NOT {lost_digits(text)}"
    return (
        f"CASE WHEN contains({text}, '.0') AND regexp_full_match({text}, {literal(DECIMAL)}) THEN split_part({text}, '.', 1)"
        f" WHEN {exponent} THEN try_cast({text} AS DECIMAL(38, 0))::VARCHAR ELSE {text} END"
    )


def _no_value(parsing: Parsing) -> set[str]:
    return set(NO_VALUE).union(parsing.no_value) - (
        FALSE_TEXTS if parsing.type is ValueType.BOOLEAN else set()
    )


def typed(text: str, parsing: Parsing) -> str:
    """The typed value of the SQL expression `text`, null where it cannot be read."""
    folded = _folded(text) if parsing.fold else text
    match parsing.type:
        case ValueType.INTEGER:
            return _number(folded, parsing, INTEGER, "BIGINT")
        case ValueType.NUMBER if parsing.formats:
            return number_in_form(folded, parsing.formats[0])
        case ValueType.NUMBER:
            return _number(folded, parsing, NUMBER, "DOUBLE")
        case ValueType.BOOLEAN:
            return _boolean(folded)
        case ValueType.DATE:
            return f"CAST({_moment(folded, parsing)} AS DATE)"
        case ValueType.DATETIME:
            return _moment(folded, parsing)
        case ValueType.TIME:
            return f"try_cast({folded} AS TIME)"
        case ValueType.TEXT | ValueType.GEOMETRY:
            return text


def _folded(text: str) -> str:
    """`translate` is slow, so that only texts with anything beyond ASCII go through it."""
    return f"CASE WHEN strlen({text}) = length({text}) THEN {text} ELSE translate({text}, {literal(_FULL)}, {literal(_HALF)}) END"


def _number(text: str, parsing: Parsing, pattern: str, target: str) -> str:
    figure = text
    if parsing.unit and parsing.unit not in ("%", "P1"):
        tail = r"\s*" + _escaped(parsing.unit) + "$"
        figure = f"regexp_replace({figure}, {literal(tail)}, '')"
    if not parsing.exact:
        figure = f"CASE WHEN regexp_full_match({figure}, {literal(pattern)}) THEN {figure} END"
    if parsing.thousands:
        figure = f"rtrim(replace({figure}, ',', ''), '% ')"
    return f"try_cast({figure} AS {target})"


def _escaped(text: str) -> str:
    return "".join(character if character.isalnum() else f"[{character}]" for character in text)


def _boolean(text: str) -> str:
    lowered = f"lower({text})"
    return (
        f"CASE WHEN {lowered} IN ({literals(sorted(TRUE_TEXTS))}) THEN true"
        f" WHEN {lowered} IN ({literals(sorted(FALSE_TEXTS))}) THEN false END"
    )


def _moment(text: str, parsing: Parsing) -> str:
    formats = parsing.formats or ("iso",)
    if formats[0] in EPOCHS:
        return f"to_timestamp(try_cast({text} AS DOUBLE) / {EPOCHS[formats[0]]})"
    known = [date_format(form) for form in formats]
    zoned = any(form.zoned for form in known)
    kind = "TIMESTAMPTZ" if zoned else "TIMESTAMP"
    readings = []
    for form in known:
        if form.name in OFFICE_FORMS:
            value = office_date(text, form.name)
        elif form.name.startswith("iso") and form.name != "iso_month":
            value = f"try_cast({text} AS {kind})"
            value = (
                value
                if parsing.exact
                else f"CASE WHEN regexp_full_match({text}, {literal(form.regex)}) THEN {value} END"
            )
        else:
            value = f"try_strptime({text}, {literal(form.strptime)})"
            value = f"timezone('UTC', {value})" if form.universal else value
            value = f"{value}::TIMESTAMPTZ" if zoned and not form.zoned else value
        readings.append(value)
    return readings[0] if len(readings) == 1 else f"coalesce({', '.join(dict.fromkeys(readings))})"
