"""Limits against a calculator that steps through time minute by minute."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.core.working_time import (
    Calendar,
    Light,
    Limit,
    Unit,
    Week,
    due,
    light,
    parse_hours,
    used,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = parse_hours("09:00-12:00,13:30-17:30")
WEEK = Week(date(2000, 1, 1), (OFFICE,) * 5 + ((), ()))
CITY = Calendar(
    name="office", zone=SHANGHAI, weeks=(WEEK,), known_until=date(2026, 12, 31),
    days={date(2026, 10, day): () for day in range(1, 8)} | {date(2026, 10, 10): OFFICE, date(2026, 9, 20): OFFICE},
)  # fmt: skip
ALWAYS = Calendar(
    name="always", zone=SHANGHAI, weeks=(Week(date(2000, 1, 1), (parse_hours("00:00-24:00"),) * 7),)
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def limit(amount: float, unit: Unit) -> Limit:
    return Limit(Fraction(amount), unit)


def due_text(calendar: Calendar, start: str, amount: float, unit: Unit) -> str:
    found = due(calendar, at(start), limit(amount, unit))
    assert found is not None
    return found.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2026-11-20 10:00", 2, Unit.HOURS, "2026-11-20 12:00"),
        ("2026-11-20 16:30", 2, Unit.WORKING_HOURS, "2026-11-23 10:00"),
        ("2026-11-20 11:00", 2, Unit.WORKING_HOURS, "2026-11-20 14:30"),
        ("2026-11-20 10:00", 1, Unit.WORKING_DAYS, "2026-11-23 10:00"),
        ("2026-11-21 10:00", 1, Unit.WORKING_DAYS, "2026-11-23 17:30"),
        ("2026-09-30 17:00", 1, Unit.WORKING_HOURS, "2026-10-08 09:30"),
        ("2026-10-09 17:00", 1, Unit.WORKING_HOURS, "2026-10-10 09:30"),
    ],
)
def test_a_limit_ends_at_the_hour_that_an_officer_would_name(
    start: str, amount: float, unit: Unit, expected: str
) -> None:
    assert due_text(CITY, start, amount, unit) == expected


def test_a_service_that_never_closes_counts_every_hour() -> None:
    assert due_text(ALWAYS, "2026-10-01 23:00", 2, Unit.WORKING_HOURS) == "2026-10-02 01:00"


def test_a_new_week_counts_from_its_day_on() -> None:
    summer = Week(date(2026, 11, 23), (parse_hours("08:00-10:00"),) * 7)
    changed = Calendar(name="changed", zone=SHANGHAI, weeks=(WEEK, summer))
    assert due_text(changed, "2026-11-20 17:00", 1, Unit.WORKING_HOURS) == "2026-11-23 08:30"


def test_beyond_the_published_holidays_a_due_time_says_so() -> None:
    found = due(CITY, at("2026-12-31 16:30"), limit(2, Unit.WORKING_HOURS))
    assert found is not None
    assert not found.assured


def test_a_stopped_clock_has_no_due_time() -> None:
    stop = (at("2026-11-20 11:00"), None)
    assert due(CITY, at("2026-11-20 10:00"), limit(2, Unit.HOURS), [stop]) is None


def test_a_calendar_without_hours_is_refused_instead_of_waited_for() -> None:
    empty = Calendar(name="empty", zone=SHANGHAI, weeks=(Week(date(2000, 1, 1), ((),) * 7),))
    with pytest.raises(Invalid, match="empty"):
        due(empty, at("2026-11-20 10:00"), limit(1, Unit.WORKING_HOURS))


@pytest.mark.parametrize(
    "text", ["9-12", "12:00-09:00", "09:00-12:00,11:00-13:00", "25:00-26:00", "abc", "09:60-10:00"]
)
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_hours(text)


@pytest.mark.parametrize(
    ("share", "expected"), [(80, Light.GREEN), (81, Light.YELLOW), (100, Light.YELLOW), (101, Light.RED)]
)
def test_lights_change_beyond_eighty_and_a_hundred_percent(share: int, expected: Light) -> None:
    assert light(Fraction(share, 100)) is expected


_MINUTES = st.integers(0, 60 * 24 * 21)
_STOPS = st.lists(st.tuples(_MINUTES, st.integers(0, 3000)), max_size=4)


@given(_MINUTES, st.integers(1, 60 * 30), _STOPS)
def test_working_hours_agree_with_counting_minutes(
    start: int, amount: int, stops: list[tuple[int, int]]
) -> None:
    origin = at("2026-09-25 00:00")
    intervals = [(origin + timedelta(minutes=a), origin + timedelta(minutes=a + b)) for a, b in stops]
    begin = origin + timedelta(minutes=start)
    found = due(CITY, begin, Limit(Fraction(amount, 60), Unit.WORKING_HOURS), intervals)
    assert found is not None
    assert found.at == _counted_by_minutes(begin, amount, intervals)


def _counted_by_minutes(begin: datetime, amount: int, stops: list[tuple[datetime, datetime]]) -> datetime:
    """Steps through the city's office hours, written down again and differently."""
    now = begin.astimezone(UTC)
    while amount:
        wall = now.astimezone(SHANGHAI)
        minute = wall.hour * 60 + wall.minute
        special = {date(2026, 10, 10), date(2026, 9, 20)}
        holiday = wall.month == 10 and wall.day <= 7 and wall.year == 2026
        open_day = wall.date() in special or (wall.isoweekday() <= 5 and not holiday)
        working = open_day and (540 <= minute < 720 or 810 <= minute < 1050)
        if working and not any(a <= now < b for a, b in stops):
            amount -= 1
        now += timedelta(minutes=1)
    return now


@given(_MINUTES, st.fractions(Fraction(1, 8), 12), st.sampled_from(Unit), _STOPS)
def test_what_is_used_at_the_due_time_is_the_limit(
    start: int, amount: Fraction, unit: Unit, stops: list[tuple[int, int]]
) -> None:
    origin = at("2026-09-25 00:00")
    intervals = [(origin + timedelta(minutes=a), origin + timedelta(minutes=a + b)) for a, b in stops]
    begin = origin + timedelta(minutes=start)
    found = due(CITY, begin, Limit(amount, unit), intervals)
    assert found is not None
    assert abs(used(CITY, begin, found.at, unit, intervals) - amount) < Fraction(1, 10_000_000)
