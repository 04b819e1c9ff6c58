"""XLSX and XLS."""

import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
import xlwt

from quanyu.connect.files import Limits


@pytest.fixture
def book(desk):
    """A workbook with a cover sheet and a table below a title, with merged header and merged cells."""
    workbook = openpyxl.Workbook()
    workbook.active.title = "说明"
    workbook.active["A1"] = "本表由统计局编制"
    sheet = workbook.create_sheet("数据")
    for row in (
        ["某市统计表"],
        ["区", "人口", None, "面积（平方米）", "备注"],
        [None, "男", "女", None, None],
        ["东区", 1, 2, 3.5, "=1+1"],
        [None, 3, 4, 5, "@x"],
        ["西区", 5, 6, 7, "007"],
        ["合计", 9, 12, 15.5, None],
        ["注：数据截至2020年"],
    ):
        sheet.append(row)
    for merged in ("A1:E1", "A2:A3", "B2:C2", "D2:D3", "E2:E3", "A4:A5"):
        sheet.merge_cells(merged)
    path = desk.folder / "book.xlsx"
    workbook.save(path)
    return path


def test_the_sheet_with_the_table_is_found(desk, book):
    assert desk.land(book).landed.sheet == "数据"


def test_merged_headers_are_joined_and_merged_cells_filled_down(desk, book):
    table = desk.land(book)
    assert table.names == ["区", "人口/男", "人口/女", "面积", "备注"]
    assert [row[0] for row in table.records] == ["东区", "东区", "西区"]
    assert table.lines == [4, 5, 6]


def test_titles_totals_and_notes_of_a_sheet_are_no_records(desk, book):
    assert desk.land(book).dropped == [(1, "title"), (7, "total"), (8, "note")]


def test_leading_zeros_and_signs_stay_text(desk, book):
    assert [row[4] for row in desk.land(book).records] == [None, "@x", "007"]


def test_codes_that_show_their_zeros_by_a_format_have_them(desk):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (["邮编", "序号", "区号"], [10010, 7, 10], [200001, 8, 21], [None, 9, 755]):
        sheet.append(row)
    for line in (2, 3, 4):
        sheet.cell(line, 1).number_format = "000000"
        sheet.cell(line, 3).number_format = "[$-804]0000_ ;-0000" if line < 4 else "General"
    path = desk.folder / "codes.xlsx"
    workbook.save(path)
    assert desk.land(path).records == [("010010", "7", "10"), ("200001", "8", "21"), (None, "9", "755")]


def test_formulas_without_results_are_told(desk, book):
    assert "formula.unsaved" in desk.land(book).faults


def test_an_unknown_sheet_is_refused_with_the_known_ones(desk, book):
    error = desk.refused(book, sheet="其他")
    assert (error.key, error.values["sheets"]) == ("connect.files.sheet.unknown", "说明, 数据")


def test_values_of_cells_become_plain_text(desk):
    workbook = openpyxl.Workbook()
    workbook.active.append(["a", "b", "c", "d", "e"])
    workbook.active.append([1.0, 1.25, datetime(2020, 1, 2, 3, 4, 5), date(2020, 1, 2), time(3, 4)])  # noqa: DTZ001
    workbook.save(desk.folder / "v.xlsx")
    table = desk.land(desk.folder / "v.xlsx")
    assert table.records[0][:3] == ("1", "1.25", "2020-01-02 03:04:05")
    assert str(table.records[0][3]).startswith("2020-01-02")


def test_a_duration_of_more_than_a_day_is_in_hours(desk):
    workbook = openpyxl.Workbook()
    workbook.active.append(["编号", "时长"])
    workbook.active.append(["A", timedelta(hours=25, minutes=3)])
    workbook.save(desk.folder / "d.xlsx")
    assert desk.land(desk.folder / "d.xlsx").records == [("A", "25:03:00")]


