"""What people hand in that holds no table which is read here: told by its name, with what to do about it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """What to do is the same within each; `connect.files.foreign.…` says it."""

    MAP = "map"
    ARCHIVE = "archive"
    DOCUMENT = "document"
    DATABASE = "database"
    SQLITE = "sqlite"
    DATA = "data"
    PICTURE = "picture"
    PAGE = "page"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Foreign:
    kind: str
    family: Family

    @property
    def key(self) -> str:
        return f"connect.files.foreign.{self.family}"


UNKNOWN = Foreign("", Family.UNKNOWN)
_GEOPACKAGE = Foreign("GeoPackage", Family.MAP)

_MAGIC = (
    (b"%PDF", "PDF", Family.DOCUMENT),
    (b"{\\rtf", "RTF", Family.DOCUMENT),
    (b"\x89PNG", "PNG", Family.PICTURE),
    (b"\xff\xd8\xff", "JPEG", Family.PICTURE),
    (b"GIF8", "GIF", Family.PICTURE),
    (b"II*\0", "TIFF", Family.PICTURE),
    (b"MM\0*", "TIFF", Family.PICTURE),
    (b"RIFF", "WebP / AVI", Family.PICTURE),
    (b"Rar!", "RAR", Family.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", Family.ARCHIVE),
    (b"BZh", "bzip2", Family.ARCHIVE),
    (b"\xfd7zXZ\0", "xz", Family.ARCHIVE),
    (b"\x04\x22\x4d\x18", "LZ4", Family.ARCHIVE),
    (b"\x1f\x9d", "compress (.Z)", Family.ARCHIVE),
    (b"fgb\x03", "FlatGeobuf", Family.MAP),
    (b"\0\1\0\0Standard Jet DB", "Access", Family.DATABASE),
    (b"\0\1\0\0Standard ACE DB", "Access", Family.DATABASE),
    (b"Obj\x01", "Avro", Family.DATA),
    (b"FEA1\0", "Feather V1", Family.DATA),
    (b"\x89HDF\r\n\x1a\n", "HDF5 / NetCDF", Family.DATA),
    (b"CDF\x01", "NetCDF", Family.DATA),
    (b"CDF\x02", "NetCDF", Family.DATA),
    (b"$FL2", "SPSS", Family.DATA),
    (b"<stata_dta>", "Stata", Family.DATA),
    (b"\x7fELF", "ELF", Family.UNKNOWN),
)
_AT = ((257, b"ustar", "tar", Family.ARCHIVE), (4, b"ftyp", "MP4", Family.PICTURE))

_TEXTS = (
    (r"<!doctype html|<html|<head|<body|<table|<meta|<script", "HTML", Family.PAGE),
    (r"!table\b", "MapInfo TAB", Family.MAP),
    (r"version +\d+\s+charset\b", "MapInfo MIF", Family.MAP),
    (r"0\s+section\s+2\s+(header|entities|classes|tables|blocks)\b", "AutoCAD DXF", Family.MAP),
    (r"exp +0 ", "ArcInfo E00", Family.MAP),
    (r"begin:vcalendar", "iCalendar", Family.DOCUMENT),
    (r"begin:vcard", "vCard", Family.DOCUMENT),
    (r"mime-version:|(from|received|return-path): .*\n[a-z-]+: ", "MIME", Family.DOCUMENT),
    (r"(--[^\n]*\n|/\*[^\n]*\n|\s)*(create (table|database)|insert into|drop table)\b", "SQL", Family.DATABASE),
    (r"@prefix |@base ", "RDF (Turtle)", Family.DATA),
    (r"%yaml|---\s*\n|[^\s,;:\t]+:\s*\n\s*- [^\n]*:|- [^\s,;\t:]+: [^\n]*\n  [^\s,;\t:]+: ", "YAML", Family.DATA),
)  # fmt: skip
_MARKUP = re.compile(
    r"<\?xml|<!--|<[a-z_][\w.-]*(:[\w.-]+)?(\s[^<>]*)?>\s*<|<[a-z_][^<>]*\sxmlns", re.IGNORECASE
)
_ROOTS = (
    (r"<kml\b", Foreign("KML", Family.MAP)),
    (r"<gpx\b", Foreign("GPX", Family.MAP)),
    (r"opengis\.net/(gml|wfs)|<gml:", Foreign("GML", Family.MAP)),
    (r"<osm\b", Foreign("OpenStreetMap XML", Family.MAP)),
    (r"<svg\b", Foreign("SVG", Family.PICTURE)),
    (r"<html", Foreign("HTML", Family.PAGE)),
    (r"<rdf:rdf\b", Foreign("RDF/XML", Family.DATA)),
    (r"office:spreadsheet|excel\.sheet", Foreign("Excel 2003 XML", Family.DATA)),
)
_TOPOLOGY = re.compile(r'"type"\s*:\s*"Topology"')

_IN_ZIP = (
    (r"word/document\.xml", Foreign("Word", Family.DOCUMENT)),
    (r"ppt/presentation\.xml", Foreign("PowerPoint", Family.DOCUMENT)),
    (r"\[Content_Types\]\.xml", Foreign("Office", Family.DOCUMENT)),
    (r"Index/Document\.iwa|Index\.zip", Foreign("Numbers / Pages / Keynote", Family.DATA)),
    (r"META-INF/container\.xml", Foreign("EPUB", Family.DOCUMENT)),
    (r"META-INF/MANIFEST\.MF", Foreign("Java", Family.UNKNOWN)),
    (r"(.*/)?doc\.kml", Foreign("KMZ", Family.MAP)),
    (r".*\.gdb/.*\.gdbtable", Foreign("File Geodatabase", Family.MAP)),
)
_IN_COMPOUND = (
    ("WordDocument", Foreign("Word", Family.DOCUMENT)),
    ("PowerPoint Document", Foreign("PowerPoint", Family.DOCUMENT)),
    ("__properties_version1.0", Foreign("Outlook", Family.DOCUMENT)),
    ("VisioDocument", Foreign("Visio", Family.DOCUMENT)),
    ("HwpSummaryInformation", Foreign("HWP", Family.DOCUMENT)),
)


def foreign_bytes(head: bytes) -> Foreign | None:
    """By what a file begins with."""
    if head.startswith(b"SQLite format 3\0"):
        return _GEOPACKAGE if head[68:72] in (b"GPKG", b"GP10", b"GP11") else Foreign("SQLite", Family.SQLITE)
    if re.match(rb"AC10[0-9]{2}\0", head):
        return Foreign("AutoCAD DWG", Family.MAP)
    known = ((0, *one) for one in _MAGIC)
    for at, magic, kind, family in (*known, *_AT):
        if head[at:].startswith(magic):
            return Foreign(kind, family)
    return None


def foreign_text(text: str) -> Foreign | None:
    """By the beginning of a text, without what stands before its first character."""
    start = text[:4096]
    for pattern, kind, family in _TEXTS:
        if re.match(pattern, start, re.IGNORECASE):
            return Foreign(kind, family)
    if text[:1] == "{" and _TOPOLOGY.search(text):
        return Foreign("TopoJSON", Family.MAP)
    if not _MARKUP.match(start):
        return None
    roots = (kind for pattern, kind in _ROOTS if re.search(pattern, start, re.IGNORECASE))
    return next(roots, Foreign("XML", Family.DATA))


def foreign_archive(names: Iterable[str]) -> Foreign | None:
    """By the members of a zip archive that is something else with another ending."""
    listed = tuple(names)
    return next(
        (kind for pattern, kind in _IN_ZIP if any(re.fullmatch(pattern, name) for name in listed)), None
    )


def foreign_compound(streams: frozenset[str]) -> Foreign | None:
    """By the streams of a compound file."""
    return next((kind for name, kind in _IN_COMPOUND if name in streams), None)
