"""Wherever the decoder refuses a value of an enumeration, what may stand there is found by the place that it names."""

from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal

import msgspec
import pytest

from quanyu.core.choices import choices_at


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Square(msgspec.Struct, tag="square", tag_field="shape"):
    side: float


class Disc(msgspec.Struct, tag="disc", tag_field="shape"):
    radius: float


class Part(msgspec.Struct, rename="camel"):
    main_colour: Colour


class Form(msgspec.Struct):
    colour: Colour | None = None
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Colour] = {}
    pair: tuple[int, Level] = (0, Level.LOW)
    side: Literal["left", "right"] = "left"
    figure: Square | Disc | None = None
    sets: Annotated[frozenset[Colour], msgspec.Meta(max_length=3)] = frozenset()
    text: str = ""


@pytest.mark.parametrize(
    ("form", "choices"),
    [
        ({"colour": "blue"}, ("red", "green")),
        ({"parts": [{"mainColour": "red"}, {"mainColour": "blue"}]}, ("red", "green")),
        ({"by_name": {"a": "blue"}}, ("red", "green")),
        ({"pair": [1, 3]}, ("1", "2")),
        ({"side": "up"}, ("left", "right")),
        ({"figure": {"shape": "star"}}, ("square", "disc")),
        ({"sets": ["blue"]}, ("red", "green")),
    ],
)
def test_the_place_of_a_refusal_leads_to_what_may_stand_there(form: object, choices: tuple[str, ...]) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(form, Form)
    place = str(refused.value).partition(" - at `$.")[2].rstrip("`")
    assert place
    assert set(choices_at(Form, place)) == set(choices)


@pytest.mark.parametrize("place", ["text", "nothing", "parts", "pair[7]", "parts[0].x.y", ""])
def test_where_anything_may_stand_nothing_is_listed(place: str) -> None:
    assert choices_at(Form, place) == ()


@pytest.mark.parametrize("kind", [Any, None, object, lambda: None])
def test_a_type_that_nobody_knows_has_none(kind: Any) -> None:
    assert choices_at(kind, "a") == ()
