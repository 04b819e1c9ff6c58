"""Which line names the columns, and which lines are no records."""

import pytest

STATISTICS = """某市停车场一览表

序号,名称,面积（平方米）,PM2.5 (µg/m³)
中心区（2个）,,,
1,甲,10,3
2,乙,20,4
东区（1个）
3,丙,30,5
序号,名称,面积（平方米）,PM2.5 (µg/m³)
4,丁,30,5
合计,,90,
注：数据截至2020年
二、仅供参考
"""


def test_titles_groups_totals_and_notes_are_no_records(desk):
    table = desk.text(STATISTICS)
    assert table.dropped == [
        (1, "title"), (2, "blank"), (4, "group"), (7, "group"), (9, "repeated header"), (11, "total"),
        (12, "note"), (13, "note"),
    ]  # fmt: skip
    assert (table.landed.header_line, table.lines) == (3, [5, 6, 8, 10])


def test_a_group_line_names_the_group_of_the_records_below_it(desk):
    table = desk.text(STATISTICS)
    assert table.names[-1] == "分组"
    assert [row[-1] for row in table.records] == [
        "中心区（2个）",
        "中心区（2个）",
        "东区（1个）",
        "东区（1个）",
    ]


def test_units_are_taken_out_of_labels(desk):
    units = {column.name: column.unit for column in desk.text(STATISTICS).landed.columns}
    assert (units["面积"], units["PM2.5"]) == ("平方米", "µg/m³")


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        ("速度(km/h)", "km/h"),
        ("金额（万元）", "万元"),
        ("湿度[%]", "%"),
        ("单价（单位：元/小时）", "元/小时"),
        ("名称（全称）", None),
        ("电话(备用)", None),
    ],
)
def test_only_units_in_brackets_are_units(desk, label, unit):
    assert desk.text(f"编号,{label}\n1,2\n").landed.columns[1].unit == unit


def test_a_file_without_header_gets_numbered_columns(desk):
    table = desk.text("P1,577,61,2016-10-04 07:59:42\nP2,577,64,2016-10-04 08:25:42\n")
    assert (table.names, table.landed.records) == (["column_1", "column_2", "column_3", "column_4"], 2)
    assert (table.landed.header_line, table.faults) == (None, ["header.none"])


def test_years_may_be_labels(desk):
    assert desk.text("地区,2019,2020,2021\n北京,1,2,3\n上海,4,5,6\n").names == [
        "地区",
        "2019",
        "2020",
        "2021",
    ]


def test_a_heading_of_two_lines_is_joined(desk):
    table = desk.text("地区,人口,,面积\n,男,女,\n北京,1,2,3\n上海,4,5,6\n")
    assert (table.names, table.landed.records) == (["地区", "人口/男", "人口/女", "面积"], 2)


def test_a_table_of_words_has_its_first_line_as_heading(desk):
    assert desk.text("name,town\nAnna,Ulm\nBert,Bonn\n").names == ["name", "town"]


def test_labels_that_are_twice_or_missing_get_names_of_their_own(desk):
    table = desk.text("id,name,name,,NAME\n1,a,b,c,d\n")
    assert table.names == ["id", "name", "name_2", "column_4", "NAME_3"]
    assert table.faults == ["header.duplicate", "header.empty"]


def test_names_of_the_engine_are_not_given_to_columns(desk):
    assert desk.text("_line,_row\n1,2\n").names == ["_line_2", "_row_2"]


def test_a_header_without_records_is_read_and_told(desk):
    table = desk.text("id,name,x\n")
    assert (table.names, table.landed.records, table.faults) == (["id", "name", "x"], 0, ["records.none"])


def test_the_user_may_name_the_header_line(desk):
    table = desk.text("1,2\na,b\n3,4\n", header_line=2)
    assert (table.names, table.records) == (["a", "b"], [("3", "4")])


def test_the_user_may_say_that_there_is_no_header(desk):
    assert desk.text("a,b\nc,d\n", header=False).landed.records == 2


def test_a_header_line_that_does_not_exist_is_refused(desk):
    assert desk.refusal("a,b\n1,2\n", header_line=9).key == "connect.files.header.line"


def test_a_record_with_only_its_key_is_no_group(desk):
    table = desk.text("id,name,note\n1,a,b\n2,,\n3,c,d\n")
    assert table.records[1] == ("2", None, None)


def test_labels_over_several_columns_are_part_of_the_heading(desk):
    text = "江州市统计表,,,\n地区,产值,,人口\n,2022,2023,2023\n" + "".join(
        f"第{n}区,{n}.5,{n}.1,{n}\n" for n in range(9)
    )
    table = desk.text(text)
    assert table.names == ["地区", "产值/2022", "产值/2023", "人口/2023"]
    assert table.dropped == [(1, "title")]
    assert table.landed.records == 9


def test_a_record_below_labels_that_are_twice_or_missing_is_no_second_line_of_the_heading(desk):
    table = desk.text("名称,数量,数量,,备注,\n甲,0,1,x0,ok,\n乙,1,2,x1,ok,\n丙,2,3,x2,ok,\n")
    assert (table.names[:3], table.landed.records) == (["名称", "数量", "数量_2"], 3)


def test_what_a_form_says_above_its_table_is_no_label_over_several_columns(desk):
    table = desk.text(
        "监测汇总表,,,,,\n填报单位：市局,,,,单位：微克/立方米,\n序号,监测点,污染物,,,备注\n,,PM2.5,PM10,SO2,\n"
        "1,市政府,35,70,8,\n2,体育馆,41,82,9,\n3,植物园,22,51,6,检修\n合计,,98,203,23,\n"
    )
    assert table.names == ["序号", "监测点", "污染物/PM2.5", "污染物/PM10", "污染物/SO2", "备注"]
    assert table.dropped == [(1, "title"), (2, "title"), (8, "total")]


def test_remarks_above_a_heading_are_titles(desk):
    table = desk.text("# exported by X\n# day: 2023-05-01, by: a\nid,name,n\n1,a,3\n2,b,4\n")
    assert (table.names, table.dropped) == (["id", "name", "n"], [(1, "title"), (2, "title")])


def test_a_heading_may_begin_with_a_hash(desk):
    assert desk.text("#,姓名,数\n1,甲,3\n2,乙,4\n").names == ["#", "姓名", "数"]
    assert desk.text("#id,name\n1,a\n2,b\n").names == ["#id", "name"]
