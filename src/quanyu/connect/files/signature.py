"""What a file is, by its first bytes and never by its ending alone."""

import os
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path

from quanyu.connect.files.compound import MAGIC as COMPOUND
from quanyu.connect.files.compound import CompoundFault, open_compound
from quanyu.connect.files.dbf import looks_like_dbf
from quanyu.connect.files.encoding import codec, mark_length, sniff_encoding
from quanyu.connect.files.foreign import (
    UNKNOWN,
    Family,
    Foreign,
    foreign_archive,
    foreign_bytes,
    foreign_compound,
    foreign_text,
)

_HEAD = 64 * 1024


class Format(StrEnum):
    GZIP = "gz"
    ZSTD = "zst"
    ZIP = "zip"
    WORKBOOK = "workbook"
    PARQUET = "parquet"
    SHAPEFILE = "shapefile"
    ARROW = "arrow"
    ORC = "orc"
    DBF = "dbf"
    JSON = "json"
    TEXT = "text"


_MAGIC = (
    (b"\x1f\x8b", Format.GZIP),
    (b"\x28\xb5\x2f\xfd", Format.ZSTD),
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"PAR1", Format.PARQUET),
    (b"ARROW1\0\0", Format.ARROW),
    (b"\xff\xff\xff\xff", Format.ARROW),
    (COMPOUND, Format.WORKBOOK),
    (b"\x00\x00\x27\x0a", Format.SHAPEFILE),
)

ENDINGS: dict[Format, frozenset[str]] = {
    Format.GZIP: frozenset({"gz", "gzip"}),
    Format.ZSTD: frozenset({"zst", "zstd"}),
    Format.ZIP: frozenset({"zip"}),
    Format.WORKBOOK: frozenset({"xls", "xlsx", "xlsm", "xlsb", "ods", "et"}),
    Format.PARQUET: frozenset({"parquet", "pq", "geoparquet"}),
    Format.ARROW: frozenset({"arrow", "arrows", "feather", "ipc"}),
    Format.ORC: frozenset({"orc"}),
    Format.SHAPEFILE: frozenset({"shp", "shx"}),
    Format.DBF: frozenset({"dbf"}),
    Format.JSON: frozenset({"json", "jsonl", "ndjson", "geojson", "jsonld"}),
    Format.TEXT: frozenset({"csv", "tsv", "txt", "psv", "tab", "dat", "asc", "log"}),
}


def detect(path: Path) -> Format | Foreign:
    """The format of `path`, or what it is that holds no table."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return _inside(path, kind)
    if len(head) > 4 and head.startswith(b"ORC") and _ends_as_orc(path):
        return Format.ORC
    if foreign := foreign_bytes(head):
        return foreign
    if looks_like_dbf(head, path.stat().st_size):
        return Format.DBF
    return _textual(head)


def has_foreign_ending(name: str, kind: Format) -> bool:
    """The ending says another format than the content. An ending nobody knows says nothing."""
    ending = name.rpartition(".")[2].lower()
    return any(ending in endings for endings in ENDINGS.values()) and ending not in ENDINGS[kind]


def _ends_as_orc(path: Path) -> bool:
    """A table may begin with these letters too, "ORCID"; before the last byte they stand in ORC only."""
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        return file.read(3) == b"ORC"


def _inside(path: Path, kind: Format) -> Format | Foreign:
    """Archives and compound files are many things."""
    if kind is Format.ZIP:
        return _inside_zip(path)
    if kind is Format.WORKBOOK:
        return _inside_compound(path)
    return kind


def _inside_zip(path: Path) -> Format | Foreign:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            said = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, RuntimeError, zlib.error, EOFError):
        return Format.ZIP
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return Format.WORKBOOK
    if {"mimetype", "content.xml"} <= names:
        is_text = b"opendocument" in said and b"spreadsheet" not in said
        return Foreign("OpenDocument", Family.DOCUMENT) if is_text else Format.WORKBOOK
    return foreign_archive(names) or Format.ZIP


def _inside_compound(path: Path) -> Format | Foreign:
    """A broken one is told where it is opened."""
    try:
        return foreign_compound(open_compound(path).streams) or Format.WORKBOOK
    except CompoundFault:
        return Format.WORKBOOK


def _textual(head: bytes) -> Format | Foreign:
    encoding = sniff_encoding(head)
    text = head[mark_length(head, encoding) :].decode(codec(encoding), "replace").lstrip()
    if _is_binary(text):
        return UNKNOWN
    return foreign_text(text) or (Format.JSON if _opens_json(text) else Format.TEXT)


_TEXT_CONTROLS = "\t\n\v\f\r\x1a" + "\x01\x1c\x1d\x1e\x1f"
"""White space, the end mark of DOS, and what data warehouses and mainframes put between fields."""


def _is_binary(text: str) -> bool:
    """Files for people hold a stray control character, never one in twenty."""
    strange = sum(letter < " " and letter not in _TEXT_CONTROLS for letter in text)
    return strange > 1 + len(text) / 20


def _opens_json(text: str) -> bool:
    after = text[1:].lstrip()[:1]
    return (text[:1] == "{" and after in ('"', "}")) or (
        text[:1] == "[" and after in tuple('{["]-0123456789tfn')
    )
