"""Quiet hours: when no event opens, and when the next one may. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from quanyu.core.working_time import MOST_DAYS, Calendar, Hours, Week, parse_hours


@dataclass(frozen=True, slots=True)
class Quiet:
    """In the hours of the calendar, or outside of them."""

    calendar: Calendar
    outside: bool = False

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet hours end that this moment lies in; None where it lies in none. Quiet for ever: the last day."""
        zone = self.calendar.zone
        day = moment.astimezone(zone).date()
        here: datetime | None = None
        for number in range(-1, MOST_DAYS):
            for begin, end in self._spans(day + timedelta(days=number)):
                if here is not None and begin > here:
                    return here
                if end > moment and (here is not None or begin <= moment):
                    here = end if here is None else max(here, end)
                elif begin > moment:
                    return here
        return here

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The quiet ones of a day of the calendar's zone, in order."""
        minutes = self.calendar.hours_on(day)
        if self.outside:
            edges = [0, *(minute for span in minutes for minute in span), 24 * 60]
            minutes = tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b)
        return [(self._moment(day, begin), self._moment(day, end)) for begin, end in minutes]

    def _moment(self, day: date, minute: int) -> datetime:
        later, rest = divmod(minute, 24 * 60)
        wall = datetime.combine(day + timedelta(days=later), time(rest // 60, rest % 60), self.calendar.zone)
        return wall.astimezone(UTC)


def daily(hours: str, zone: ZoneInfo) -> Calendar:
    """The same hours every day; they may be given in any order. Raises Invalid."""
    spans: Hours = tuple(sorted(span for part in hours.split(",") for span in parse_hours(part)))
    return Calendar(name="quiet", zone=zone, weeks=(Week(date.min, (spans,) * 7),))
