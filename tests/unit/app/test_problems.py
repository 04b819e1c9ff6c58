"""What a route does not take is refused with what it would take, wherever it stands."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import pytest
from litestar import Litestar, post
from litestar.params import JSONBody, QueryParameter
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


@pytest.fixture
def client() -> Iterator[TestClient[Any]]:
    application = Litestar([put_street], exception_handlers=HANDLERS, logging_config=None)
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
