"""Durations and the periods counted in them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.twin.history.duration import Duration

ORIGIN = datetime(2026, 1, 31, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT1H", Duration(rest=timedelta(hours=1))),
        ("P1DT12H", Duration(rest=timedelta(days=1, hours=12))),
        ("P1Y2M", Duration(months=14)),
        ("P2W", Duration(rest=timedelta(weeks=2))),
        ("PT0,5S", Duration(rest=timedelta(milliseconds=500))),
        ("P0D", Duration()),
        ("PT0S", Duration()),
    ],
)
def test_a_duration_is_read(text: str, duration: Duration) -> None:
    assert Duration.parse(text) == duration


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1H", "P1H", "PT1D", "P-1D", "P0.5M", "P1S", "P99999999D", "PT1H "]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Duration.parse(text)


def test_a_month_ends_on_its_last_day() -> None:
    month = Duration(months=1)
    assert [month.boundary(ORIGIN, n).day for n in range(4)] == [31, 28, 31, 30]


def test_the_end_of_time_is_no_error() -> None:
    assert Duration(months=120_000).boundary(ORIGIN, 9).year == 9999


durations = st.builds(Duration, st.integers(0, 30), st.timedeltas(timedelta(), timedelta(days=500))).filter(
    bool
)
moments = st.integers(-2_000_000_000, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(durations.filter(lambda one: one.months or one.rest > timedelta(seconds=1)), moments, moments)
def test_every_moment_lies_in_its_period(duration: Duration, origin: datetime, moment: datetime) -> None:
    number = duration.number(origin, moment)
    assert duration.boundary(origin, number) <= moment < duration.boundary(origin, number + 1)
