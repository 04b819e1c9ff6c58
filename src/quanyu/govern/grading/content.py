"""What the values of a column are about: identity cards, telephones, names of persons … as rows of a table.

A value counts only where it could really point to somebody: a telephone written 0000-00000000 or 138****1234 is nobody's.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from quanyu.core.identifiers import check_credit_code, check_id_card
from quanyu.govern.grading.model import Affected, Harm
from quanyu.govern.grading.names import is_person_name

Recognise = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A kind of content: how a value of it looks, how its columns are called, whom it harms and how much.

    `telling`: the form of a value alone is proof (check digit, fixed form). `only_named`: it is none at all where the column's
    name does not agree, because many other things look like it.
    """

    kind: str
    recognise: Recognise
    named: str
    affected: Affected
    harm: Harm
    telling: bool = True
    only_named: bool = False
    personal: bool = True
    sensitive: bool = False
    semantics: frozenset[str] = frozenset()


def _matcher(pattern: str) -> Recognise:
    form = re.compile(pattern)
    return lambda value: form.fullmatch(value) is not None


def is_phone(value: str) -> bool:
    """A Chinese mobile or landline number that somebody could answer: not masked, not all one digit."""
    digits = re.sub(r"[\s\-()（）+]", "", value)
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    if len(set(digits[-7:])) == 1:
        return False
    return re.fullmatch(r"1[3-9]\d{9}|0[1-9]\d{1,2}[1-9]\d{6,7}", digits) is not None


def tells_phone(value: str) -> bool:
    """Also a mobile number in the midst of a longer text."""
    if is_phone(value):
        return True
    return len(value) > _MOBILE_DIGITS and any(is_phone(found) for found in _MOBILES.findall(value))


def tells_id_card(value: str) -> bool:
    """Also a number in the midst of a longer text."""
    if len(value) == _CARD_DIGITS:
        return check_id_card(value) is None
    return len(value) > _CARD_DIGITS and any(check_id_card(found) is None for found in _CARDS.findall(value))


def is_bank_card(value: str) -> bool:
    """16 to 19 digits with a right check digit (Luhn, GB/T 15694.1), of a card that begins as bank cards do."""
    digits = value.replace(" ", "")
    if not re.fullmatch(r"[3-6]\d{15,18}", digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def is_address(value: str) -> bool:
    """An address down to a house: a road and a number, or a room. A place name alone is no personal address."""
    return _HOUSE.search(value) is not None


def is_health(value: str) -> bool:
    return _HEALTH.search(value) is not None


_MOBILE_DIGITS, _CARD_DIGITS = 11, 18
_MOBILES = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_CARDS = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_HOUSE = re.compile(r"(路|街|巷|弄|胡同|大道|村|苑|园|小区|花园).{0,12}?\d+\s*(号|弄|栋|幢|单元|室|户)")
_HEALTH = re.compile(
    r"(确诊|诊断为|患者|病历|病史|癌|肿瘤|糖尿病|高血压|艾滋|HIV|肝炎|抑郁|精神病|精神分裂|残疾|流产|妊娠|用药|手术史|过敏史)"
)
_PLATE = r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-NP-Z]·?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"

CONTENTS: tuple[Content, ...] = (
    Content(
        kind="id_card", recognise=tells_id_card,
        named=r"身份证|证件号|id_?card|identity", affected=Affected.PERSON, harm=Harm.SEVERE, sensitive=True,
        semantics=frozenset({"id_card"}),
    ),
    Content(
        kind="bank_card", recognise=is_bank_card, named=r"银行|卡号|账号|bank|card",
        affected=Affected.PERSON, harm=Harm.SEVERE, telling=False, sensitive=True,
    ),
    Content(
        kind="health", recognise=is_health, named=r"病|诊断|症状|健康|医嘱|用药|diagnos|disease|health|patient",
        affected=Affected.PERSON, harm=Harm.SEVERE, telling=False, sensitive=True,
    ),
    Content(
        kind="phone", recognise=tells_phone, named=r"电话|手机|联系方式|phone|mobile|tel", affected=Affected.PERSON,
        harm=Harm.SERIOUS, semantics=frozenset({"phone"}),
    ),
    Content(
        kind="person_name", recognise=is_person_name,
        named=r"姓名|联系人|负责人|法定代表人|法人|经办人|户主|申请人|投诉人|来电人|person|contact|owner_?name",
        affected=Affected.PERSON, harm=Harm.GENERAL, telling=False, only_named=True, semantics=frozenset({"person_name"}),
    ),
    Content(
        kind="address", recognise=is_address, named=r"住址|家庭|户籍|居住|地址|住所|address|residence",
        affected=Affected.PERSON, harm=Harm.GENERAL, telling=False, semantics=frozenset({"address"}),
    ),
    Content(
        kind="email", recognise=_matcher(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), named=r"邮箱|邮件|e-?mail",
        affected=Affected.PERSON, harm=Harm.GENERAL, semantics=frozenset({"email"}),
    ),
    Content(
        kind="plate", recognise=_matcher(_PLATE), named=r"车牌|号牌|plate|licen[cs]e",
        affected=Affected.PERSON, harm=Harm.SERIOUS,
    ),
    Content(
        kind="credit_code", recognise=lambda value: len(value) == 18 and check_credit_code(value) is None,
        named=r"信用代码|机构代码|credit|uscc", affected=Affected.ORGANISATION, harm=Harm.NONE, personal=False,
        semantics=frozenset({"credit_code"}),
    ),
)  # fmt: skip


def count_contents(values: Iterable[str]) -> dict[str, int]:
    """How many of `values` each kind of content recognises."""
    found = dict.fromkeys((content.kind for content in CONTENTS), 0)
    for value in values:
        text = value.strip()
        for content in CONTENTS:
            found[content.kind] += content.recognise(text)
    return found
