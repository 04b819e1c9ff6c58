"""Cells of dBASE tables that are no plain text."""

import struct

HEAD = struct.Struct("<11scIBBB13x")


def table(version: int, fields: list[tuple[str, str, int, int]], records: list[list[bytes]]) -> bytes:
    """`fields` are (name, kind, length, flags)."""
    width = 1 + sum(length for _, _, length, _ in fields)
    described = b"".join(
        HEAD.pack(name.encode(), kind.encode(), 0, length, 0, flags) for name, kind, length, flags in fields
    )
    body = b"".join(b" " + b"".join(cells) for cells in records)
    head = struct.pack("<4BIHH20x", version, 23, 5, 1, len(records), 32 + len(described) + 1, width)
    return head[:29] + b"\x7a" + head[30:] + described + b"\r" + body + b"\x1a"


FOXPRO = [("BH", "C", 4, 0), ("SL", "I", 4, 2), ("JE", "Y", 8, 0), ("SJ", "T", 8, 2), ("XS", "B", 8, 0), ("_NullFlags", "0", 1, 5)]  # fmt: skip


def foxpro(
    code: str, count: int, cents: int, moment: tuple[int, int], share: float, nulls: int
) -> list[bytes]:
    return [code.encode("gbk"), struct.pack("<i", count), struct.pack("<q", cents), struct.pack("<ii", *moment),
            struct.pack("<d", share), bytes([nulls])]  # fmt: skip


def test_figures_and_moments_of_foxpro_are_read_from_their_bytes(desk):
    records = [
        foxpro("东区", -7, 123456, (2460066, 30_600_000), 1.5, 0),
        foxpro("西区", 65, 5, (0, 0), -0.25, 0),
    ]
    landed = desk.text(table(0x30, FOXPRO, records), name="old.dbf")
    assert landed.names == ["BH", "SL", "JE", "SJ", "XS"]
    assert landed.records == [
        ("东区", "-7", "12.3456", "2023-05-01 08:30:00", "1.5"),
        ("西区", "65", "0.0005", None, "-0.25"),
    ]


def test_a_cell_that_foxpro_says_holds_nothing_is_no_nought(desk):
    records = [foxpro("0001", 0, 0, (2460066, 0), 0.0, 0b01), foxpro("0002", 0, 0, (2460066, 0), 0.0, 0b10)]
    landed = desk.text(table(0x30, FOXPRO, records), name="old.dbf")
    assert [(row[1], row[3]) for row in landed.records] == [(None, "2023-05-01 00:00:00"), ("0", None)]


def test_a_day_is_a_day_and_noughts_and_question_marks_are_none(desk):
    fields = [("CJRQ", "D", 8, 0), ("YX", "L", 1, 0), ("DM", "C", 8, 0)]
    records = [
        [b"20230501", b"T", b"20230501"],
        [b"00000000", b"?", b"00000000"],
        [b" " * 8, b" ", b"00000001"],
    ]
    landed = desk.text(table(0x03, fields, records), name="days.dbf")
    assert landed.records == [
        ("2023-05-01", "T", "20230501"),
        (None, None, "00000000"),
        (None, None, "00000001"),
    ]


def varying(text: bytes, length: int) -> bytes:
    """Padded, with its length in the last byte where it does not fill the cell."""
    return text if len(text) == length else text.ljust(length - 1, b"\0") + bytes([len(text)])


def test_texts_of_varying_length_end_where_foxpro_says(desk):
    # The bits: length of MC, length of BZ, nothing in BZ, length of ZW.
    fields = [("MC", "V", 8, 0), ("SL", "I", 4, 0), ("BZ", "V", 200, 2), ("ZW", "Q", 3, 0), ("_NullFlags", "0", 1, 5)]  # fmt: skip
    long = "字" * 80
    records = [
        [varying("东区".encode("gbk"), 8), bytes(4), varying(b"", 200), varying(b"\xff", 3), bytes([0b1111])],
        [varying("西区东区".encode("gbk"), 8), bytes(4), varying(long.encode("gbk"), 200), b"\1\2\3", bytes([0b0010])],
    ]  # fmt: skip
    landed = desk.text(table(0x32, fields, records), name="old.dbf")
    assert landed.names == ["MC", "SL", "BZ", "ZW"]
    assert landed.records == [("东区", "0", None, "ff"), ("西区东区", "0", long, "010203")]
