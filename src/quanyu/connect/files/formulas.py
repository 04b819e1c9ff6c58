"""Formulas of a workbook (ECMA-376 part 1, 18.3.1.40) whose results were never saved: they read as empty, so each is told."""

import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from xml.etree import ElementTree

from quanyu.connect.files.extent import column_number
from quanyu.connect.files.model import MEBIBYTE
from quanyu.connect.files.source import Source
from quanyu.core.errors import Fault

TOLD = 20
"""Cells that are named one by one; of the others the number is said."""

_CELL = re.compile(
    rb"<c (?P<about>[^>]*)>\s*<f[^>]*?(?:/>|>[^<]*</f>)\s*(?P<value><v\s*/>|<v>\s*</v>)?\s*</c>"
)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_TEXT = re.compile(rb'\bt="str"')
_LONGEST_CELL = 64 * 1024  # bytes; a formula has at most 8,192 characters
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def formula_faults(source: Source, sheet: str) -> tuple[Fault, ...]:
    """Each cell of the sheet as `file:line:column`, at most `TOLD`, and before them how many there are."""
    if not zipfile.is_zipfile(source.path):
        return ()
    with zipfile.ZipFile(source.path) as archive:
        member = member_of(archive, sheet)
        if member is None:
            return ()
        found = _unsaved(archive, member)
        named = list(islice(found, TOLD))
        count = len(named) + sum(1 for _ in found)
    if not named:
        return ()
    return (
        source.fault("connect.files.formula.unsaved", sheet=sheet, count=count),
        *(
            source.fault("connect.files.formula.cell", line, column_number(letters), sheet=sheet,
                         cell=f"{letters}{line}", column=column_number(letters))
            for letters, line in named
        ),
    )  # fmt: skip


def _unsaved(archive: zipfile.ZipFile, member: str) -> Iterator[tuple[str, int]]:
    """Column letters and row. A text formula with an empty value has a saved result: the empty text."""
    text = b""
    with archive.open(member) as file:
        while chunk := file.read(MEBIBYTE):
            text += chunk
            end = 0
            for cell in _CELL.finditer(text):
                end = cell.end()
                place = _PLACE.search(cell["about"])
                if place and not (cell["value"] and _TEXT.search(cell["about"])):
                    yield place[1].decode(), int(place[2])
            text = text[max(end, len(text) - _LONGEST_CELL) :]


def member_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The file of a sheet: workbook.xml names it, its relations say where it lies. None for other kinds of workbooks."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 (expat bounds entities, `check_workbook` sizes)
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    wanted = next((one.get(_RELATION) for one in book.iter() if one.get("name") == sheet), None)
    target = next((one.get("Target", "") for one in relations if one.get("Id") == wanted), "")
    member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return member if member in names else None
