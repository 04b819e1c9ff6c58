"""Free spaces now, with their age and how far they can be trusted, and what they will be in a quarter, half and whole hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from quanyu.packs import Forecaster, errors, learn
from quanyu.scenarios.parking.readings import Reading

Floats = NDArray[np.float64]

SLOT = timedelta(minutes=15)
DAY = 96
HORIZONS = {15: 1, 30: 2, 60: 4}
"""Minutes ahead, and slots."""

LEARNED_DAYS = 28
_HALF_LIFE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Spaces that will be free; nine cases of ten lie from `low` to `high`. `learned`: from at least eight days, else as now."""

    minutes: int
    free: float
    low: float
    high: float
    learned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """`confidence`: 1 when just told, half after half an hour without news."""

    id: str
    free: int
    spaces: int
    at: datetime
    age: timedelta
    confidence: float
    outlooks: tuple[Outlook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Mean absolute errors in shares of the spaces, of the forecast and of the same time last week."""

    minutes: int
    forecast: float
    last_week: float
    count: int


@dataclass(frozen=True, slots=True)
class Table:
    """Shares that are free: a row for each lot, a column for each quarter of an hour; the last is the one that is running."""

    lots: tuple[str, ...]
    spaces: Mapping[str, int]
    values: Floats


def confidence_of(age: timedelta) -> float:
    return float(0.5 ** (max(age, timedelta(0)) / _HALF_LIFE))


def slot_of(at: datetime) -> int:
    """Quarters of an hour are those of the clock."""
    return int(at.timestamp() // SLOT.total_seconds())


def table_of(readings: Sequence[Reading], spaces: Mapping[str, int], now: datetime) -> Table:
    """Of lots whose number of spaces is known. The last reading of a slot counts."""
    lots = tuple(sorted({one.lot for one in readings if spaces.get(one.lot)}))
    values = np.full((len(lots), LEARNED_DAYS * DAY), np.nan)
    return told_since(Table(lots, spaces, values), readings, spaces, now)


def told_since(table: Table, readings: Sequence[Reading], spaces: Mapping[str, int], now: datetime) -> Table:
    """Of the same lots; the slot that is running is the same."""
    row = {lot: place for place, lot in enumerate(table.lots)}
    values, last = table.values.copy(), table.values.shape[1] - 1
    for one in sorted(readings, key=lambda one: one.at):
        column = last - slot_of(now) + slot_of(one.at)
        if one.lot in row and one.at <= now and column >= 0:
            values[row[one.lot], column] = min(1.0, one.free / spaces[one.lot])
    return Table(table.lots, dict(spaces), values)


@dataclass(frozen=True, slots=True)
class Learned:
    """By minutes ahead, what was learned of which lots; and how well it told the last quarter of the time from what was before."""

    lots: tuple[str, ...]
    forecasters: Mapping[int, Forecaster]
    qualities: tuple[Quality, ...]


def learned(table: Table) -> Learned:
    """Nothing where less than eight days were told."""
    forecasters, judged = {}, []
    values = _told(table.values)
    for minutes, ahead in HORIZONS.items():
        try:
            forecasters[minutes] = learn(values, ahead=ahead, day=DAY)
            judged.append(_judged(values, minutes, ahead))
        except ValueError:
            continue
    return Learned(table.lots, forecasters, tuple(judged))


def outlooks(table: Table, known: Learned) -> Mapping[str, tuple[Outlook, ...]]:
    """By lot."""
    current = _newest(table.values)
    return {
        lot: tuple(
            _outlook(table, place, minutes, current[place], known.forecasters.get(minutes))
            for minutes in HORIZONS
        )
        for place, lot in enumerate(table.lots)
    }


def lots_now(
    newest: Sequence[Reading],
    spaces: Mapping[str, int],
    told: Mapping[str, tuple[Outlook, ...]],
    now: datetime,
) -> tuple[Lot, ...]:
    """By identifier; of lots whose number of spaces is known."""
    return tuple(
        Lot(
            id=one.lot, free=one.free, spaces=spaces[one.lot], at=one.at, age=now - one.at,
            confidence=round(confidence_of(now - one.at), 3), outlooks=told.get(one.lot, ()),
        )
        for one in sorted(newest, key=lambda one: one.lot)
        if spaces.get(one.lot)
    )  # fmt: skip


def _newest(values: Floats) -> Floats:
    """Of each row the last that was told within an hour, NaN else."""
    recent = values[:, -HORIZONS[60] :]
    filled = np.full(len(recent), np.nan)
    for column in recent.T:
        filled = np.where(np.isfinite(column), column, filled)
    return filled


def _told(values: Floats) -> Floats:
    """Whole days from the first that was told, so that slots of a day keep their number; the last one is `now`."""
    known = np.flatnonzero(np.isfinite(values).any(axis=0))
    return _aligned(values[:, known[0] :]) if len(known) else values[:, :0]


def _aligned(values: Floats) -> Floats:
    return values[:, values.shape[1] % DAY :]


def _judged(values: Floats, minutes: int, ahead: int) -> Quality:
    """Raises ValueError where it cannot be told."""
    begin = values.shape[1] * 3 // 4 // DAY * DAY
    found = errors(learn(values[:, :begin], ahead=ahead, day=DAY), values, begin)
    return Quality(minutes=minutes, forecast=found.forecast, last_week=found.last_week, count=found.count)


def _outlook(
    table: Table, place: int, minutes: int, current: float, forecaster: Forecaster | None
) -> Outlook:
    spaces = table.spaces[table.lots[place]]
    if forecaster is None or not np.isfinite(current):
        known = float(current) if np.isfinite(current) else 0.0
        return Outlook(minutes=minutes, free=known * spaces, low=0.0, high=float(spaces), learned=False)
    values = _aligned(table.values)[place : place + 1].copy()
    values[0, -1] = current
    one = _only(forecaster, place)
    share = float(one.at(values, values.shape[1] - 1)[0])
    low, free, high = (
        spaces * min(1.0, max(0.0, share + off)) for off in (forecaster.low, 0.0, forecaster.high)
    )
    return Outlook(minutes=minutes, free=free, low=low, high=high, learned=True)


def _only(forecaster: Forecaster, place: int) -> Forecaster:
    """For one row."""
    return Forecaster(
        ahead=forecaster.ahead, day=forecaster.day, week=forecaster.week, usual=forecaster.usual[place : place + 1],
        weights=forecaster.weights, low=forecaster.low, high=forecaster.high,
    )  # fmt: skip
