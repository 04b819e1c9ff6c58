"""Our side of the protocol as consumer: what bodies here ask of other connectors, and what those call back with."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quanyu.core.errors import Conflict, NotFound
from quanyu.exchange.dataspace import _sql
from quanyu.exchange.dataspace.desk import Desk
from quanyu.exchange.dataspace.model import Kind, NegotiationRow, Step, TransferRow
from quanyu.exchange.dataspace.protocol import Message, Negotiation, Side, Transfer
from quanyu.exchange.dataspace.provider import new_pid
from quanyu.exchange.dataspace.talks import Talks
from quanyu.exchange.parties import is_side
from quanyu.exchange.within import Within

_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """Whom we ask: the connector and where it listens; `consumer` is the body here that asks."""

    consumer: str
    address: str
    connector: str = ""


@dataclass(frozen=True, slots=True)
class Consumer(Within):
    """Within one transaction. `actor` is a person here, or for what is called back the node itself."""

    desk: Desk

    @property
    def talks(self) -> Talks:
        return Talks(self.connection, self.actor, self.now, self.desk)

    async def request(self, to: Counterpart, dataset: str, offer: Mapping[str, Any]) -> NegotiationRow:
        """Asks for a dataset with the offer of the catalogue, or with one's own."""
        made = NegotiationRow(
            pid=new_pid(), side=Side.CONSUMER, other_pid="", address=to.address, consumer=to.consumer, created=self.now,
            connector=to.connector, secret=secrets.token_urlsafe(_SECRET_BYTES), dataset=dataset, request=None,
            offer={"target": dataset, **offer, "@type": "Offer"}, state=Negotiation.REQUESTED,
            steps=(Step(state=Negotiation.REQUESTED, at=self.now),),
        )  # fmt: skip
        return await self._begun(made)

    async def start(self, to: Counterpart, agreement: str, dataset: str, format: str) -> TransferRow:
        made = TransferRow(
            pid=new_pid(), side=Side.CONSUMER, other_pid="", address=to.address, consumer=to.consumer, created=self.now,
            connector=to.connector, secret=secrets.token_urlsafe(_SECRET_BYTES), dataset=dataset, agreement=agreement,
            format=format, state=Transfer.REQUESTED, steps=(Step(state=Transfer.REQUESTED, at=self.now),),
        )  # fmt: skip
        return await self._begun(made)

    async def mine(self, kind: type[Kind], pid: str, action: str) -> Kind:
        """For a person. Raises NotFound, also for what another body asks."""
        found = await _sql.one(self.connection, kind, Side.CONSUMER, pid)
        if found is None or not is_side(self.actor, found.consumer, action):
            raise NotFound("exchange.unknown", id=pid[:40])
        return found

    async def called_back(self, kind: type[Kind], secret: str, pid: str) -> Kind:
        """For the other side, which alone knows the secret. Raises NotFound."""
        found = await _sql.one(self.connection, kind, Side.CONSUMER, pid)
        if found is None or not hmac.compare_digest(found.secret.encode(), secret.encode()):
            raise NotFound("exchange.unknown", id=pid[:40])
        return found

    async def counter(self, found: NegotiationRow, offer: Mapping[str, Any]) -> NegotiationRow:
        """Other terms, once the provider has offered. Raises Conflict."""
        if found.state is not Negotiation.OFFERED:
            raise Conflict("exchange.dataspace.not_due", message="request", state=found.state.value)
        wanted = {**offer, "@type": "Offer", "target": found.dataset}
        await _sql.put(self.connection, self.tenant, found, now=self.now, offer=wanted)
        return await self.say(found, Message.REQUEST)

    async def say(self, found: Kind, said: Message) -> Kind:
        await self.talks.say(found, said)
        return await self.talks.again(found)

    async def hear(self, found: Kind, said: Message, body: Mapping[str, Any]) -> Kind:
        return await self.talks.hear(found, said, body)

    async def _begun(self, made: Kind) -> Kind:
        await _sql.add(self.connection, self.tenant, made)
        return await self.say(made, Message.REQUEST)
