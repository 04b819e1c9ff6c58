"""Compound files of Office before 2007 that are broken where it hurts."""

import struct

import pytest
import xlwt

DIRECTORY, TABLE = 48, 76
"""Where the header names the first sectors of the directory and of the table of sectors."""


@pytest.fixture
def book(desk):
    """A workbook as bytes, and where its table of sectors lies."""
    made = xlwt.Workbook()
    sheet = made.add_sheet("名单")
    for row in range(300):
        sheet.write(row, 0, f"名称{row}")
    made.save(str(desk.folder / "book.xls"))
    content = bytearray((desk.folder / "book.xls").read_bytes())
    (sector,) = struct.unpack_from("<I", content, TABLE)
    return content, (sector + 1) * 512


def test_sectors_that_lead_in_a_circle_are_refused_and_not_read_without_end(desk, book):
    content, table = book
    struct.pack_into("<I", content, table + 4 * 3, 1)
    error = desk.refusal(content, name="list.xls")
    assert (error.key, error.values["reason"]) == (
        "connect.files.workbook.broken",
        "its sectors lead in a circle",
    )


def test_a_table_of_sectors_that_leads_in_a_circle_is_refused(desk):
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + b"\x09\0" + bytes(2000)
    assert desk.refusal(content, name="list.xls").key == "connect.files.workbook.broken"


def test_sectors_that_lead_out_of_the_file_are_refused(desk, book):
    content, _ = book
    struct.pack_into("<I", content, DIRECTORY, 9_999)
    error = desk.refusal(content, name="list.xls")
    assert error.values["reason"] == "its sectors lead out of it"


def test_where_the_library_panics_the_workbook_is_refused_in_words(desk, book):
    content, _ = book
    (directory,) = struct.unpack_from("<I", content, DIRECTORY)
    content[(directory + 1) * 512 + 249] = 1
    assert desk.refusal(content, name="list.xls").key == "connect.files.workbook.broken"


@pytest.mark.parametrize("count", [40, 44, 64, 72])
def test_a_file_that_says_to_have_more_sectors_than_it_has_is_refused_before_room_is_made_for_them(
    desk, book, count
):
    content, _ = book
    struct.pack_into("<I", content, count, 0x7FFFFFFF)
    error = desk.refusal(content, name="list.xls")
    assert error.values["reason"] == "it says to have more sectors than it has"


def test_a_stream_that_says_to_be_larger_than_its_file_is_refused(desk, book):
    content, _ = book
    (directory,) = struct.unpack_from("<I", content, DIRECTORY)
    struct.pack_into("<I", content, (directory + 1) * 512 + 128 + 120, 0x7FFFFFFF)
    error = desk.refusal(content, name="list.xls")
    assert error.values["reason"] == "a stream says to be larger than the file"


def test_a_sheet_that_says_to_end_before_it_begins_is_refused_and_does_not_end_the_reading_process(
    desk, book
):
    content, _ = book
    struct.pack_into("<I", content, _record(content, 0x0200), 999)
    error = desk.refusal(content, name="list.xls")
    assert error.values["reason"] == "a sheet says to end before it begins"


@pytest.mark.parametrize(("record", "at"), [(0x0200, 10), (0x00FD, 2)])
def test_a_sheet_that_reaches_too_far_is_refused_with_its_corner(desk, book, record, at):
    content, _ = book
    struct.pack_into("<H", content, _record(content, record) + at, 0xFFFF)
    struct.pack_into("<I", content, _record(content, 0x0200) + 4, 0xFFFF)
    error = desk.refusal(content, name="list.xls")
    assert error.key == "connect.files.workbook.sparse"
    assert error.values["cell"] == ("CRXO65535" if record == 0x0200 else "CRXP65535")


def test_a_workbook_that_says_to_have_more_texts_than_it_has_room_for_is_refused(desk, book):
    content, _ = book
    struct.pack_into("<I", content, _record(content, 0x00FC) + 4, 0x7FFFFFFF)
    error = desk.refusal(content, name="list.xls")
    assert error.values["reason"] == "it says to have more texts than it has room for"


def _record(content: bytes, kind: int) -> int:
    """Where the body of the first record of a kind begins; the stream of records is the first in the file."""
    at = 512
    while True:
        found, length = struct.unpack_from("<HH", content, at)
        at += 4
        if found == kind:
            return at
        at += length
