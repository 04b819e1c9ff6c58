"""How far the sheets of a workbook reach. A reader holds the whole rectangle: one stray cell at XFD1048576 asks for 17 billion."""

import re
import zipfile

from quanyu.connect.files.model import MEBIBYTE
from quanyu.connect.files.source import Source

_PLACES = re.compile(rb'<c [^>]{0,64}?r="([A-Z]{1,3})([0-9]{1,7})"')
_OVERLAP = 256
_SHEETS = "xl/worksheets/"


def check_extent(source: Source) -> None:
    """Raises Invalid with the far corner of the first sheet that reaches too far. Only XLSX writes its cells as text."""
    with zipfile.ZipFile(source.path) as archive:
        for member in archive.namelist():
            if not (member.startswith(_SHEETS) and member.endswith(".xml")):
                continue
            check_reach(source, *_reach(archive, member))


def check_reach(source: Source, letters: str, width: int, height: int) -> None:
    """Raises Invalid where a sheet up to this column and row has too many cells."""
    cells, limit = width * height, source.options.limits.cells
    if cells > limit:
        raise source.invalid(
            "connect.files.workbook.sparse",
            height,
            width,
            cell=f"{letters}{height}",
            cells=cells,
            limit=limit,
        )


def column_letters(number: int) -> str:
    """1 is A, 16384 is XFD."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """A is 1, XFD is 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _reach(archive: zipfile.ZipFile, member: str) -> tuple[str, int, int]:
    """The last column, as letters and as number, and the last row that hold a cell."""
    widest, height, rest = "", 0, b""
    with archive.open(member) as file:
        while chunk := file.read(MEBIBYTE):
            found = _PLACES.findall(rest + chunk)
            if found:
                seen = max({letters for letters, _ in found}, key=lambda letters: (len(letters), letters))
                widest = max(widest, seen.decode(), key=lambda letters: (len(letters), letters))
                height = max(height, int(found[-1][1]))
            rest = chunk[-_OVERLAP:]
    return widest, column_number(widest), height
