"""The registrations of all tenants as a node has them in memory, and what it learns about the sources behind them."""

import asyncio
import contextlib
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from quanyu.connect.outgoing import Outgoing
from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError
from quanyu.core.table import Table
from quanyu.store import Connection, Database
from quanyu.twin.common import own_answers
from quanyu.twin.registrations import store
from quanyu.twin.registrations.errors import Conflicting
from quanyu.twin.registrations.heralds import Herald
from quanyu.twin.registrations.index import Index
from quanyu.twin.registrations.model import Kept, Mode, Registration
from quanyu.twin.together import Deed, Together

_WRITE_BACK_SECONDS = 5.0

_MOMENT = struct.Struct("<d")
"""Until when an answer may be given again, in seconds of the clock of the machine, which is the same for all processes."""


@dataclass(slots=True)
class Tally:
    """Of one registration since it was last written back."""

    sent: int = 0
    failed: int = 0
    success: datetime | None = None
    failure: datetime | None = None


@dataclass(slots=True)
class _Tenant:
    index: Index
    alias: str
    doubtful: bool = False


@dataclass(slots=True)
class Sources:
    """One per process. What another process changes is read before the next use.

    `answers` of sources, and which of them rest, are known to all processes.
    """

    database: Database
    outgoing: Outgoing = field(default_factory=Outgoing)
    clock: Clock = utc_now
    herald: Herald | None = None
    together: Together | None = None
    answers: Table = field(default_factory=own_answers)
    began: float = field(default_factory=time.monotonic)
    _tenants: dict[str, _Tenant] = field(default_factory=dict)
    _tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    _rests: dict[str, float] = field(default_factory=dict)
    _together: Together = field(init=False)

    def __post_init__(self) -> None:
        self._together = self.together or Together(self.database)
        self._together.able(Deed.READ_REGISTRATIONS, self._doubt)
        self._together.able(Deed.WRITE_TALLIES, self._write_tallies)
        self._together.able(Deed.REST, self._rest)
        self._together.begins_afresh(self._doubt_all)
        if self.herald is not None:
            self._together.able(Deed.SETTLE, self.herald.settled)

    async def index(self, tenant: str) -> Index:
        return (await self._tenant(tenant)).index

    async def alias(self, tenant: str) -> str:
        """6.3.18: the name of this tenant of this broker in Via headers."""
        return (await self._tenant(tenant)).alias

    async def create(self, tenant: str, made: Registration) -> Kept:
        """5.9.2. Raises Conflict."""
        await self._refuse_overlap(tenant, made)
        async with self.database.tenant(tenant) as connection:
            await store.refuse_held_here(connection, tenant, made)
            kept, version = await store.insert(connection, tenant, made, now=self.clock())
            told = await self._heard(connection, tenant, None, kept)
        await self._changed(tenant, version, lambda index: index.put(kept))
        self._deliver(tenant, told)
        return kept

    async def update(self, tenant: str, made: Registration, *, before: Kept) -> Kept:
        """5.9.3. Raises NotFound, Conflict."""
        await self._refuse_overlap(tenant, made)
        async with self.database.tenant(tenant) as connection:
            kept, version = await store.update(connection, tenant, made, now=self.clock())
            told = await self._heard(connection, tenant, before, kept)
        await self._changed(tenant, version, lambda index: index.put(kept))
        self._deliver(tenant, told)
        return kept

    async def delete(self, tenant: str, gone: Kept) -> None:
        """5.9.4. Raises NotFound."""
        id = gone.registration.id
        async with self.database.tenant(tenant) as connection:
            version = await store.delete(connection, tenant, id)
            told = await self._heard(connection, tenant, gone, None)
        await self._changed(tenant, version, lambda index: index.remove(id))
        self._deliver(tenant, told)

    async def find(self, tenant: str, id: str) -> Kept:
        """With its counters up to date. Raises NotFound."""
        await self._together.do(Deed.WRITE_TALLIES, tenant)
        async with self.database.tenant(tenant) as connection:
            return await store.find(connection, tenant, id)

    async def listed(self, tenant: str) -> list[Kept]:
        """All of a tenant, the oldest first, with their counters up to date."""
        await self._together.do(Deed.WRITE_TALLIES, tenant)
        async with self.database.tenant(tenant) as connection:
            return await store.load(connection, tenant)

    async def settled(self, tenant: str, subscriber: str) -> None:
        """What is under way to it is given a moment to arrive."""
        if self.herald is not None:
            await self._together.do(Deed.SETTLE, tenant, subscriber)

    async def told(self, tenant: str, registration: Registration, *, well: bool) -> None:
        """How a call to the source ended; after a failure it rests as long as its registration says (5.2.34)."""
        tally = self._tallies.setdefault((tenant, registration.id), Tally())
        tally.sent += 1
        if well:
            tally.success = self.clock()
            self._rests.pop(registration.endpoint, None)
            return
        tally.failed += 1
        tally.failure = self.clock()
        if registration.management.cooldown:
            until = time.monotonic() + registration.management.cooldown
            await self._together.do(Deed.REST, tenant, f"{until} {registration.endpoint}")

    def remembered(self, key: str) -> bytes | None:
        """An answer that need not be fetched again yet (cacheDuration, 5.2.34)."""
        content = self.answers.recall(key)
        if content is None or _MOMENT.unpack_from(content)[0] <= time.monotonic():
            return None
        return content[_MOMENT.size :]

    def remember(self, key: str, answer: bytes, *, seconds: float) -> None:
        until = time.monotonic() + seconds
        self.answers.keep(key, _MOMENT.pack(until) + answer, chance=int(until * 1e6))

    def rests(self, registration: Registration) -> bool:
        return self._rests.get(registration.endpoint, 0.0) > time.monotonic()

    async def run(self) -> None:
        """As long as the node lives."""
        await asyncio.gather(self._follow(), *([self.herald.run()] if self.herald else []))

    async def _follow(self) -> None:
        """Writes counters back."""
        while True:
            await asyncio.sleep(_WRITE_BACK_SECONDS)
            with contextlib.suppress(QuanyuError):  # the database is away; they wait
                for tenant in {tenant for tenant, _ in self._tallies}:
                    await self._write_tallies(tenant)

    async def _doubt(self, tenant: str, _about: str) -> None:
        if known := self._tenants.get(tenant):
            known.doubtful = True

    def _doubt_all(self) -> None:
        for known in self._tenants.values():
            known.doubtful = True

    async def _rest(self, _tenant: str, about: str) -> None:
        until, _, endpoint = about.partition(" ")
        self._rests[endpoint] = float(until)

    async def _heard(
        self, connection: Connection, tenant: str, before: Kept | None, after: Kept | None
    ) -> list[str]:
        """The subscriptions to registrations that this is to be told."""
        return [] if self.herald is None else await self.herald.heard(connection, tenant, before, after)

    def _deliver(self, tenant: str, subscriptions: Iterable[str]) -> None:
        for id in subscriptions:
            if self.herald is not None:
                self.herald.deliver(tenant, id)

    async def _tenant(self, tenant: str) -> _Tenant:
        known = self._tenants.get(tenant)
        if known is not None and not known.doubtful:
            return known
        async with self.database.tenant(tenant) as connection:
            version, alias = await store.state(connection, tenant)
            if known is None:
                index = Index(await store.load(connection, tenant), version=version)
                known = self._tenants.setdefault(tenant, _Tenant(index, alias))
            elif known.index.version != version:
                await self._catch_up(connection, tenant, known.index, version)
            known.doubtful = False
        return known

    async def _catch_up(self, connection: Connection, tenant: str, index: Index, version: int) -> None:
        news, ids = await store.changes(connection, tenant, since=index.version)
        for kept in tuple(index):
            if kept.registration.id not in ids:
                index.remove(kept.registration.id)
        for kept in news:
            index.put(kept)
        index.version = version

    async def _changed(self, tenant: str, version: int, apply: Callable[[Index], None]) -> None:
        """The change of this process, which the others know of before it is answered; where others came between, all since is read."""
        known = self._tenants.get(tenant)
        if known is not None and known.index.version == version - 1:
            apply(known.index)
            known.index.version = version
        await self._together.do(Deed.READ_REGISTRATIONS, tenant)

    async def _refuse_overlap(self, tenant: str, made: Registration) -> None:
        """4.3.6.3: what is held exclusively is held by one source alone. Raises Conflict."""
        if not made.mode.proxied:
            return
        index = await self.index(tenant)
        ids = {one.id for info in made.information for one in info.entities if one.id is not None}
        for kept in index.candidates(ids) if made.mode is Mode.EXCLUSIVE else index.candidates():
            other = kept.registration
            exclusive = Mode.EXCLUSIVE in (made.mode, other.mode)
            if other.id != made.id and other.mode.proxied and exclusive and _overlap(made, other):
                raise Conflicting("twin.registration.overlap", id=other.id)

    async def _write_tallies(self, tenant: str, _about: str = "") -> None:
        mine = sorted(id for owner, id in self._tallies if owner == tenant)
        if not mine:
            return
        tallies = {id: self._tallies.pop((tenant, id)) for id in mine}
        rows = [(id, one.sent, one.failed, one.success, one.failure) for id, one in tallies.items()]
        async with self.database.tenant(tenant) as connection:
            await store.add_tallies(connection, tenant, rows)


def _overlap(one: Registration, other: Registration) -> bool:
    """Whether some attribute of some entity may be meant by both; at least one of them names its entities by id."""
    if one.mode is not Mode.EXCLUSIVE:
        one, other = other, one
    return any(
        mine.attributes is None or theirs.attributes is None or mine.attributes & theirs.attributes
        for mine in one.information
        for entity in mine.entities
        for theirs in other.information
        if theirs.covers(entity.id, entity.types)
    )
