"""What a column seems to hold, from its name and its values: the words of `ColumnProfile.semantic`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quanyu.core.angles import parse_angle
from quanyu.core.identifiers import check_credit_code, check_id_card, check_organisation_code, phone_kind
from quanyu.core.spreadsheet import digits_of, has_lost_digits, restored
from quanyu.core.values import fold
from quanyu.core.variants import simplified
from quanyu.govern.engine.shares import reaches
from quanyu.govern.quality.identifiers import EMAIL

_EMAIL = re.compile(EMAIL)
_PAIR = re.compile(
    r"[\[(]\s*-?[0-9]{1,3}(\.[0-9]*)?\s*[,; ]\s*-?[0-9]{1,3}(\.[0-9]*)?\s*[\])]"
    r"|-?[0-9]{1,3}\.[0-9]{3,}\s*[,，;； ]\s*-?[0-9]{1,3}\.[0-9]{3,}"
)
"""In brackets, or without them where the figures are as exact as only places are."""
_WKT = re.compile(r"(?:SRID=[0-9]+;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*Z?M?\s*\(.*", re.IGNORECASE)
_REGION = re.compile(
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|81|82|99)[0-9]{4}(?:[0-9]{3}|[0-9]{6})?"
)
"""99 is no province: cities that are made up have it."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """`share` of the values must pass where the name speaks for it, `alone` where it does not; above 1 means never.

    `digits`: how many a number of this kind has.
    """

    word: str
    names: str
    test: Callable[[str], bool]
    share: float
    alone: float = 2.0
    digits: int = 0

    def held(self, text: str) -> bool:
        """Also where a spreadsheet left only an exponent of it; only a name can tell what that was."""
        return self.test(text) or (has_lost_digits(text) and digits_of(text) == self.digits)


def _between(low: float, high: float) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        angle = parse_angle(fold(text))
        try:
            return low <= (float(text) if angle is None else angle) <= high
        except ValueError:
            return False

    return test


LONGITUDE, LATITUDE = "longitude", "latitude"
_LONGITUDES = r"^(lon|lng|long|longitude|经度|jd|x坐标)$|longitude|经度|(^|_)(lon|lng)($|_)"
_LATITUDES = r"^(lat|latitude|纬度|wd坐标|y坐标)$|latitude|纬度|(^|_)lat($|_)"


_MEANINGS = (
    _Meaning("geojson", r"", lambda t: t.startswith('{"') and '"coordinates"' in t, 0.9, 0.9),
    _Meaning("wkt", r"", lambda t: bool(_WKT.fullmatch(t)), 0.9, 0.9),
    _Meaning("coordinate_pair", r"", lambda t: bool(_PAIR.fullmatch(t)), 0.9, 0.9),
    _Meaning(LONGITUDE, _LONGITUDES, _between(-180, 180), 0.8),
    _Meaning(LATITUDE, _LATITUDES, _between(-90, 90), 0.8),
    _Meaning("id_card", r"身份证|公民身份|证件号|id_?card|sfz", lambda t: check_id_card(t) is None, 0.3, 0.5, 18),
    _Meaning("credit_code", r"信用代码|uscc|credit_?code|dept_?code|org_?code|机构代码|单位代码", lambda t: check_credit_code(t.upper()) is None, 0.05, 0.15, 18),
    _Meaning("organisation_code", r"组织机构代码|机构代码|org_?code", lambda t: check_organisation_code(t) is None, 0.5),
    _Meaning("region_code", r"行政区划|区划代码|区划编码|adcode|admin_?code|area_?code|region_?code|county_?code|区县代码|行政代码", lambda t: bool(_REGION.fullmatch(t)), 0.8),
    _Meaning("phone", r"电话|手机|联系方式|phone|mobile|tel($|_)", lambda t: phone_kind(t) is not None, 0.5, digits=11),
    _Meaning("email", r"邮箱|e-?mail", lambda t: bool(_EMAIL.fullmatch(t)), 0.5, 0.8),
    _Meaning("url", r"", lambda t: t.startswith(("http://", "https://", "ftp://")), 0.8, 0.8),
    _Meaning("address", r"地址|住址|address|坐落|所在位置", lambda t: len(t) > 3, 0.5),
    _Meaning("person_name", r"^(姓名|联系人|申请人|负责人|法定代表人|法人|经办人|投诉人|户主)(姓名)?$|^(person|contact|owner)_?name$", lambda t: 2 <= len(t) <= 30, 0.8),
)  # fmt: skip

_COMPILED = tuple(
    (meaning, re.compile(meaning.names, re.IGNORECASE) if meaning.names else None) for meaning in _MEANINGS
)
CODES = frozenset({"id_card", "credit_code", "organisation_code", "region_code", "phone"})


def meaning(label: str, samples: Sequence[str]) -> str | None:
    """The first meaning that name and values agree on, or that the values alone tell."""
    texts = [restored(text.strip()) for text in samples if text.strip()][:400]
    if not texts:
        return None
    label = simplified(label)
    for candidate, names in _COMPILED:
        named = names is not None and names.search(label)
        needed, test = (candidate.share, candidate.held) if named else (candidate.alone, candidate.test)
        if needed <= 1 and reaches(texts, test, needed):
            return candidate.word
    return None


def names_longitude(label: str) -> bool:
    return bool(re.search(_LONGITUDES, simplified(label), re.IGNORECASE))


def names_latitude(label: str) -> bool:
    return bool(re.search(_LATITUDES, simplified(label), re.IGNORECASE))


def is_code_by_meaning(word: str | None) -> bool:
    """Numbers that are never added up: they stay text, whatever their figures look like."""
    return word in CODES
