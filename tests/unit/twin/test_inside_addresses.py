"""No address inside is called, whatever names it: @contexts, context sources, their subscribers, snapshots.

Proven by a listener that counts who connects. Subscribers to entities: subscriptions/test_delivery.py.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor
from quanyu.store import Database
from quanyu.twin.contexts import ContextLibrary, Remote
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant
from quanyu.twin.registrations import Herald, Sources
from quanyu.twin.writer import Writer
from tests.ports import free_port
from tests.unit.twin.ngsi_client import Client, actor

INSIDE = (
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://0.0.0.0:{port}/", "http://[::1]:{port}/", "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://2130706433:{port}/", "http://0177.0.0.1:{port}/", "http://127.1:{port}/",
    "http://0x7f000001:{port}/", "http://user@127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "http://127.0.0.1:22/",
    "http://169.254.169.254/", "http://10.0.0.1:{port}/", "http://172.16.0.1:{port}/", "http://192.168.0.1:{port}/", "http://[fd00::1]:{port}/",
    "http://inside.example:{port}/", "http://allowed.example:{port}/moved",
)  # fmt: skip
"""The last two: a name that leads inside, and a host that may be called and sends on to one that may not."""

OTHER_SCHEMES = (
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "dict://127.0.0.1:{port}/",
)


@dataclass
class Listener:
    """`moved`: how often somebody came as the host that may be called; `connects`: all others."""

    port: int = 0
    moved: int = 0
    connects: int = 0

    def filled(self, addresses: tuple[str, ...]) -> list[str]:
        return [one.format(port=self.port) for one in addresses]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        self.moved += b" /moved" in line
        self.connects += b" /moved" not in line
        moved = f"HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:{self.port}/\r\ncontent-length: 0\r\n\r\n"
        writer.write(moved.encode())
        writer.close()


@pytest_asyncio.fixture
async def listener(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Listener]:
    found = Listener()
    server = await asyncio.start_server(found.serve, None, free_port())
    found.port = server.sockets[0].getsockname()[1]
    resolve = socket.getaddrinfo

    def resolving(host: Any, *others: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if str(host).endswith(".example") else host, *others, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolving)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", _in_thread(resolving), raising=False)
    yield found
    server.close()


@pytest_asyncio.fixture
async def ngsi(database: Database, tenant: str) -> AsyncIterator[Client]:
    async def authorize(scope: object, action: str) -> Actor:
        return actor(tenant)

    outgoing = Outgoing(("allowed.example",))
    contexts = ContextLibrary(database, Remote(outgoing, {})).contexts
    herald = Herald(database, contexts, tenant, outgoing, pauses=())
    door = Door(
        database=database, writer=Writer(database), sight=WholeTenant(), contexts=contexts,
        sources=Sources(database, outgoing, herald=herald),
    )  # fmt: skip
    yield Client(NgsiApp(door, authorize))
    await herald.close()


async def test_contexts(ngsi: Client, listener: Listener) -> None:
    for address in listener.filled((*INSIDE, *OTHER_SCHEMES)):
        link = f'<{address}>; rel="http://www.w3.org/ns/json-ld#context"'
        answer = await ngsi.ask("GET", "/entities?type=Car", link=link)
        assert answer.status in (400, 504), address
    assert (listener.moved > 0, listener.connects) == (True, 0)


async def test_sources(ngsi: Client, listener: Listener) -> None:
    for address in listener.filled((*INSIDE, *OTHER_SCHEMES)):
        answer = await _post(ngsi, "/csourceRegistrations", _registration(address))
        assert answer.status == 400 or address.startswith("http"), address
    answer = await ngsi.ask("GET", "/entities?type=Car")
    assert (answer.status, answer.json) == (200, [])
    assert "ngsild-warning" in answer.headers
    await _post(ngsi, "/entities", {"id": "urn:ngsi-ld:Car:1", "type": "Car"})
    assert (listener.moved > 0, listener.connects) == (True, 0)


async def test_subscribers_to_sources_and_who_orders_a_snapshot(ngsi: Client, listener: Listener) -> None:
    subscriptions = []
    for address in listener.filled((*INSIDE, *OTHER_SCHEMES)):
        endpoint = {"uri": address}
        body = {"type": "Subscription", "entities": [{"type": "Car"}], "notification": {"endpoint": endpoint}}
        answer = await _post(ngsi, "/csourceSubscriptions", body)
        assert answer.status == 201 or not address.startswith("http"), address
        if answer.status == 201:
            subscriptions.append(answer.headers["location"].removeprefix("/ngsi-ld/v1"))
        snapshot = {
            "type": "Snapshot",
            "snapshotQueries": [{"type": "Query", "entities": [{"type": "Car"}]}],
            "endpoint": address,
        }
        await _post(ngsi, "/snapshots", snapshot)
    await _post(ngsi, "/csourceRegistrations", _registration("http://a.invalid/"))
    for path in subscriptions:
        assert await _failed(ngsi, path), path
    assert (listener.moved > 0, listener.connects) == (True, 0)


def _registration(address: str) -> dict[str, Any]:
    information = [{"entities": [{"type": "Car"}]}]
    return {"type": "ContextSourceRegistration", "information": information, "endpoint": address}


async def _post(ngsi: Client, target: str, body: Any) -> Any:
    return await ngsi.ask("POST", target, body, content_type="application/json")


async def _failed(ngsi: Client, subscription: str) -> bool:
    """Once it has been tried, which a name that nobody knows may take a moment."""
    for _ in range(1000):
        notification = (await ngsi.ask("GET", subscription)).json["notification"]
        if notification.get("timesFailed"):
            return True
        await asyncio.sleep(0.005)
    return False


def _in_thread(resolving: Any) -> Any:
    async def getaddrinfo(host: Any, port: Any, **more: Any) -> Any:
        return await asyncio.to_thread(resolving, host, port, **more)

    return getaddrinfo
