"""Periods follow each other without gap or overlap, in the city's own time."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from quanyu.evaluate.indicators.periods import PeriodKind, period_of, periods_between

DAYS = st.dates(date(1901, 1, 1), date(2100, 1, 1))


@given(st.sampled_from(PeriodKind), DAYS)
def test_a_day_lies_in_one_period_and_the_next_begins_where_it_ends(kind: PeriodKind, day: date) -> None:
    period = period_of(kind, day)
    assert period.start <= day < period.end
    assert period_of(kind, period.last_day) == period
    assert period_of(kind, period.end).start == period.end
    assert period.before().end == period.start


@given(st.sampled_from(PeriodKind), DAYS, st.integers(0, 800))
def test_periods_between_two_days_cover_them(kind: PeriodKind, first: date, days: int) -> None:
    last = first + timedelta(days=days)
    found = list(periods_between(kind, first, last))
    assert found[0].start <= first
    assert found[-1].start <= last < found[-1].end
    assert all(one.end == other.start for one, other in pairwise(found))


def test_a_day_begins_at_the_midnight_of_the_city() -> None:
    period = period_of(PeriodKind.DAY, date(2026, 3, 2))
    assert period.begins == datetime(2026, 3, 1, 16, tzinfo=UTC)
