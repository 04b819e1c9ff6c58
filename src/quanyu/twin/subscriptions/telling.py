"""From what concerns whom to the messages that wait for delivery, in the transaction of the reader's progress.

What was committed together is told together: one notification a subscription and commit, an entity in it once.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from quanyu.store import Connection
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import CORE, Context, Contexts, LdContextNotAvailable
from quanyu.twin.ngsild.query import Query, matches
from quanyu.twin.query import retrieve_many
from quanyu.twin.subscriptions import compose, linked, matching
from quanyu.twin.subscriptions.change import Happened
from quanyu.twin.subscriptions.compose import Event
from quanyu.twin.subscriptions.concern import is_triggered
from quanyu.twin.subscriptions.index import Watch
from quanyu.twin.subscriptions.matching import FAULTS, Concerned
from quanyu.twin.subscriptions.model import Join, Kept
from quanyu.twin.subscriptions.queries import query_of
from quanyu.twin.subscriptions.queue import Message

_NOTHING: Mapping[str, str] = {}

_log = logging.getLogger("quanyu.notifications")


class Sees(Protocol):
    """The entity as whoever made the subscription sees it; None where they may not."""

    async def __call__(self, connection: Connection, kept: Kept, entity: Stored) -> Stored | None: ...


async def sees_all(connection: Connection, kept: Kept, entity: Stored) -> Stored | None:
    return entity


@dataclass(slots=True)
class _Batch:
    """The notification that is being filled for one subscription."""

    kept: Kept
    at: datetime
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    beside: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Teller:
    contexts: Contexts
    sees: Sees = sees_all

    async def messages(
        self, connection: Connection, found: Sequence[Concerned], *, now: datetime
    ) -> list[Message]:
        """In the order of the changes."""
        batches: list[_Batch] = []
        open: dict[str, _Batch] = {}
        for watch, event in found:
            kept: Kept = watch.owner
            entity = await self.sees(connection, kept, event.entity)
            if entity is None:
                continue
            if entity.veiled and not is_triggered(watch, _without(event.what, entity.veiled)):
                continue
            if not await self._fits(connection, kept, watch.query, entity):
                continue
            batch = open.get(watch.key)
            if batch is None or batch.at != event.change.at or entity.id in batch.entities:
                batch = open[watch.key] = _Batch(kept, event.change.at)
                batches.append(batch)
            await self._fill(connection, batch, watch, _as_seen(event, entity))
        return [self._message(one, now) for one in batches if one.entities]

    async def whole(
        self,
        connection: Connection,
        kept: Kept,
        entities: Sequence[Stored],
        *,
        now: datetime,
        deleted: Mapping[str, str] = _NOTHING,
    ) -> list[Message]:
        """All these entities, whatever happened to them; nothing where there are none. `deleted`: when some were, by id."""
        batch, query = _Batch(kept, now), query_of(kept.subscription, kept.names)
        context = await self._context(kept)
        for one in entities:
            entity = await self.sees(connection, kept, one)
            if entity is not None and await self._fits(connection, kept, query, entity):
                told = compose.shown(kept, entity, context, deleted=deleted.get(entity.id, ""))
                await self._put(connection, batch, entity, told, context)
        return [self._message(batch, now)] if batch.entities else []

    async def _fits(self, connection: Connection, kept: Kept, query: Query, entity: Stored) -> bool:
        """Whether an entity that fits is found by what the subscriber sees, too (decision 0038)."""
        kept_back = bool(entity.veiled)

        async def fetch(ids: Collection[str]) -> Mapping[str, Stored]:
            nonlocal kept_back
            found = await retrieve_many(connection, kept.tenant, ids)
            seen = await self._seen(connection, kept, found)
            kept_back |= any(seen.get(id) is not one for id, one in found.items())
            return seen

        around = await matching.linked_by(query, entity, fetch)
        return not kept_back or matches(query, entity, around)

    async def _fill(self, connection: Connection, batch: _Batch, watch: Watch, event: Event) -> None:
        """What cannot be written down is told to the log of the node, so that it stops nobody else's."""
        context = await self._context(batch.kept)
        try:
            told = compose.entity_told(watch, batch.kept, event, context)
        except FAULTS:
            _log.exception("change %s cannot be told to %s", event.change.seq, watch.key)
        else:
            await self._put(connection, batch, event.entity, told, context)

    async def _put(
        self, connection: Connection, batch: _Batch, entity: Stored, told: dict[str, Any], context: Context
    ) -> None:
        kept = batch.kept
        content = kept.subscription.content
        if content.join is not Join.NONE:
            what = compose.representation(kept)
            linking = linked.Linking(context, what, compose.projection(content.pick))
            names = [name for name in entity.document if what.has(name)]

            fetch = partial(self._fetch, connection, kept)
            around = await linked.gathered(entity, names, content.join_level, fetch)
            if content.join is Join.INLINE:
                told = linked.in_place(told, entity, around, linking, content.join_level)
            else:
                for one in linked.beside(entity, around, linking, content.join_level):
                    batch.beside[str(one.get("id"))] = compose.with_context(one, kept)
        batch.entities[entity.id] = told

    async def _fetch(self, connection: Connection, kept: Kept, ids: Any) -> Mapping[str, Stored]:
        found = await retrieve_many(connection, kept.tenant, ids) if ids else {}
        return await self._seen(connection, kept, found)

    async def _seen(
        self, connection: Connection, kept: Kept, found: Mapping[str, Stored]
    ) -> Mapping[str, Stored]:
        seen = {id: await self.sees(connection, kept, one) for id, one in found.items()}
        return {id: one for id, one in seen.items() if one is not None}

    async def _context(self, kept: Kept) -> Context:
        """Where it cannot be had any more, names are told as IRIs."""
        try:
            return await self.contexts.of(kept.tenant, kept.context)
        except LdContextNotAvailable as error:
            _log.warning("notifications of %s use the core context: %s", kept.subscription.id, error)
            return CORE

    def _message(self, batch: _Batch, now: datetime) -> Message:
        around = [one for id, one in batch.beside.items() if id not in batch.entities]
        told = [*batch.entities.values(), *around]
        return Message(
            tenant=batch.kept.tenant,
            subscription=batch.kept.subscription.id,
            body=compose.notification(batch.kept, told, now=now),
            made=now,
            due=now,
        )


def _without(what: Happened, veiled: frozenset[str]) -> Happened:
    return replace(
        what, attributes={name: how for name, how in what.attributes.items() if name not in veiled}
    )


def _as_seen(event: Event, entity: Stored) -> Event:
    """Whoever does not see an entity whole is not told what it was before."""
    return event if entity is event.entity else compose.as_seen(event, entity)
