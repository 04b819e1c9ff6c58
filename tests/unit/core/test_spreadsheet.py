"""Figures that are names, after a spreadsheet had them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.identifiers import check_credit_code, check_id_card, check_phone
from quanyu.core.spreadsheet import has_lost_digits, restored


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("13800000000.0", "13800000000"), ("00120.0", "00120"), ("1.3800000001E+10", "13800000001"),
     ("1.0", "1.0"), ("3.20102E+17", "3.20102E+17"), ("1E5", "1E5"), ("", "")],
)  # fmt: skip
def test_only_what_is_not_lost_is_put_back(text: str, wanted: str) -> None:
    assert restored(text) == wanted


@given(st.from_regex("[1-9][0-9]{10,17}", fullmatch=True), st.integers(0, 16))
def test_a_number_is_put_back_unless_the_exponent_hides_a_digit(number: str, shown: int) -> None:
    kept = min(shown, len(number) - 1)
    written = (
        f"{number[0]}.{number[1 : kept + 1]}E+{len(number) - 1}"
        if kept
        else f"{number[0]}E+{len(number) - 1}"
    )
    assert has_lost_digits(written) == (kept < len(number) - 1)
    assert restored(written) == (written if has_lost_digits(written) else number)


@pytest.mark.parametrize(
    ("check", "value", "reason"),
    [(check_id_card, "3.20102E+17", "exponent"), (check_id_card, "320102199001010000", "rounded"),
     (check_credit_code, "9.13201E+17", "exponent"), (check_phone, "1.38E+10", "exponent")],
)  # fmt: skip
def test_the_reason_says_that_digits_are_lost(check, value: str, reason: str) -> None:  # type: ignore[no-untyped-def]
    fault = check(value)
    assert fault is not None
    assert fault.reason == reason
    assert "lost" in fault.text("en")
