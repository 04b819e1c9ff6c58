"""Ids of another tenant in every place of every request — path, parameters, body — open nothing and change nothing.

The requests are made from the OpenAPI file: whatever is added to it is asked here without another word.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from quanyu.app.http import application
from quanyu.store import Database
from tests.promises.test_access_matrix import node_of, people_of
from tests.promises.test_authorization import ENDLESS, LOGINS, MAY, OF_ONESELF, Route, every_route
from tests.unit.exchange.city import RESIDENTS, City, built

MARK = "泄漏标记"
STRONGEST = ("authority", "department", "administrator", "auditor", "security")
ID_COLUMNS = ("id", "name", "pid", "instance", "subject", "number", "code", "contract", "request", "dataset")
JSON_BODY = "application/json"
_AT_ONCE = 8
_DEEPEST = 5


@dataclass(frozen=True)
class Leaks:
    """The people of one tenant, what may be asked, and the ids of another tenant, which they were never told."""

    database: Database
    routes: tuple[Route, ...]
    schema: Mapping[str, Any]
    strangers: dict[str, httpx.AsyncClient]
    city: City
    ids: tuple[str, ...]

    async def found(self, requests: Iterator["Asked"]) -> list[tuple["Asked", int]]:
        """Those that say something of the other tenant, or break."""
        gate, leaks = asyncio.Semaphore(_AT_ONCE), []

        async def ask(one: Asked) -> None:
            async with gate:
                client = self.strangers[LOGINS[one.who]]
                answer = await client.request(one.method, one.path, params=one.query, **one.sent)
            if MARK in answer.text or answer.status_code >= 500:
                leaks.append((one, answer.status_code))

        await asyncio.gather(*map(ask, requests))
        return leaks


@dataclass(frozen=True)
class Asked:
    """One request by whoever may make it in their own city."""

    method: str
    path: str
    who: str
    query: Mapping[str, str]
    sent: Mapping[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def leaks(database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Leaks]:
    node = node_of(database, "strangers", tmp_path_factory.mktemp("strangers"))
    strangers = await people_of(node)
    city = await built(database, "leaks", tmp_path_factory.mktemp("leaks"))
    await city.describes(title=MARK, abstract=MARK)
    await city.contract(purpose=MARK)
    door = application(node)
    ids = tuple(await ids_of(database, city))
    yield Leaks(database, every_route(door), door.openapi_schema.to_schema(), strangers, city, ids)
    for client in (*city.clients.values(), *strangers.values()):
        await client.aclose()


async def test_in_the_path(leaks: Leaks) -> None:
    assert len(leaks.ids) > 15
    before = await digest(leaks)
    assert await leaks.found(in_paths(leaks)) == []
    assert await digest(leaks) == before


async def test_in_the_parameters(leaks: Leaks) -> None:
    requests = list(in_parameters(leaks))
    assert len({(one.path, *one.query) for one in requests}) > 100
    before = await digest(leaks)
    assert await leaks.found(iter(requests)) == []
    assert await digest(leaks) == before


async def test_in_the_body(leaks: Leaks) -> None:
    requests = list(in_bodies(leaks))
    assert len({(one.method, one.path) for one in requests}) > 100
    before = await digest(leaks)
    assert await leaks.found(iter(requests)) == []
    assert await digest(leaks) == before


def asked_of(leaks: Leaks) -> Iterator[Route]:
    for one in leaks.routes:
        if one.path not in ENDLESS:
            yield one


def request(one: Route, id: str, query: Mapping[str, str] | None = None, body: Any = None) -> Asked:
    who = next((name for name in STRONGEST if MAY[one.action][name] == "x"), "authority")
    sent = {} if one.method in ("GET", "DELETE") else {"json": body or {}}
    return Asked(one.method, one.at(id), who, query or {}, sent)


def in_paths(leaks: Leaks) -> Iterator[Asked]:
    for one in asked_of(leaks):
        if "{" in one.path:
            yield from (request(one, id) for id in leaks.ids)


def in_parameters(leaks: Leaks) -> Iterator[Asked]:
    """One parameter at a time: two would narrow each other."""
    for one in asked_of(leaks):
        if one.reads:
            for name in words_of(leaks, one):
                yield from (request(one, id, {name: id}) for id in leaks.ids)


def in_bodies(leaks: Leaks) -> Iterator[Asked]:
    """Whole by their schema, with the id in each member that takes a text. What signs in or out is no one's data."""
    for one in asked_of(leaks):
        schema = body_of(leaks, one)
        if schema is not None and one.action not in OF_ONESELF:
            yield from (request(one, id, body=filled(leaks, schema, id)) for id in leaks.ids)


