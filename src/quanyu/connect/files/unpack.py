"""Archives and compressed files, opened with a limit on everything that can grow."""

import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import zstandard

from quanyu.connect.files.model import MEBIBYTE, Progress
from quanyu.connect.files.source import Source, is_full_disk

_DBF_PARTS = (".dbt", ".fpt", ".cpg")
_SHAPEFILE_PARTS = (
    ".shx",
    ".dbf",
    ".dbt",
    ".fpt",
    ".prj",
    ".cpg",
    ".sbn",
    ".sbx",
    ".qix",
    ".qpj",
    ".xml",
    ".shp.xml",
)
_DOCUMENTS = (".md", ".pdf", ".docx", ".doc", ".png", ".jpg", ".html", ".htm", ".xml", ".rtf")
_README = ("readme", "license", "licence", "说明")
_LITTER = ("thumbs.db", "desktop.ini")
"""What systems leave in every folder."""


@dataclass(slots=True)
class Allowance:
    """What all unpacking of one delivered file may still write."""

    left: int

    def take(self, source: Source, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise source.invalid("connect.files.bomb.size", limit=source.options.limits.expanded // MEBIBYTE)


def gunzip(source: Source, allowance: Allowance) -> Path:
    """The content of a gzip file, which may have several members. A cut or broken one gives nothing."""
    return _expand(source, allowance, _gzip_pieces)


def unzstd(source: Source, allowance: Allowance) -> Path:
    """The content of a Zstandard file, which may have several frames."""
    return _expand(source, allowance, _zstd_pieces)


def unzip(source: Source, allowance: Allowance) -> tuple[list[tuple[str, Path]], list[str]]:
    """The data members of a zip archive as (name inside, unpacked file), shapefile parts beside their .shp; the others by name."""
    with _opened(source) as archive:
        members, others = _checked(source, archive)
        folder = source.working_file(".zip")
        folder.mkdir()
        unpacked = [
            (name, _extract(source, archive, member, folder / f"{number:04}{_flat(name)}", allowance))
            for number, (name, member) in enumerate(members)
        ]
    return _with_parts_together(folder, unpacked), others


def check_workbook(source: Source) -> None:
    """Refuse a workbook that is a bomb, before anything reads it into memory: the parts are counted, not believed."""
    limits = source.options.limits
    with _opened(source) as archive:
        allowance = Allowance(limits.workbook)
        for member in archive.infolist():
            if member.flag_bits & 1:
                raise source.invalid("connect.files.encrypted")
            for piece in _member_pieces(source, archive, _undeclared(member, limits.workbook)):
                allowance.left -= len(piece)
                if allowance.left < 0:
                    raise source.invalid("connect.files.bomb.workbook", limit=limits.workbook // MEBIBYTE)


def _undeclared(member: zipfile.ZipInfo, limit: int) -> zipfile.ZipInfo:
    """The member without the size it claims, so that reading goes on until the limit is passed."""
    real = copy(member)
    real.file_size = limit + 2 * MEBIBYTE
    return real


Pieces = Iterator[tuple[int, bytes]]
"""(packed bytes read so far, next unpacked piece)"""


def _expand(source: Source, allowance: Allowance, pieces: Callable[[Source, BinaryIO], Pieces]) -> Path:
    target = source.working_file(".unpacked")
    limits, total = source.options.limits, source.path.stat().st_size
    written = 0
    with source.path.open("rb") as file, target.open("wb") as out:
        for read, piece in pieces(source, file):
            written += len(piece)
            allowance.take(source, len(piece))
            if written > limits.ratio_from and written > limits.ratio * read:
                raise source.invalid("connect.files.bomb.ratio", ratio=limits.ratio)
            out.write(piece)
            source.progress(Progress(stage="expand", done=read, total=total))
    return target


def _gzip_pieces(source: Source, file: BinaryIO) -> Pieces:
    read, written = 0, 0
    stream = zlib.decompressobj(wbits=31)
    held = b""
    while True:
        if not held:
            held = file.read(256 * 1024)
            read += len(held)
            if not held:
                break
        if stream.eof:
            held = held.lstrip(b"\0")
            if not held:
                continue
            stream = zlib.decompressobj(wbits=31)
        try:
            piece = stream.decompress(held, MEBIBYTE)
        except zlib.error as error:
            raise source.invalid("connect.files.packed.broken", byte=read, reason=str(error)) from None
        held = stream.unused_data if stream.eof else stream.unconsumed_tail
        written += len(piece)
        yield read, piece
    if not stream.eof:
        raise source.invalid("connect.files.packed.cut", byte=read, written=written)


def _zstd_pieces(source: Source, file: BinaryIO) -> Pieces:
    """Small packed portions: one block of four bytes may unpack to 128 KiB."""
    read, written = 0, 0
    codec = zstandard.ZstdDecompressor(max_window_size=128 * MEBIBYTE)
    stream = codec.decompressobj()
    while held := file.read(2 * 1024):
        read += len(held)
        while held:
            if stream.eof:
                stream = codec.decompressobj()
            try:
                piece = stream.decompress(held)
            except zstandard.ZstdError as error:
                raise source.invalid("connect.files.packed.broken", byte=read, reason=str(error)) from None
            held = stream.unused_data if stream.eof else b""
            written += len(piece)
            yield read, piece
    if not stream.eof:
        raise source.invalid("connect.files.packed.cut", byte=read, written=written)


@contextmanager
def _opened(source: Source) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source.path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, OSError) as error:
        if is_full_disk(error):
            raise
        raise source.invalid("connect.files.zip.broken", reason=str(error)) from None
    except NotImplementedError as error:
        raise source.invalid("connect.files.zip.method", reason=str(error)) from None


def _checked(source: Source, archive: zipfile.ZipFile) -> tuple[list[tuple[str, zipfile.ZipInfo]], list[str]]:
    """The members worth reading, and the names of the others. Refuses paths that lead out, links, passwords, and too many or too large members."""
    limits = source.options.limits
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise source.invalid("connect.files.zip.members", members=len(infos), limit=limits.members)
    for info in infos:
        _refuse_dangerous(source, info)
    declared = sum(info.file_size for info in infos)
    if declared > limits.expanded:
        raise source.invalid("connect.files.bomb.size", limit=limits.expanded // MEBIBYTE)
    named = {_name(info): info for info in infos if not info.is_dir() and not _is_litter(_name(info))}
    filled = [(name, info) for name, info in named.items() if info.file_size]
    wanted = [(name, info) for name, info in filled if not _is_beside(name)] or filled
    return wanted, [name for name in named if name not in dict(wanted)]


def _refuse_dangerous(source: Source, info: zipfile.ZipInfo) -> None:
    if not info.filename:
        raise source.invalid("connect.files.zip.broken", reason="a member has no name")
    path = PurePosixPath(_name(info).replace("\\", "/"))
    limits = source.options.limits
    if path.is_absolute() or ".." in path.parts or ":" in str(path)[1:2]:
        raise source.invalid("connect.files.zip.slip", member=str(path))
    if stat.S_ISLNK(info.external_attr >> 16):
        raise source.invalid("connect.files.zip.link", member=str(path))
    if info.flag_bits & 1:
        raise source.invalid("connect.files.encrypted")
    if info.file_size > limits.ratio_from and info.file_size > limits.ratio * max(1, info.compress_size):
        raise source.invalid("connect.files.bomb.ratio", ratio=limits.ratio)


def _name(info: zipfile.ZipInfo) -> str:
    """Without the UTF-8 flag names are in the writer's own set: in China GBK, which zipfile shows as cp437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _is_beside(name: str) -> bool:
    """Papers that come along with data."""
    path = PurePosixPath(name)
    return path.suffix.lower() in _DOCUMENTS or path.stem.lower().startswith(_README)


def _is_litter(name: str) -> bool:
    """Hidden files, folders' own, and the locks of workbooks that were open."""
    path = PurePosixPath(name.replace("\\", "/"))
    hidden = any(part.startswith(("__MACOSX", ".", "~$")) for part in path.parts)
    return hidden or path.name.lower() in _LITTER


def _flat(name: str) -> str:
    """A safe ending for the unpacked file; its real name is kept beside it."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix[1:].isalnum() and len(suffix) < 12 else ""


def _extract(
    source: Source, archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, allowance: Allowance
) -> Path:
    with target.open("wb") as out:
        for piece in _member_pieces(source, archive, member):
            allowance.take(source, len(piece))
            out.write(piece)
    return target


def _member_pieces(source: Source, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked bytes. A member that has more than it declares is refused by zipfile's checksum."""
    limits = source.options.limits
    written = 0
    with archive.open(member) as file:
        while piece := file.read(MEBIBYTE):
            written += len(piece)
            if written > limits.ratio_from and written > limits.ratio * max(1, member.compress_size):
                raise source.invalid("connect.files.bomb.ratio", ratio=limits.ratio)
            source.progress(Progress(stage="expand", done=written, total=member.file_size))
            yield piece


def _with_parts_together(folder: Path, unpacked: list[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Give the parts of each shapefile, and the memos of each table, one stem, and leave only the main file in the list."""
    by_name = {name.lower(): path for name, path in unpacked}
    taken: set[str] = set()
    for main, endings in ((".shp", _SHAPEFILE_PARTS), (".dbf", _DBF_PARTS)):
        for name, path in unpacked:
            stem = name.lower().removesuffix(main)
            if not name.lower().endswith(main) or name.lower() in taken:
                continue
            for ending in endings:
                part = by_name.get(stem + ending)
                if part is not None:
                    part.rename(folder / (path.stem + ending))
                    taken.add(stem + ending)
    return [(name, path) for name, path in unpacked if name.lower() not in taken]
