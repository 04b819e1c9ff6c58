"""Takes a message to the endpoint that its subscription names now."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from quanyu.twin.subscriptions.carriers import Carriers
from quanyu.twin.subscriptions.envelope import Homes, at_home, headers_of
from quanyu.twin.subscriptions.model import Kept
from quanyu.twin.subscriptions.queue import Message

Passage = Callable[[Kept, Message, Callable[[], Awaitable[None]]], Awaitable[None]]
"""Carries a message, or raises a QuanyuError where it may not leave (any more)."""


async def freely(kept: Kept, message: Message, carry: Callable[[], Awaitable[None]]) -> None:
    await carry()


@dataclass(slots=True)
class Post:
    """`tenant` is the node's own: notifications of others carry NGSILD-Tenant (6.3.14), those of a snapshot NGSILD-Snapshot.

    `passage`: what each must pass.
    """

    carriers: Carriers
    tenant: str
    passage: Passage = freely
    homes: Homes = at_home
    _closing: set[asyncio.Task[None]] = field(default_factory=set)

    async def send(self, kept: Kept, message: Message) -> None:
        """Raises a QuanyuError; Unavailable where trying again may help."""
        home = await self.homes(kept.tenant)
        headers = headers_of(kept, message.body, home, own_tenant=self.tenant, link=kept.context)
        carry = partial(self.carriers.carry, kept.subscription.endpoint, headers, message.body)
        await self.passage(kept, message, carry)

    def forget(self, uri: str) -> None:
        task = asyncio.create_task(self.carriers.forget(uri))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        await self.carriers.close()
