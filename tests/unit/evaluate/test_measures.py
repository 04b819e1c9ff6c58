"""Figures against calculations by hand and by an independent statement of the same formula."""

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.evaluate.measures import Tally, budget, rates, satisfied, score, wilson_lower
from quanyu.evaluate.policy import Policy, parse_policy

TODAY = date(2026, 11, 21)
POLICY = Policy()


def tally(**counts: Any) -> Tally:
    return Tally(organisation="roads", **counts)


def test_the_three_rates_are_shares_of_valid_call_backs() -> None:
    found = rates(tally(calls=200, contacted=190, answered_solved=150, satisfied=100, fairly=40), POLICY)
    assert (found.response, found.solution, found.satisfaction) == pytest.approx((0.95, 0.75, 0.68))
    assert found.composite == pytest.approx(0.1 * 0.95 + 0.5 * 0.75 + 0.4 * 0.68)


def test_nothing_asked_is_no_rate() -> None:
    found = rates(tally(), POLICY)
    assert {found.response, found.solution, found.satisfaction, found.composite, found.on_time} == {None}


@pytest.mark.parametrize(
    ("share", "number", "expected"),
    # R: binom::binom.confint(…, methods="wilson"), z = 1.96
    [(1.0, 1, 0.20654), (0.9, 10, 0.59585), (0.5, 20, 0.29929), (0.0, 5, 0.0), (1.0, 100, 0.96300)],
)
def test_the_bound_is_wilson_s(share: float, number: int, expected: float) -> None:
    assert wilson_lower(share, number, 1.96) == pytest.approx(expected, abs=5e-5)


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_the_bound_solves_the_equation_that_it_comes_from(share: float, number: int) -> None:
    """(share - p)² = z²·p(1-p)/n at the bound p."""
    bound = wilson_lower(share, number, 1.96)
    assert 0 <= bound <= share + 1e-12
    assert math.isclose((share - bound) ** 2, 1.96**2 * bound * (1 - bound) / number, abs_tol=1e-12)


def test_one_friend_is_no_perfect_score() -> None:
    assert satisfied(tally(rated=1, satisfied=1), POLICY) == pytest.approx(0.2065, abs=1e-4)
    assert satisfied(tally(rated=100, satisfied=100), POLICY) == 1.0


def test_what_is_not_measured_leaves_its_weight_to_the_others() -> None:
    found = score(tally(cases=10, weight=10, solved_weight=9, rated=200, satisfied=200), POLICY)
    assert found.weights == pytest.approx({"solved": 4 / 7, "satisfied": 3 / 7})
    assert found.points == pytest.approx(100 * (4 / 7 * 0.9 + 3 / 7))


@pytest.mark.parametrize(
    ("solved", "grade", "proposed"),
    [(95, "A", 105.0), (80, "B", 100.0), (65, "C", 85.0), (45, "D", 60.0), (10, "E", None)],
)
def test_a_grade_moves_the_budget(solved: int, grade: str, proposed: float | None) -> None:
    found = score(tally(weight=100, solved_weight=solved), POLICY)
    assert found.band is not None
    assert (found.band.grade, budget(100, found)) == (grade, proposed)


def test_a_body_about_which_nothing_is_known_gets_no_grade() -> None:
    found = score(tally(), POLICY)
    assert (found.points, found.band, budget(100, found)) == (None, None, None)


@pytest.mark.parametrize(
    "wrong",
    [{"weights": {"solved": 0.9}}, {"response": 0.5}, {"bands": []}, {"bands": [{"least": 10, "grade": "A", "factor": 1}]},
     {"z": 0}, {"z": 1e200}, {"bands": [{"least": 0, "grade": "A", "factor": -2}]}, {"surprise": 1}, 7],
)  # fmt: skip
def test_a_policy_that_does_not_add_up_is_refused(wrong: Any) -> None:
    with pytest.raises(Invalid):
        parse_policy(wrong, today=TODAY)


def test_a_policy_that_names_no_day_changes_no_sheet_of_the_past() -> None:
    assert parse_policy({"few": 50}, today=TODAY).valid_from == TODAY
    assert parse_policy({"valid_from": "2026-01-01"}, today=TODAY).valid_from == date(2026, 1, 1)
