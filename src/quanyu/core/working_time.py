"""Working time (工作时): which hours of which days count, and when a limit is used up. Pure.

Days are wall-clock days of the calendar's zone; moments go in and come out in any zone, and come out in UTC.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from quanyu.core.errors import Fault, Invalid

MOST_DAYS = 4000
"""So far ahead a limit is followed: a calendar without any working hour must not keep us for ever."""
DAY_MINUTES = 24 * 60

Interval = tuple[datetime, datetime | None]
"""From one moment until before another; None has not ended yet."""


class Unit(StrEnum):
    HOURS = "hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take. Of a working day that has only four hours, two are half a working day."""

    amount: Fraction
    unit: Unit

    def text(self) -> str:
        return f"{float(self.amount):g} {self.unit}"


Hours = tuple[tuple[int, int], ...]
"""Spans of one day in minutes from midnight, in order and apart: ((540, 720), (810, 1050)). Empty is a day off."""


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of Monday to Sunday, from a day on until the next `Week`."""

    valid_from: date
    hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """`days` are exceptions from the week: holidays without hours, and days made up for them (调休) with hours.

    `known_until` is the last day for which holidays are published, None where there are none to wait for.
    """

    name: str
    zone: ZoneInfo
    weeks: tuple[Week, ...]
    days: Mapping[date, Hours] = field(default_factory=dict)
    known_until: date | None = None
    _moments: dict[date, tuple[int, "Moments"]] = field(default_factory=dict, compare=False, repr=False)

    def moments_on(self, day: date) -> "tuple[int, Moments]":
        """The hours of a day in UTC, and how many microseconds they are together; reckoned once."""
        found = self._moments.get(day)
        if found is None:
            spans = tuple((_moment(self, day, a), _moment(self, day, b)) for a, b in self.hours_on(day))
            length = sum(round((b - a).total_seconds() * 1_000_000) for a, b in spans)
            found = self._moments[day] = (length, spans)
        return found

    def hours_on(self, day: date) -> Hours:
        exception = self.days.get(day)
        if exception is not None:
            return exception
        week = next((one for one in reversed(self.weeks) if one.valid_from <= day), self.weeks[0])
        return week.hours[day.weekday()]


Moments = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit is used up. `assured` is False where the calendar's holidays are not published so far ahead."""

    at: datetime
    assured: bool = True


def due(
    calendar: Calendar, start: datetime, limit: Limit, suspensions: Iterable[Interval] = ()
) -> Due | None:
    """None while the clock is stopped. Raises Invalid where the calendar, or time itself, has no hour left to count."""
    stops = _merged(suspensions)
    if stops and stops[-1][1] is None:
        return None
    left = limit.amount
    if left <= 0:
        return Due(start.astimezone(UTC))
    with suppress(OverflowError):  # a datetime ends with the year 9999
        for begin, end, worth in _counted(calendar, start, limit.unit, stops):
            share = Fraction(round((end - begin).total_seconds() * 1_000_000)) * worth
            if share >= left:
                return _assured(calendar, begin + timedelta(microseconds=_ceiling(left / worth)))
            left -= share
    raise Invalid("core.working_time.endless", calendar=calendar.name)


