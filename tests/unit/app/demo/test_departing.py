"""Leaving the demonstration city."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from quanyu.app.demo import at_start, is_demo
from quanyu.app.demo.departing import ask_to_leave, depart
from quanyu.app.demo.door import Door
from quanyu.app.demo.files import DELIVERIES
from quanyu.app.demo.marker import read_marker
from quanyu.app.node import Node
from quanyu.identity.organisations.service import list_organisations
from quanyu.store import Database
from tests.unit.app.demo.test_start import node, node_of

__all__ = ["node"]

_CASE = """
insert into case_record (tenant, id, instance, channel, title, follow, state, reported, words, external, facts)
values ($1, $2, $2, 'hotline', 'x', '', 'reported', now(), '', $3, $4)
"""


def answering(asked: list[str]) -> Door:
    """A node of which every dataset holds something until it is removed."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        gone = f"DELETE {request.url.path}" in asked
        body: dict[str, Any] = {"records": 1, "entry": {"state": "withdrawn"}, "items": []}
        return httpx.Response(404 if gone and request.method == "GET" else 200, json=body)

    return Door(httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://node"))


async def cases(database: Database, tenant: str) -> list[str]:
    async with database.tenant(tenant) as connection:
        return [row["id"] for row in await connection.fetch("select id from case_record order by id")]


async def test_what_the_city_brought_goes_and_what_people_brought_stays(
    node: Node, database: Database, tenant: str, folder: Path
) -> None:
    await at_start(node, "en")
    async with database.tenant(tenant) as connection:
        await connection.execute(_CASE, tenant, "taken", "demo-hotline:1", None)
        await connection.execute(_CASE, tenant, "sensed", None, {"rule": "manhole-open"})
        await connection.execute(_CASE, tenant, "own", None, None)
    asked: list[str] = []
    ask_to_leave(node)
    await depart(node, answering(asked))
    assert await cases(database, tenant) == ["own"]
    assert {f"DELETE /api/v1/datasets/{one.dataset}" for one in DELIVERIES} <= set(asked)
    assert "DELETE /api/v1/sources/demo-air" in asked
    async with database.tenant(tenant) as connection:
        assert await list_organisations(connection, tenant, after="", limit=9) == []


async def test_who_has_left_does_not_come_back_with_the_next_start(
    node: Node, database: Database, tenant: str, folder: Path
) -> None:
    await at_start(node, "en")
    assert is_demo(node)
    ask_to_leave(node)
    assert is_demo(node)  # until it is gone
    await depart(node, answering([]))
    assert not is_demo(node)
    assert await at_start(node_of(database, tenant, folder, seed=2), "en") == []
    known = read_marker(folder)
    assert known
    assert known.departed


@pytest.mark.parametrize("times", [1, 2])
async def test_departing_twice_is_departing(node: Node, times: int) -> None:
    await at_start(node, "en")
    for _ in range(times):
        await depart(node, answering([]))
    assert not is_demo(node)
