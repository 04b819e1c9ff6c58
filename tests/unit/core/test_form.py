"""What is wrong with a form is said in the asker's language, for every refusal of the decoder that we ask for."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest

from quanyu.core.errors import Invalid
from quanyu.core.messages import form_text


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


def refused(kind: Any, said: object) -> str:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert(said, kind)
    return str(raised.value)


@pytest.mark.parametrize(
    ("form", "zh", "en"),
    [
        ({}, "缺少字段 colour", "The field colour is missing"),
        ({"colour": "red", "x": 1}, "没有名为 x 的字段", "There is no field x"),
        ({"colour": "blue"}, "colour 'blue' 不是可选的值", "colour: 'blue' is none of the values that it may have"),
        ({"colour": "red", "number": "1"}, "number 应为整数或空，而不是文本", "number: Must be a whole number or nothing, not a text"),
        ({"colour": "red", "number": 2}, "number 不得小于 3", "number: Must be 3 at least"),
        ({"colour": "red", "share": 2.0}, "share 不得大于 1.0", "share: Must be 1.0 at most"),
        ({"colour": "red", "share": 0.0}, "share 应大于 0.0", "share: Must be above 0.0"),
        ({"colour": "red", "name": "A"}, "name 应为形如 '^[a-z]+$' 的文本", "name: Must be a text of the form '^[a-z]+$'"),
        ({"colour": "red", "name": "abcd"}, "name 最多 3 个字", "name: The number of characters must be 3 at most"),
        ({"colour": "red", "parts": []}, "parts 至少 1 项", "parts: The number of entries must be 1 at least"),
        ({"colour": "red", "parts": ["a", 1]}, "parts[1] 应为文本，而不是整数", "parts[1]: Must be a text, not a whole number"),
        ([], "应为对象，而不是列表", "Must be an object, not a list"),
    ],
)  # fmt: skip
def test_a_refusal_names_its_field_and_has_words(form: object, zh: str, en: str) -> None:
    said = refused(Form, form)
    assert (form_text(said, "zh-CN"), form_text(said, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Annotated[int, msgspec.Meta(multiple_of=5)], 3),
        (Annotated[float, msgspec.Meta(lt=1)], 3.0),
        (Annotated[str, msgspec.Meta(min_length=2)], "a"),
        (Annotated[dict[str, str], msgspec.Meta(max_length=1)], {"a": "b", "c": "d"}),
        (tuple[int, int], [1]),
        (Annotated[datetime, msgspec.Meta(tz=True)], "2026-11-21T08:00:00"),
        (Annotated[datetime, msgspec.Meta(tz=False)], "2026-11-21T08:00:00Z"),
        (time, "noon"),
        (timedelta, "long"),
        (UUID, "x"),
        (Decimal, "x"),
        (bytes, "ä"),
        (dict[str, int], {"a": "b"}),
        (int, 1.5),
        (datetime, 1e300),
    ],
)
def test_no_refusal_of_the_decoder_speaks_its_own_words(kind: Any, said: object) -> None:
    words = refused(kind, said)
    for language in ("zh-CN", "en"):
        assert form_text(words, language) != words
        assert "`" not in form_text(words, language)


@pytest.mark.parametrize("content", [b"{]", b"", b'{"a": tru', b'{"a": 1} x'])
def test_what_is_no_json_is_told_in_words(content: bytes) -> None:
    with pytest.raises(msgspec.DecodeError) as raised:
        msgspec.json.decode(content)
    assert form_text(str(raised.value), "en").startswith("What was sent ")
    assert form_text(str(raised.value), "zh-CN").startswith("所发内容")


def test_an_error_that_holds_a_refusal_tells_it_in_the_readers_language() -> None:
    error = Invalid("evaluate.indicator.form", reason=refused(Form, {"colour": "red", "number": "1"}))
    assert error.text("zh-CN") == "指标定义有误：number 应为整数或空，而不是文本"
    assert (
        error.text("en") == "The definition is wrong: number: Must be a whole number or nothing, not a text"
    )


@pytest.mark.parametrize("member", ["day", "at"])
def test_a_wrong_moment_is_told_how_moments_are_written(member: str) -> None:
    assert "2026-11-21" in form_text(refused(Form, {"colour": "red", member: "yesterday"}), "zh-CN")


def test_what_nobody_has_words_for_stays_as_it_is_said() -> None:
    assert form_text("Not Found", "zh-CN") == "Not Found"