def operation(leaks: Leaks, one: Route) -> Mapping[str, Any]:
    found: Mapping[str, Any] = leaks.schema["paths"].get(one.path, {}).get(one.method.lower(), {})
    return found


def words_of(leaks: Leaks, one: Route) -> list[str]:
    """Parameters that take a text."""
    known = operation(leaks, one).get("parameters", ())
    return [each["name"] for each in known if each["in"] == "query" and takes_text(leaks, each["schema"])]


def takes_text(leaks: Leaks, schema: Mapping[str, Any]) -> bool:
    return any(
        one.get("type") in ("string", ["string", "null"]) and not {"enum", "format", "const"} & one.keys()
        for one in kinds(leaks, schema)
    )


def kinds(leaks: Leaks, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a value may be, references followed."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        yield from kinds(leaks, leaks.schema["components"]["schemas"][name])
    elif "oneOf" in schema or "anyOf" in schema:
        for one in schema.get("oneOf") or schema["anyOf"]:
            yield from kinds(leaks, one)
    else:
        yield schema


def body_of(leaks: Leaks, one: Route) -> Mapping[str, Any] | None:
    content = operation(leaks, one).get("requestBody", {}).get("content", {})
    found: Mapping[str, Any] | None = content.get(JSON_BODY, {}).get("schema")
    return found


def filled(leaks: Leaks, schema: Mapping[str, Any], id: str, deep: int = 0) -> Any:
    """A value of this schema, with the id wherever a text goes."""
    shapes = [one for one in kinds(leaks, schema) if one.get("type") != "null"]
    shape = next((one for one in shapes if one.get("type") != "object"), shapes[0] if shapes else {})
    if "const" in shape or shape.get("enum"):
        return shape["const"] if "const" in shape else next(one for one in shape["enum"] if one is not None)
    match shape.get("type"):
        case "object":
            return members(leaks, shape, id, deep)
        case "array":
            return [] if deep > _DEEPEST else [filled(leaks, shape.get("items", {}), id, deep + 1)]
        case "integer" | "number":
            return shape.get("minimum", 1)
        case "boolean":
            return True
        case "string" if "date-time" in shape.get("format", ""):
            return "2026-03-02T09:00:00+08:00"
        case "string" if shape.get("format") == "date":
            return "2026-03-02"
    return id


def members(leaks: Leaks, shape: Mapping[str, Any], id: str, deep: int) -> dict[str, Any]:
    """What must be there, and what takes a text."""
    needed, free = set(shape.get("required", ())), shape.get("additionalProperties")
    named = {id: filled(leaks, free, id, deep + 1)} if isinstance(free, dict) and deep <= _DEEPEST else {}
    return named | {
        name: filled(leaks, each, id, deep + 1)
        for name, each in shape.get("properties", {}).items()
        if name in needed or (deep <= _DEEPEST and takes_text(leaks, each))
    }


async def ids_of(database: Database, city: City) -> list[str]:
    """Two of each kind, as far as they can stand in a path."""
    found = {RESIDENTS}
    for table, columns in (await tables(database)).items():
        for column in set(columns) & set(ID_COLUMNS):
            async with database.tenant(city.tenant) as connection:
                rows = await connection.fetch(f"select distinct {column}::text as id from {table} limit 2")
            found |= {row["id"] for row in rows if row["id"] and re.fullmatch(r"[\w.:~-]{1,80}", row["id"])}
    return sorted(found)


async def digest(leaks: Leaks) -> dict[str, str]:
    """Of every row of this tenant but what notes who asked."""
    found = {}
    for table in await tables(leaks.database):
        if not table.startswith("evidence") and table not in ("session", "job"):
            async with leaks.database.tenant(leaks.city.tenant) as connection:
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
