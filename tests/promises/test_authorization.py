"""Every route of the OpenAPI file × whoever may ask × tenant: who is let in is what the table says, and nothing of another tenant leaks.

A new action or route without a line fails. The table speaks of the door; whose rows are behind it is asked in `test_access_matrix` and,
here, of another tenant.
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
from tests.unit.exchange.city import RESIDENTS, City, built
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
    """`clients` of one tenant, `later` a token of theirs that ran out, `other` the people of another tenant, `strange` a session of the
    first tenant at the door of the other."""

    door: Litestar
    routes: tuple[Route, ...]
    clients: dict[str, httpx.AsyncClient]
    later: httpx.AsyncClient
    other: dict[str, httpx.AsyncClient]
    strange: httpx.AsyncClient


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def doors(database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    node = node_of(database, "doors", tmp_path_factory.mktemp("doors"))
    beside = node_of(database, "doors2", tmp_path_factory.mktemp("doors2"))
    clients, other = await people_of(node), await people_of(beside)
    worker = await signed_in(node, system_actor("doors", "test"), "field", "field_worker", "traffic")
    door = application(node)
    clients["field"] = client_of(door, cookie=worker)
    clients["node"] = client_of(door, **await trusted_node(node, tmp_path_factory.mktemp("far")))
    late = application(replace(node, clock=lambda: utc_now() + timedelta(days=400)))
    later = client_of(late, authorization=clients["narrow"].headers["authorization"])
    strange = client_of(application(beside), cookie=clients["officer"].headers["cookie"])
    yield Doors(door, every_route(door), clients, later, other, strange)
    for client in (*clients.values(), *other.values(), later, strange):
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


MARK = "泄漏标记"
STRONGEST = ("authority", "department", "administrator", "auditor", "security")
ID_COLUMNS = ("id", "name", "pid", "instance", "subject", "number", "code", "contract", "request", "dataset")


async def test_object_ids_of_another_tenant_open_nothing_and_change_nothing(
    database: Database, doors: Doors, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whoever may do everything in their own city, with each id of this one in each request."""
    city = await built(database, "leaks", tmp_path_factory.mktemp("leaks"))
    await city.describes(title=MARK, abstract=MARK)
    await city.contract(purpose=MARK)
    ids, before = await ids_of(database, city), await digest(database, city)
    assert len(ids) > 15
    asked = [one for one in doors.routes if "{" in one.path and one.path not in ENDLESS]
    gate, leaks = asyncio.Semaphore(_AT_ONCE), []

    async def ask(one: Route, id: str) -> None:
        who = next((name for name in STRONGEST if MAY[one.action][name] == "x"), "authority")
        sent: dict[str, Any] = {} if one.method in ("GET", "DELETE") else {"json": {}}
        async with gate:
            answer = await doors.other[LOGINS[who]].request(one.method, one.at(id), **sent)
        if MARK in answer.text or answer.status_code >= 500:
            leaks.append((one, id, answer.status_code))

    await asyncio.gather(*(ask(one, id) for one in asked for id in ids))
    assert leaks == []
    assert await digest(database, city) == before
    for client in city.clients.values():
        await client.aclose()


async def ids_of(database: Database, city: City) -> list[str]:
    """Two of each kind, as far as they can stand in a path."""
    found = {RESIDENTS}
    for table, columns in (await tables(database)).items():
        for column in set(columns) & set(ID_COLUMNS):
            async with database.tenant(city.tenant) as connection:
                rows = await connection.fetch(f"select distinct {column}::text as id from {table} limit 2")
            found |= {row["id"] for row in rows if row["id"] and re.fullmatch(r"[\w.:~-]{1,80}", row["id"])}
    return sorted(found)


async def digest(database: Database, city: City) -> dict[str, str]:
    """Of every row of this tenant but what notes who asked."""
    found = {}
    for table in await tables(database):
        if not table.startswith("evidence") and table not in ("session", "job"):
            async with database.tenant(city.tenant) as connection:
                found[table] = await connection.fetchval(
                    f"select md5(coalesce(string_agg(r::text, '|' order by r::text), '')) from {table} r"
                )
    return found


async def tables(database: Database) -> dict[str, list[str]]:
    async with database.tenant("leaks") as connection:
        rows = await connection.fetch(
            "select c.table_name, array_agg(c.column_name::text) as columns from information_schema.columns c "
            "join information_schema.tables t using (table_schema, table_name) where t.table_type = 'BASE TABLE' "
            "and c.table_schema = 'public' group by 1 having bool_or(c.column_name = 'tenant')"
        )
    return {row["table_name"]: list(row["columns"]) for row in rows}
