"""A list is asked to go on behind what another list gave out, or nobody: it says so in words of ours, never in those of the database.

The lists are read from the OpenAPI file: whichever is added to it is asked here without another word.
"""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from quanyu.app.http import application
from quanyu.core.actor import system_actor
from quanyu.core.page_token import page_token
from quanyu.store import Database
from tests.promises.test_access_matrix import client_of, node_of, people_of, signed_in
from tests.promises.test_authorization import LOGINS, MAY, every_route

WHO = (
    "authority",
    "department",
    "administrator",
    "auditor",
    "security",
    "field",
    "company",
    "resident",
    "neighbour",
)
SHAPES = (
    "s",
    "i",
    "ds",
    "fi",
    "fs",
    "ii",
    "is",
    "si",
    "ss",
    "ti",
    "ts",
    "bts",
    "iss",
    "its",
    "sss",
    "ssi",
    "tsi",
    "tss",
    "tbis",
    "tbss",
)
"""Places of lists, value by value: text, number, day, fraction, time, yes or no."""
VALUES = (
    {"s": "none", "i": 10**30, "d": "9999-12-31", "f": 1e300, "t": "9999-12-31T23:59:59-14:00", "b": True},
    {"s": "none", "i": 2**40, "d": "0001-01-01", "f": -1e300, "t": "0001-01-01T00:00:00+14:00", "b": False},
    {"s": "9" * 40, "i": -1, "d": "2026-01-01", "f": 0.5, "t": "2026-01-01T00:00:00", "b": True},
)  # fmt: skip
_AT_ONCE = 8


def forged() -> Iterator[str]:
    for values in VALUES:
        for shape in SHAPES:
            place = [values[one] for one in shape]
            yield page_token(place if len(place) > 1 else place[0])
    yield str(10**30)


async def test_a_place_that_no_list_gave_out_is_refused_in_our_own_words(
    database: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    node = node_of(database, "tokens", tmp_path_factory.mktemp("tokens"))
    door = application(node)
    schema = door.openapi_schema.to_schema()["paths"]
    people = await people_of(node)
    worker = await signed_in(node, system_actor(node.tenant, "test"), "field", "field_worker", "traffic")
    people["field"] = client_of(door, cookie=worker)
    gate, wrong = asyncio.Semaphore(_AT_ONCE), []

    async def ask(client: httpx.AsyncClient, path: str, token: str) -> None:
        async with gate:
            answer = await client.get(path, params={"after": token})
        if answer.status_code >= 500 or "store.value" in answer.text:
            wrong.append((path, token, answer.text))

    asked = [
        (people[LOGINS[who]], one.at())
        for one in every_route(door)
        for who in [next((who for who in WHO if MAY[one.action][who] == "x"), None)]
        if who and one.reads and any(said.get("name") == "after" for said in schema.get(one.path, {}).get("get", {}).get("parameters", ()))
    ]  # fmt: skip
    assert len(asked) > 40
    await asyncio.gather(*(ask(client, path, token) for client, path in asked for token in forged()))
    for client in people.values():
        await client.aclose()
    assert wrong == []
