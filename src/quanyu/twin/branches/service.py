"""Branches made, written to, compared and dropped. Nothing of it is seen by the live state, its history or subscribers."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import Conflict, Invalid
from quanyu.store import Connection, Database
from quanyu.twin.branches import store
from quanyu.twin.branches.model import Branch, Difference, Fate, Status
from quanyu.twin.branches.overlay import Overlay
from quanyu.twin.model import EntityWrite, Op, Stored
from quanyu.twin.query import retrieve_many
from quanyu.twin.subscriptions._sql import stop_following
from quanyu.twin.subscriptions.envelope import Home
from quanyu.twin.writer import Writer

GROUP = 1000

Shown = Callable[[Connection, Sequence[Stored]], Awaitable[Sequence[Stored]]]

_OF_TENANT = "~"
"""Between the tenant of a branch and the rest of its space; no tenant has it in its name."""


async def home_of(database: Database, space: str) -> Home:
    """Whose branch stands under this tenant; a tenant itself has none. Raises NotFound where the branch is gone."""
    tenant, between, _ = space.partition(_OF_TENANT)
    if not between:
        return Home(space)
    async with database.tenant(tenant) as connection:
        return Home(tenant, await store.id_of(connection, tenant, space))


@dataclass(frozen=True, slots=True)
class Branches:
    """One per node."""

    database: Database
    writer: Writer
    clock: Clock = utc_now

    async def create(
        self,
        tenant: str,
        id: str,
        *,
        frozen: bool = False,
        document: Mapping[str, Any] | None = None,
        expires: datetime | None = None,
    ) -> Branch:
        """Raises Conflict."""
        now = self.clock()
        made = Branch(
            id=id,
            tenant=tenant,
            space=f"{tenant}{_OF_TENANT}{uuid.uuid4().hex}",
            frozen=frozen,
            status=Status.PREPARING if frozen else Status.SUCCESS,
            document=document or {},
            created=now,
            modified=now,
            used=now,
            expires=expires,
        )
        async with self.database.tenant(tenant) as connection:
            await store.insert(connection, made)
        return made

    async def find(self, tenant: str, id: str) -> Branch:
        """Raises NotFound."""
        async with self.database.tenant(tenant) as connection:
            return await store.find(connection, tenant, id, self.clock())

    async def listed(self, tenant: str) -> list[Branch]:
        async with self.database.tenant(tenant) as connection:
            return await store.listed(connection, tenant, self.clock())

    async def fill(self, branch: Branch, entities: AsyncIterator[Sequence[Stored]]) -> int:
        """With these, as they are; how many there were."""
        number = 0
        async for group in entities:
            await self._copy(branch, group)
            number += len(group)
        return number

    async def settled(self, branch: Branch, status: Status, details: Mapping[str, Any]) -> Branch:
        async with self.database.tenant(branch.tenant) as connection:
            await store.update(connection, branch, status=status, details=details, now=self.clock())
        return replace(branch, status=status, details=details)

    async def change(self, branch: Branch, document: Mapping[str, Any], expires: datetime | None) -> Branch:
        now = self.clock()
        async with self.database.tenant(branch.tenant) as connection:
            await store.change(connection, branch, document=document, expires=expires, now=now)
        return replace(branch, document=document, expires=expires, modified=now)

    async def use(self, tenant: str, id: str) -> Branch:
        """As `find`, and it is noted that it was used, to the second."""
        async with self.database.tenant(tenant) as connection:
            found = await store.find(connection, tenant, id, self.clock())
            await store.use(connection, found, self.clock())
        return found

    async def clone(
        self, branch: Branch, id: str, document: Mapping[str, Any], expires: datetime | None
    ) -> Branch:
        """With everything that it has of its own."""
        made = await self.create(branch.tenant, id, frozen=branch.frozen, document=document, expires=expires)
        async with self.database.tenant(branch.tenant) as connection:
            touched = await store.touched(connection, branch)
            await store.touch(connection, made, touched)
        async for group in self._everything(branch):
            await self._copy(made, group)
        return await self.settled(made, branch.status, branch.details)

    async def drop(self, branch: Branch) -> None:
        async with self.database.tenant(branch.tenant) as connection:
            await store.delete(connection, branch)
        async with self.database.tenant(branch.space) as connection:
            await store.empty_space(connection, branch.space)
            await stop_following(connection, branch.space)

    async def take_over(self, branch: Branch, ids: Collection[str]) -> None:
        """Before something is done to entities in a branch: it gets its own copy of those that it has not touched."""
        async with self.database.tenant(branch.tenant) as connection:
            known = await store.touched(connection, branch, ids)
            live = await retrieve_many(connection, branch.tenant, set(ids) - known.keys())
            new = {id: id in live for id in ids if id not in known}
            await store.touch(connection, branch, new)
        await self._copy(branch, list(live.values()))

    async def write(self, branch: Branch, writes: Sequence[EntityWrite]) -> None:
        """In the branch, and nowhere else. Raises Conflict for a snapshot, which stands still."""
        if branch.frozen:
            raise Conflict("twin.branch.frozen", id=branch.id[:200])
        await self.take_over(branch, [one.id for one in writes])
        await self._submit(branch, writes)

    async def overlay(self, branch: Branch) -> Overlay:
        """What the branch has touched. Raises Invalid where that is too much to be laid over anything."""
        async with self.database.tenant(branch.tenant) as connection:
            touched = await store.touched(connection, branch)
        if len(touched) == store.MOST_TOUCHED:
            raise Invalid("twin.branch.large", limit=store.MOST_TOUCHED)
        own = await self._own(branch, touched)
        return Overlay(said={id: own.get(id) for id in touched})

    async def differences(self, branch: Branch, shown: Shown) -> list[Difference]:
        """From the live state as it is now; `shown` makes of entities what the asker sees of them."""
        overlay = await self.overlay(branch)
        async with self.database.tenant(branch.tenant) as connection:
            live = await retrieve_many(connection, branch.tenant, overlay.said)
            before = {one.id: one for one in await shown(connection, list(live.values()))}
            after = {
                one.id: one for one in await shown(connection, [one for one in overlay.said.values() if one])
            }
        found = (_difference(id, before.get(id), after.get(id)) for id in overlay.said)
        return [one for one in found if one is not None]

    async def _everything(self, branch: Branch) -> AsyncIterator[Sequence[Stored]]:
        """What a branch has of its own, in groups."""
        last = ""
        while True:
            async with self.database.tenant(branch.space) as connection:
                ids = await store.ids_after(connection, branch.space, last, GROUP)
                group = list((await retrieve_many(connection, branch.space, ids)).values())
            if not ids:
                return
            yield group
            last = ids[-1]

    async def _own(self, branch: Branch, ids: Collection[str]) -> dict[str, Stored]:
        async with self.database.tenant(branch.space) as connection:
            return await retrieve_many(connection, branch.space, ids)

    async def _copy(self, branch: Branch, entities: Sequence[Stored]) -> None:
        writes = [
            EntityWrite(
                id=one.id,
                op=Op.REPLACE,
                types=one.types,
                document=one.document,
                scope=one.scope,
                dataset=one.dataset,
            )
            for one in entities
        ]
        await self._submit(branch, writes)

    async def _submit(self, branch: Branch, writes: Sequence[EntityWrite]) -> None:
        for outcome in await self.writer.submit(branch.space, writes):
            if outcome.error:
                raise outcome.error


def _difference(id: str, live: Stored | None, own: Stored | None) -> Difference | None:
    if own is None:
        return Difference(id=id, fate=Fate.DELETED, attributes={}) if live is not None else None
    if live is None:
        return Difference(id=id, fate=Fate.CREATED, attributes=own.document)
    names = own.document.keys() | live.document.keys()
    changed = {
        name: own.document.get(name)
        for name in sorted(names)
        if _told(own.document.get(name)) != _told(live.document.get(name))
    }
    if not changed and (own.types, own.scope) == (live.types, live.scope):
        return None
    return Difference(id=id, fate=Fate.CHANGED, attributes=changed)


def _told(attribute: Any) -> Any:
    """Without the moments at which it was written."""
    if isinstance(attribute, list):
        return [_told(one) for one in attribute]
    if isinstance(attribute, dict):
        return {
            name: _told(one) for name, one in attribute.items() if name not in ("createdAt", "modifiedAt")
        }
    return attribute
