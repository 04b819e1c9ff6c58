"""Dates, numbers and angles as offices write them, one by one."""

from datetime import datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.core.number_forms import NUMBER_FORMS, parse_in_form
from quanyu.core.office_dates import OFFICE_FORMS, read_office_date
from quanyu.core.province_boxes import province_box
from quanyu.govern.engine.forms import number_in_form, office_date


@pytest.mark.parametrize(
    ("text", "form", "wanted"),
    [("2023/5/1 上午8时", "chinese_clock", "2023-05-01 08:00:00"),
     ("2023年5月1日下午3点20分", "chinese_clock", "2023-05-01 15:20:00"),
     ("2023-05-01 中午12时", "chinese_clock", "2023-05-01 12:00:00"),
     ("2023年12月31日8:05:09", "chinese_clock", "2023-12-31 08:05:09"),
     ("二〇二三年五月一日", "chinese_figures", "2023-05-01 00:00:00"),
     ("二○二三年十二月三十一日", "chinese_figures", "2023-12-31 00:00:00"),
     ("45047", "excel_serial", "2023-05-01 00:00:00"),
     ("45047.75", "excel_serial_time", "2023-05-01 18:00:00"),
     ("民國112年5月1日", "minguo", "2023-05-01 00:00:00"), ("中华民国98年1月2日", "minguo", "2009-01-02 00:00:00"),
     ("112/05/01", "minguo", "2023-05-01 00:00:00"), ("098.12.31", "minguo", "2009-12-31 00:00:00"),
     ("23/05/01", "minguo", None), ("112/02/30", "minguo", None),
     ("112/05/01 14:30", "minguo_clock", "2023-05-01 14:30:00"), ("1120501", "minguo_compact", "2023-05-01 00:00:00"),
     ("2023年2月30日8时", "chinese_clock", None), ("2023/5/1 晚上12点", "chinese_clock", None),
     ("二〇二三年二月三十日", "chinese_figures", None), ("二〇二三年五月", "chinese_figures", "2023-05-01 00:00:00"),
     ("2023年5月1日 星期一", "chinese_weekday", "2023-05-01 00:00:00"), ("2023-05-01(周一)", "chinese_weekday", "2023-05-01 00:00:00"),
     ("2023年2月30日 星期四", "chinese_weekday", None)],
)  # fmt: skip
def test_a_date_in_words_is_read_here_and_in_the_engine(text: str, form: str, wanted: str | None) -> None:
    moment = datetime.fromisoformat(wanted) if wanted else None
    assert read_office_date(text, form) == moment
    assert _asked(office_date("c", form), text) == moment


@pytest.mark.parametrize(
    ("text", "form", "wanted"),
    [("1.234,50", "decimal_comma", 1234.5), ("12,5", "decimal_comma", 12.5), ("1.234", "decimal_comma", 1234),
     ("1 234 567", "blanks", 1234567), ("1'234.5", "blanks", 1234.5),
     ("1.2万", "chinese_units", 12000), ("3亿元", "chinese_units", 3e8), ("8,500", "chinese_units", 8500),
     ("￥1,234.50", "currency", 1234.5), ("$-12", "currency", -12), ("(1,234.50)", "currency", -1234.5), ("¥1.2万", "currency", 12000),
     ("人民币 3元", "currency", 3), ("(甲)", "currency", None),
     ("118°45′30″E", "dms", 118.758333), ("南纬31度12分", "dms", -31.2), ("N31.5°", "dms", 31.5),
     ("118.4530", "dms_packed", 118.758333), ("31.1", "dms_packed", None), ("118.7530", "dms_packed", None),
     ("118°75′E", "dms", None), ("25°", "dms", None)],
)  # fmt: skip
def test_a_number_in_a_form_is_read_here_and_in_the_engine(
    text: str, form: str, wanted: float | None
) -> None:
    found = parse_in_form(text, form)
    assert found == (wanted if wanted is None else pytest.approx(wanted, rel=1e-6))
    assert _asked(number_in_form("c", form), text) == (found if found is None else pytest.approx(found))


@given(st.sampled_from(sorted(NUMBER_FORMS)), st.text("0123456789., '°′″EN万亿元￥$()-+%", max_size=12))
@settings(max_examples=40, deadline=None)
def test_no_text_is_read_in_two_ways(form: str, text: str) -> None:
    found = parse_in_form(text, form)
    asked = _asked(number_in_form("c", form), text)
    if form != "dms" or found is not None:  # the engine takes plain degrees among the others
        assert asked == (found if found is None else pytest.approx(found))


@given(
    st.sampled_from(sorted(OFFICE_FORMS)),
    st.text("0123456789年月日时点分秒上下午一二十〇民国/-. :", max_size=16),
)
@settings(max_examples=40, deadline=None)
def test_no_date_is_read_in_two_ways(form: str, text: str) -> None:
    assert _asked(office_date("c", form), text) == read_office_date(text, form)


def test_a_city_lies_in_the_box_of_its_province() -> None:
    assert province_box("320100") == province_box("32")
    assert province_box("990100") is None
    assert province_box("no code") is None


def _asked(sql: str, text: str) -> object:
    row = duckdb.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS c)", [text]).fetchone()
    return row[0] if row else None
