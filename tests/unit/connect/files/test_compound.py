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
