"""Days, months, quarters and years of the city's own time, in which indicators are counted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import Invalid

_FIRST_YEAR, _LAST_YEAR = 1900, 9000
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class PeriodKind(StrEnum):
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From the midnight that begins `start` until before the one that begins `end`."""

    kind: PeriodKind
    start: date

    @property
    def end(self) -> date:
        if self.kind is PeriodKind.DAY:
            return self.start + timedelta(days=1)
        months = self.start.year * 12 + self.start.month - 1 + _MONTHS[self.kind]
        return date(months // 12, months % 12 + 1, 1)

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def begins(self) -> datetime:
        return midnight(self.start)

    @property
    def ends(self) -> datetime:
        return midnight(self.end)

    def before(self) -> "Period":
        return period_of(self.kind, self.start - timedelta(days=1))


def period_of(kind: PeriodKind, day: date) -> Period:
    """Raises Invalid for days beyond what calendars and databases hold."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Invalid("evaluate.day", day=day.isoformat())
    if kind is PeriodKind.DAY:
        return Period(kind, day)
    size = _MONTHS[kind]
    return Period(kind, date(day.year, (day.month - 1) // size * size + 1, 1))


def periods_between(kind: PeriodKind, first: date, last: date) -> Iterator[Period]:
    """Those that hold any day from `first` to `last`."""
    period = period_of(kind, first)
    while period.start <= last:
        yield period
        period = Period(kind, period.end)


def periods_of(kind: PeriodKind, days: Iterable[date]) -> tuple[Period, ...]:
    """In order, each once."""
    return tuple(sorted({period_of(kind, day) for day in days}))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_ZONE)
