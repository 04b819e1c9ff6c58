"""Columns of a workbook that show numbers with leading zeros (ECMA-376 part 1, 18.8.30): 010010 lies there as 10010, shown as 000000."""

import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from xml.etree import ElementTree

from quanyu.connect.files.extent import column_number
from quanyu.connect.files.formulas import member_of
from quanyu.connect.files.model import MEBIBYTE
from quanyu.connect.files.source import Source

_STYLES = "xl/styles.xml"
_FORMAT = re.compile(r"(?:\[\$[^\]]*\])?(?P<figures>0{2,})(?:_.)?(?:;.*)?")
_NUMBER = re.compile(rb"<c (?P<about>[^>]*[^>/])>\s*(?:<f[^>]*?(?:/>|>[^<]*</f>)\s*)?<v>")
_COLUMN, _STYLE, _KIND = (
    re.compile(rb'\br="([A-Z]{1,3})'),
    re.compile(rb'\bs="([0-9]+)"'),
    re.compile(rb'\bt="(?!n")'),
)
_OVERLAP = 16 * 1024


def padded_columns(source: Source, sheet: str) -> Mapping[int, int]:
    """By column, from 0, how many figures all of its numbers are shown with."""
    if not zipfile.is_zipfile(source.path):
        return {}
    with zipfile.ZipFile(source.path) as archive:
        member = member_of(archive, sheet)
        widths = _widths(archive) if member and _STYLES in archive.namelist() else {}
        if member is None or not widths:
            return {}
        shown = _shown(archive, member, widths)
    return {column: width for column, (width, *others) in shown.items() if width and not others}


def _widths(archive: zipfile.ZipFile) -> dict[int, int]:
    """By style of a cell, how many figures it asks for; styles that ask for none are not named."""
    book = ElementTree.fromstring(archive.read(_STYLES))  # noqa: S314 (expat bounds entities, `check_workbook` sizes)
    formats = {
        one.get("numFmtId"): len(known["figures"])
        for one in book.iterfind(".//{*}numFmts/{*}numFmt")
        if (known := _FORMAT.fullmatch(one.get("formatCode", "")))
    }
    styles = enumerate(book.iterfind("{*}cellXfs/{*}xf"))
    return {index: formats[id] for index, one in styles if (id := one.get("numFmtId")) in formats}


def _shown(archive: zipfile.ZipFile, member: str, widths: Mapping[int, int]) -> dict[int, set[int]]:
    """By column the figures that its numbers are shown with, 0 where that is as they are."""
    found: dict[int, set[int]] = defaultdict(set)
    text = b""
    with archive.open(member) as file:
        while chunk := file.read(MEBIBYTE):
            text += chunk
            end = 0
            for cell in _NUMBER.finditer(text):
                end = cell.end()
                column = _COLUMN.search(cell["about"])
                if column and not _KIND.search(cell["about"]):
                    style = _STYLE.search(cell["about"])
                    found[column_number(column[1].decode()) - 1].add(
                        widths.get(int(style[1]), 0) if style else 0
                    )
            text = text[max(end, len(text) - _OVERLAP) :]
    return found
