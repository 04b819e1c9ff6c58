"""Pairs of coordinates, with and without brackets."""

import pytest

from quanyu.govern.engine.semantics import _PAIR


@pytest.mark.parametrize(
    ("text", "is_pair"),
    [("[121.47, 31.23]", True), ("(31, 121)", True), ("121.4737,31.2304", True), ("121.4737，31.2304", True),
     ("1,234.5678", False), ("121.4737", False), ("12.5,13.5", False)],
)  # fmt: skip
def test_a_pair_is_told_from_other_figures(text: str, is_pair: bool) -> None:
    assert bool(_PAIR.fullmatch(text)) is is_pair
