"""ISO 8601 durations, and the periods that an aggregation counts in (ETSI GS CIM 009, 4.5.19)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from quanyu.core.errors import Invalid

_NUMBER = r"(\d{1,7}(?:[.,]\d{1,6})?)"
_FORM = re.compile(
    rf"P(?!$)(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?!$)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?"
)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Duration:
    """Months have no fixed length, so they are kept apart. Zero stands for the whole time range."""

    months: int = 0
    rest: timedelta = timedelta()

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Raises Invalid; parts of years and months are no duration anybody can count in."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise Invalid("twin.history.duration", text=text[:40])
        years, months, weeks, days, hours, minutes, seconds = (
            float((part or "0").replace(",", ".")) for part in found.groups()
        )
        whole = years * 12 + months
        if whole != int(whole) or whole > 120_000:
            raise Invalid("twin.history.duration", text=text[:40])
        rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        return cls(int(whole), rest)

    def __bool__(self) -> bool:
        return bool(self.months or self.rest)

    def boundary(self, origin: datetime, number: int) -> datetime:
        """Where the period `number` begins, 0 at `origin`; a day that a month lacks is its last day."""
        try:
            moved = _months_later(origin, self.months * number) if self.months else origin
            return moved + self.rest * number
        except (OverflowError, ValueError):
            return _LAST

    def number(self, origin: datetime, moment: datetime) -> int:
        """In which period a moment lies: boundary(number) <= moment < boundary(number + 1)."""
        if not self.months:
            return (moment - origin) // self.rest
        number = int((moment - origin) / (timedelta(days=self.months * 30.436875) + self.rest))
        while self.boundary(origin, number) > moment:
            number -= 1
        while self.boundary(origin, number + 1) <= moment:
            number += 1
        return number


def _months_later(moment: datetime, months: int) -> datetime:
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


WHOLE_RANGE = Duration()
