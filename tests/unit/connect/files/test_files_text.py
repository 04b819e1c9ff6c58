"""Delimited text: encodings, delimiters, broken lines."""

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.connect.files import Limits

CHINESE = "编号,名称,备注\n" + "".join(f'{n},北京市海淀区第{n}停车场,"备注, {n}"\n' for n in range(40))
CELL = st.text(alphabet='ab7",;|\t\n甲乙 é\u2028\x0c', max_size=6)


def written(rows, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_chinese_csv_reads_alike_in_every_encoding(desk, encoding):
    table = desk.text(CHINESE.encode(encoding))
    assert table.names == ["编号", "名称", "备注"]
    assert table.records[7] == ("7", "北京市海淀区第7停车场", "备注, 7")
    assert table.landed.records == 40


def test_big5_is_told_from_gbk(desk):
    text = "編號,名稱\n" + "".join(f"{n},臺北市政府環境保護局第{n}號\n" for n in range(20))
    table = desk.text(text.encode("big5"))
    assert table.landed.encoding == "big5"
    assert table.records[3] == ("3", "臺北市政府環境保護局第3號")


def test_accented_letters_of_windows_are_read_as_such(desk):
    text = "id,city\n" + "".join(f"{n},Zürich Straße\n" for n in range(20))
    assert desk.text(text.encode("cp1252")).records[0] == ("0", "Zürich Straße")


@given(
    rows=st.lists(st.tuples(st.integers(0, 999).map(str), CELL, CELL), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "|", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
@settings(max_examples=150, deadline=None)
def test_what_the_csv_module_writes_is_read_back(new_desk: Callable, rows, delimiter, encoding):
    content = written([("id", "name", "note"), *rows], delimiter).encode(encoding)
    table = new_desk().text(content, delimiter=delimiter, encoding=encoding, header_line=1)
    assert table.records == [tuple(cell or None for cell in row) for row in rows]
    assert not table.rejects


@given(
    rows=st.lists(st.lists(st.integers(0, 10**6).map(str), min_size=4, max_size=4), min_size=3, max_size=30),
    delimiter=st.sampled_from([",", ";", "|", "\t"]),
)
@settings(max_examples=50, deadline=None)
def test_the_delimiter_is_found(new_desk: Callable, rows, delimiter):
    table = new_desk().text(written([("a", "b", "c", "d"), *rows], delimiter))
    assert table.landed.delimiter == delimiter
    assert table.records == [tuple(row) for row in rows]


def test_a_clean_csv_is_left_to_duckdb_where_it_lies(desk):
    table = desk.text("id,name\n1,a\n2,b\n\n")
    assert table.is_read_by_duckdb
    assert "table.csv" in table.landed.sql
    assert (table.landed.records, table.landed.first_line) == (2, 2)


@pytest.mark.parametrize(
    "content",
    [
        "id,name\n1,a\n2\n",
        "id,name\n1,a\r\n2,b\n",
        'id,name\n1,"a\nb"\n2,c\n',
        'id,name\n1,"a"b\n2,c\n',
        "id,name\n1,a\n\n2,b\n",
    ],
)
def test_a_csv_with_uneven_lines_is_not_left_to_duckdb(desk, content):
    table = desk.text(content)
    assert not table.is_read_by_duckdb
    assert table.landed.records + table.landed.rejected == 2


def test_broken_bytes_in_utf8_are_named_by_line_and_column(desk):
    content = CHINESE.encode().replace("第25".encode(), "第".encode() + b"\xff\xfe25")
    table = desk.text(content)
    assert table.landed.encoding == "utf-8"
    assert table.landed.broken_lines == (27,)
    assert [fault.where for fault in table.landed.faults] == ["table.csv:27:11", "table.csv:27:12"]
    assert table.records[25][1] == "北京市海淀区第\ufffd\ufffd25停车场"


def test_a_gbk_text_that_begins_with_plain_letters_is_still_gbk(desk):
    content = b"id,name\n" + b"1,abc\n" * 200_000 + "2,北京市海淀区\n".encode("gbk")
    table = desk.text(content)
    assert (table.landed.encoding, table.landed.records) == ("gb18030", 200_001)
    assert table.records[-1] == ("2", "北京市海淀区")


def test_a_nul_byte_is_a_broken_place(desk):
    table = desk.text(b"id,name\n1,a\0b\n2,c\n")
    assert (table.landed.broken_lines, table.records[0]) == ((2,), ("1", "a\ufffdb"))


def test_old_macintosh_line_ends_are_line_ends(desk):
    assert desk.text(b"id,name\r1,a\r2,b\r").records == [("1", "a"), ("2", "b")]


def test_lines_of_another_width_are_refused_with_their_line(desk):
    table = desk.text("id,name,x\n" + "1,a,2\n" * 30 + "2,b\n3,c,4,5\n4,d,6,,\n5,e,7\n")
    assert table.rejects == [(32, "connect.files.cells.few"), (33, "connect.files.cells.many")]
    assert (table.records[-1], table.lines[-1]) == (("5", "e", "7"), 35)


def test_a_quote_that_never_closes_refuses_its_own_line_only(desk):
    table = desk.text('id,name,x\n1,"a,2\n2,b,3\n3,"c\nd",4\n4,e,5\n')
    assert table.rejects == [(2, "connect.files.quote.open")]
    assert table.records == [("2", "b", "3"), ("3", "c\nd", "4"), ("4", "e", "5")]
    assert table.lines == [3, 4, 6]


def test_a_cell_of_ten_megabytes_refuses_its_record(desk):
    table = desk.text(b"id,name\n1,a\n2," + b"y" * 10_000_000 + b"\n3,b\n")
    assert table.rejects == [(3, "connect.files.cell.long")]
    assert table.records == [("1", "a"), ("3", "b")]


def test_a_line_beyond_the_limit_refuses_the_file(desk):
    error = desk.refusal(b"id,name\n1," + b"y" * 9_000_000, limits=Limits(line=5_000_000))
    assert (error.key, error.faults[0].where) == ("connect.files.line.long", "table.csv:2")


def test_a_hundred_thousand_columns_are_refused(desk):
    error = desk.refusal(",".join(f"c{n}" for n in range(100_000)) + "\n")
    assert (error.key, error.faults[0].where) == ("connect.files.columns.many", "table.csv:1:4097")


@pytest.mark.parametrize("content", ["", "\n\n  \n"])
def test_an_empty_file_is_refused(desk, content):
    assert desk.refusal(content).key == "connect.files.empty"


def test_an_unknown_encoding_is_refused(desk):
    assert desk.refusal("a,b\n1,2\n", encoding="klingon").key == "connect.files.encoding.unknown"


@pytest.mark.parametrize(
    "encoding",
    ["punycode", "idna", "unicode_escape", "Raw-Unicode-Escape", "undefined", "mbcs", "rot13", "hex"],
)
def test_what_is_no_character_set_is_no_encoding(desk, encoding):
    assert desk.refusal("a,b\n1,2\n", encoding=encoding).key == "connect.files.encoding.unknown"


def test_words_set_in_columns_by_blanks_are_a_table(desk):
    table = desk.text("70004 2017  4 11   117.18\n70007 2017  4 11   117.20\n", name="obs.txt")
    assert table.records[1] == ("70007", "2017", "4", "11", "117.20")


def test_backslash_escapes_are_read(desk):
    table = desk.text('id,name\n1,"a \\"b\\" c"\n2,"d, e"\n')
    assert table.records == [("1", 'a "b" c'), ("2", "d, e")]


def test_a_heading_that_comes_again_behind_a_byte_order_mark_is_no_record(desk):
    text = "编号,名称,数\n" + "A1,甲,1\n" * 3 + "\ufeff编号,名称,数\n" + "A2,乙,2\n"
    table = desk.text(text)
    assert table.landed.records == 4
    assert table.dropped == [(5, "repeated header")]


def test_all_lines_that_are_no_records_are_counted_where_only_the_first_are_listed(desk):
    days = "".join(f"A{day},甲,1\nB{day},乙,2\n,小计,3\n" for day in range(1_200))
    table = desk.text("编号,名称,数\n" + days)
    assert (table.landed.records, len(table.dropped)) == (2_400, 1_000)
    assert table.landed.left_out == {"total": 1_200}


def test_titles_above_a_plain_table_are_counted(desk):
    assert desk.text("2023 年统计表\n编号,名称,数\nA1,甲,1\nA2,乙,2\n").landed.left_out == {"title": 1}


def test_totals_under_other_names_and_signatures_are_no_records(desk):
    text = "编号,名称,数\nA1,甲,1\nA2,乙,2\n,本页小计,3\n全市合计,,3\n单位负责人：张三,填表人：李四,日期：2023-1-1\n"
    table = desk.text(text)
    assert table.landed.records == 2
    assert [kind for _, kind in table.dropped] == ["total", "total", "note"]


def test_a_place_whose_name_begins_like_a_label_stays_a_record(desk):
    table = desk.text("时间,地点,数\n8:00,单位门口,1\n9:30,日期大厦,2\n")
    assert table.landed.records == 2


@pytest.mark.parametrize(
    "text",
    ['="编号",人\n="00120",甲\n="00121",乙\n', '"=""编号""",人\n"=""00120""",甲\n"=""00121""",乙\n'],
)
def test_a_code_written_as_a_formula_is_the_code(desk, text):
    table = desk.text(text, name="a.csv")
    assert (table.names, table.records) == (["编号", "人"], [("00120", "甲"), ("00121", "乙")])


def test_a_byte_order_mark_at_the_beginning_of_a_block_is_found(desk, monkeypatch):
    monkeypatch.setattr("quanyu.connect.files.decode.BLOCK", 16)
    table = desk.text("编号,名称\nA1,甲\nA1,甲\n\ufeff编号,名称\nA2,乙\n")
    assert [record[0] for record in table.records] == ["A1", "A1", "A2"]


def test_characters_of_hong_kong_are_read_in_big5(desk):
    table = desk.text("名稱,地址\n鰂魚涌大廈,香港九龍旺角𨋢\n深水埗社區中心,荔枝角道\n".encode("big5hkscs"))
    assert table.landed.encoding == "big5"
    assert table.records == [("鰂魚涌大廈", "香港九龍旺角𨋢"), ("深水埗社區中心", "荔枝角道")]
    assert table.faults == []


def test_what_no_big5_has_is_still_a_broken_place(desk):
    table = desk.text("名稱,地址\n旺角大廈,香港九龍\n旺角中心,".encode("big5") + b"\xff\x20x\n")
    assert table.faults == ["encoding.bytes"]
