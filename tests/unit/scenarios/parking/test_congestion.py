import random
from datetime import UTC, datetime, timedelta
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from quanyu.scenarios.parking.congestion import (
    Level,
    Link,
    RoadClass,
    corridor_index,
    effect,
    grade_of,
    index_of,
    level_of,
)
from quanyu.scenarios.parking.occupancy import Stay, use_of

DAWN = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ratio", "index"),
    [(0.8, 0), (1.0, 0), (1.1, 1), (1.2, 2), (1.35, 3), (1.5, 4), (1.8, 6), (2.1, 8), (2.25, 9), (5, 10)],
)
def test_the_index_is_that_of_the_published_levels(ratio: float, index: float) -> None:
    assert isclose(index_of(ratio), index, abs_tol=1e-9)


@given(st.floats(0.1, 10), st.floats(0.1, 10))
def test_a_slower_drive_never_has_a_smaller_index(one: float, other: float) -> None:
    slow, quick = max(one, other), min(one, other)
    assert 0 <= index_of(quick) <= index_of(slow) <= 10


def test_a_corridor_is_one_drive_over_all_its_links() -> None:
    links = [Link(1000, 20, 40), Link(3000, 40, 40)]
    assert isclose(corridor_index(links) or 0, index_of((1000 / 20 + 3000 / 40) / (4000 / 40)))
    assert corridor_index([Link(100, 0, 40)]) is None


@pytest.mark.parametrize(
    ("index", "level"), [(0, "free"), (2, "free"), (2.1, "mostly_free"), (6.8, "medium"), (10, "heavy")]
)
def test_levels_have_their_names(index: float, level: str) -> None:
    assert level_of(index) == level


@pytest.mark.parametrize(
    ("kmh", "road", "level"),
    [(66, RoadClass.EXPRESSWAY, Level.FREE), (20, RoadClass.EXPRESSWAY, Level.HEAVY), (25, RoadClass.ARTERIAL, Level.LIGHT),
     (12, RoadClass.LOCAL, Level.MEDIUM)],
)  # fmt: skip
def test_a_link_is_graded_by_its_speed(kmh: float, road: RoadClass, level: Level) -> None:
    assert grade_of(kmh, road) is level


def test_an_effect_is_what_the_control_did_not_do() -> None:
    found = effect([7.0, 6.8, 7.2], [5.0, 5.2, 4.8], [6.0, 6.2, 5.8], [5.5, 5.7, 5.3])
    assert isclose(found.value, -1.5)
    assert found.low < -1.5 < found.high < 0


@given(st.lists(st.lists(st.floats(0, 10), min_size=2, max_size=9), min_size=4, max_size=4))
def test_an_effect_is_that_of_a_regression_with_an_interval_for_unlike_spreads(
    days: list[list[float]],
) -> None:
    """By another way: least squares with the interaction, standard errors that allow for it (HC2), Welch's degrees of freedom."""
    cells = ((1, 0), (1, 1), (0, 0), (0, 1))  # corridor, after
    rows = np.array(
        [(1, c, a, c * a) for (c, a), own in zip(cells, days, strict=True) for _ in own], dtype=float
    )
    values = np.concatenate(days)
    inverse = np.linalg.inv(rows.T @ rows)
    told = inverse @ rows.T @ values
    leverage = np.einsum("ij,jk,ik->i", rows, inverse, rows)
    spread = (rows * ((values - rows @ told) ** 2 / (1 - leverage))[:, None]).T @ rows
    error = max((inverse @ spread @ inverse)[3, 3], 0.0)
    parts = [float(np.var(own, ddof=1)) / len(own) for own in days]
    found = effect(*days)
    assert isclose(found.value, told[3], abs_tol=1e-9)
    if error > 1e-12:
        freedom = sum(parts) ** 2 / sum(
            part**2 / (len(own) - 1) for part, own in zip(parts, days, strict=True)
        )
        assert isclose(found.high - found.value, stats.t.ppf(0.975, freedom) * error**0.5, rel_tol=1e-6)


def test_the_use_of_a_car_park_is_counted_from_its_stays() -> None:
    def stay(begin: float, end: float) -> Stay:
        return Stay(DAWN + timedelta(hours=begin), DAWN + timedelta(hours=end))

    use = use_of([stay(0, 12), stay(6, 18), stay(12, 24)], spaces=1, begin=DAWN, end=DAWN + timedelta(days=1))
    assert (use.utilisation, use.turnover, use.mean_hours) == (1.5, 3.0, 12.0)
    assert (use.saturation, use.gap) == (2.0, 1)


def test_the_interval_holds_the_truth_as_often_as_it_says_also_with_few_days() -> None:
    """Three days of each, as the index varies from day to day; a normal interval holds it 92 times of 100."""
    chance = random.Random(5)

    def days(mean: float) -> list[float]:
        return [chance.gauss(mean, 0.5) for _ in range(3)]

    found = [effect(days(6.8), days(5.3), days(5.0), days(4.9)) for _ in range(2000)]
    assert 0.94 < sum(one.low <= -1.4 <= one.high for one in found) / len(found) < 0.99
