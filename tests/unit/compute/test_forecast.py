from math import isclose

import numpy as np
import pytest

from quanyu.compute.forecast import errors, learn

DAY = 24


def _series(seed: int, weeks: int = 4) -> np.ndarray:
    """Car parks that fill by day, each day more or less than the others."""
    chance = np.random.default_rng(seed)
    hours = np.arange(weeks * 7 * DAY)
    daily = 0.5 - 0.3 * np.cos(2 * np.pi * hours / DAY)
    moods = np.repeat(chance.normal(0, 0.12, (5, weeks * 7)), DAY, axis=1)
    return daily + moods + chance.normal(0, 0.01, moods.shape)


def test_it_errs_less_than_the_same_hour_of_last_week() -> None:
    values = _series(1)
    begin = 3 * 7 * DAY
    told = errors(learn(values[:, :begin], ahead=1, day=DAY), values, begin)
    assert told.count > 0
    assert told.forecast < told.last_week / 2


def test_what_was_not_measured_now_is_told_as_usual() -> None:
    values = _series(2)
    forecaster = learn(values, ahead=2, day=DAY)
    values[3, -1] = np.nan
    told = forecaster.at(values, values.shape[1] - 1)
    assert isclose(told[3], forecaster.usual[3, (values.shape[1] + 1) % DAY])
    assert np.isfinite(told).all()


def test_nine_cases_of_ten_lie_within_what_is_told() -> None:
    values = _series(3)
    forecaster = learn(values, ahead=1, day=DAY)
    off = [values[:, now + 1] - forecaster.at(values, now) for now in range(7 * DAY, values.shape[1] - 1)]
    within = np.mean((np.array(off) >= forecaster.low) & (np.array(off) <= forecaster.high))
    assert 0.85 < within < 0.95


def test_a_week_is_not_enough() -> None:
    with pytest.raises(ValueError, match="a week"):
        learn(np.zeros((2, 7 * DAY)), ahead=1, day=DAY)


def test_nothing_is_learned_from_nearly_nothing() -> None:
    values = np.full((2, 9 * DAY), np.nan)
    values[:, ::DAY] = 0.5
    with pytest.raises(ValueError, match="too little"):
        learn(values, ahead=1, day=DAY)
