"""Cases with their classes out of a file of another system: CSV in any usual encoding or a workbook, with a row of names first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from quanyu.act.imports.rows import rows
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
            yield from (row for _, row in rows(path))
        case ".xlsx" | ".xls":
            yield from _sheet(path)
        case _:
            raise Invalid("act.understanding.file", file=path.name)


def _sheet(path: Path) -> Iterator[Mapping[str, str]]:
    # Only a training reads workbooks, the node does not.
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, XmlError, ZipError

    try:
        grid: Sequence[Sequence[object]] = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    except (CalamineError, PasswordError, XmlError, ZipError) as error:
        raise Invalid("act.understanding.unread", file=path.name, reason=str(error)) from None
    names = [str(name).strip() for name in grid[0]] if grid else []
    for row in grid[1:]:
        yield {name: str(value) for name, value in zip(names, row, strict=False)}
