"""@contexts over HTTP (5.13): hosted, cached, counted; a real server hands out the remote ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid
from quanyu.store import Database
from quanyu.twin.contexts import ContextLibrary, Remote, preloaded
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant
from quanyu.twin.writer import Writer
from tests.unit.twin.ngsi_client import Client, Reply, actor

JSON = "application/json"
LD_JSON = "application/ld+json"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld"
TERMS = {"speed": "https://city.example/#speed"}
PARK = {"id": "urn:a:1", "type": "Car", "speed": 5}


@dataclass
class Elsewhere:
    """A web server on loopback: path -> content."""

    port: int = 0
    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def page(self, path: str, content: Any) -> str:
        self.pages[path] = content if isinstance(content, bytes) else json.dumps(content).encode()
        return f"http://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        self.asked.append(path)
        body = self.pages.get(path)
        status = b"200 OK" if body is not None else b"404 Not Found"
        body = body or b""
        writer.write(
            b"HTTP/1.1 %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (status, len(body), body)
        )
        await writer.drain()
        writer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere() -> AsyncIterator[Elsewhere]:
    made = Elsewhere()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


def broker(
    database: Database, tenant: str, *, allowed: tuple[str, ...] = (), table: Path | None = None
) -> Client:
    remote = Remote(Outgoing(allowed), preloaded(table))
    library = ContextLibrary(database, remote, public_url="http://city.example")
    door = Door(database=database, writer=Writer(database), sight=WholeTenant(), contexts=library.contexts)

    async def authorize(scope: object, action: str) -> Actor:
        return actor(tenant)

    return Client(NgsiApp(door, authorize))


@pytest.fixture
def city(database: Database, tenant: str) -> Client:
    return broker(database, tenant, allowed=("127.0.0.0/8",))


Host = Callable[[Any], Awaitable[str]]


@pytest.fixture
def host(city: Client) -> Host:
    """Hosts an @context and answers its path."""

    async def add(context: Any) -> str:
        reply = await city.ask("POST", "/jsonldContexts", {"@context": context}, content_type=JSON)
        assert reply.status == 201
        return reply.headers["location"].removeprefix("/ngsi-ld/v1")

    return add


def named(url: str) -> dict[str, str]:
    return {"link": f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'}


async def create(city: Client, **context: Any) -> Reply:
    return await city.ask("POST", "/entities", {**PARK, **context}, content_type=LD_JSON)


async def test_a_hosted_context_is_served_and_listed(city: Client, host: Host) -> None:
    path = await host(TERMS)
    assert (await city.ask("GET", path)).json == {"@context": TERMS}
    listed = (await city.ask("GET", "/jsonldContexts?kind=Hosted")).json
    assert listed == ["http://city.example/ngsi-ld/v1" + path]
    details = (await city.ask("GET", path + "?details=true")).json
    assert (details["kind"], details["localId"], details["numberOfHits"]) == (
        "Hosted",
        path.split("/")[-1],
        1,
    )


async def test_an_entity_is_understood_by_a_hosted_context(city: Client, host: Host) -> None:
    url = "http://city.example/ngsi-ld/v1" + await host(TERMS)
    assert (await create(city, **{"@context": url})).status == 201
    plain = (await city.ask("GET", "/entities/urn:a:1")).json
    assert "https://city.example/#speed" in plain
    short = await city.ask("GET", "/entities/urn:a:1", **named(url))
    assert short.json["speed"]["value"] == 5
    assert url in short.headers["link"]


async def test_an_answer_of_json_ld_carries_the_context_that_was_given(city: Client, host: Host) -> None:
    url = "http://city.example/ngsi-ld/v1" + await host(TERMS)
    await create(city, **{"@context": url})
    reply = await city.ask("GET", "/entities/urn:a:1", accept=LD_JSON, **named(url))
    assert reply.json["@context"] == url
    assert "link" not in reply.headers


async def test_a_remote_context_is_fetched_once_and_cached(city: Client, elsewhere: Elsewhere) -> None:
    url = elsewhere.page("/a.jsonld", {"@context": TERMS})
    for id in ("urn:a:1", "urn:a:2"):
        assert (await create(city, id=id, **{"@context": url})).status == 201
    assert elsewhere.asked == ["/a.jsonld"]
    quoted = url.replace(":", "%3A").replace("/", "%2F")
    details = (await city.ask("GET", f"/jsonldContexts/{quoted}?details=true")).json
    assert (details["URL"], details["kind"], details["numberOfHits"]) == (url, "Cached", 2)
    assert (await city.ask("GET", f"/jsonldContexts/{quoted}")).status == 422


async def test_a_cached_context_is_reloaded_or_stays_where_that_fails(
    city: Client, elsewhere: Elsewhere
) -> None:
    url = elsewhere.page("/b.jsonld", {"@context": TERMS})
    await create(city, **{"@context": url})
    quoted = url.replace(":", "%3A").replace("/", "%2F")
    elsewhere.page("/b.jsonld", {"@context": {"speed": "https://other.example/#speed"}})
    assert (await city.ask("DELETE", f"/jsonldContexts/{quoted}?reload=true")).status == 204
    changed = (await city.ask("GET", "/entities/urn:a:1", **named(url))).json
    assert "https://city.example/#speed" in changed
    elsewhere.pages.clear()
    assert (await city.ask("DELETE", f"/jsonldContexts/{quoted}?reload=true")).status == 504
    assert (await city.ask("GET", f"/jsonldContexts/{quoted}?details=true")).status == 200
    assert (await city.ask("DELETE", f"/jsonldContexts/{quoted}")).status == 204


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", {"no": "context"}, {"@context": 5}, {"@context": "/c.jsonld"}]
)
async def test_what_is_no_context_is_not_available(city: Client, elsewhere: Elsewhere, content: Any) -> None:
    reply = await create(city, **{"@context": elsewhere.page("/c.jsonld", content)})
    assert (reply.status, reply.json["title"]) == (504, "LdContextNotAvailable")


async def test_a_context_behind_a_closed_door_is_not_asked_for(
    database: Database, tenant: str, elsewhere: Elsewhere
) -> None:
    url = elsewhere.page("/secret", {"@context": TERMS})
    reply = await create(broker(database, tenant), **{"@context": url})
    assert (reply.status, elsewhere.asked) == (504, [])


async def test_a_preloaded_context_needs_no_network(database: Database, tenant: str, tmp_path: Path) -> None:
    (tmp_path / "cars.jsonld").write_text(json.dumps({"@context": TERMS}))
    table = tmp_path / "table.json"
    table.write_text(json.dumps({"https://gone.example/cars.jsonld": "cars.jsonld"}))
    city = broker(database, tenant, table=table)
    assert (await create(city, **{"@context": "https://gone.example/cars.jsonld"})).status == 201


def test_a_table_that_names_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.json").write_text('{"https://x.example": "absent.jsonld"}')
    with pytest.raises(Invalid):
        preloaded(tmp_path / "table.json")


async def test_the_core_is_always_there(city: Client) -> None:
    assert CORE in (await city.ask("GET", "/jsonldContexts?kind=Cached")).json
    quoted = CORE.replace(":", "%3A").replace("/", "%2F")
    assert (await city.ask("DELETE", f"/jsonldContexts/{quoted}")).status == 400
    assert (await city.ask("DELETE", f"/jsonldContexts/{quoted}?reload=true")).status == 204


@pytest.mark.parametrize(
    ("body", "status", "title"),
    [
        ({}, 400, "InvalidRequest"),
        (b"{", 400, "InvalidRequest"),
        ({"@context": 5}, 400, "BadRequestData"),
        ({"@context": None}, 400, "BadRequestData"),
        ({"@context": {"a": 5}}, 400, "BadRequestData"),
    ],
)
async def test_only_contexts_are_hosted(city: Client, body: Any, status: int, title: str) -> None:
    reply = await city.ask("POST", "/jsonldContexts", body, content_type=JSON)
    assert (reply.status, reply.json["title"]) == (status, title)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET /jsonldContexts?kind=other", 400),
        ("GET /jsonldContexts?details=other", 400),
        ("GET /jsonldContexts/none", 404),
        ("DELETE /jsonldContexts/none", 404),
        ("DELETE /jsonldContexts/none?reload=true", 400),
    ],
)
async def test_wrong_questions_are_told(city: Client, request_: str, status: int) -> None:
    assert (await city.ask(*request_.split(" "))).status == status


async def test_the_context_is_said_once_and_in_its_place(city: Client) -> None:
    both = await city.ask(
        "POST", "/entities", {**PARK, "@context": CORE}, content_type=LD_JSON, **named(CORE)
    )
    in_json = await city.ask("POST", "/entities", {**PARK, "@context": CORE}, content_type=JSON)
    nowhere = await city.ask("POST", "/entities", PARK, content_type=LD_JSON)
    assert [one.json["title"] for one in (both, in_json, nowhere)] == ["BadRequestData"] * 3


async def test_an_inline_context_gets_an_address_for_answers_of_json(city: Client, tenant: str) -> None:
    await create(city, **{"@context": TERMS})
    query = {"type": "Query", "entities": [{"type": "Car"}], "@context": TERMS}
    reply = await city.ask("POST", "/entityOperations/query", query, content_type=LD_JSON)
    (kept,) = (await city.ask("GET", "/jsonldContexts?kind=ImplicitlyCreated")).json
    assert kept in reply.headers["link"]
    assert reply.json[0]["speed"]["value"] == 5