def test_groups_in_an_xls_are_carried_to_their_records(desk):
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("名单")
    sheet.write_merge(0, 0, 0, 3, "学校名单")
    for row, cells in enumerate(
        (["序号", "名称", "代码", "层次"], None, [1, "甲", "010", "本科"], None, [2, "乙", "011", "专科"]),
        start=1,
    ):
        for column, value in enumerate(cells or []):
            sheet.write(row, column, value)
    sheet.write_merge(2, 2, 0, 3, "北京市")
    sheet.write_merge(4, 4, 0, 3, "上海市")
    workbook.save(str(desk.folder / "n.xls"))
    table = desk.land(desk.folder / "n.xls")
    assert table.records == [("1", "甲", "010", "本科", "北京市"), ("2", "乙", "011", "专科", "上海市")]
    assert table.landed.format == "xls"


def test_a_workbook_that_is_a_bomb_is_refused_unopened(desk, book):
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"0" * 3_000_000)
    assert desk.refused(book, limits=Limits(workbook=2_000_000)).key == "connect.files.bomb.workbook"
    assert desk.refused(book, limits=Limits(ratio_from=1_000_000)).key == "connect.files.bomb.ratio"


def test_a_workbook_that_lies_about_its_size_is_refused(desk, book):
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"0" * 3_000_000)
    packed = book.read_bytes().replace((3_000_000).to_bytes(4, "little"), (30).to_bytes(4, "little"))
    assert (
        desk.refusal(packed, name="lie.xlsx", limits=Limits(workbook=2_000_000)).key
        == "connect.files.bomb.workbook"
    )


def test_a_workbook_with_a_password_is_refused(desk):
    content = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    )
    assert desk.refusal(content, name="secret.xlsx").key == "connect.files.encrypted"


def test_a_cut_workbook_is_refused(desk, book):
    assert desk.refusal(book.read_bytes()[:3000], name="cut.xlsx").key == "connect.files.zip.broken"


def test_too_wide_a_sheet_is_refused(desk, book):
    assert desk.refused(book, limits=Limits(columns=4)).key == "connect.files.columns.many"


@pytest.mark.parametrize(
    ("content", "kind", "family"),
    [
        (b"<html><table><tr><td>1</td></tr></table></html>", "HTML", "page"),
        (b"%PDF-1.7", "PDF", "document"),
        (bytes(range(256)) * 3, "", "unknown"),
    ],
)
def test_something_else_under_the_name_of_a_workbook_is_named(desk, content, kind, family):
    error = desk.refusal(content, name="table.xls")
    assert (error.key, error.values["kind"]) == (f"connect.files.foreign.{family}", kind)


def test_a_csv_under_the_name_of_a_workbook_is_read_and_told(desk):
    table = desk.text("编号,名称\n1,甲\n2,乙\n".encode("gbk"), name="table.xls")
    assert (table.landed.records, table.faults) == (2, ["ending"])


def test_a_formula_without_a_saved_result_is_told_by_its_cell(desk):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "台账"
    for row in (["编号", "数量", "总价"], ["P1", 2, "=B2*3"], ["P2", 4, "=B3*3"], ["P3", 5, 15]):
        sheet.append(row)
    workbook.save(desk.folder / "a.xlsx")
    table = desk.land(desk.folder / "a.xlsx")
    assert [row[2] for row in table.records] == [None, None, "15"]
    told = [
        (fault.where, fault.values.get("cell"), fault.values.get("count")) for fault in table.landed.faults
    ]
    assert told == [("a.xlsx", None, 2), ("a.xlsx:2:3", "C2", None), ("a.xlsx:3:3", "C3", None)]
    assert "a.xlsx:台账:C2" in table.landed.faults[1].text("en")


def test_of_many_unsaved_formulas_the_first_are_named_and_all_counted(desk):
    workbook = openpyxl.Workbook()
    workbook.active.append(["a", "b"])
    for line in range(2, 52):
        workbook.active.append([line, f"=A{line}+1"])
    workbook.save(desk.folder / "a.xlsx")
    first, *named = desk.land(desk.folder / "a.xlsx").landed.faults
    assert (first.values["count"], len(named)) == (50, 20)


def test_a_stray_cell_far_from_its_table_is_named_before_it_fills_the_memory(desk, book):
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/worksheets/sheet9.xml",
            '<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576" t="s"/></row>',
        )
    error = desk.refused(book)
    assert (error.key, error.values["cell"]) == ("connect.files.workbook.sparse", "XFD1048576")
