"""A whole broker that listens on this machine: the NGSI-LD application, the address for notifications, and who delivers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from litestar import Litestar
from litestar.di import Provide

from quanyu.app.problems import HANDLERS
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor
from quanyu.core.clock import Clock, utc_now
from quanyu.store import Database
from quanyu.twin import Twin, Writer
from quanyu.twin.derived import Envoy, Receiver
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.notifications import list_deliveries
from quanyu.twin.http.received import receive_notification
from quanyu.twin.http.sight import WholeTenant, sees_whole
from quanyu.twin.ngsild.context import Contexts
from quanyu.twin.registrations import Sources
from quanyu.twin.subscriptions import Notifier
from tests.patience import PATIENCE_SECONDS
from tests.unit.twin.ngsi_client import Client, Reply, actor

LOOPBACK = Outgoing(("127.0.0.0/8",))


@dataclass
class Broker:
    """Of one tenant. `envoy` works when it is asked to, not by itself, and is waited for until it is done, however busy the machine."""

    tenant: str
    url: str
    client: Client
    envoy: Envoy

    async def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        if body is not None:
            headers = {"content_type": "application/json", **headers}
        return await self.client.ask(method, target, body, **headers)

    async def make(self, target: str, body: Any, **headers: str) -> str:
        """The id of what was made."""
        reply = await self.ask("POST", target, body, **headers)
        assert reply.status == 201, reply.content
        return reply.headers["location"].rpartition("/")[2]

    async def register(self, endpoint: str, **members: Any) -> str:
        info = {"entities": [members.pop("entity", {"type": "Lamp"})]}
        if names := members.pop("attributes", None):
            info["propertyNames"] = names
        body = {"type": "ContextSourceRegistration", "information": [info], "endpoint": endpoint, **members}
        return await self.make("/csourceRegistrations", body)

    async def subscribe(self, endpoint: str, **members: Any) -> str:
        notification = {"endpoint": {"uri": endpoint}} | members.pop("notification", {})
        body = {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": notification}
        return await self.make("/subscriptions", body | members)


@asynccontextmanager
async def broker(database: Database, tenant: str, clock: Clock = utc_now) -> AsyncIterator[Broker]:
    apps: list[Any] = []
    server = await asyncio.start_server(partial(_serve, apps), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    sources = Sources(database, LOOPBACK, clock)
    notifier = Notifier(database, tenant=tenant, outgoing=LOOPBACK, clock=clock)
    envoy = Envoy(
        database, sources, Contexts(), url, partial(sees_whole, WholeTenant()), clock, wait=PATIENCE_SECONDS
    )
    receiver = Receiver(
        database=database, sources=sources, contexts=Contexts(), notifier=notifier, clock=clock
    )
    writer = Writer(database, clock=clock)

    async def authorize(scope: object, action: str) -> Actor:
        return actor(tenant)

    door = Door(database=database, writer=writer, sight=WholeTenant(), sources=sources, envoy=envoy)
    ngsi = NgsiApp(door, authorize)
    apps += [ngsi, _management(database, tenant, Twin(writer, envoy=envoy, receiver=receiver), clock)]
    delivering = asyncio.create_task(notifier.run())
    try:
        yield Broker(tenant, url, Client(ngsi), envoy)
    finally:
        delivering.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await delivering
        await envoy.close()
        server.close()
        await server.wait_closed()


def _management(database: Database, tenant: str, twin: Twin, clock: Clock) -> Litestar:
    given = {"actor": actor(tenant), "database": database, "twin": twin, "clock": clock}
    return Litestar(
        [receive_notification, list_deliveries],
        dependencies={name: Provide(_given(it), sync_to_thread=False) for name, it in given.items()},
        exception_handlers=HANDLERS,
        logging_config=None,
        openapi_config=None,
    )


def _given(it: object) -> Callable[[], object]:
    return lambda: it


async def _serve(apps: list[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request a connection, from HTTP to ASGI and back."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = [
            (name.lower().encode(), value.encode())
            for name, _, value in (one.partition(": ") for one in head[1:])
        ]
        content = await reader.readexactly(int(dict(headers).get(b"content-length", b"0")))
        path, _, query = target.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": method,
            "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query.encode(),
            "headers": headers, "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "state": {},
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await apps[0 if path.startswith("/ngsi-ld") else 1](scope, receive, send)
        body = b"".join(one.get("body", b"") for one in sent[1:])
        lines = [b"HTTP/1.1 %d -" % sent[0]["status"], b"connection: close"]
        lines += [b"%s: %s" % one for one in sent[0]["headers"] if one[0] != b"content-length"]
        writer.write(b"\r\n".join([*lines, b"content-length: %d" % len(body), b"", body]))
        await writer.drain()
    writer.close()
