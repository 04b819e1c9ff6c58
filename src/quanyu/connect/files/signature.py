"""What a file is, by its first bytes and never by its ending alone."""

import zipfile
from enum import StrEnum
from pathlib import Path

from quanyu.connect.files.dbf import looks_like_dbf
from quanyu.connect.files.encoding import codec, mark_length, sniff_encoding

_HEAD = 64 * 1024


class Format(StrEnum):
    GZIP = "gz"
    ZSTD = "zst"
    ZIP = "zip"
    WORKBOOK = "workbook"
    PARQUET = "parquet"
    SHAPEFILE = "shapefile"
    DBF = "dbf"
    JSON = "json"
    TEXT = "text"


_MAGIC = (
    (b"\x1f\x8b", Format.GZIP),
    (b"\x28\xb5\x2f\xfd", Format.ZSTD),
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"PAR1", Format.PARQUET),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format.WORKBOOK),
    (b"\x00\x00\x27\x0a", Format.SHAPEFILE),
)

_NO_TABLES = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"\x7fELF", "ELF"),
    (b"{\\rtf", "RTF"),
)
"""Things that people hand in by mistake, with the name to tell them."""

ENDINGS: dict[Format, frozenset[str]] = {
    Format.GZIP: frozenset({"gz", "gzip"}),
    Format.ZSTD: frozenset({"zst", "zstd"}),
    Format.ZIP: frozenset({"zip"}),
    Format.WORKBOOK: frozenset({"xls", "xlsx", "xlsm", "xlsb", "ods", "et"}),
    Format.PARQUET: frozenset({"parquet", "pq", "geoparquet"}),
    Format.SHAPEFILE: frozenset({"shp", "shx"}),
    Format.DBF: frozenset({"dbf"}),
    Format.JSON: frozenset({"json", "jsonl", "ndjson", "geojson", "jsonld"}),
    Format.TEXT: frozenset({"csv", "tsv", "txt", "psv", "tab", "dat", "asc", "log"}),
}


def detect(path: Path) -> Format | str:
    """The format of `path`, or the name of something that holds no table ("HTML", "PDF", …)."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return _inside_zip(path) if kind is Format.ZIP else kind
    for magic, name in _NO_TABLES:
        if head.startswith(magic):
            return name
    if looks_like_dbf(head, path.stat().st_size):
        return Format.DBF
    return _textual(head)


def has_foreign_ending(name: str, kind: Format) -> bool:
    """The ending says another format than the content. An ending nobody knows says nothing."""
    ending = name.rpartition(".")[2].lower()
    return any(ending in endings for endings in ENDINGS.values()) and ending not in ENDINGS[kind]


def _inside_zip(path: Path) -> Format | str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
        return Format.ZIP
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names or {"mimetype", "content.xml"} <= names:
        return Format.WORKBOOK
    if "[Content_Types].xml" in names:
        return "Word / PowerPoint"
    return Format.ZIP


def _textual(head: bytes) -> Format | str:
    encoding = sniff_encoding(head)
    text = head[mark_length(head, encoding) :].decode(codec(encoding), "replace").lstrip()
    if _is_binary(text):
        return "binary data"
    start = text[:512].lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body", "<table", "<meta", "<script")) or (
        start.startswith("<") and "<html" in start
    ):
        return "HTML"
    if start.startswith(("<?xml", "<!--")):
        return "XML"
    return Format.JSON if _opens_json(text) else Format.TEXT


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
