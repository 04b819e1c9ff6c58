import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.govern.grading.masking import MASKS, mask_text


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("phone", "13812341234", "138****1234"),
        ("phone", "021-62345678", "021-****5678"),
        ("id_card", "11010519491231002X", "1101**********002X"),
        ("person_name", "张三丰", "张*"),
        ("address", "坪山区龙田街道同富裕路12号3栋", "坪山区龙田街道同富裕路****"),
        ("email", "zhang.san@example.cn", "z***@example.cn"),
        ("track", "121.473722", "121.47"),
        ("plate", "沪A12345", "沪A****5"),
    ],
)
def test_a_mask_leaves_enough_to_recognise_and_too_little_to_use(kind: str, value: str, masked: str) -> None:
    assert MASKS[kind](value) == masked


def test_numbers_in_free_text_are_masked_and_the_rest_stays() -> None:
    text = "李先生13812341234，证号11010519491231002X，要求回电"
    assert mask_text(text) == "李先生138****1234，证号1101**********002X，要求回电"


@given(st.sampled_from(sorted(MASKS)), st.text(max_size=40))
def test_any_text_can_be_masked(kind: str, value: str) -> None:
    assert isinstance(MASKS[kind](value), str)
