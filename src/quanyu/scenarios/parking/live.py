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
    """Shares that are free: a row for each lot, a column for each slot; the last is `now`'s."""

    lots: tuple[str, ...]
    spaces: Mapping[str, int]
    values: Floats


def confidence_of(age: timedelta) -> float:
    return float(0.5 ** (max(age, timedelta(0)) / _HALF_LIFE))


def table_of(readings: Sequence[Reading], spaces: Mapping[str, int], now: datetime) -> Table:
    """Of lots whose number of spaces is known. The last reading of a slot counts."""
    known = {one.lot for one in readings if spaces.get(one.lot)}
    lots = tuple(sorted(known))
    row = {lot: place for place, lot in enumerate(lots)}
    slots = LEARNED_DAYS * DAY
    values = np.full((len(lots), slots), np.nan)
    for one in sorted(readings, key=lambda one: one.at):
        column = slots - 1 - int((now - one.at) / SLOT)
        if one.lot in row and one.at <= now and column >= 0:
            values[row[one.lot], column] = min(1.0, one.free / spaces[one.lot])
    return Table(lots, dict(spaces), values)


def outlooks(table: Table) -> tuple[Mapping[str, tuple[Outlook, ...]], tuple[Quality, ...]]:
    """By lot; and how well it told the last quarter of the time from what was before. Errors only where there is enough to learn."""
    found: dict[str, list[Outlook]] = {lot: [] for lot in table.lots}
    judged = []
    current = _newest(table.values)
    for minutes, ahead in HORIZONS.items():
        forecaster = _learned(table.values, ahead)
        if forecaster is not None and (quality := _judged(table.values, ahead)) is not None:
            judged.append(
                Quality(minutes=minutes, forecast=quality[0], last_week=quality[1], count=quality[2])
            )
        for place, lot in enumerate(table.lots):
            found[lot].append(_outlook(table, place, minutes, current[place], forecaster))
    return {lot: tuple(own) for lot, own in found.items()}, tuple(judged)


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


def _learned(values: Floats, ahead: int) -> Forecaster | None:
    """None where less than eight days were told."""
    known = np.flatnonzero(np.isfinite(values).any(axis=0))
    if not len(known) or values.shape[1] - known[0] <= 8 * DAY:
        return None
    return learn(_aligned(values[:, known[0] :]), ahead=ahead, day=DAY)


def _aligned(values: Floats) -> Floats:
    """As many whole days as there are, so that slots of a day keep their number; the last one is `now`."""
    return values[:, values.shape[1] % DAY :]


def _judged(values: Floats, ahead: int) -> tuple[float, float, int] | None:
    known = np.flatnonzero(np.isfinite(values).any(axis=0))
    whole = _aligned(values[:, known[0] :])
    begin = whole.shape[1] * 3 // 4 // DAY * DAY
    if begin <= 8 * DAY:
        return None
    found = errors(learn(whole[:, :begin], ahead=ahead, day=DAY), whole, begin)
    return found.forecast, found.last_week, found.count


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
