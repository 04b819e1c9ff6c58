"""What a column is, from its texts."""

from datetime import date, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.core.profile import ValueType
from quanyu.core.values import DATE_FORMATS, parse_number
from quanyu.govern.engine.inference import guess
from quanyu.govern.engine.parsing import Parsing, cleaned, typed


@pytest.mark.parametrize(
    ("texts", "type_"),
    [
        (["1", "23", "-4"], ValueType.INTEGER),
        (["1,234", "12,345,678"], ValueType.INTEGER),
        (["１２", "３４"], ValueType.INTEGER),
        (["1.5", "2", ".5"], ValueType.NUMBER),
        (["2124.0", "2108.0"], ValueType.NUMBER),
        (["12%", "3.5%"], ValueType.NUMBER),
        (["12元", "3元"], ValueType.INTEGER),
        (["01100060", "12345678"], ValueType.TEXT),
        (["11010519491231002X", "440524188001010014"], ValueType.TEXT),
        (["12345678901234567", "1"], ValueType.TEXT),
        (["1213", "0164A"], ValueType.TEXT),
        (["1001A", "1002A"], ValueType.TEXT),
        (["12E5", "13E7"], ValueType.TEXT),
        (["是", "否"], ValueType.BOOLEAN),
        (["TRUE", "false"], ValueType.BOOLEAN),
        (["0", "1"], ValueType.INTEGER),
        (["2020-01-03"], ValueType.DATE),
        (["2020/1/3", "2020-01-04"], ValueType.DATE),
        (["2020年1月3日"], ValueType.DATE),
        (["3 Jan 2020"], ValueType.DATE),
        (["01/02/2015 09:08:42 AM"], ValueType.DATETIME),
        (["2020-01-03T04:05:06+08:00"], ValueType.DATETIME),
        (["12:30", "8:05"], ValueType.TIME),
        (["NA", "-", "", "无"], ValueType.TEXT),
        ([], ValueType.TEXT),
    ],
)
def test_a_column_is_what_its_texts_say(texts: list[str], type_: ValueType) -> None:
    assert guess("c", texts).type is type_


def test_a_day_above_twelve_decides_between_american_and_european_dates() -> None:
    assert guess("c", ["03/04/2020", "03/25/2020"]).formats == ("american",)
    assert guess("c", ["03/04/2020", "25/03/2020"]).formats == ("european",)


def test_seconds_since_1970_are_a_moment_only_under_a_name_of_time() -> None:
    assert guess("ts", ["1212390000"]).formats == ("epoch_s",)
    assert guess("rec_id", ["1212390000"]).type is ValueType.INTEGER


def test_eight_figures_are_a_day_only_under_a_name_of_time() -> None:
    assert guess("日期", ["20200103", "20191231"]).type is ValueType.DATE
    assert guess("机构编码", ["20200103", "20191231"]).type is ValueType.INTEGER


@given(
    st.lists(st.dates(date(1900, 1, 1), date(2099, 12, 31)), min_size=1),
    st.sampled_from(["iso", "slash", "chinese", "dot"]),
)
@settings(max_examples=60, deadline=None)
def test_dates_written_in_any_unambiguous_form_are_read_back(days: list[date], form: str) -> None:
    pattern = next(known.strptime for known in DATE_FORMATS if known.name == form)
    texts = [day.strftime(pattern) for day in days]
    assert _values(guess("c", texts), texts) == days


@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)), min_size=1))  # noqa: DTZ001
@settings(max_examples=60, deadline=None)
def test_american_times_with_am_and_pm_are_read_as_the_standard_library_does(moments: list[datetime]) -> None:
    texts = [moment.strftime("%m/%d/%Y %I:%M:%S %p") for moment in moments]
    wanted = [moment.replace(microsecond=0) for moment in moments]
    parsing = Parsing(type=ValueType.DATETIME, formats=("american_seconds_ampm",))
    assert _values(parsing, texts) == wanted


@given(st.lists(st.floats(-1e12, 1e12).map(lambda number: f"{number:,.3f}"), min_size=1))
@settings(max_examples=60, deadline=None)
def test_numbers_with_thousands_marks_are_read_as_single_values_are(texts: list[str]) -> None:
    assert _values(Parsing(type=ValueType.NUMBER), texts) == [parse_number(text) for text in texts]


@given(st.text(max_size=30))
@settings(deadline=None)
def test_any_text_survives_as_text(text: str) -> None:
    parsing = Parsing(type=ValueType.TEXT, trim=False, missing=False)
    assert _values(parsing, [text]) == [text]


def _values(parsing: Parsing, texts: list[str]) -> list[object]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (c VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?)", [[text] for text in texts])
        return [
            row[0]
            for row in connection.execute(f"SELECT {typed(cleaned('c', parsing), parsing)} FROM t").fetchall()
        ]
