"""Keeps subscriptions at context sources in step with ours (ETSI GS CIM 009, 5.8.1, 5.8.2, 5.8.5), as long as the node lives.

Each process works: at once at what its own requests change, and every second at what is due, whoever left it.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError
from quanyu.store import Database
from quanyu.twin.derived import store
from quanyu.twin.derived.errand import End, Errands, Outcome
from quanyu.twin.derived.model import Derived
from quanyu.twin.derived.plan import Plan, SeesWhole
from quanyu.twin.ngsild.context import Contexts
from quanyu.twin.registrations.forward import Origin, Reply
from quanyu.twin.registrations.sources import Sources

LOOK_SECONDS = 1.0
WAIT_SECONDS = 0.5
"""A client that changes a subscription waits so long for the sources, so that what happens there next is told."""

LOOKED_AFTER = timedelta(hours=1)
GIVEN_UP = timedelta(hours=24)
LONGEST_PAUSE = 300.0

_log = logging.getLogger("quanyu.notifications")


@dataclass(slots=True)
class Envoy:
    """One per process. `address`: where others reach this node. `wait`: seconds, see WAIT_SECONDS."""

    database: Database
    sources: Sources
    contexts: Contexts
    address: str
    sees_whole: SeesWhole
    clock: Clock = utc_now
    wait: float = WAIT_SECONDS
    _errands: Errands = field(init=False)
    _tasks: set[asyncio.Task[list[Reply]]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._errands = Errands(
            sources=self.sources, contexts=self.contexts, address=self.address.rstrip("/")
        )

    async def changed(self, origin: Origin) -> Sequence[Reply]:
        """Something about the subscriptions or the registrations of a tenant is different now.

        What sources failed to do, as far as that is known after a moment.
        """
        index = await self.sources.index(origin.tenant)
        if not index.version:
            return ()
        task = asyncio.create_task(self.work(origin.tenant, origin))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        await asyncio.wait({task}, timeout=self.wait)
        return task.result() if task.done() and not task.cancelled() and not task.exception() else ()

    async def run(self) -> None:
        """As long as the node lives."""
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                try:
                    await self.look()
                except QuanyuError as error:
                    _log.warning("subscriptions at other sources wait: %s", error)
        finally:
            await self.close()

    async def look(self) -> None:
        """Does what is due, of all tenants."""
        async with self.database.system() as connection:
            looks = await store.looks(connection, self.clock())
        for one in looks:
            if one.stale((await self.sources.index(one.tenant)).version, self.address):
                await self.work(one.tenant)

    async def close(self) -> None:
        """What is under way is taken up again later."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def work(self, tenant: str, origin: Origin | None = None) -> list[Reply]:
        """`origin`: the request that asks for it, whose headers may go along (5.2.22)."""
        alias, index = await self.sources.alias(tenant), await self.sources.index(tenant)
        async with self.database.tenant(tenant) as connection:
            plan = Plan(
                connection=connection,
                tenant=tenant,
                now=self.clock(),
                sees_whole=self.sees_whole,
                alias=alias,
                address=self.address,
            )
            await plan.work_out(index)
        failures: list[Reply] = []
        while taken := await self._taken(tenant):
            headers = origin.headers if origin else {}
            ends = await asyncio.gather(
                *(
                    self._errand(one, Origin(tenant=tenant, alias=alias, via=one.via, headers=headers))
                    for one in taken
                )
            )
            failures += [
                Reply(registration=one.source, fault=end.fault)
                for one, end in zip(taken, ends, strict=True)
                if end.fault is not None
            ]
        return failures

    async def _taken(self, tenant: str) -> list[Derived]:
        async with self.database.tenant(tenant) as connection:
            return await store.take(connection, tenant, now=self.clock())

    async def _errand(self, one: Derived, origin: Origin) -> Outcome:
        outcome = await self._errands.run(one, origin)
        now = self.clock()
        async with self.database.tenant(one.tenant) as connection:
            match outcome.end:
                case End.HELD:
                    await store.held(connection, one, outcome.remote, again=now + LOOKED_AFTER, now=now)
                case End.LOST:
                    await store.lost(connection, one, now=now)
                case End.FAILED if one.unwanted is None or now - one.unwanted < GIVEN_UP:
                    await store.failed(connection, one, str(outcome.fault), again=now + _pause(one), now=now)
                case _:
                    await store.gone(connection, one)
        return outcome

    def _ended(self, task: asyncio.Task[list[Reply]]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            known = isinstance(error, QuanyuError)
            _log.warning("subscriptions at other sources wait: %s", error, exc_info=None if known else error)


def _pause(one: Derived) -> timedelta:
    """Longer after each failure, and not less than the source wants to rest."""
    seconds = min(2.0 ** min(one.tries, 16), LONGEST_PAUSE)
    return timedelta(seconds=max(seconds, one.source.management.cooldown))
