"""Time is handed in, never fetched, so that tests set it instead of waiting for it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

CITY_ZONE = ZoneInfo("Asia/Shanghai")
"""Of days and hours as people say them, and of times in records that name no zone: one for the whole country."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def city_day(moment: datetime) -> date:
    """The day of the city's calendar: codes, standards and rules hold from one on."""
    return moment.astimezone(CITY_ZONE).date()
