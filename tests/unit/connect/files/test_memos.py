"""Memo texts beside dBASE tables, in the three forms that there are."""

import struct
import zipfile

import pytest

TEXTS = ("井盖缺失，行人绊倒", "x" * 900, "")


def dbf(version: int, pointers: list[bytes], length: int = 10) -> bytes:
    fields = [(b"CODE", b"C", 4), ("备注".encode("gbk"), b"M", length)]
    head = bytes([version, 23, 5, 1]) + struct.pack("<IHH", len(pointers), 32 + 32 * 2 + 1, 1 + 4 + length)
    described = b"".join(
        name.ljust(11, b"\0") + kind + b"\0" * 4 + bytes([size]) + b"\0" * 15 for name, kind, size in fields
    )
    records = b"".join(b" " + f"A{n:03}".encode() + pointer for n, pointer in enumerate(pointers))
    return head + b"\0" * 17 + b"\x4d" + b"\0" * 2 + described + b"\r" + records


def blocks(texts: list[bytes], size: int) -> tuple[bytes, list[int]]:
    body, at = b"", []
    for text in texts:
        at.append(1 + len(body) // size if text else 0)
        body += text.ljust(-(-len(text) // size) * size, b"\0")
    return body, at


def third(texts: list[bytes]) -> tuple[bytes, bytes]:
    body, at = blocks([text + b"\x1a\x1a" if text else b"" for text in texts], 512)
    return dbf(0x83, [str(n or "").rjust(10).encode() for n in at]), b"\0" * 512 + body


def fourth(texts: list[bytes]) -> tuple[bytes, bytes]:
    sized = [b"\xff\xff\x08\x00" + struct.pack("<I", len(text) + 8) + text if text else b"" for text in texts]
    body, at = blocks(sized, 1024)
    head = (b"\0" * 20 + struct.pack("<H", 1024)).ljust(1024, b"\0")
    return dbf(0x8B, [str(n or "").rjust(10).encode() for n in at]), head + body


def foxpro(texts: list[bytes]) -> tuple[bytes, bytes]:
    sized = [struct.pack(">II", 1, len(text)) + text if text else b"" for text in texts]
    body, at = blocks(sized, 64)
    first = 512 // 64 - 1
    head = (b"\0" * 6 + struct.pack(">H", 64)).ljust(512, b"\0")
    return dbf(0x30, [struct.pack("<I", n + first if n else 0) for n in at], 4), head + body


@pytest.mark.parametrize(("ending", "form"), [(".dbt", third), (".DBT", fourth), (".fpt", foxpro)])
def test_memos_are_read(desk, ending, form):
    table, memos = form([text.encode("gbk") for text in TEXTS])
    path = desk.write("cases.dbf", table)
    desk.write(f"cases{ending}", memos)
    landed = desk.land(path)
    assert [record[1] for record in landed.records] == [text or None for text in TEXTS]
    assert landed.faults == []


def test_memos_come_out_of_an_archive_with_their_table(desk):
    table, memos = third([text.encode("gbk") for text in TEXTS])
    with zipfile.ZipFile(desk.folder / "cases.zip", "w") as archive:
        archive.writestr("案件/cases.DBF", table)
        archive.writestr("案件/cases.dbt", memos)
    assert desk.land(desk.folder / "cases.zip").records[0][1] == TEXTS[0]


def test_a_pointer_that_leads_nowhere_gives_no_text(desk):
    path = desk.write("cases.dbf", dbf(0x83, [b"       999", b"    nought"]))
    desk.write("cases.dbt", b"\0" * 600)
    assert [record[1] for record in desk.land(path).records] == [None, None]
