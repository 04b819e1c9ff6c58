"""From the labels of a heading to columns: unique names for SQL, units taken out."""

import re

from quanyu.connect.files.model import LINE, Column

RESERVED = frozenset(
    {LINE, "_row", "_hash", "_faults", "rowid", "_import", "_from_import", "_from_row", "file_row_number"}
)
"""Names that the readers and the engine give to columns of their own."""

_BRACKETED = re.compile(
    r"^(?P<label>.+?)\s*[（(\[【]\s*(?:单位\s*[:：]\s*)?(?P<unit>[^（）()\[\]【】]{1,24})\s*[）)\]】]$"
)
_UNIT = re.compile(
    r"""(?ix)
    (?: [%‰℃℉°Ω] | °\s?[CF] | deg | dB(\(A\))?
      | [munkMGT]?(?:m|g|W|Wh|V|A|Hz|Pa|L|s|h|t|J|N|lx|B|bps)[²³23]? | mb|hPa|mbar|bar|ha|hm[²2]|km[²2]/?h?|min|mm|cm|d|ppm|ppb|NTU
      | [µμ]g | (?:[µμmnk]?g|[µμmnk]?m[²³23]?|[mk]?L|t|kWh|vehicles?|pcu)(?:/|·|\ ?per\ )(?:m[³3²2^]*|L|h|s|d|a|min|kg|km[²2]?)
      | [年月日天时分秒小周]+ | [个人户家所座辆台件次条项套间层张份只棵株处宗栋幢笔股班]+(?:次|数)?(?:/.{1,6})?
      | [亿万千百十]*(?:元|美元|人|人次|户|吨|公里|千米|米|平方米|平方公里|平方千米|立方米|亩|公顷|公斤|千克|克|毫克|升|千瓦时?|度|辆|件|家|个|吨标准煤)(?:/.{1,8})?
      | 平方厘米|厘米|毫米|微克/立方米|毫克/立方米|毫克/升|分贝|摄氏度|百分比|海里|节|帕|百帕|千帕|CNY|RMB|USD|EUR|kn|mph
    )""",
)


def columns_of(labels: list[str]) -> tuple[Column, ...]:
    """Columns for `labels`. Names differ also without regard to case, as SQL engines ask for."""
    taken: set[str] = set()
    columns = []
    for position, raw in enumerate(labels):
        label = " ".join(raw.split())
        bare, unit = split_unit(label)
        name = _free(bare or f"column_{position + 1}", taken)
        taken.add(name.casefold())
        columns.append(Column(name=name, label=label, unit=unit, position=position))
    return tuple(columns)


def split_unit(label: str) -> tuple[str, str | None]:
    """ "面积（平方米）" -> ("面积", "平方米"); brackets that hold no unit stay in the label."""
    match = _BRACKETED.match(label)
    if match and _UNIT.fullmatch(match["unit"].strip()):
        return match["label"].strip(), match["unit"].strip()
    return label, None


def _free(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate.casefold() in taken or candidate.casefold() in RESERVED:
        candidate, number = f"{name}_{number}", number + 1
    return candidate
