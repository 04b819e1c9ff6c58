"""Due times reckoned in another way than the node does it: all working time of twenty years laid end to end.

Shares no code with `quanyu.core.working_time`, only the published table of holidays.
"""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

TABLE = Path(__file__).parents[2] / "src/quanyu/workflow/tables/holidays-cn.json"
EPOCH = datetime(2007, 1, 1, tzinfo=UTC)
LAST = date(2026, 12, 31)
_CHINA = timedelta(hours=8)  # no summer time since 1991
_OFFICE = ((9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60 + 30))
DAY_HOURS = 7.0


class Span(NamedTuple):
    """A limit: its unit is hours, working_hours or working_days."""

    amount: float
    unit: str


class Calculator:
    def __init__(self) -> None:
        table = {
            one["date"]: one["isOffDay"] for one in json.loads(TABLE.read_text(encoding="utf-8"))["days"]
        }
        begins, lengths = [], []
        day = EPOCH.date()
        while day <= LAST:
            off = table.get(day.isoformat(), day.weekday() > 4)
            midnight = (datetime.combine(day, datetime.min.time(), UTC) - _CHINA - EPOCH).total_seconds()
            for begin, end in () if off else _OFFICE:
                begins.append(midnight + begin * 60)
                lengths.append((end - begin) * 60)
            day += timedelta(days=1)
        self._begins = np.array(begins)
        self._lengths = np.array(lengths)
        self._before = np.concatenate([[0.0], np.cumsum(self._lengths)])

    def due(self, start: datetime, limit: Span) -> datetime:
        """The moment at which so much time has passed."""
        if limit.unit == "hours":
            return start + timedelta(hours=limit.amount)
        wanted = self._worked((start - EPOCH).total_seconds()) + self._seconds(limit)
        index = int(np.searchsorted(self._before, wanted, side="left")) - 1
        return EPOCH + timedelta(seconds=round(float(self._begins[index] + wanted - self._before[index]), 6))

    def used(self, start: datetime, end: datetime, unit: str) -> float:
        """In the unit."""
        if unit == "hours":
            return (end - start).total_seconds() / 3600
        seconds = self._worked((end - EPOCH).total_seconds()) - self._worked((start - EPOCH).total_seconds())
        return float(seconds) / 3600 / (DAY_HOURS if unit == "working_days" else 1)

    def _worked(self, second: float) -> float:
        """Working seconds from the epoch to this one."""
        index = int(np.searchsorted(self._begins, second, side="right")) - 1
        if index < 0:
            return 0.0
        return float(self._before[index] + min(second - self._begins[index], self._lengths[index]))

    def _seconds(self, limit: Span) -> float:
        return limit.amount * 3600 * (DAY_HOURS if limit.unit == "working_days" else 1)
