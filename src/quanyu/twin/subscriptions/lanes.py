"""Delivery: a lane for each subscription, in order; a gate before each endpoint; nothing waits for somebody else's.

In memory stand at most `DEPTH` messages of a lane, the rest stays in the database until they are gone. A message ends
delivered, or given up: refused, older than `KEPT`, or pushed out by more than `MOST` that wait behind it.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError, Unavailable
from quanyu.core.waking import woken
from quanyu.store import Database
from quanyu.twin.subscriptions import queue
from quanyu.twin.subscriptions.gates import Gate
from quanyu.twin.subscriptions.model import Kept
from quanyu.twin.subscriptions.outcomes import Outcomes
from quanyu.twin.subscriptions.post import Post
from quanyu.twin.subscriptions.queue import Attempt, Message

DEPTH = 100
MOST = 10_000
KEPT = timedelta(hours=24)
AT_ONCE = 64
_PAUSE_SECONDS = 1.0

_log = logging.getLogger("quanyu.notifications")


@dataclass(slots=True)
class Lane:
    """`behind`: more waits in the database than stands here. `last`: the newest message that ever stood here."""

    kept: Kept
    messages: deque[Message] = field(default_factory=deque)
    behind: bool = False
    last: int = 0
    task: asyncio.Task[None] | None = None
    poked: asyncio.Event = field(default_factory=asyncio.Event)


class Lanes:
    """One per node, of all tenants."""

    def __init__(self, database: Database, post: Post, *, clock: Clock) -> None:
        self._database = database
        self._post = post
        self._clock = clock
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._gates: dict[str, Gate] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self.outcomes = Outcomes(database)

    def push(self, kept: Kept, messages: Iterable[Message]) -> None:
        """Messages that have been kept just now, in order."""
        lane = self._lane(kept)
        for message in messages:
            if lane.behind or len(lane.messages) >= DEPTH:
                lane.behind = True
            else:
                lane.messages.append(message)
                lane.last = message.id
        self._start(lane)

    def look(self, kept: Kept) -> None:
        """Something may wait in the database."""
        lane = self._lane(kept)
        lane.behind = True
        self._start(lane)

    def changed(self, kept: Kept) -> None:
        """Its owner has said how it is now: what waits is tried at once, at the endpoint that it names now."""
        lane = self._lanes.get(_key(kept))
        if lane is not None:
            self._leave(lane)
            lane.kept = kept
            self._gate(kept).users.add(_key(kept))
        gate = self._gates.get(kept.subscription.endpoint.uri)
        if gate is not None:
            gate.reopen()
            for user in gate.users & self._lanes.keys():
                self._lanes[user].poked.set()

    async def drop(self, tenant: str, subscription: str) -> None:
        """The subscription is gone."""
        lane = self._lanes.pop((tenant, subscription), None)
        if lane is not None:
            self._leave(lane)
            await _ended(lane.task)

    async def close(self) -> None:
        """Ends what is under way; it stays kept and is tried again."""
        tasks = [lane.task for lane in self._lanes.values()]
        self._lanes.clear()
        for task in tasks:
            await _ended(task)
        await self.outcomes.close()
        await self._post.close()

    def _lane(self, kept: Kept) -> Lane:
        lane = self._lanes.get(_key(kept))
        if lane is None:
            lane = self._lanes[_key(kept)] = Lane(kept)
        self._gate(kept).users.add(_key(kept))
        return lane

    def _gate(self, kept: Kept) -> Gate:
        return self._gates.setdefault(kept.subscription.endpoint.uri, Gate())

    def _leave(self, lane: Lane) -> None:
        """A gate that nobody uses any more is taken down."""
        uri = lane.kept.subscription.endpoint.uri
        gate = self._gates.get(uri)
        if gate is not None:
            gate.users.discard(_key(lane.kept))
            if not gate.users:
                del self._gates[uri]
                self._post.forget(uri)

    def _start(self, lane: Lane) -> None:
        if lane.task is None:
            lane.task = asyncio.create_task(self._work(lane))

    async def _work(self, lane: Lane) -> None:
        try:
            while True:
                if not lane.messages:
                    if not lane.behind:
                        return
                    await self._fetch(lane)
                    continue
                if await self._wait(lane):
                    await self._deliver(lane)
        finally:
            lane.task = None

    async def _fetch(self, lane: Lane) -> None:
        tenant, subscription = _key(lane.kept)
        lane.behind = False
        try:
            async with self._database.tenant(tenant) as connection:
                await queue.overflow(
                    connection, tenant, subscription, most=MOST, now=self._clock(), fault="queue is full"
                )
                found = await queue.waiting(connection, tenant, subscription, after=lane.last, limit=DEPTH)
        except Unavailable as error:
            lane.behind = True
            _log.warning("notifications of %s wait: %s", subscription, error)
            await asyncio.sleep(_PAUSE_SECONDS)
            return
        lane.messages.extend(found)
        lane.behind = lane.behind or len(found) == DEPTH
        lane.last = found[-1].id if found else lane.last

    async def _wait(self, lane: Lane) -> bool:
        """Whether the first message may go now; else a while has passed, in which the clock may have been set."""
        message, now = lane.messages[0], self._clock()
        seconds = max((message.due - now).total_seconds(), self._gate(lane.kept).wait(now))
        if not lane.kept.subscription.active:
            seconds = max(seconds, _PAUSE_SECONDS * 3600)
        if seconds <= 0:
            return True
        lane.poked.clear()
        if await woken(lane.poked, min(seconds, _PAUSE_SECONDS)):
            lane.messages[0] = _at_once(message, self._clock())
        return False

    async def _deliver(self, lane: Lane) -> None:
        gate = self._gate(lane.kept)
        async with gate.slots:
            if gate.wait(self._clock()) > 0:
                return
            async with self._at_once:
                message = await self._taken(lane)
                if message is not None:
                    attempt = await self._attempt(lane.kept, message, gate)
                    self._note(lane, attempt)

    async def _taken(self, lane: Lane) -> Message | None:
        message = lane.messages[0]
        if not message.held:
            return message
        silence = timedelta(seconds=lane.kept.subscription.throttling or 0.0)
        try:
            async with self._database.tenant(message.tenant) as connection:
                taken = await queue.release(connection, message, quiet_until=self._clock() + silence)
        except Unavailable:
            await asyncio.sleep(_PAUSE_SECONDS)
            return None
        if taken is None:
            lane.messages.popleft()
            return None
        lane.messages[0] = taken
        return taken

    async def _attempt(self, kept: Kept, message: Message, gate: Gate) -> Attempt:
        begun = self._clock()
        try:
            await self._post.send(kept, message)
        except Unavailable as error:
            now = self._clock()
            again = gate.failed(begun, now, cooldown=kept.subscription.endpoint.cooldown)
            given_up = now - message.made > KEPT
            return Attempt(message=message, at=now, fault=str(error), due=None if given_up else again)
        except QuanyuError as error:
            return Attempt(message=message, at=self._clock(), fault=str(error))
        except Exception as error:
            _log.exception("notification %s of %s cannot be sent", message.id, message.subscription)
            return Attempt(message=message, at=self._clock(), fault=type(error).__name__)
        gate.reopen()
        return Attempt(message=message, at=self._clock())

    def _note(self, lane: Lane, attempt: Attempt) -> None:
        self.outcomes.put(attempt)
        if lane.messages and lane.messages[0].id == attempt.message.id:
            if attempt.due is None:
                lane.messages.popleft()
            else:
                lane.messages[0] = _again(attempt.message, attempt.due)


def _key(kept: Kept) -> tuple[str, str]:
    return kept.tenant, kept.subscription.id


def _again(message: Message, due: datetime) -> Message:
    return replace(message, due=due, tries=message.tries + 1)


def _at_once(message: Message, now: datetime) -> Message:
    """A retry need not wait any longer; what is throttled must."""
    return message if message.held else replace(message, due=min(message.due, now))


async def _ended(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
