"""A score on the command line."""

import pytest

from quanyu.app.cli.data import told_score


@pytest.mark.parametrize(
    ("score", "told"),
    [(99.77, "99.7"), (99.99, "99.9"), (100.0, "100.0"), (94.4, "94.4"), (0.0, "0.0"), (None, "–")],
)
def test_a_score_is_cut_so_that_a_hundred_is_only_what_breaks_nothing(score: float | None, told: str) -> None:
    assert told_score(score) == told
