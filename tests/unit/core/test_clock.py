from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.clock import city_day

SUMMER_TIME_ENDED = datetime(1992, 1, 1, tzinfo=UTC)


def test_a_day_of_the_city_begins_eight_hours_before_that_of_greenwich() -> None:
    assert city_day(datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert city_day(datetime(2026, 3, 1, 16, tzinfo=UTC)) == date(2026, 3, 2)


@given(st.timedeltas(timedelta(), timedelta(days=40_000)), st.integers(-12, 14))
def test_the_day_is_the_same_from_whatever_zone_the_moment_is_told(later: timedelta, hours: int) -> None:
    moment = SUMMER_TIME_ENDED + later
    told = moment.astimezone(timezone(timedelta(hours=hours)))
    assert city_day(told) == (moment + timedelta(hours=8)).date()
