"""Archives and compressed files, honest and hostile."""

import gzip
import io
import os
import stat
import zipfile
from contextlib import suppress

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quanyu.connect.files import Limits
from quanyu.core.errors import Invalid

CSV = b"a,b\n1,2\n3,4\n"
NOISE = b"a,b\n" + os.urandom(50_000).hex().encode()


def zipped(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv.gz", gzip.compress(CSV)),
        ("t.csv.gz", gzip.compress(CSV[:4]) + gzip.compress(CSV[4:])),
        ("t.csv.zst", zstandard.compress(CSV)),
        ("t.zip", zipped(("t.csv", CSV))),
        ("t.zip", zipped(("t.csv.gz", gzip.compress(CSV)))),
        ("t.zip", zipped(("inner.zip", zipped(("t.csv", CSV))))),
        ("t", gzip.compress(CSV)),
    ],
    # What is packed carries the second of its packing: two workers would name the same test differently.
    ids=["gzip", "two gzips", "zstandard", "zip", "gzip in zip", "zip in zip", "gzip without ending"],
)
def test_packed_files_are_unpacked(desk, name, content):
    assert desk.text(content, name=name).records == [("1", "2"), ("3", "4")]


def test_an_archive_gives_a_table_for_each_data_file(desk):
    content = zipped(
        ("一/a.csv", CSV), ("b.json", b'[{"x":1}]'), ("readme.txt", b"hello"), ("__MACOSX/a.csv", b"x")
    )
    tables = desk.all(desk.write("t.zip", content))
    assert [(table.landed.member, table.landed.format) for table in tables] == [
        ("一/a.csv", "csv"),
        ("b.json", "json"),
    ]


def test_chinese_names_without_flag_are_read_as_gbk(desk):
    raw = zipped(("xxxx.csv", CSV)).replace(b"xxxx", "公园".encode("gbk"))
    assert desk.text(raw, name="t.zip").landed.member == "公园.csv"


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_cut_file_is_refused_at_its_byte(desk, pack):
    content = pack(NOISE)[:-100]
    error = desk.refusal(content, name="t.csv.packed")
    assert (error.key, error.values["byte"]) == ("connect.files.packed.cut", len(content))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_bomb_is_refused_by_its_ratio(desk, pack):
    content = pack(b"0" * 5_000_000)
    assert desk.refusal(content, limits=Limits(ratio_from=1_000_000)).key == "connect.files.bomb.ratio"


@pytest.mark.parametrize(
    "content",
    [gzip.compress(NOISE), zstandard.compress(NOISE), zipped(("a.csv", NOISE))],
    ids=["gzip", "zstandard", "zip"],
)
def test_unpacking_stops_at_the_limit(desk, content):
    assert desk.refusal(content, limits=Limits(expanded=10_000)).key == "connect.files.bomb.size"


def test_all_members_of_all_levels_count_together(desk):
    content = zipped(*((f"{n}.zip", zipped(("a.csv", NOISE))) for n in range(4)))
    assert desk.refusal(content, limits=Limits(expanded=350_000)).key == "connect.files.bomb.size"


def test_a_zip_bomb_is_refused_by_what_it_declares(desk):
    content = zipped(("a.csv", b"0" * 5_000_000))
    assert desk.refusal(content, limits=Limits(ratio_from=1_000_000)).key == "connect.files.bomb.ratio"


def test_archives_in_archives_end_somewhere(desk):
    content = CSV
    for _ in range(4):
        content = zipped(("inner.zip", content))
    assert desk.refusal(content).key == "connect.files.nesting"


@pytest.mark.parametrize("name", ["../x.csv", "/etc/x.csv", "a/../../x.csv", "..\\x.csv", "C:\\x.csv"])
def test_paths_that_lead_out_are_refused(desk, name):
    assert desk.refusal(zipped((name, CSV))).key == "connect.files.zip.slip"


def test_links_are_refused(desk):
    link = zipfile.ZipInfo("x.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert desk.refusal(zipped((link, "/etc/passwd"))).key == "connect.files.zip.link"


def test_too_many_members_are_refused(desk):
    content = zipped(*((f"{n}.csv", CSV) for n in range(20)))
    assert desk.refusal(content, limits=Limits(members=10)).key == "connect.files.zip.members"


def test_a_password_is_told(desk):
    content = bytearray(zipped(("x.csv", CSV)))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert desk.refusal(bytes(content)).key == "connect.files.encrypted"


def test_a_member_with_a_wrong_checksum_is_refused(desk):
    content = zipped(("x.csv", NOISE))
    spoilt = content[:500] + bytes([content[500] ^ 255]) + content[501:]
    assert desk.refusal(spoilt).key == "connect.files.zip.broken"


@example(at=197, byte=0)  # a member without a name
@given(at=st.integers(0, 400), byte=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_a_damaged_archive_is_read_or_refused_but_never_fails(new_desk, at, byte):
    content = bytearray(zipped(("一.csv", CSV), ("b.json", b'[{"x":1}]')))
    content[at % len(content)] = byte
    desk = new_desk()
    with suppress(Invalid):
        desk.all(desk.write("t.zip", bytes(content)))


def test_an_empty_archive_is_refused(desk):
    assert desk.refusal(zipped(), name="t.zip").key == "connect.files.zip.empty"


def test_a_folder_is_no_file(desk):
    assert desk.refused(desk.folder).key == "connect.files.directory"


def test_the_hash_is_of_the_delivered_file(desk):
    packed = gzip.compress(CSV)
    landed = desk.text(packed, name="t.csv.gz").landed
    assert landed.bytes == len(packed)
