"""Tells subscribers of registrations what changes (ETSI GS CIM 009, 5.11.7, 5.3.2)."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from quanyu.connect.outgoing import Outgoing
from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError, Unavailable
from quanyu.store import Database
from quanyu.twin.ngsild.context import CORE_URL, Context, Contexts
from quanyu.twin.ngsild.document.scalars import moment_text
from quanyu.twin.registrations import store, subscribers
from quanyu.twin.registrations.forms import shown
from quanyu.twin.registrations.model import Kept
from quanyu.twin.registrations.search import found
from quanyu.twin.registrations.subscribers import Subscriber
from quanyu.twin.subscriptions.carriers import Carriers
from quanyu.twin.subscriptions.envelope import headers_of
from quanyu.twin.subscriptions.model import Accept, Endpoint

LOOK_SECONDS = 1.0
SETTLE_SECONDS = 0.5
PAUSES = (1.0, 3.0)
"""Seconds before each further try, where a later one may do better."""

_log = logging.getLogger("quanyu.notifications")


class Reason(StrEnum):
    """5.3.2."""

    NEWLY = "newlyMatching"
    UPDATED = "updated"
    NO_LONGER = "noLongerMatching"


@dataclass(slots=True)
class Herald:
    """One per process: tells of the changes that this process makes, and periodically. `tenant` is the node's own.

    A subscriber hears one thing after the other; a slow one keeps nobody else waiting. What cannot be delivered is tried
    again a few times, as long as the process lives.
    """

    database: Database
    contexts: Contexts
    tenant: str
    outgoing: Outgoing = field(default_factory=Outgoing)
    clock: Clock = utc_now
    pauses: tuple[float, ...] = PAUSES
    _carriers: Carriers = field(init=False)
    _last: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._carriers = Carriers(self.outgoing)

    async def heard(self, tenant: str, before: Kept | None, after: Kept | None) -> None:
        """A registration has come, changed or gone."""
        now = self.clock()
        async with self.database.tenant(tenant) as connection:
            everybody = await subscribers.listed(connection, tenant)
        for one in everybody:
            if one.listens(now) and one.kept.subscription.interval is None:
                reason = _reason(one, before, after, now)
                if reason is not None:
                    self._tell(one, [after or before], reason)  # type: ignore[list-item]

    async def began(self, one: Subscriber, before: Subscriber | None = None) -> None:
        """5.11.2, 5.11.3: what matches is told at once; of a changed subscription what did not match before."""
        tenant, now = one.kept.tenant, self.clock()
        if not one.listens(now):
            return
        async with self.database.tenant(tenant) as connection:
            known = await store.load(connection, tenant)
        matching = found(one.search, known, now)
        earlier = found(before.search, known, now) if before is not None and before.listens(now) else []
        old, new = ({kept.registration.id for kept in side} for side in (earlier, matching))
        self._tell(one, [kept for kept in matching if kept.registration.id not in old], Reason.NEWLY)
        self._tell(one, [kept for kept in earlier if kept.registration.id not in new], Reason.NO_LONGER)

    async def settled(self, tenant: str, id: str) -> None:
        """What is under way to a subscriber is given a moment to arrive, so that its counters are true."""
        task = self._last.get((tenant, id))
        if task is not None:
            await asyncio.wait([task], timeout=SETTLE_SECONDS)

    async def run(self) -> None:
        """Sends what is due, as long as the node lives."""
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                try:
                    await self._look()
                except QuanyuError as error:
                    _log.warning("periodic notifications of registrations wait: %s", error)
        finally:
            await self.close()

    async def close(self) -> None:
        """What is still under way is not told any more."""
        for task in tuple(self._last.values()):
            task.cancel()
        await self._carriers.close()

    async def _look(self) -> None:
        async with self.database.owner() as connection:
            tenants = await subscribers.tenants_due(connection, self.clock())
        for tenant in tenants:
            now = self.clock()
            async with self.database.tenant(tenant) as connection:
                due = await subscribers.take_due(connection, tenant, now)
                known = await store.load(connection, tenant)
            for one in due:
                if one.listens(now):
                    self._tell(one, found(one.search, known, now), Reason.NEWLY)

    def _tell(self, one: Subscriber, matching: Sequence[Kept], reason: Reason) -> None:
        if not matching:
            return
        key = (one.kept.tenant, one.kept.subscription.id)
        task = asyncio.create_task(self._send(one, matching, reason, self._last.get(key)))
        self._last[key] = task
        task.add_done_callback(
            lambda done: self._last.pop(key, None) if self._last.get(key) is done else None
        )

    async def _send(
        self, one: Subscriber, matching: Sequence[Kept], reason: Reason, earlier: asyncio.Task[None] | None
    ) -> None:
        if earlier is not None:
            await asyncio.wait([earlier])
        kept = one.kept
        try:
            context = await self.contexts.of(kept.tenant, kept.context)
        except QuanyuError as error:
            _log.info("a notification of %s failed: %s", kept.subscription.id, error)
            await self._told(one, well=False)
            return
        body = notification(one, matching, reason, context, self.clock())
        headers = headers_of(kept, body, own_tenant=self.tenant, link=context.link)
        await self.carry(
            kept.subscription.endpoint, headers, body, partial(self._told, one), partial(self._awaits, one)
        )

    async def carry(
        self, endpoint: Endpoint, headers: Mapping[str, str], body: Mapping[str, Any],
        told: Callable[..., Awaitable[None]], awaits: Callable[[], Awaitable[bool]],
    ) -> None:  # fmt: skip
        """Tries until it is delivered, refused for good, no longer awaited, or given up; `told` of the first try and of success."""
        for again, pause in enumerate((*self.pauses, None)):
            try:
                await self._carriers.carry(endpoint, headers, body)
            except QuanyuError as error:
                _log.info("%s: a notification failed: %s", endpoint.uri, error)
                if not again:
                    await told(well=False)
                if pause is None or not isinstance(error, Unavailable):
                    return
                await asyncio.sleep(pause)
                if not await awaits():
                    return
            else:
                await told(well=True)
                return

    async def _told(self, one: Subscriber, *, well: bool) -> None:
        kept = one.kept
        async with self.database.tenant(kept.tenant) as connection:
            await subscribers.told(connection, kept.tenant, kept.subscription.id, at=self.clock(), well=well)

    async def _awaits(self, one: Subscriber) -> bool:
        """Whether the subscription is still as it was."""
        try:
            async with self.database.tenant(one.kept.tenant) as connection:
                now = await subscribers.find(connection, one.kept.tenant, one.kept.subscription.id)
        except QuanyuError:
            return False
        return now.kept.modified == one.kept.modified and now.listens(self.clock())


def notification(
    one: Subscriber, matching: Sequence[Kept], reason: Reason, context: Context, now: datetime
) -> dict[str, Any]:
    """5.3.2; of each registration the information that was asked for, of one that no longer matches all of it."""
    data = []
    for kept in matching:
        document = dict(kept.registration.document)
        if reason is not Reason.NO_LONGER:
            document = one.search.filtered(document, kept.registration)
        data.append(_with_type_lists(shown(document, context)))
    body: dict[str, Any] = {
        "id": f"urn:ngsi-ld:ContextSourceNotification:{uuid.uuid4()}",
        "type": "ContextSourceNotification",
        "subscriptionId": one.kept.subscription.id,
        "notifiedAt": moment_text(now),
        "triggerReason": reason.value,
        "data": data,
    }
    if one.kept.subscription.endpoint.accept is Accept.LD_JSON:
        body["@context"] = one.kept.context or CORE_URL
    return body


def _with_type_lists(registration: dict[str, Any]) -> dict[str, Any]:
    """5.2.8 allows both; receivers in use count on lists here."""
    information = [
        {**info, "entities": [_typed(one) for one in info["entities"]]} if "entities" in info else info
        for info in registration["information"]
    ]
    return {**registration, "information": information}


def _typed(entity: dict[str, Any]) -> dict[str, Any]:
    return {**entity, "type": [entity["type"]]} if isinstance(entity.get("type"), str) else entity


def _reason(one: Subscriber, before: Kept | None, after: Kept | None, now: datetime) -> Reason | None:
    was = before is not None and one.search.finds(before, now)
    is_now = after is not None and one.search.finds(after, now)
    match was, is_now:
        case False, True:
            return Reason.NEWLY
        case True, True:
            return Reason.UPDATED
        case True, False:
            return Reason.NO_LONGER
    return None
