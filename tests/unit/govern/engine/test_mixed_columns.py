"""Columns in which several hands wrote: typed over all their values, and the form is told."""

from datetime import UTC, datetime

import pytest

from quanyu.core.profile import ValueType
from quanyu.govern.engine.inference import guess
from tests.unit.govern.engine.conftest import Importer


def column(*texts: str) -> str:
    return "值\n" + "\n".join(f'"{text}"' for text in texts) + "\n"


def test_seven_ways_to_write_a_day_are_one_column(imported: Importer) -> None:
    done = imported(
        column("2023年5月1日", "2023/5/1 上午8时", "20230501", "45047", "二〇二三年五月一日", "2023-05-01",
               "２０２３．５．１")
    )  # fmt: skip
    assert {str(value)[:10] for (value,) in done.rows("accepted", '"值"')} == {"2023-05-01"}
    (profile,) = done.report.columns
    assert set((profile.format or "").split("|")) >= {"chinese", "chinese_clock", "compact", "excel_serial"}


@pytest.mark.parametrize(
    ("texts", "type_", "form"),
    [(["1.2万", "3亿", "8500"], ValueType.NUMBER, "chinese_units"),
     (["1.234,00", "5"], ValueType.NUMBER, "decimal_comma"), (["1.234", "2.345.678"], ValueType.NUMBER, "decimal_comma"),
     (["1 234", "56"], ValueType.NUMBER, "blanks"), (["192.168.001.001"], ValueType.TEXT, None),
        (["0,50", "12,75"], ValueType.NUMBER, "decimal_comma"), (["1970-01-01 08:00:00.000001+0800"], ValueType.DATETIME, "iso_fraction_zoned"),
     (["95%", "3.5％"], ValueType.NUMBER, None), (["1.2万元", "3.5万元"], ValueType.NUMBER, None),
     (["12度", "13度"], ValueType.INTEGER, None), (["1,234", "5,678"], ValueType.INTEGER, None)],
)  # fmt: skip
def test_a_column_tells_the_form_of_its_numbers(texts: list[str], type_: ValueType, form: str | None) -> None:
    found = guess("值", texts)
    assert (found.type, found.format) == (type_, form)


@pytest.mark.parametrize(("label", "type_"), [("登记日期", ValueType.DATE), ("座位", ValueType.INTEGER)])
def test_days_of_a_spreadsheet_are_days_under_a_name_of_time(label: str, type_: ValueType) -> None:
    assert guess(label, ["45047", "45050"]).type is type_


def test_a_late_day_above_twelve_turns_the_whole_column(imported: Importer) -> None:
    done = imported(column(*["03/04/2020"] * 30, "25/03/2020"))
    assert {str(value) for (value,) in done.rows("accepted", '"值"')} <= {"2020-04-03", "2020-03-25"}
    assert done.report.columns[0].format == "european"


def test_a_slip_among_american_dates_does_not_turn_them(imported: Importer) -> None:
    done = imported(column(*[f"03/{day}/2020" for day in range(13, 29)] * 3, "25/03/2020"), type_share=0.9)
    assert done.report.columns[0].format == "american"
    assert done.report.quarantined == 1


def test_dates_without_a_day_above_twelve_are_told(imported: Importer) -> None:
    done = imported(column("03/04/2020", "05/06/2020"))
    (fault,) = done.report.faults
    assert (fault.key, fault.values["read"]) == ("govern.engine.dates.either", "american")
    (fault,) = imported(column("03-04-2020", "05-06-2020")).report.faults
    assert (fault.values["read"], fault.values["other"]) == ("dash_day_first", "dash_month_first")


def test_a_number_beyond_a_double_refuses_its_record(imported: Importer) -> None:
    done = imported(column(*map(str, range(60)), "1e400"))
    assert (done.type_of("值"), done.report.accepted, done.report.quarantined) == ("integer", 60, 1)


@pytest.mark.parametrize(
    ("head", "type_", "key"),
    [("监测点,时间,水位", "Things", "why.weak"), ("车牌号,时间,速度", "Vehicle", "why.model")],
)  # fmt: skip
def test_a_type_is_named_after_the_dataset_where_little_speaks_for_a_model(
    imported: Importer, head: str, type_: str, key: str
) -> None:
    rows = "".join(f"A{n},2023-05-{n + 1:02} 08:00:00,{n * 7}\n" for n in range(20))
    done = imported(f"{head}\n{rows}")
    assert done.report.mapping is not None
    assert done.report.mapping.type == type_
    assert [fault.key for fault in done.report.faults] == [f"govern.mapping.{key}"]


