"""What is too deep, too large or too costly is refused as the asker's fault, at once (6.3.2)."""

from typing import Any

import pytest

from tests.unit.twin.ngsi_client import Client


def deep(levels: int, inside: Any = 1) -> Any:
    for _ in range(levels):
        inside = [inside]
    return inside


def sub_attributes(levels: int) -> Any:
    made: dict[str, Any] = {"type": "Property", "value": 1}
    for _ in range(levels):
        made = {"type": "Property", "value": 1, "inner": made}
    return made


def thing(**attributes: Any) -> dict[str, Any]:
    return {"id": "urn:ngsi-ld:Thing:1", "type": "Thing", **attributes}


def prop(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}


BODIES: dict[str, tuple[Any, int]] = {
    "brackets": (b"[" * 200_000 + b"]" * 200_000, 400),
    "a value": (thing(a=prop(deep(60))), 400),
    "a bottomless value": (thing(a=prop(deep(700))), 400),
    "sub-attributes": (thing(a=sub_attributes(12)), 400),
    "members": (thing(**{f"a{number}": prop(1) for number in range(5_001)}), 413),
    "a name": (thing(**{"a" * 1025: prop(1)}), 400),
    "an id": ({"id": f"urn:x:{'1' * 1100}", "type": "Thing"}, 400),
    "a body": (b" " * (32 * 1024 * 1024 + 1), 413),
}


@pytest.mark.parametrize("what", BODIES)
async def test_a_body_that_is_too_much_is_refused(ngsi: Client, what: str) -> None:
    body, status = BODIES[what]
    answer = await ngsi.ask("POST", "/entities", body, content_type="application/json")
    assert answer.status == status, answer.content[:300]
    assert answer.json["type"].startswith("https://uri.etsi.org/ngsi-ld/errors/")


async def test_a_batch_has_its_bound(ngsi: Client) -> None:
    ids = [f"urn:ngsi-ld:Thing:{number}" for number in range(10_001)]
    assert (
        await ngsi.ask("POST", "/entityOperations/delete", ids, content_type="application/json")
    ).status == 400


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "(" * 2000 + "a" + ")" * 2000,
        "q=" + "a" * 5000 + "==1",
        "idPattern=" + "a" * 1025,
        "q=a~=" + "(a{1,900}){1,900}",
        "q=a~=(a)\\1",
        "scopeQ=" + "/a" * 5000 + "/%23/%23/%23;;",
        "georel=within&geometry=Polygon&coordinates=" + "[" * 3000 + "]" * 3000,
    ],
)
async def test_a_question_that_is_too_much_is_refused(ngsi: Client, query: str) -> None:
    answer = await ngsi.ask("GET", f"/entities?type=Thing&{query}")
    assert answer.status == 400, answer.content[:300]


async def test_a_pattern_that_stalls_other_engines_is_answered(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", thing(a=prop("a" * 20_000 + "b")), content_type="application/json")
    answer = await ngsi.ask("GET", "/entities?type=Thing&q=a~=%22%5E(a%2B)%2B%24%22")
    assert (answer.status, answer.json) == (200, [])
