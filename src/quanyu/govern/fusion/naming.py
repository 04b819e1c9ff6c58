"""Names of places and bodies as they are written, and what they have in common.

"首都医科大学附属北京朝阳医院（北京市呼吸疾病研究所）" goes by "首都医科大学附属北京朝阳医院", "北京市呼吸疾病研究所" and, without the body it
belongs to, "北京朝阳医院"; without the name of the city, "朝阳医院".
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quanyu.core.text import fold_text

_BRACKETED = re.compile(r"[(（【\[〔]([^()（）【】\[\]〔〕]*)[)）】\]〕]?")
_SEPARATORS = re.compile(r"[、,，;；/|\s]+")
_LEGAL = re.compile(r"(股份有限公司|有限责任公司|有限公司|集团公司|总公司|公司)$")
_BELONGS = re.compile(r"^.{2,12}?(?:大学|医学院|科学院|研究院|集团)(?:医学院|医学部)?(?:附属)?(?=.{3,})")
_GENERIC = re.compile(
    r"(第?[一二三四五六七八九十\d]+|人民|中心|附属|中医|总|儿童|妇产|口腔|老年|肿瘤|社区|临床|中西医结合|地下|公共|路内)*"
    r"(医院|医学院|卫生服务中心|卫生服务站|卫生站|卫生室|停车场|车库|小学|中学|公司|中心)"
)
"""What is left is no name of its own: 第六医院 of a university is not the city's 第六医院."""
_BODY = re.compile(
    r"(医院|医学院|保健院|卫生院|卫生服务中心|服务站|中心|公司|研究所|研究院|学校|大学|学院|停车场|车库|公园|大厦|广场|疗养院|门诊部|诊所|站|局|厂|店)$"
)
_PART = re.compile(
    r"(东|西|南|北|中|新|老|本|总|分)(院区|院|区|门|部)$|院区$|分院$|(门诊|急诊|住院)(部|楼|大楼)?$|\d+号?(门|楼)$|(停车场)?(出|入)(入)?口$|[-－](.{1,6})(门|楼|部)$"
)
_INNER = re.compile(
    r"(?<=医院|生院|大学|公司|园区|车场)[-－]?(?:(?!医院|生院|公司|园区|车场)[^-－]){0,14}?(楼|室|科|部|门诊|急诊|病房|病区|化验室|窗口|办公室|药房|诊室\d*)$|(?<=医院)[-－].{1,20}$"
)
"""A department or building of the body that stands before it."""
_NUMERAL = re.compile(
    r"第?([一二三四五六七八九十百零〇\d]+)(?=[医院中小校号厂期库区街路分店站]|$|[^一二三四五六七八九十\d])"
)
_DIGITS = {
    "零": "0",
    "〇": "0",
    "一": "1",
    "二": "2",
    "三": "3",
    "四": "4",
    "五": "5",
    "六": "6",
    "七": "7",
    "八": "8",
    "九": "9",
    "十": "10",
}
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Name:
    """`forms` are all names that it may be known by, the fullest first; `part` is the gate, branch or department it says;
    `numbers` are those that tell two of a kind apart (第二医院, 3号停车场)."""

    forms: tuple[str, ...]
    part: str
    numbers: tuple[str, ...]


def parse_name(text: str, places: Sequence[str] = ()) -> Name:
    """`places` are names of the city that may stand in front or not ("北京市", "北京")."""
    folded = fold_text(text)
    inside = [found.strip() for found in _BRACKETED.findall(folded)]
    outside = [piece for piece in _SEPARATORS.split(_BRACKETED.sub(" ", folded)) if piece]
    parts = [piece for piece in inside if _PART.search(piece)]
    aliases = [
        alias
        for piece in inside
        for alias in _SEPARATORS.split(piece)
        if _BODY.search(alias) and alias not in parts
    ]
    names = [_without_part(name) for name in (outside[:1] or [folded])] + [
        _without_part(name) for name in (*outside[1:], *aliases) if len(name) > 3
    ]
    parts += [part for _, part in names if part]
    forms: dict[str, None] = {}
    for bare, _ in names:
        forms.update(dict.fromkeys(_forms(bare, places)))
    main = next(iter(forms), folded)
    return Name(tuple(forms) or (folded,), "".join(sorted(set(parts))), _numbers(main))


def common_places(names: Iterable[str], *, share: float = 0.1) -> tuple[str, ...]:
    """Beginnings that so many names have are the place they all lie in, longest first: 北京市, 北京."""
    folded = [fold_text(name) for name in names]
    starts = Counter(name[:length] for name in folded for length in (2, 3) if len(name) > length + _SHORTEST)
    often = [start for start, count in starts.items() if count >= max(share * len(folded), 3)]
    kept = [start for start in often if start.endswith(("市", "省")) or start + "市" in often]
    return tuple(sorted(kept, key=len, reverse=True))


def _forms(name: str, places: Sequence[str]) -> Iterable[str]:
    """With and without the body it belongs to, and the city's name; a generic rest keeps the city's shortest name."""
    bare = _LEGAL.sub("", name) or name
    yield bare
    for one in dict.fromkeys((bare, _BELONGS.sub("", bare))):
        if one != bare and not _GENERIC.fullmatch(one):
            yield one
        for rest in _without_place(one, places):
            if not _GENERIC.fullmatch(rest):
                yield rest
            elif one == bare:
                yield places[-1] + rest


def _without_place(name: str, places: Sequence[str]) -> Iterable[str]:
    """江州市民中心 may be 江州 and 市民中心, or 江州市 and what is left."""
    for place in places:
        rest = name.removeprefix(place)
        if rest != name and len(rest) > _SHORTEST and not rest.startswith(("大学", "医科")):
            yield rest


def _without_part(name: str) -> tuple[str, str]:
    found = _INNER.search(name) or _PART.search(name)
    if found is None or found.start() < _SHORTEST:
        return name, ""
    return name[: found.start()].rstrip("-－"), found[0].lstrip("-－")


def _numbers(name: str) -> tuple[str, ...]:
    return tuple("".join(_DIGITS.get(sign, sign) for sign in found) for found in _NUMERAL.findall(name))
