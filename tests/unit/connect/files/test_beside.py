"""What lies beside the table that is read is named, and what lies everywhere is let be."""

import zipfile

import openpyxl


def archive(desk, members: dict[str, bytes]):
    path = desk.folder / "many.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


TABLE = "编号,名称\n001,甲\n".encode("gbk")


def told(landing, key: str) -> dict[str, object]:
    return next(fault.values for fault in landing.landed.faults if fault.key == f"connect.files.{key}")


def test_papers_and_empty_files_in_an_archive_are_named(desk):
    table = desk.land(archive(desk, {"表.csv": TABLE, "说明.pdf": b"%PDF-1.4", "数据/空.csv": b""}))
    assert table.records == [("001", "甲")]
    assert told(table, "zip.others")["members"] == "说明.pdf, 数据/空.csv"


def test_what_systems_leave_in_a_folder_is_neither_read_nor_named(desk):
    litter = ["Thumbs.db", "数据/desktop.ini", "~$表.xlsx", "__MACOSX/._表.csv", ".DS_Store"]
    table = desk.land(archive(desk, {"表.csv": TABLE, **dict.fromkeys(litter, b"\xd0\xcf\x11\xe0 x")}))
    assert (table.records, table.faults) == ([("001", "甲")], [])


def test_what_is_not_read_is_told_once(desk):
    tables = desk.all(archive(desk, {"a.csv": TABLE, "b.csv": TABLE, "readme.txt": b"x"}))
    assert [table.faults for table in tables] == [["zip.others"], []]


def test_further_lists_of_a_document_are_named(desk):
    table = desk.text(
        '{"stations": [{"id": 1}], "data": {"cases": [{"id": 1}, {"id": 2}]}, "bbox": [1, 2]}', name="a.json"
    )
    assert len(table.records) == 2
    assert told(table, "json.others")["others"] == "stations"


def test_the_description_of_the_columns_is_no_further_list(desk):
    table = desk.text(
        '{"fields": [{"name": "id"}, {"name": "n"}], "rows": [{"id": 1, "n": 2}]}', name="a.json"
    )
    assert (table.names, table.faults) == (["id", "n"], [])


def test_hidden_sheets_are_named_unless_a_sheet_is_asked_for(desk):
    workbook = openpyxl.Workbook()
    workbook.active.title = "数据"
    for row in (["编号", "数"], ["A", 1], ["B", 2]):
        workbook.active.append(row)
    workbook.create_sheet("旧表").append(["x"])
    workbook["旧表"].sheet_state = "hidden"
    workbook.save(desk.folder / "book.xlsx")
    assert told(desk.land(desk.folder / "book.xlsx"), "sheet.others")["sheets"] == "旧表"
    assert desk.land(desk.folder / "book.xlsx", sheet="数据").faults == []
