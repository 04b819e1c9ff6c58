"""Code lists as CSV, for those who keep them in a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from datetime import date

from quanyu.core.codes import CodeEntry, CodeList
from quanyu.core.errors import Fault, Invalid

COLUMNS = ("code", "name", "name_en", "parent", "aliases", "effective_from", "effective_to")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def code_list_csv(code_list: CodeList) -> str:
    """With a byte order mark, so that Excel reads it; cells that would be a formula get an apostrophe in front."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in code_list.entries:
        dates = (day.isoformat() if day else "" for day in (entry.effective_from, entry.effective_to))
        cells = (entry.code, entry.name, entry.name_en, entry.parent or "", ";".join(entry.aliases), *dates)
        writer.writerow(["'" + cell if cell.startswith(_FORMULA) else cell for cell in cells])
    return "\ufeff" + out.getvalue()


def parse_entries(text: str) -> tuple[CodeEntry, ...]:
    """Rows of such a CSV; only code and name are needed. Raises Invalid with the line of every fault."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    if not {"code", "name"} <= set(reader.fieldnames or ()):
        raise Invalid("govern.standards.csv_header", columns=", ".join(COLUMNS))
    faults: list[Fault] = []
    entries = tuple(_entries(reader, faults))
    if faults:
        raise Invalid("govern.standards.faulty", faults=tuple(faults), count=len(faults))
    return entries


def _entries(reader: "csv.DictReader[str]", faults: list[Fault]) -> Iterator[CodeEntry]:
    for row in reader:
        cells = {key: _plain(row.get(key) or "") for key in COLUMNS}
        try:
            since, until = (date.fromisoformat(cells[key]) if cells[key] else None for key in COLUMNS[5:])
        except ValueError:
            faults.append(Fault("govern.standards.csv_date", f"{reader.line_num}"))
            continue
        if not cells["code"] or not cells["name"]:
            faults.append(Fault("govern.standards.csv_row", f"{reader.line_num}"))
            continue
        yield CodeEntry(
            code=cells["code"], name=cells["name"], name_en=cells["name_en"], parent=cells["parent"] or None,
            aliases=tuple(alias for alias in cells["aliases"].split(";") if alias), effective_from=since, effective_to=until,
        )  # fmt: skip


def _plain(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
