"""Opening a workbook: what would take all memory or make the library panic is refused in words."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, XmlError, ZipError

from quanyu.connect.files import biff
from quanyu.connect.files.compound import CompoundFault, is_compound, open_compound
from quanyu.connect.files.extent import check_extent, check_reach, column_letters
from quanyu.connect.files.model import MEBIBYTE
from quanyu.connect.files.source import Source
from quanyu.connect.files.unpack import check_workbook

_ENCRYPTED = "EncryptedPackage"
"""Office keeps a workbook with a password in a compound file as the stream of this name."""


@contextmanager
def opened(source: Source) -> Iterator[CalamineWorkbook]:
    """Raises Invalid for what cannot be read, also while it is read."""
    if zipfile.is_zipfile(source.path):
        check_workbook(source)
        check_extent(source)
    if is_compound(source.path):
        _check_compound(source)
    with _panics_told(source), _opened(source) as workbook:
        yield workbook


def _check_compound(source: Source) -> None:
    """Before the library reads it, which goes in circles with it, or asks for all memory at once."""
    try:
        compound = open_compound(source.path, contents=biff.STREAMS)
        reach = [biff.widest(content) for content in compound.contents.values()]
    except (CompoundFault, biff.BiffFault) as fault:
        if _is_encrypted(source):
            raise source.invalid("connect.files.encrypted") from None
        raise source.invalid("connect.files.workbook.broken", reason=str(fault)) from None
    if _ENCRYPTED in compound.streams:
        raise source.invalid("connect.files.encrypted")
    for one in reach:
        check_reach(source, column_letters(one.columns), one.columns, one.rows)


def _is_encrypted(source: Source) -> bool:
    """Of a file whose directory cannot be read."""
    with source.path.open("rb") as file:
        return _ENCRYPTED.encode("utf-16-le") in file.read(MEBIBYTE)


def _opened(source: Source) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(source.path))
    except PasswordError:
        raise source.invalid("connect.files.encrypted") from None
    except (CalamineError, XmlError, ZipError, OSError) as error:
        raise source.invalid("connect.files.workbook.broken", reason=str(error)) from None


@contextmanager
def _panics_told(source: Source) -> Iterator[None]:
    """The library ends some broken workbooks with a panic of Rust, which is no Exception and has no importable name."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise source.invalid("connect.files.workbook.broken", reason=str(error)) from None
