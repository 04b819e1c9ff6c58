"""What leaves under a contract's call, counted and hashed on its way, so that ledger and evidence say what the consumer got."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid
from quanyu.exchange.delivery.counting import Counting, Left
from quanyu.exchange.delivery.ledger import CallState
from quanyu.twin.http.ngsi_exchange import Exchange, Receive, Scope, Send

CONTRACT = "quanyu.contract"
CALL = "quanyu.call"
ACTOR = "quanyu.actor"

App = Callable[[Scope, Receive, Send], Awaitable[None]]


def contract_of(exchange: Exchange) -> str:
    """Raises Invalid for a question to a branch: contracts are about what is."""
    if exchange.branch is not None:
        raise Invalid("exchange.entities.absent", name="NGSILD-Snapshot")
    return str(exchange.scope[CONTRACT])


@dataclass(slots=True)
class Open:
    """A call that has been counted, put into the scope as `CALL`; `rows` as soon as they are known."""

    actor: Actor
    id: str
    rows: int = 0

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return (("x-quanyu-call", self.id),)


@dataclass(slots=True)
class _Meter:
    send: Send
    status: int = 0
    size: int = 0
    digest: hashes.Hash = field(default_factory=lambda: hashes.Hash(hashes.SM3()))
    whole: bool = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = int(str(message["status"]))
        elif isinstance(body := message.get("body"), bytes):
            self.size += len(body)
            self.digest.update(body)
        await self.send(message)
        self.whole = message["type"] == "http.response.body" and not message.get("more_body")


async def metered(app: App, scope: Scope, receive: Receive, send: Send, counting: Counting) -> None:
    """The call that the application opens, if it does, is closed with what has left."""
    meter = _Meter(send)
    try:
        await app(scope, receive, meter)
    finally:
        call: Open | None = scope.get(CALL)
        if call is not None:
            done = meter.status < 400
            state = (CallState.DONE if done else CallState.FAILED) if meter.whole else CallState.CUT
            left = Left(rows=call.rows if done else 0, size=meter.size, digest=meter.digest.finalize().hex())
            await asyncio.shield(counting.close(call.actor, call.id, state, left))
