# ruff: noqa: DTZ001 (moments are naive where the source is)

from contextlib import suppress
from datetime import UTC, date, datetime, time

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.core.profile import ValueType
from quanyu.core.values import DATE_FORMATS, DateFormat, fold, parse_moment, parse_number, parse_value

MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2080, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020年1月3日", datetime(2020, 1, 3)),
        ("2020/1/3 4:05", datetime(2020, 1, 3, 4, 5)),
        ("1/13/2020 12:05 AM", datetime(2020, 1, 13, 0, 5)),
        ("２０２０－０１－０３", datetime(2020, 1, 3)),
        ("2020-01-03T04:05:06Z", datetime(2020, 1, 3, 4, 5, 6, tzinfo=UTC)),
        ("Fri, 03 Jan 2020 12:05:06 +0800", datetime(2020, 1, 3, 4, 5, 6, tzinfo=UTC)),
        ("Fri, 3 Jan 2020 04:05:06 GMT", datetime(2020, 1, 3, 4, 5, 6, tzinfo=UTC)),
        ("Fri Jan  3 04:05:06 2020", datetime(2020, 1, 3, 4, 5, 6)),
        ("Fri Jan 03 04:05:06 +0000 2020", datetime(2020, 1, 3, 4, 5, 6, tzinfo=UTC)),
        ("Fri Jan 03 04:05:06 CST 2020", datetime(2020, 1, 3, 4, 5, 6)),
        ("2020-01-03T04:05:06.1234567Z", datetime(2020, 1, 3, 4, 5, 6, 123456, tzinfo=UTC)),
        ("2020-01-03 04:05:06.123456789", datetime(2020, 1, 3, 4, 5, 6, 123456)),
        ("2020年1月3日 星期五", datetime(2020, 1, 3)),
    ],
)
def test_a_moment_is_read_as_offices_write_it(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    "text",
    ["20-1-3", "1/1/10 12:00 AM", "2020-02-30", "03/04/2020", "03-04-2020", "今天", "2020-01-03 25:00"],
)
def test_a_moment_that_would_be_a_guess_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_moment(text)


def test_a_two_digit_year_is_read_where_a_person_chose_the_format() -> None:
    assert parse_moment("1/1/10 12:00 AM", "american_two_digit_year_ampm").year == 2010


@given(MOMENTS, st.sampled_from(DATE_FORMATS))
def test_a_written_moment_is_read_alike_here_and_in_the_engine(moment: datetime, form: DateFormat) -> None:
    text = (moment.replace(tzinfo=UTC) if form.zoned else moment).strftime(form.strptime)
    engine, matches = duckdb.execute(
        "select try_strptime(?, ?), regexp_full_match(?, ?)", [text, form.strptime, text, form.regex]
    ).fetchone()  # type: ignore[misc]
    assert matches
    assert engine.replace(tzinfo=None) == parse_moment(text, form.name).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("text", "figure"),
    [("1,234,567.8", 1234567.8), ("１２．５", 12.5), ("95%", 95), ("-3e2", -300), (".5", 0.5)],
)
def test_a_number_is_read_with_marks_widths_and_percent(text: str, figure: float) -> None:
    assert parse_number(text) == figure


@pytest.mark.parametrize("text", ["1,23", "12 ,5", "-", ".", "%", "1.2.3", "abc", "1e", "1e400", "一二"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_number(text)


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_invalid_and_nothing_else(text: str) -> None:
    with suppress(Invalid):
        assert isinstance(parse_number(text), float)


@given(st.integers(-(10**15), 10**15))
def test_an_integer_survives_thousands_marks(figure: int) -> None:
    assert parse_value(f"{figure:,}", ValueType.INTEGER) == figure


def test_values_of_the_other_types() -> None:
    assert parse_value("是", ValueType.BOOLEAN) is True
    assert parse_value("7:05", ValueType.TIME) == time(7, 5)
    assert parse_value("20200103", ValueType.DATE) == date(2020, 1, 3)
    assert parse_value("1212390000", ValueType.DATETIME, "epoch_s") == datetime(2008, 6, 2, 7, 0, tzinfo=UTC)
    assert parse_value(" NA ", ValueType.NUMBER) is None


@pytest.mark.parametrize("text", ["007", "1.5", "1,00"])
def test_an_integer_has_no_leading_zero_and_no_fraction(text: str) -> None:
    with pytest.raises(Invalid):
        parse_value(text, ValueType.INTEGER)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