@pytest.mark.parametrize(
    ("label", "texts", "form"),
    [("日期", ["民國112年5月1日", "民国98年1月2日"], "minguo"), ("发生", ["112/05/01", "112/05/02"], "minguo"),
     ("登记日期", ["1120501", "0991231"], "minguo_compact"), ("opened", ["01-Jan-2023", "13-FEB-2023"], "english_dashes"),
     ("opened", ["January 3, 2023", "May 13, 2023"], "english_month_first_long"), ("HIRED", ["03-JAN-23", "13-MAY-99"], "english_two_digit_year"),
     ("incident_date", ["1/13/23", "2/3/23"], "american_two_digit_year"), ("seats", ["1/13/23", "2/3/23"], None),
     ("pubDate", ["Fri, 03 Jan 2020 12:05:06 +0800"], "mail"), ("更新", ["Fri, 03 Jan 2020 04:05:06 GMT"] * 2, "mail_gmt"),
     ("created_at", ["Fri Jan  3 04:05:06 2020"], "asctime"), ("created_at", ["Fri Jan 03 04:05:06 +0000 2020"], "asctime_zoned"),
     ("createTime", ["1672531200000", "1672531300000"], "epoch_ms"), ("监测时间", ["2023050108", "2023050123"], "compact_hours"),
     ("监测时间", ["202305010830"], "compact_minutes"), ("编号", ["2023050108", "2023050109"], None),
     ("opened", ["05-13-2023", "05-01-2023"], "dash_month_first"), ("时间", ["Mon May 01 08:30:00 CST 2023"], "java")],
)  # fmt: skip
def test_dates_of_other_offices_are_dates(label: str, texts: list[str], form: str | None) -> None:
    assert guess(label, texts).format == form


def test_moments_of_mails_and_feeds_keep_their_zone(imported: Importer) -> None:
    written = ["Fri, 03 Jan 2020 12:05:06 +0800", "Fri, 03 Jan 2020 04:05:06 GMT"]
    moments = [moment for (moment,) in imported(column(*written)).rows("accepted", '"值"')]
    assert moments == [datetime(2020, 1, 3, 4, 5, 6, tzinfo=UTC)] * 2


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [(["￥1,234.50", "￥-3", "￥0.5"], [1234.5, -3, 0.5]), (["(1,200.00)", "35.00", "2.00"], [-1200, 35, 2]),
     (["１２３４．５", "１，２３４", "７"], [1234.5, 1234, 7])],
)  # fmt: skip
def test_amounts_with_their_currency_and_in_full_width_are_numbers(
    imported: Importer, texts: list[str], wanted: list[float]
) -> None:
    assert [value for (value,) in imported(column(*texts)).rows("accepted", '"值"')] == wanted


def test_words_that_say_nothing_are_no_value_among_numbers_and_days_only(imported: Importer) -> None:
    done = imported(
        "数,有效期至,备注\n1,2024-05-01,不详\n不详,长期,好\n3,9999-12-31,好\n4,不详,好\n5,2024-05-02,好\n"
    )
    assert (done.type_of("数"), done.type_of("有效期至"), done.report.quarantined) == ("integer", "date", 0)
    assert [row[0] for row in done.rows("accepted", '"数"')] == [1, None, 3, 4, 5]
    assert [row[0] is None for row in done.rows("accepted", '"有效期至"')] == [False, True, True, True, False]
    assert done.rows("accepted", '"备注"')[0] == ("不详",)


def test_numbers_that_stand_for_a_missing_value_are_flagged_and_told(imported: Importer) -> None:
    values = [*range(20, 60), -1, -1, -1, 9999, 9999]
    done = imported("编号,面积\n" + "\n".join(f"{n},{value}" for n, value in enumerate(values)) + "\n")
    assert done.report.rules == {"range:面积": 5}
    assert done.report.quarantined == 0


def test_numbers_that_reach_up_to_9999_are_numbers(imported: Importer) -> None:
    values = [*range(9000, 10_000, 20), 9999, 9999]
    done = imported("编号,面积\n" + "\n".join(f"{n},{value}" for n, value in enumerate(values)) + "\n")
    assert done.report.rules == {}
