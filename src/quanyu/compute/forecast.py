"""What a series will be a little later: least squares over what it is now and what it was a week ago, learned from all series.

value(t + h) ≈ a + b·value(t) + c·(value(t) − value(t − 1)) + d·value(t + h − week) + e·value(t − week) + f·usual(t + h)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_RIDGE = 1e-3
_LEAST = 100
"""Values that must be known before anything is learned from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecaster:
    """`ahead`, `day`, `week` in slots. `usual`: of each series and slot of a day. `low`, `high`: by how much the value was below
    or above in nine cases of ten."""

    ahead: int
    day: int
    week: int
    usual: Floats
    weights: Floats
    low: float
    high: float

    def at(self, values: Floats, now: int) -> Floats:
        """Of each series (row), `ahead` slots after `now`; the usual where nothing is known of now."""
        told = _features(values, self.usual, now, self)
        usual = self.usual[:, (now + self.ahead) % self.day]
        found = np.column_stack([np.ones(len(values)), *told]) @ self.weights
        return np.where(np.isfinite(found), found, usual)


@dataclass(frozen=True, slots=True)
class Errors:
    """Mean absolute errors, of the forecast and of the same time last week, over `count` values that both told."""

    forecast: float
    last_week: float
    count: int


def learn(values: Floats, *, ahead: int, day: int) -> Forecaster:
    """`values`: series by slots, NaN where nothing was measured; `day` slots a day. Raises ValueError with too little to learn from."""
    week = 7 * day
    if values.shape[1] <= week + ahead + 1:
        raise ValueError("a week and a day are needed")
    begun = Forecaster(
        ahead=ahead, day=day, week=week, usual=_usual(values, day), weights=np.zeros(6), low=0.0, high=0.0
    )
    rows, wanted = _learned_from(values, begun)
    if len(wanted) < _LEAST:
        raise ValueError("too little is known")
    weights = np.asarray(
        np.linalg.solve(rows.T @ rows + _RIDGE * np.eye(rows.shape[1]), rows.T @ wanted), dtype=np.float64
    )
    low, high = np.quantile(wanted - rows @ weights, (0.05, 0.95))
    return Forecaster(
        ahead=ahead, day=day, week=week, usual=begun.usual, weights=weights, low=float(low), high=float(high)
    )


def errors(forecaster: Forecaster, values: Floats, begin: int) -> Errors:
    """On the slots from `begin` on, which it has not learned from. Raises ValueError where nothing can be compared."""
    told, past, true = [], [], []
    for now in range(max(begin, forecaster.week), values.shape[1] - forecaster.ahead):
        target = now + forecaster.ahead
        told.append(forecaster.at(values, now))
        past.append(values[:, target - forecaster.week])
        true.append(values[:, target])
        # the forecast is judged only where something was known when it was made
        true[-1] = np.where(np.isfinite(values[:, now]), true[-1], np.nan)
    if not true:
        raise ValueError("nothing can be compared")
    forecast, last_week = (np.abs(np.array(one) - np.array(true)) for one in (told, past))
    both = np.isfinite(forecast) & np.isfinite(last_week)
    if not both.any():
        raise ValueError("nothing can be compared")
    return Errors(float(forecast[both].mean()), float(last_week[both].mean()), int(both.sum()))


def _usual(values: Floats, day: int) -> Floats:
    """Of each series the mean of each slot of a day, of all of it where a slot was never measured."""
    slots = np.arange(values.shape[1]) % day
    known = np.isfinite(values)
    sums, counts = (
        np.stack([np.bincount(slots, row, minlength=day) for row in rows])
        for rows in (np.where(known, values, 0.0), known.astype(float))
    )
    whole = sums.sum(axis=1, keepdims=True) / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), whole)


def _features(values: Floats, usual: Floats, now: int, said: Forecaster) -> list[Floats]:
    """What is not known of last week is as usual."""
    target = now + said.ahead
    current = values[:, now]
    before = values[:, now - 1] if now else current
    then, later = usual[:, now % said.day], usual[:, target % said.day]
    return [
        current,
        np.where(np.isfinite(before), current - before, 0.0),
        _or(values[:, target - said.week] if target >= said.week else later, later),
        _or(values[:, now - said.week] if now >= said.week else then, then),
        later,
    ]


def _or(values: Floats, other: Floats) -> Floats:
    return np.where(np.isfinite(values), values, other)


def _learned_from(values: Floats, said: Forecaster) -> tuple[Floats, Floats]:
    rows, wanted = [], []
    for now in range(said.week, values.shape[1] - said.ahead):
        told = np.column_stack([np.ones(len(values)), *_features(values, said.usual, now, said)])
        true = values[:, now + said.ahead]
        known = np.isfinite(told).all(axis=1) & np.isfinite(true)
        rows.append(told[known])
        wanted.append(true[known])
    return np.concatenate(rows), np.concatenate(wanted)
