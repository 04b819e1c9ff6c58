"""What a route does not take is refused with what it would take, wherever it stands."""

import gc
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import pytest
from litestar import Litestar, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, QueryParameter, SkipValidation
from litestar.testing import TestClient

from quanyu.app.problems import HANDLERS


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Lamp(msgspec.Struct, forbid_unknown_fields=True):
    colour: Colour


class Street(msgspec.Struct, forbid_unknown_fields=True):
    lamps: tuple[Lamp, ...] = ()


@post("/streets")
async def put_street(
    data: JSONBody[Street],
    colour: Annotated[Colour | None, QueryParameter()] = None,
    wanted: Annotated[list[Colour] | None, QueryParameter(name="want")] = None,
) -> None: ...


class Way(msgspec.Struct):
    node: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")] | None


@post("/ways", dependencies={"node": Provide(lambda: "here", sync_to_thread=False)})
async def put_way(data: JSONBody[Way], node: NamedDependency[SkipValidation[str]]) -> None: ...


@pytest.fixture
def client() -> Iterator[TestClient[Any]]:
    application = Litestar([put_street, put_way], exception_handlers=HANDLERS, logging_config=None)
    with TestClient(application) as opened:
        yield opened


def test_a_wrong_choice_is_refused_with_those_that_there_are(client: TestClient[Any]) -> None:
    answer = client.post(
        "/streets",
        params={"colour": "pink", "want": ["red", "grey"]},
        json={"lamps": [{"colour": "red"}, {"colour": "blue"}]},
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 400
    assert {one["where"]: one["message"] for one in answer.json()["faults"]} == {
        "lamps[1].colour": "'blue' is none of red, green",
        "colour": "'pink' is none of red, green",
        "want": "'grey' is none of red, green",
    }


@pytest.mark.parametrize("wrong", ["", "A1", 3])
def test_a_member_that_is_called_like_one_of_our_parts_is_the_askers(
    client: TestClient[Any], wrong: object
) -> None:
    assert client.post("/ways", json={"node": "there"}).status_code == 201
    answer = client.post("/ways", json={"node": wrong})
    assert answer.status_code == 400
    assert [one["where"] for one in answer.json()["faults"]] == ["node"]
    assert answer.json()["faults"][0]["message"]


def test_a_refused_body_is_let_go_with_its_answer(client: TestClient[Any]) -> None:
    """Who sends wrong ones by the thousand fills no memory until garbage is looked for."""
    gc.collect()
    gc.disable()
    try:
        wrong = client.post("/streets", params={"colour": "pink"}, json={"lamps": 1})
        assert len(wrong.json()["faults"]) == 2
        left = [one for one in gc.get_objects() if isinstance(one, msgspec.ValidationError)]
    finally:
        gc.enable()
    assert left == []
