"""Cases with their classes out of a file of another system: CSV in UTF-8 or a workbook, with a row of names first."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from quanyu.act.understanding.training import Labelled
from quanyu.core.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Names of columns. Those of `text` are put together; `region` and `body` may be absent."""

    text: tuple[str, ...] = ("title", "description")
    category: str = "class"
    region: str = "region"
    body: str = "organisation"


def read_labelled(path: Path, columns: Columns) -> list[Labelled]:
    """Rows without a class are left out. Raises Invalid for another kind of file, and where a column is missing."""
    found: list[Labelled] = []
    for row in _rows(path):
        missing = [name for name in (*columns.text, columns.category) if name not in row]
        if missing:
            raise Invalid("act.understanding.column", file=path.name, column=", ".join(missing))
        if label := row[columns.category].strip():
            text = " ".join(row[name] for name in columns.text)
            region, body = (row.get(name, "").strip() or None for name in (columns.region, columns.body))
            found.append(Labelled(text, label, region=region, body=body))
    return found


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    match path.suffix.lower():
        case ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield from (
                    {name: value or "" for name, value in row.items()} for row in csv.DictReader(file)
                )
        case ".xlsx" | ".xls":
            yield from _sheet(path)
        case _:
            raise Invalid("act.understanding.file", file=path.name)


def _sheet(path: Path) -> Iterator[Mapping[str, str]]:
    from python_calamine import CalamineWorkbook  # only a training reads workbooks, the node does not

    rows: Sequence[Sequence[object]] = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    names = [str(name).strip() for name in rows[0]] if rows else []
    for row in rows[1:]:
        yield {name: str(value) for name, value in zip(names, row, strict=False)}
