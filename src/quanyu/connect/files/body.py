"""Which lines below the heading are records, and which are groups, totals, notes or the heading again."""

import re
from dataclasses import dataclass, field

from quanyu.connect.files.model import DroppedKind
from quanyu.connect.files.rows import Row, filled, is_typed

_TOTAL = re.compile(
    r"(全[省市县区国校州]|本[页月年表季]|以上)?(合\s*计|总\s*计|共\s*计|小\s*计|累\s*计)(数|[（(].{1,10}[)）])?\s*[:：]?"
    r"|(grand total|sub-?total|totals?)\s*[:：]?",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"(注\s*\d*\s*[:：.、]|备注\s*[:：]|说明\s*[:：]|(数据|资料)来源\s*[:：]|来源\s*[:：]|填表(人|单位|日期)\s*[:：]|"
    r"制表(人|单位|日期)?\s*[:：]|审核人?\s*[:：]|附\s*注|注释\s*[:：]|\*|※|notes?\s*[:.]|sources?\s*:)",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(单位)?(负责人|填报人|填表人|制表人?|审核人?|复核人?|经办人|联系人|联系电话|主管|(填报|填表|制表)?(单位|日期|时间)|报出日期)\s*[:：].{0,60}"
)
_TOTAL_ENDS = frozenset("计数)）:：lLsS")
_COUNTED = re.compile(r".+[（(]\s*(共\s*)?\d+\s*\D{0,3}[)）]")


@dataclass(slots=True)
class Body:
    """Reads the lines in file order: a note goes on over the next lines that have one cell only."""

    labels: tuple[str, ...]
    serial: bool
    """The first column of records is a number or date, so that a lone text there is no record."""
    in_notes: bool = field(default=False)

    def kind(self, row: Row, *, merged: bool = False) -> DroppedKind | None:
        """What the line is, None for a record. `merged`: its only cell spans several columns."""
        if self._is_plain(row.cells):
            self.in_notes = False
            return None
        cells = filled(row)
        if not cells:
            return "blank"
        if self._is_heading(row):
            return "repeated header"
        if _TOTAL.fullmatch(cells[0].strip()):
            return "total"
        if len(cells) > 1 and all(_SIGNED.fullmatch(cell.strip()) for cell in cells):
            return "note"
        if len(cells) > 1 or len(self.labels) < 3:
            self.in_notes = self.in_notes and len(cells) == 1
            return (
                "note" if len(cells) == 1 and len(self.labels) > 1 and _NOTE.match(cells[0].strip()) else None
            )
        return self._lone(row, cells[0].strip(), merged)

    def _is_plain(self, cells: list[str]) -> bool:
        """Nearly every line: two cells that hold something, the first neither a label nor a word for a total."""
        if len(cells) < 2 or not (cells[0].strip() and cells[1].strip()):
            return False
        first = cells[0].strip()
        if cells[1].strip() in self.labels[1:2] or ((":" in first or "：" in first) and _SIGNED.match(first)):
            return False
        return first[-1] not in _TOTAL_ENDS or not _TOTAL.fullmatch(first)

    def _is_heading(self, row: Row) -> bool:
        cells = [" ".join(cell.replace("\ufeff", "").split()) for cell in row.cells[: len(self.labels)]]
        return any(self.labels) and cells == list(self.labels)

    def _lone(self, row: Row, text: str, merged: bool) -> DroppedKind | None:
        if _NOTE.match(text) or (self.in_notes and not is_typed(text)):
            self.in_notes = True
            return "note"
        alone = len(row.cells) == 1
        first = bool(row.cells[0].strip())
        stranger = first and self.serial and not is_typed(text)
        if merged or alone or stranger or (first and _COUNTED.fullmatch(text)):
            return None if is_typed(text) else "group"
        return None
