"""Holidays as data: days off, days made up for them, tables that end."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from quanyu.core.errors import Invalid, NotFound
from quanyu.core.working_time import Limit, Unit, due
from quanyu.store import Database
from quanyu.workflow import Opening, Works, calendar, instance, publish
from quanyu.workflow.calendars import CalendarSource, WeekSource, parse_calendar
from quanyu.workflow.city_calendars import WORKING_DAYS, calendars, ensure_calendar, import_holidays
from quanyu.workflow.holidays import built_in, parse_holidays, with_holidays
from tests.unit.workflow.repair import DESK, source

NOW = datetime(2026, 12, 28, 1, tzinfo=UTC)  # Monday, 09:00 in Shanghai
NEXT = b'{"year": 2027, "days": [{"name": "x", "date": "2027-01-01", "isOffDay": true}, {"name": "x", "date": "2027-01-03", "isOffDay": false}]}'
PLAIN = CalendarSource(
    name="plain", weeks=(WeekSource(valid_from=date(2000, 1, 1), hours=("09:00-17:00",) * 5 + ("", "")),)
)


def test_the_table_that_comes_along_knows_made_up_days() -> None:
    made = with_holidays(PLAIN, built_in())
    days = made.days
    assert (days[date(2026, 10, 1)], days[date(2026, 10, 10)], days[date(2015, 9, 3)]) == (
        "",
        "09:00-17:00",
        "",
    )
    assert made.known_until == date(2026, 12, 31)


def test_a_limit_runs_over_the_national_day_as_the_state_council_says() -> None:
    made: Any = parse_calendar(to_source(with_holidays(PLAIN, built_in())))
    found = due(made, datetime(2026, 9, 30, 1, tzinfo=UTC), Limit(Fraction(3), Unit.WORKING_DAYS))
    assert found is not None
    assert (found.at, found.assured) == (
        datetime(2026, 10, 9, 9, tzinfo=UTC),
        True,
    )  # 30 September, 8 and 9 October


def test_a_newer_table_replaces_its_years_and_leaves_no_gap() -> None:
    known = with_holidays(PLAIN, built_in())
    more = with_holidays(known, parse_holidays(NEXT))
    assert (more.known_until, len(more.days)) == (date(2027, 12, 31), len(known.days) + 2)
    again = with_holidays(more, parse_holidays(b"date,isOffDay,name\n2027-02-06,true,x\n"))
    assert sum(day.year == 2027 for day in again.days) == 1
    later = parse_holidays(NEXT.replace(b"2027", b"2029"))
    assert with_holidays(known, later).known_until == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("content", "faults"),
    [(b"{}", 1), (b'{"days": []}', 1), (b"date,isOffDay\n2027-01-01,maybe\nsoon,true\n2027-01-03,1\n", 2), (b"\xff", 1),
     (b"date,isOffDay\n2027-01-01,1\n2027-01-01,0\n", 1)],
)  # fmt: skip
def test_a_wrong_table_is_refused_with_every_line(content: bytes, faults: int) -> None:
    with pytest.raises(Invalid) as refused:
        parse_holidays(content)
    assert len(refused.value.faults) == faults


async def test_a_due_time_beyond_the_table_says_so_until_the_next_one_comes(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_calendar(connection, tenant, now=NOW)
        states = source()["states"]
        states[0]["limit"] = {"amount": 5, "unit": "working_days"}
        repair = source(calendar=WORKING_DAYS, states=states)
        await publish(connection, tenant, repair, roles=None, by="tester", now=NOW)
        work = await Works(connection, tenant, NOW).open(Opening(definition="repair", subject="x"), DESK)
        assert [one.warning for one in await calendars(connection, today=NOW.date())] == [True]
        before = work.positions[0].deadline
        await import_holidays(connection, tenant, parse_holidays(NEXT), name=None, by="tester", now=NOW)
        assert await Works(connection, tenant, NOW).reckon() is None
        after = (await instance(connection, work.id)).positions[0].deadline
        assert [one.warning for one in await calendars(connection, today=NOW.date())] == [False]
    assert before is not None
    assert after is not None
    assert (before.assured, after.assured) == (False, True)
    assert (before.due, after.due) == (
        datetime(2027, 1, 1, 9, 30, tzinfo=UTC),
        datetime(2027, 1, 3, 9, 30, tzinfo=UTC),
    )


async def test_a_table_goes_into_the_calendar_that_is_named(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        with pytest.raises(Invalid, match="name one"):
            await import_holidays(connection, tenant, built_in(), name=None, by="tester", now=NOW)
        with pytest.raises(NotFound):
            await import_holidays(connection, tenant, built_in(), name="moon", by="tester", now=NOW)
        await ensure_calendar(connection, tenant, now=NOW)
        await ensure_calendar(connection, tenant, now=NOW)
        (made,) = await import_holidays(
            connection, tenant, built_in(), name=WORKING_DAYS, by="tester", now=NOW
        )
        assert (
            made.version,
            date(2026, 10, 10) in (await calendar(connection, tenant, WORKING_DAYS)).days,
        ) == (2, True)


def to_source(made: CalendarSource) -> Any:
    return msgspec.to_builtins(made)
