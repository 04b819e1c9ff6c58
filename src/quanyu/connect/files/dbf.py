"""dBASE tables, alone or beside a shapefile: fixed fields, read as the text they hold."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from quanyu.connect.files.columns import columns_of
from quanyu.connect.files.dbf_fields import NULLS, DbfField, cell_of, fields_of, is_binary, plain
from quanyu.connect.files.encoding import codec, decoded, sniff_encoding
from quanyu.connect.files.memo import Memos, memo_file, open_memos
from quanyu.connect.files.model import MEBIBYTE, Landed, Progress
from quanyu.connect.files.sink import Sink, table_faults
from quanyu.connect.files.source import Source
from quanyu.core.errors import Fault

_VERSIONS = frozenset(
    {0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8C, 0xCB, 0xF5, 0xFB}
)
_LANGUAGE_DRIVERS = {
    0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5", 0x13: "shift_jis", 0x7B: "shift_jis",
    0x4E: "cp949", 0x79: "cp949", 0xC8: "cp1250", 0xC9: "cp1251",
}  # fmt: skip
"""Language driver byte (LDID) to encoding. 0x03 and 0x57 (Windows ANSI) are written by default and prove nothing."""


@dataclass(frozen=True, slots=True)
class DbfTable:
    """The header of a .dbf file. `records` is what the header says; the file may hold fewer."""

    path: Path
    version: int
    fields: tuple[DbfField, ...]
    nulls: DbfField | None
    """Where FoxPro keeps those bits; it is no column."""
    records: int
    header_length: int
    record_length: int
    language_driver: int


@dataclass(frozen=True, slots=True)
class DbfRecord:
    number: int
    deleted: bool
    cells: list[bytes]


def looks_like_dbf(head: bytes, size: int) -> bool:
    """A dBASE header: version, a possible date, and lengths that fit each other and the file."""
    if len(head) < 33 or head[0] not in _VERSIONS or not (head[2] <= 12 and head[3] <= 31):
        return False
    header_length, record_length = struct.unpack_from("<HH", head, 8)
    return 33 <= header_length <= size and record_length > 1 and b"\r" in head[32 : header_length + 1][::32]


def land_dbf(source: Source) -> Landed:
    """A .dbf file on its own."""
    table = open_dbf(source, source.path)
    encoding, declared = dbf_encoding(source, table, source.path.with_suffix(".cpg"))
    columns = columns_of(field_names(table, encoding))
    sink = Sink(source, columns)
    broken: list[Fault] = []
    for record in dbf_records(source, table):
        if record.deleted:
            sink.drop(record.number, "blank", "deleted")
            continue
        sink.add(record.number, decoded_cells(source, record, encoding, broken))
        if record.number % 10_000 == 0:
            source.progress(Progress(stage="read", done=record.number, total=table.records))
    filled = sink.close()
    memos = memo_faults(source, table, encoding)
    faults = (*source.faults, *declared, *memos, *table_faults(source, filled, 1), *broken)
    return Landed(
        **filled, member=source.member, format="dbf", encoding=encoding, faults=faults, header_line=None,
        broken_lines=broken_records(broken), crs=source.options.crs,
    )  # fmt: skip


def open_dbf(source: Source, path: Path) -> DbfTable:
    """The header of the table at `path`. Raises Invalid where it is cut or makes no sense."""
    with path.open("rb") as file:
        head = file.read(64 * 1024)
    if not looks_like_dbf(head, path.stat().st_size):
        raise source.invalid("connect.files.dbf.header", file=path.name)
    records, header_length, record_length = struct.unpack_from("<IHH", head, 4)
    described = fields_of(head, header_length)
    fields = tuple(field for field in described if field.kind != NULLS)
    nulls = next((field for field in described if field.kind == NULLS), None)
    if not fields or described[-1].start + described[-1].length > record_length:
        raise source.invalid("connect.files.dbf.header", file=path.name)
    return DbfTable(path, head[0], fields, nulls, records, header_length, record_length, head[29])


def dbf_records(source: Source, table: DbfTable) -> Iterator[DbfRecord]:
    """The records in file order, deleted ones too. Raises Invalid where the file ends too early."""
    longest = source.options.limits.cell
    with table.path.open("rb") as file, open_memos(memo_file(table.path), longest=longest) as memos:
        file.seek(table.header_length)
        for number in range(1, table.records + 1):
            data = file.read(table.record_length)
            if len(data) < table.record_length:
                raise source.invalid(
                    "connect.files.dbf.cut", number, file=table.path.name, records=table.records
                )
            yield DbfRecord(
                number, data[:1] == b"*", [_cell(table, field, data, memos) for field in table.fields]
            )


def _cell(table: DbfTable, field: DbfField, data: bytes, memos: Memos | None) -> bytes:
    raw = cell_of(table.nulls, field, data)
    if not raw:
        return b""
    if not field.elsewhere:
        return plain(field.kind, raw, table.version)
    return (memos.text(raw) or b"") if memos and field.memo else b""


def dbf_encoding(source: Source, table: DbfTable, cpg: Path) -> tuple[str, tuple[Fault, ...]]:
    """Encoding by the user, the .cpg file, the language driver or trial, and a fault where a declaration is wrong."""
    if source.options.encoding:
        return source.options.encoding, ()
    content = _content(table)
    declared = _declared(cpg) or _LANGUAGE_DRIVERS.get(table.language_driver)
    if declared is None or content.isascii():
        return declared or sniff_encoding(content), ()
    try:
        decoded(content, declared)
    except UnicodeDecodeError:
        found = sniff_encoding(content)
        return found, (source.fault("connect.files.encoding.declared", declared=declared, found=found),)
    return declared, ()


def field_names(table: DbfTable, encoding: str) -> list[str]:
    """The field names; shapefile writers cut long Chinese ones in the middle of a character."""
    return [field.name.decode(codec(encoding), "ignore").strip() for field in table.fields]


def memo_faults(source: Source, table: DbfTable, encoding: str) -> tuple[Fault, ...]:
    """Pictures and the like are not read, nor memos whose file is missing, and that is said."""
    has_memos = memo_file(table.path) is not None
    names = field_names(table, encoding)
    return tuple(
        source.fault("connect.files.dbf.memo", 1, position, column=name)
        for position, (field, name) in enumerate(zip(table.fields, names, strict=True), start=1)
        if field.elsewhere and not (field.memo and has_memos)
    )


def decoded_cells(source: Source, record: DbfRecord, encoding: str, broken: list[Fault]) -> list[str | None]:
    """The cells as text without padding. Broken bytes become U+FFFD and a fault; a cut last character is dropped."""
    cells: list[str | None] = []
    for position, cell in enumerate(record.cells):
        raw = cell.strip(b" \0")
        try:
            text = decoded(raw, encoding)
        except UnicodeDecodeError as error:
            cut = error.start >= len(raw) - 3 and len(cell.rstrip(b" \0")) == len(cell)
            text = (
                raw[: error.start].decode(codec(encoding)) if cut else raw.decode(codec(encoding), "replace")
            )
            if not cut and len(broken) < source.options.limits.listed:
                broken.append(_broken(source, record, position, encoding))
        cells.append(text.replace("\0", "") or None)
    return cells


def broken_records(broken: list[Fault]) -> tuple[int, ...]:
    """The numbers of the records that have a broken cell."""
    return tuple(sorted({int(str(fault.values["line"])) for fault in broken}))


def _broken(source: Source, record: DbfRecord, position: int, encoding: str) -> Fault:
    column = position + 1
    raw = record.cells[position].hex(" ")
    return source.fault(
        "connect.files.encoding.bytes", record.number, column, bytes=raw, column=column, encoding=encoding
    )


def _content(table: DbfTable) -> bytes:
    """The cells of the first records, each on its own line, so that padding joins no two characters."""
    with table.path.open("rb") as file:
        file.seek(table.header_length)
        data = file.read(min(MEBIBYTE, table.records * table.record_length))
    step = table.record_length
    cells = (
        cell_of(table.nulls, field, data[at : at + step]).strip(b" \0")
        for at in range(0, len(data) - step + 1, step)
        for field in table.fields
        if not is_binary(field.kind, table.version)
    )
    return b"\n".join(cell for cell in cells if cell)


def _declared(cpg: Path) -> str | None:
    """The encoding named in a .cpg file: "UTF-8", "GBK", "936", "OEM 936" …"""
    path = next((each for each in (cpg, cpg.with_suffix(".CPG")) if each.is_file()), None)
    if path is None:
        return None
    name = (
        path.read_bytes()[:64]
        .decode("ascii", "ignore")
        .strip()
        .lower()
        .removeprefix("oem")
        .removeprefix("ansi")
        .strip()
    )
    known = {"936": "gb18030", "54936": "gb18030", "950": "big5", "65001": "utf-8", "88591": "cp1252"}
    name = known.get(name.removeprefix("cp"), name)
    try:
        codec(name)
    except LookupError:
        return None
    return name
