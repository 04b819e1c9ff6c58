"""What column names say about their part in a record: identifier, beginning and end, code and its meaning."""

import re

_ID = re.compile(r"(^|_|\b)(id|no|num|code|key|uuid|guid)($|_|\b)|[a-z](Id|ID|Code|No)$|编号|编码|代码|标识|序号|流水号|号$|ID|SystemCode", re.IGNORECASE)  # fmt: skip
_ROW_NUMBER = re.compile(r"序号|行号|no\.?|nr|index|row|rownum|row_?id|#|unnamed.*", re.IGNORECASE)
_BEGIN = re.compile(r"open|start|begin|creat|accept|register|submit|report|request|receiv|depart|dispatch|from|开始|开工|创建|受理|申请|立案|登记|上报|提交|留言|接收|成立|发生|进入|入场", re.IGNORECASE)  # fmt: skip
_END = re.compile(r"clos|end|finish|complet|archiv|repl|resolv|arriv|clear|settle|until|\bto\b|结束|完成|完工|办结|关闭|结案|归档|答复|回复|处置|离开|出场|注销|到期", re.IGNORECASE)  # fmt: skip
_PLAN = re.compile(r"target|due|plan|deadline|expect|期限|计划|应|预计|截止", re.IGNORECASE)
_ACTUAL = re.compile(
    r"occup|used|free|available|current|taken|vacan|占用|已用|剩余|空余|在用|实际", re.IGNORECASE
)
_CAPACITY = re.compile(r"capacity|total|max|limit|spaces|容量|总|上限|核定|额定", re.IGNORECASE)
_NAME_TAILS = ("_name", "name", "_desc", "_title", "_label", "名称", "名", "描述")
_CODE_TAILS = ("_id", "id", "_code", "code", "_no", "编码", "代码", "编号")


def looks_like_id(label: str) -> bool:
    return bool(_ID.search(label))


def is_row_number(label: str) -> bool:
    """Numbers the rows of a table: the same in every table, so that it identifies nothing outside of this one."""
    return bool(_ROW_NUMBER.fullmatch(label.strip()))


def begins_and_ends(first: str, second: str) -> bool:
    """The names say that the first time comes before the second, and that both have really happened."""
    if _PLAN.search(first) or _PLAN.search(second):
        return False
    return bool(_BEGIN.search(first) and _END.search(second) and not _END.search(first))


def fills_and_capacity(first: str, second: str) -> bool:
    return bool(_ACTUAL.search(first) and _CAPACITY.search(second) and not _CAPACITY.search(first))


def stem_of_code(label: str) -> str | None:
    """`dispose_unit` of `dispose_unit_id`, the empty string of `code`; None where the name is not that of a code."""
    return _stem(label, _CODE_TAILS)


def stem_of_name(label: str) -> str | None:
    return _stem(label, _NAME_TAILS)


def _stem(label: str, tails: tuple[str, ...]) -> str | None:
    lowered = label.strip().lower()
    tail = next((tail for tail in tails if lowered.endswith(tail)), None)
    return None if tail is None else lowered.removesuffix(tail).rstrip("_ ")