def used(
    calendar: Calendar, start: datetime, now: datetime, unit: Unit, suspensions: Iterable[Interval] = ()
) -> Fraction:
    """How much of a limit in `unit` has passed between two moments."""
    total = Fraction(0)
    for begin, end, worth in _counted(calendar, start, unit, _merged(suspensions)):
        if begin >= now:
            break
        passed = min(end, now.astimezone(UTC)) - begin
        total += Fraction(round(passed.total_seconds() * 1_000_000)) * worth
    return total


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Up to which share of the limit a light stays (数字城管: green to 80 %, yellow to 100 %)."""

    green: Fraction = Fraction(80, 100)
    yellow: Fraction = Fraction(1)


def light(share: Fraction, thresholds: Thresholds = Thresholds()) -> Light:
    if share <= thresholds.green:
        return Light.GREEN
    return Light.YELLOW if share <= thresholds.yellow else Light.RED


def parse_hours(text: str, where: str = "") -> Hours:
    """`09:00-12:00,13:30-17:30`, `00:00-24:00`, or empty for a day off. Raises Invalid."""
    spans = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        begin, dash, end = part.partition("-")
        spans.append((_minute(begin, where), _minute(end, where)) if dash else (0, 0))
    in_order = all(begin < end for begin, end in spans) and all(
        one[1] <= two[0] for one, two in pairwise(spans)
    )
    if not in_order:
        raise Invalid("core.working_time.hours", faults=(_hours_fault(text, where),), hours=text[:80])
    return tuple(spans)


def _minute(text: str, where: str) -> int:
    hour, colon, minute = text.strip().partition(":")
    if colon and hour.isdigit() and minute.isdigit() and len(hour) <= 2 and len(minute) == 2:
        found = int(hour) * 60 + int(minute)
        if int(minute) < 60 and found <= DAY_MINUTES:
            return found
    raise Invalid("core.working_time.hours", faults=(_hours_fault(text, where),), hours=text[:80])


def _hours_fault(text: str, where: str) -> Fault:
    return Fault("core.working_time.hours", where, {"hours": text[:80]})


def _counted(
    calendar: Calendar, start: datetime, unit: Unit, stops: Sequence[Interval]
) -> Iterator[tuple[datetime, datetime, Fraction]]:
    """The spans in UTC that count, in order, with what one microsecond of each is worth in `unit`."""
    begin = start.astimezone(UTC)
    if unit is Unit.HOURS:
        spans = iter([(begin, begin + timedelta(days=MOST_DAYS), Fraction(1, 3_600_000_000))])
    else:
        spans = _working(calendar, begin, unit)
    for one, other, worth in spans:
        for left, right in _without(one, other, stops):
            yield left, right, worth


def _working(
    calendar: Calendar, start: datetime, unit: Unit
) -> Iterator[tuple[datetime, datetime, Fraction]]:
    first = start.astimezone(calendar.zone).date()
    for number in range(MOST_DAYS):
        length, spans = calendar.moments_on(first + timedelta(days=number))
        for begin, end in spans:
            if end > start:
                worth = Fraction(1, length) if unit is Unit.WORKING_DAYS else Fraction(1, 3_600_000_000)
                yield max(begin, start), end, worth


def _moment(calendar: Calendar, day: date, minute: int) -> datetime:
    later, rest = divmod(minute, DAY_MINUTES)
    wall = datetime.combine(day + timedelta(days=later), time(rest // 60, rest % 60), calendar.zone)
    return wall.astimezone(UTC)


def _without(
    begin: datetime, end: datetime, stops: Sequence[Interval]
) -> Iterator[tuple[datetime, datetime]]:
    for stop_begin, stop_end in stops:
        if stop_end is not None and stop_end <= begin:
            continue
        if stop_begin >= end:
            break
        if stop_begin > begin:
            yield begin, stop_begin
        if stop_end is None or stop_end >= end:
            return
        begin = stop_end
    yield begin, end


def _merged(stops: Iterable[Interval]) -> list[Interval]:
    """In order of time, those that touch joined."""
    merged: list[Interval] = []
    for begin, end in sorted(stops, key=lambda one: one[0]):
        start, finish = begin.astimezone(UTC), end and end.astimezone(UTC)
        if merged and (merged[-1][1] is None or start <= merged[-1][1]):
            last = merged[-1][1]
            merged[-1] = (merged[-1][0], None if last is None or finish is None else max(last, finish))
        else:
            merged.append((start, finish))
    return merged


def _assured(calendar: Calendar, at: datetime) -> Due:
    known = calendar.known_until
    return Due(at, known is None or at.astimezone(calendar.zone).date() <= known)


def _ceiling(number: Fraction) -> int:
    return -(-number.numerator // number.denominator)
