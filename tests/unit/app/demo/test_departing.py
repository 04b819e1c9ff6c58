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


def answering(asked: list[str], *, absent: str = " ") -> Door:
    """A node of which every dataset holds something until it is removed, and where no path has what is absent."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        gone = request.method == "GET" and f"DELETE {request.url.path}" in asked
        body: dict[str, Any] = {"records": 1, "entry": {"state": "offline"}, "items": [], "next": None}
        return httpx.Response(404 if gone or absent in request.url.path else 200, json=body)

    return Door(httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://node"))


def importing(asked: list[str], dataset: str, *, until: int) -> Door:
    """A node that imports into the dataset until somebody has looked so often, and into one that somebody else brought."""
    under_way = [
        {"id": "i1", "dataset": dataset, "state": "landing"},
        {"id": "i2", "dataset": "own", "state": "landing"},
        {"id": "i3", "dataset": dataset, "state": "done"},
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/api/v1/imports":
            return httpx.Response(200, json={"items": under_way})
        over = asked.count("GET /api/v1/imports/i1") == until
        body: dict[str, Any] = {
            "records": 1,
            "state": "done" if over else "landing",
            "items": [],
            "next": None,
        }
        gone = request.method == "GET" and f"DELETE {request.url.path}" in asked
        absent = gone or request.url.path.startswith("/api/v1/catalogue")
        return httpx.Response(404 if absent else 200, json=body)

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


@pytest.mark.parametrize("absent", ["/rules/", "/sources/", "/catalogue/"])
async def test_who_leaves_while_the_city_arrives_leaves_what_is_there(node: Node, absent: str) -> None:
    """Rules, sources and entries come one after the other."""
    await at_start(node, "en")
    ask_to_leave(node)
    await depart(node, answering([], absent=absent))
    assert not is_demo(node)


async def test_imports_under_way_end_before_their_datasets_go(node: Node) -> None:
    await at_start(node, "en")
    asked: list[str] = []
    await depart(node, importing(asked, "car-parks", until=3))
    seen = asked.index("GET /api/v1/imports/i1")
    assert asked.count("GET /api/v1/imports/i1") == 3
    assert seen < asked.index("DELETE /api/v1/datasets/car-parks")
    assert "GET /api/v1/imports/i2" not in asked
