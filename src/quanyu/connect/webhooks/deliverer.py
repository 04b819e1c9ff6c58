"""Brings events to webhooks: first come first, no webhook delays another, nothing is lost when the node dies."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import httpx
import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.webhooks import _sql
from quanyu.connect.webhooks._sql import Delivery, Target
from quanyu.connect.webhooks.service import place_of
from quanyu.connect.webhooks.signing import signed
from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError
from quanyu.core.waking import woken
from quanyu.identity.keys import Cipher
from quanyu.store import Connection, Database

LOCK = 7_295_035
MOST_WAITING = 10_000
MOST_DEAD = 1_000
PAUSES = tuple(timedelta(seconds=one) for one in (5, 30, 300, 1_800, 7_200, 18_000, 36_000, 36_000))
"""Between attempts, as Standard Webhooks proposes; after the last one an event is given up."""

_WAIT_SECONDS = 15.0
_LOOK_SECONDS = 2.0
_LINGER_SECONDS = 0.05  # on a busy day events come by the hundred
_STAND_BY_SECONDS = 1.0
_AT_ONCE = 100
_GONE = 410

_log = logging.getLogger("quanyu.webhooks")


@dataclass(slots=True, kw_only=True)
class Deliverer:
    """Of one tenant. Several processes may run it: whoever holds the lock delivers."""

    database: Database
    tenant: str
    outgoing: Outgoing
    cipher: Callable[[], Cipher]
    clock: Clock = utc_now
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    _serving: dict[str, asyncio.Task[int]] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled. A database that goes away is waited for."""
        while True:
            try:
                async with self.database.listening(_sql.CHANNEL, lambda _: self._wake.set()) as connection:
                    if await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
                        await self._lead(connection)
            except QuanyuError as error:
                _log.warning("webhooks wait: %s", error)
            finally:
                await self.close()
            await asyncio.sleep(_STAND_BY_SECONDS)

    async def deliver_due(self) -> int:
        """What is due now is tried once; answers how many events arrived."""
        return sum(await asyncio.gather(*(self._serve(one) for one in await self._targets())))

    async def close(self) -> None:
        for task in self._serving.values():
            task.cancel()
        await asyncio.gather(*self._serving.values(), return_exceptions=True)
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def _lead(self, connection: Connection) -> None:
        """As long as the connection that holds the lock is there."""
        while not connection.is_closed():
            self._wake.clear()
            for target in await self._targets():
                if target.id not in self._serving:
                    task = self._serving[target.id] = asyncio.create_task(self._serve(target))
                    task.add_done_callback(partial(self._served, target.id))
            await woken(self._wake, _LOOK_SECONDS)
            await asyncio.sleep(_LINGER_SECONDS)
            await connection.execute("select 1")

    def _served(self, id: str, task: asyncio.Task[int]) -> None:
        self._serving.pop(id, None)
        if task.cancelled():
            return
        if error := task.exception():
            _log.error("webhook %s waits: %s", id, error)
        elif task.result():
            self._wake.set()

    async def _targets(self) -> list[Target]:
        async with self.database.tenant(self.tenant) as connection:
            return await _sql.targets(connection, self.tenant, self.clock())

    async def _serve(self, target: Target) -> int:
        async with self.database.tenant(self.tenant) as connection:
            await _sql.bound(
                connection, self.tenant, target.id, waiting=MOST_WAITING, dead=MOST_DEAD,
                fault=f"more than {MOST_WAITING} wait", now=self.clock(),
            )  # fmt: skip
            waiting = await _sql.waiting(connection, self.tenant, target.id, now=self.clock(), limit=_AT_ONCE)
        arrived = 0
        for one in waiting:
            if not await self._arrived(target, one):
                break
            arrived += 1
        return arrived

    async def _arrived(self, target: Target, one: Delivery) -> bool:
        """One that fails is tried again later; what happened after it may arrive before it then."""
        fault, gone = await self._sent(target, one)
        now = self.clock()
        async with self.database.tenant(self.tenant) as connection:
            if fault is None:
                await _sql.delivered(connection, self.tenant, target.id, one.id, now)
                return True
            again = None if gone or one.tries >= len(PAUSES) else now + PAUSES[one.tries]
            await _sql.failed(connection, self.tenant, target.id, one.id, fault=fault, again=again, now=now)
            if gone:
                await _sql.change(connection, self.tenant, target.id, url=None, types=None, active=False)
        return False

    async def _sent(self, target: Target, one: Delivery) -> tuple[str | None, bool]:
        """The fault, and whether the receiver wants no more (410)."""
        body = msgspec.json.encode(one.body)
        try:
            secret = self.cipher().open(target.secret, place_of(self.tenant, target.id))
            status = await self.outgoing.post(
                self._client(target.url), target.url, headers=signed(secret, one.event, self.clock(), body),
                content=body, wait=_WAIT_SECONDS,
            )  # fmt: skip
        except QuanyuError as error:
            return str(error), False
        return (None if 200 <= status < 300 else f"HTTP {status}"), status == _GONE

    def _client(self, url: str) -> httpx.AsyncClient:
        if url not in self._clients:
            self._clients[url] = self.outgoing.client()
        return self._clients[url]
