"""Takes a message to the endpoint that its subscription names now."""

import asyncio
from dataclasses import dataclass, field

from quanyu.twin.subscriptions.carriers import Carriers
from quanyu.twin.subscriptions.envelope import headers_of
from quanyu.twin.subscriptions.model import Kept
from quanyu.twin.subscriptions.queue import Message


@dataclass(slots=True)
class Post:
    """`tenant` is the node's own: notifications of others carry NGSILD-Tenant (6.3.14)."""

    carriers: Carriers
    tenant: str
    _closing: set[asyncio.Task[None]] = field(default_factory=set)

    async def send(self, kept: Kept, message: Message) -> None:
        """Raises a QuanyuError; Unavailable where trying again may help."""
        headers = headers_of(kept, message.body, own_tenant=self.tenant, link=kept.context)
        await self.carriers.carry(kept.subscription.endpoint, headers, message.body)

    def forget(self, uri: str) -> None:
        task = asyncio.create_task(self.carriers.forget(uri))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        await self.carriers.close()
