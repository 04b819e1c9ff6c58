"""The index of each tenant's subscriptions in memory, kept up with the store by their revisions."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.store import Connection
from quanyu.twin.subscriptions import _sql
from quanyu.twin.subscriptions.index import Index, Watch, triggers_of
from quanyu.twin.subscriptions.model import Kept
from quanyu.twin.subscriptions.queries import query_of
from quanyu.twin.subscriptions.service import kept

_log = logging.getLogger("quanyu.notifications")


@dataclass(slots=True)
class Book:
    """Of one tenant. `all`: also those that only speak from time to time, or not now."""

    index: Index = field(default_factory=Index)
    all: dict[str, Kept] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    revision: int = 0

    async def refresh(self, connection: Connection, tenant: str) -> list[Kept]:
        """Those that are new or changed since; what was removed is forgotten and stands in `gone`."""
        newest = await _sql.revision(connection, tenant)
        if newest == self.revision:
            return []
        changed = [
            one
            for row in await _sql.newer(connection, tenant, self.revision)
            if (one := self._read(tenant, row))
        ]
        if await _sql.count(connection, tenant) != len(self.all):
            for id in self.all.keys() - await _sql.ids(connection, tenant):
                self.gone.add(id)
                del self.all[id]
                self.index.drop(id)
        self.revision = newest
        return changed

    def _read(self, tenant: str, row: Any) -> Kept | None:
        """One that an older version kept and this one cannot read stands still alone."""
        try:
            one = kept(tenant, row)
            self._put(one)
        except Invalid as error:
            _log.error("subscription %s of %s cannot be read: %s", row["id"], tenant, error)
            return None
        return one

    def _put(self, one: Kept) -> None:
        id = one.subscription.id
        self.all[id] = one
        self.index.drop(id)
        if one.subscription.active and one.subscription.interval is None:
            self.index.put(watch_of(one))


def watch_of(one: Kept) -> Watch:
    subscription = one.subscription
    return Watch(
        key=subscription.id,
        query=query_of(subscription, one.names),
        triggers=triggers_of(subscription.triggers),
        watched=frozenset(subscription.watched),
        since=one.since,
        expires=subscription.expires,
        previous=subscription.content.show_changes,
        owner=one,
    )


def is_active(one: Kept, now: datetime) -> bool:
    return one.subscription.status(now) == "active"
