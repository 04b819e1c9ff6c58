"""What is wrong with a form is said in the asker's language, for every refusal of the decoder that we ask for."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
import pytest

from quanyu.core.form import form_text


class Colour(StrEnum):
    RED = "red"


class Form(msgspec.Struct, forbid_unknown_fields=True):
    colour: Colour
    number: Annotated[int, msgspec.Meta(ge=3)] | None = None
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1
    name: Annotated[str, msgspec.Meta(pattern="^[a-z]+$", max_length=3)] = "a"
    day: date | None = None
    at: datetime | None = None
    parts: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("a",)


@pytest.mark.parametrize(
    ("form", "zh", "en"),
    [
        ({}, "缺少字段 colour", "The field colour is missing"),
        ({"colour": "red", "x": 1}, "没有名为 x 的字段", "There is no field x"),
        ({"colour": "blue"}, "'blue' 不是可选的值", "'blue' is none of the values that it may have"),
        ({"colour": "red", "number": "1"}, "应为整数 | 空，而不是文本", "Must be a whole number | null, not a text"),
        ({"colour": "red", "number": 2}, "应为 >= 3 的整数", "Must be a whole number >= 3"),
        ({"colour": "red", "share": 2.0}, "应为 <= 1.0 的数", "Must be a number <= 1.0"),
        ({"colour": "red", "name": "A"}, "应为形如 '^[a-z]+$' 的文本", "Must be a text of the form '^[a-z]+$'"),
        ({"colour": "red", "name": "abcd"}, "应为长度 <= 3 的文本", "Must be a text of length <= 3"),
        ({"colour": "red", "parts": []}, "应为长度 >= 1 的列表", "Must be a list of length >= 1"),
    ],
)  # fmt: skip
def test_each_refusal_has_words(form: object, zh: str, en: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(form, Form)
    said = str(refused.value).partition(" - at ")[0]
    assert (form_text(said, "zh-CN"), form_text(said, "en")) == (zh, en)


@pytest.mark.parametrize("member", ["day", "at"])
def test_a_wrong_moment_is_told_how_moments_are_written(member: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(f'{{"colour": "red", "{member}": "yesterday"}}', type=Form)
    assert "2026-11-21" in form_text(str(refused.value).partition(" - at ")[0], "zh-CN")


def test_a_choice_is_told_with_what_may_be_chosen() -> None:
    said = "Invalid enum value 'blue'"
    assert form_text(said, "zh-CN", ("red", "green")) == "'blue' 不是可选的值：red, green"
    assert form_text(said, "en", ("red", "green")) == "'blue' is none of red, green"
    assert form_text("Invalid value 'x'", "en") == "'x' is none of the values that it may have"


def test_what_nobody_has_words_for_stays_as_it_is_said() -> None:
    assert form_text("Not Found", "zh-CN") == "Not Found"
