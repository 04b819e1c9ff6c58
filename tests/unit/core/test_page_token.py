"""Tokens come back as they were made, and nothing else is taken for one."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.core.page_token import page_of, page_token, place_of


@given(
    st.tuples(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        st.integers(-(2**62), 2**62),
    )
)
def test_a_token_leads_back_to_its_place(place: tuple[str, int]) -> None:
    assert place_of(page_token(place), tuple[str, int], refusal="x") == place


@given(st.text(max_size=60))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        place_of(text, tuple[str, int, bool], refusal="act.case.token")


def test_a_text_that_the_database_cannot_hold_is_refused() -> None:
    with pytest.raises(Invalid):
        place_of(page_token(("a\0b", 1)), tuple[str, int], refusal="act.case.token")


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ([10**30, "a"], tuple[int, str]),
        (["9999-12-31T23:59:59-14:00", "a"], tuple[datetime, str]),
        (["2026-01-01T00:00:00", "a"], tuple[datetime, str]),
    ],
)
def test_numbers_and_times_that_the_database_cannot_hold_are_refused(place: object, kind: type) -> None:
    with pytest.raises(Invalid):
        place_of(page_token(place), kind, refusal="act.case.token")


def test_a_list_goes_on_after_what_is_shown_where_more_was_found() -> None:
    part = page_of([("a", 1), ("b", 2), ("c", 3)], 2, lambda one: one[1])
    assert part.items == (("a", 1), ("b", 2))
    assert part.next is not None
    assert place_of(part.next, int, refusal="x") == 2


def test_the_last_part_of_a_list_has_none_after_it() -> None:
    assert page_of(["a", "b"], 2, str).next is None
    assert page_of([], 2, str).next is None
