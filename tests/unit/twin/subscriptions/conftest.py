"""A notifier at work beside an NGSI-LD client of the test's own tenant, and a real endpoint."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from quanyu.connect.outgoing import Outgoing
from quanyu.core.clock import utc_now
from quanyu.store import Database
from quanyu.twin.branches import home_of
from quanyu.twin.subscriptions import Notifier
from tests.patience import eventually
from tests.unit.twin.ngsi_client import Client, Reply
from tests.unit.twin.subscriptions.receiver import Receiver, receiving

_LOOPBACK = ("127.0.0.0/8",)
_ALL_TOLD = """
select not exists (select from notification where tenant = $1 and dead is null and not held)
  and exists (select from reader r join feed f using (tenant) where tenant = $1 and name = 'notifier' and seq = n)
"""


@dataclass
class Clock:
    """Stands still, and jumps where the test says so: what rests for a while rests as long as the test looks, however long that takes."""

    begun: datetime = field(default_factory=utc_now)
    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return self.begun + self.ahead


@dataclass
class City:
    """What a test does: subscribe, change an entity, hear of it."""

    database: Database
    ngsi: Client
    tenant: str
    notifier: Notifier
    receiver: Receiver
    clock: Clock
    _running: asyncio.Task[None]

    async def stop(self) -> None:
        """The notifier ends."""
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running

    async def subscribe(self, **members: Any) -> str:
        notification = {"endpoint": {"uri": self.receiver.url}} | members.pop("notification", {})
        body = {
            "type": "Subscription",
            "entities": [{"type": "Lamp"}],
            "notification": notification,
            **members,
        }
        reply = await self.ask("POST", "/subscriptions", body)
        assert reply.status == 201, reply.json
        return reply.headers["location"].rpartition("/")[2]

    async def create(self, id: str = "urn:ngsi-ld:Lamp:1", type: str = "Lamp", **attributes: Any) -> str:
        reply = await self.ask("POST", "/entities", {"id": id, "type": type, **attributes})
        assert reply.status == 201, reply.json
        return id

    async def change(self, id: str = "urn:ngsi-ld:Lamp:1", **attributes: Any) -> None:
        reply = await self.ask("PATCH", f"/entities/{id}/attrs", attributes)
        assert reply.status == 204, reply.json

    async def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        if body is not None:
            headers = {"content_type": "application/json", "content_length": "1", **headers}
        return await self.ngsi.ask(method, target, body, **headers)

    async def subscription(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.ask("GET", f"/subscriptions/{id}")).json
        return found

    async def told(self, id: str, **wanted: Any) -> dict[str, Any]:
        """The notification part of a subscription, once it says what is wanted."""

        async def says_so() -> dict[str, Any] | None:
            found: dict[str, Any] = (await self.subscription(id))["notification"]
            return found if wanted.items() <= found.items() else None

        return await eventually(says_so)

    async def read_to_the_end(self) -> None:
        """Every change is read, and what was to be told is told."""

        async def is_read() -> bool:
            async with self.database.tenant(self.tenant) as connection:
                return bool(await connection.fetchval(_ALL_TOLD, self.tenant))

        await eventually(is_read)

    def jump(self, **time: float) -> None:
        self.clock.ahead += timedelta(**time)
        self.notifier.wake(self.tenant)


def notifier_of(database: Database, tenant: str, clock: Clock | None = None) -> Notifier:
    homes = partial(home_of, database)
    return Notifier(
        database, tenant=tenant, outgoing=Outgoing(_LOOPBACK), homes=homes, clock=clock or Clock()
    )


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest_asyncio.fixture
async def city(database: Database, tenant: str, ngsi: Client, receiver: Receiver) -> AsyncIterator[City]:
    clock = Clock()
    notifier = notifier_of(database, tenant, clock)
    task = asyncio.create_task(notifier.run())
    city = City(database, ngsi, tenant, notifier, receiver, clock, task)
    yield city
    await city.stop()


@pytest.fixture
def lamp() -> dict[str, Any]:
    return {"power": {"type": "Property", "value": 1}, "name": {"type": "Property", "value": "North"}}
