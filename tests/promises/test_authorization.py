"""Every route of the OpenAPI file × whoever may ask × tenant: who is let in is what the table says.

A new action or route without a line fails. The table speaks of the door; whose rows are behind it is asked in `test_access_matrix` and,
of another tenant, in `test_leaks`.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.routes import HTTPRoute

from quanyu.app.http import application
from quanyu.app.node import Node
from quanyu.core.actor import system_actor
from quanyu.core.clock import utc_now
from quanyu.federation.announcing import UNANNOUNCED, announcement
from quanyu.federation.messages import Mail
from quanyu.federation.model import Level
from quanyu.federation.nodes import Identity, Nodes
from quanyu.federation.signature import Suite
from quanyu.identity import ACTION_BY_NAME
from quanyu.store import Database
from tests.promises.test_access_matrix import client_of, node_of, people_of, signed_in
from tests.unit.federation.carrying import NOW, introduce, make
from tests.unit.federation.carrying import Node as Carried

TABLE = Path(__file__).with_name("authorization.txt").read_text(encoding="utf-8").strip().splitlines()
WHO = TABLE[0].split()[1:]
MAY = {line.split()[0]: dict(zip(WHO, line.split()[1:], strict=True)) for line in TABLE[1:]}
LOGINS = {
    "nobody": "nobody", "resident": "citizen", "field": "field", "department": "owner",
    "neighbour": "neighbour", "node": "node", "company": "company", "auditor": "audit",
    "administrator": "system", "authority": "officer", "security": "security",
}  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")
PLAIN = {"int": "1", "date": "2026-01-01", "uuid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "float": "1.0"}
OF_ONESELF = ("account.own", "session.open")
ENDLESS = ("/api/v1/live", "/api/v1/imports/{import_id}/events")
"""Streams that go on until the page is left."""
_AT_ONCE = 8


@dataclass(frozen=True)
class Route:
    method: str
    typed: str
    action: str

    def at(self, id: str = "1") -> str:
        """With this wherever it fits: what is no day at all is turned away by the router."""
        return re.sub(r"\{\w+:(\w+)\}", lambda found: PLAIN.get(found[1], id), self.typed)

    @property
    def path(self) -> str:
        """As the OpenAPI file has it."""
        return re.sub(r"\{(\w+):\w+\}", r"{\1}", self.typed)

    @property
    def reads(self) -> bool:
        return self.method == "GET"


def every_route(app: Litestar) -> tuple[Route, ...]:
    """Whatever the application has mounted, whether the OpenAPI file shows it or not."""
    known = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in set(handler.http_methods) - {"OPTIONS", "HEAD"}:
                    known[method, route.path] = Route(str(method), route.path, handler.opt["action"])
    return tuple(known.values())


@dataclass(frozen=True)
class Doors:
    """`clients` of one tenant, `later` a token of theirs that ran out, `strange` a session of theirs at the door of another tenant."""

    door: Litestar
    routes: tuple[Route, ...]
    clients: dict[str, httpx.AsyncClient]
    later: httpx.AsyncClient
    strange: httpx.AsyncClient


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def doors(database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    node = node_of(database, "doors", tmp_path_factory.mktemp("doors"))
    beside = node_of(database, "doors2", tmp_path_factory.mktemp("doors2"))
    clients = await people_of(node)
    worker = await signed_in(node, system_actor("doors", "test"), "field", "field_worker", "traffic")
    door = application(node)
    clients["field"] = client_of(door, cookie=worker)
    clients["node"] = client_of(door, **await trusted_node(node, tmp_path_factory.mktemp("far")))
    late = application(replace(node, clock=lambda: utc_now() + timedelta(days=400)))
    later = client_of(late, authorization=clients["narrow"].headers["authorization"])
    strange = client_of(application(beside), cookie=clients["officer"].headers["cookie"])
    yield Doors(door, every_route(door), clients, later, strange)
    for client in (*clients.values(), later, strange):
        await client.aclose()


async def trusted_node(node: Node, folder: Path) -> dict[str, str]:
    """What a node says of itself that has joined this one: its signature opens its letters, and no door of people."""
    here = Carried(node.database, node.tenant, node.folder)
    async with node.database.tenant(node.tenant) as connection:
        desk = Nodes(connection, here.actor, here.folder, NOW)
        await desk.init(
            Identity(id="here", name="here", level=Level.CITY, region="", url="http://here"), Suite.ED25519
        )
    far = await make(node.database, folder, "far", Level.COUNTY)
    await introduce(here, far, Level.COUNTY)
    async with node.database.tenant(far.tenant) as connection:
        return await announcement(
            Mail(connection, far.tenant, far.folder, NOW), "here", bytes(UNANNOUNCED + 1)
        )


def test_every_action_has_its_line() -> None:
    assert list(MAY) == list(ACTION_BY_NAME)


def test_every_route_of_the_openapi_file_is_asked(doors: Doors) -> None:
    schema = doors.door.openapi_schema.to_schema()["paths"]
    told = {(method.upper(), path) for path, item in schema.items() for method in item if method in METHODS}
    assert told - {(one.method, one.path) for one in doors.routes} == set()


@pytest.mark.parametrize("who", WHO)
async def test_whoever_asks_is_let_in_where_the_table_says(doors: Doors, who: str) -> None:
    """What is shut is tried with every method; what is open is only read, so that nothing is done."""
    shut = [one for one in doors.routes if MAY[one.action][who] == "-"]
    opened = [
        one for one in doors.routes if MAY[one.action][who] == "x" and one.reads and one.path not in ENDLESS
    ]
    client = doors.clients[LOGINS[who]]
    refused = 401 if who in ("nobody", "node") else 403
    wrong = [(cell, status) for cell, status in await statuses(client, shut) if status != refused]
    wrong += [
        (cell, status)
        for cell, status in await statuses(client, opened)
        if status >= 500 or (status == 401 and cell.action not in OF_ONESELF)
    ]
    assert wrong == []


async def test_whoever_ran_out_and_whoever_is_of_another_tenant_gets_nothing(doors: Doors) -> None:
    """Neither what is public to others: a key that opens nothing is told so."""
    asked = [one for one in doors.routes if MAY[one.action]["nobody"] == "-"]
    for client in (doors.later, doors.strange):
        assert [cell for cell, status in await statuses(client, asked) if status != 401] == []


async def statuses(client: httpx.AsyncClient, routes: Sequence[Route]) -> list[tuple[Route, int]]:
    async def status(one: Route) -> int:
        async with gate:
            sent: dict[str, Any] = {} if one.method in ("GET", "DELETE") else {"json": {}}
            return (await client.request(one.method, one.at(), **sent)).status_code

    gate = asyncio.Semaphore(_AT_ONCE)
    found = await asyncio.gather(*map(status, routes))
    return list(zip(routes, found, strict=True))
