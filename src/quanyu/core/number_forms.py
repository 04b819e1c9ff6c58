"""Numbers in other forms than `1,234.5`, one form for a whole column: `ColumnProfile.format` names it.

    decimal_comma   1.234,50   1 234,50   12,5
    blanks          1 234.50   1'234
    chinese_units   1.2万   3亿元   8500       (万 is 10,000, 亿 is 100,000,000)
    currency        ￥1,234.50   $-12   (1,234.50)   -£3万    (brackets are below zero)
    dms, dms_packed   see `core.angles`

Patterns are in the common subset of Python and RE2; they match the whole text after `fold`.
"""

import re

from quanyu.core.angles import DMS, DMS_PACKED, FORM, PACKED_FORM, parse_angle, parse_packed

DECIMAL_COMMA, BLANKS, CHINESE_UNITS, CURRENCY = "decimal_comma", "blanks", "chinese_units", "currency"

_GROUP_MARKS = "\u202f\u2009'’ "
_GROUPS = rf"[0-9]{{1,3}}(?:[{_GROUP_MARKS}][0-9]{{3}})+"
MULTIPLES = {
    "万亿": 1e12,
    "千亿": 1e11,
    "百亿": 1e10,
    "亿": 1e8,
    "千万": 1e7,
    "百万": 1e6,
    "万": 1e4,
    "千": 1e3,
}
_COUNTED = "元|美元|人|人次|户|吨|公里|千米|米|平方米|平方公里|立方米|亩|公顷|公斤|千克|千瓦时|度|辆|件|家|个|株|册|次"
_SYMBOL = "(?:[¥￥$€£]|人民币|(?:RMB|CNY|USD|EUR) )"
_AMOUNT = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_MULTIPLE = f"(?:{'|'.join(MULTIPLES)})?元?"

NUMBER_FORMS: dict[str, str] = {
    DECIMAL_COMMA: rf"[+-]?(?:[0-9]{{1,3}}(?:[.][0-9]{{3}})+|{_GROUPS}|[0-9]+)(?:,[0-9]+)? ?%?",
    BLANKS: rf"[+-]?(?:{_GROUPS}|[0-9]+)(?:\.[0-9]+)? ?%?",
    CHINESE_UNITS: rf"[+-]?(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]+)(?:\.[0-9]+)? ?(?:{'|'.join(MULTIPLES)})? ?(?:{_COUNTED})?",
    CURRENCY: rf"(?:[+-]?{_SYMBOL}? ?|{_SYMBOL} ?[+-]?){_AMOUNT} ?{_MULTIPLE}|\({_SYMBOL}? ?{_AMOUNT}\)",
    DMS: FORM,
    DMS_PACKED: PACKED_FORM,
}
"""Form to pattern, in the order in which they are tried."""

_PATTERNS = {form: re.compile(pattern) for form, pattern in NUMBER_FORMS.items()}
_TELLING = {
    DECIMAL_COMMA: re.compile(r"[^,]*[.  ].*,.*|[^,.]*,(?:[0-9]{1,2}|[0-9]{4,}) ?%?|[^,.]*\.[^,.]*\.[^,.]*"),
    BLANKS: re.compile(rf".*[0-9][{_GROUP_MARKS}][0-9].*"),
    CHINESE_UNITS: re.compile(f".*(?:{'|'.join(MULTIPLES)}).*"),
    CURRENCY: re.compile(rf".*{_SYMBOL}.*|\([0-9,]*[.,].*"),
    DMS: re.compile(".*[°º度].*"),
}
"""What only this form has; a form is inferred where some text of the column tells it. None tells packed degrees."""


def has_number_form(text: str, form: str) -> bool:
    """Raises KeyError for an unknown form."""
    return bool(_PATTERNS[form].fullmatch(text))


def tells_number_form(text: str, form: str) -> bool:
    return form in _TELLING and has_number_form(text, form) and bool(_TELLING[form].fullmatch(text))


def parse_in_form(text: str, form: str) -> float | None:
    """`text` is folded; None for what has not the form."""
    if not has_number_form(text, form):
        return None
    match form:
        case "dms":
            return parse_angle(text)
        case "dms_packed":
            return parse_packed(text)
        case "chinese_units":
            multiple = next((factor for word, factor in MULTIPLES.items() if word in text), 1.0)
            return float(re.sub("[^0-9.+-]", "", text)) * multiple
        case "currency":
            multiple = next((factor for word, factor in MULTIPLES.items() if word in text), 1.0)
            sign = -1 if "-" in text or text.startswith("(") else 1
            return sign * float(re.sub("[^0-9.]", "", text)) * multiple
    figure = re.sub(f"[{_GROUP_MARKS}%]", "", text)
    return float(figure.replace(".", "").replace(",", ".") if form == DECIMAL_COMMA else figure)
