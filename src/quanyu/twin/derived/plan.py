"""Which derived subscriptions there are to be: worked out anew for what has changed, in one transaction (5.8.1, 5.8.2, 5.8.5).

It follows the versions of subscriptions and registrations, so that nothing is lost where a process ends between a change
and its consequences.
"""

import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid
from quanyu.store import Connection
from quanyu.twin.derived import store
from quanyu.twin.derived.model import CONTEXT, Derived
from quanyu.twin.derived.narrow import Own, read, wanted_of
from quanyu.twin.registrations import store as registrations
from quanyu.twin.registrations.forward import passed
from quanyu.twin.registrations.index import Index
from quanyu.twin.registrations.model import Kept, Registration
from quanyu.twin.registrations.operations import Action
from quanyu.twin.subscriptions import _sql as subscriptions
from quanyu.twin.subscriptions.service import kept

SeesWhole = Callable[[Connection, Actor], Awaitable[bool]]
"""What comes from elsewhere belongs to no dataset: it is for those who see the whole tenant."""

_Wanted = dict[tuple[str, str], tuple[Kept, str, dict[str, Any]]]
"""By subscription and registration: the source, the Via of ours, and what is to be kept there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Of one tenant, at one moment. `changed`: subscriptions; `renewed`: registrations.

    `address`: where others reach this node; where it was another, every source is told.
    """

    connection: Connection
    tenant: str
    now: datetime
    sees_whole: SeesWhole
    alias: str
    address: str

    async def work_out(self, index: Index) -> None:
        """`index` may be older than the database, or newer: what has changed since both counts as news."""
        before = await store.begin(self.connection, self.tenant)
        if moved := before.address != self.address:
            await store.notify_anew(self.connection, self.tenant)
        version = await registrations.version(self.connection, self.tenant)
        revision = await subscriptions.revision(self.connection, self.tenant)
        since = min(before.registrations, index.version)
        news, _ = await registrations.changes(self.connection, self.tenant, since=since)
        renewed = {one.registration.id: one for one in news}
        changed = await store.changed_since(
            self.connection, self.tenant, 0 if moved else before.subscriptions
        )
        wanted: _Wanted = {}
        for own in await self._owns(changed):
            there = {one.registration.id: one for one in index.candidates(own.ids, own.types)}
            wanted |= self._pairs(own, (there | renewed).values())
        for source in news:
            about = await store.about(self.connection, self.tenant, _types(source.registration))
            for own in await self._owns(about - changed):
                wanted |= self._pairs(own, [source])
        await self._lay(wanted, changed, renewed)
        await store.end_what_is_over(self.connection, self.tenant, now=self.now)
        await store.done(self.connection, self.tenant, store.WorkedOut(version, revision, self.address))

    async def _owns(self, ids: Collection[str]) -> list[Own]:
        """Those that may be told of what comes from elsewhere; one that an older version kept and we cannot read is none."""
        found: list[Own] = []
        for row in await store.rows_of(self.connection, self.tenant, ids) if ids else ():
            try:
                own = read(kept(self.tenant, row))
            except Invalid:
                continue
            if self.alias not in passed(own.kept.via) and await self.sees_whole(
                self.connection, own.kept.maker
            ):
                found.append(own)
        return found

    def _pairs(self, own: Own, sources: Iterable[Kept]) -> _Wanted:
        made: _Wanted = {}
        via = passed(own.kept.via)
        for source in sources:
            body = wanted_of(own, source, now=self.now, via=via)
            if body is not None:
                key = (own.subscription.id, source.registration.id)
                made[key] = (source, own.kept.via, body | {CONTEXT: own.kept.context})
        return made

    async def _lay(self, wanted: _Wanted, changed: Collection[str], renewed: Collection[str]) -> None:
        """What is there becomes what is wanted."""
        there = await store.wanted(self.connection, self.tenant, subscriptions=changed, registrations=renewed)
        over: list[Derived] = []
        for one in there:
            source, via, body = wanted.pop((one.subscription, one.source.id), (None, "", None))
            if source is None or not _can_become(one, source.registration, body):
                over.append(one)
                if source is not None:
                    wanted[one.subscription, one.source.id] = (source, via, body or {})
                continue
            made = replace(one, source=source.registration, via=via, wanted=body)
            await store.change(self.connection, made, now=self.now)
        await store.end(self.connection, self.tenant, over, now=self.now)
        for (subscription, _), (source, via, body) in wanted.items():
            made = Derived(
                tenant=self.tenant, token=secrets.token_hex(16), subscription=subscription,
                source=source.registration, via=via, wanted=body,
            )  # fmt: skip
            await store.insert(self.connection, made, now=self.now)


def _can_become(one: Derived, registration: Registration, body: dict[str, Any] | None) -> bool:
    """Where the source has moved, or can change nothing, the old one ends and another is made."""
    same = (registration.endpoint, registration.tenant) == one.place
    held = one.held is None or one.held == body
    return same and (held or Action.UPDATE_SUBSCRIPTION in registration.operations)


def _types(registration: Registration) -> set[str] | None:
    """Every entity that it is about has one of these; None: any may be meant."""
    entities = [one for info in registration.information for one in info.entities]
    if not all(one.types for one in entities) or not all(info.entities for info in registration.information):
        return None
    return {type for one in entities for type in one.types}
