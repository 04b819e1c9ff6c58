"""What a subscriber is told: by the rights of whoever subscribed, or by the terms of a contract."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from quanyu.exchange.entities.notifying import Notifying
from quanyu.store import Connection
from quanyu.twin.http.sight import Sight, seen_by
from quanyu.twin.model import Stored
from quanyu.twin.subscriptions.model import Kept
from quanyu.twin.subscriptions.queue import Message


@dataclass(frozen=True, slots=True)
class Subscribers:
    sight: Sight
    notifying: Notifying

    async def sees(self, connection: Connection, kept: Kept, entity: Stored) -> Stored | None:
        if kept.contract:
            return await self.notifying.seen(connection, kept, entity)
        return await seen_by(self.sight, connection, kept.maker, entity)

    async def passage(self, kept: Kept, message: Message, carry: Callable[[], Awaitable[None]]) -> None:
        if kept.contract:
            await self.notifying.carried(kept, message, carry)
        else:
            await carry()
