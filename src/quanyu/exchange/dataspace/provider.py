"""Our side of the protocol as provider."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quanyu.core.errors import NotFound
from quanyu.exchange.dataspace import _sql, messages
from quanyu.exchange.dataspace.desk import Intake
from quanyu.exchange.dataspace.model import Kind, NegotiationRow, Step, TransferRow
from quanyu.exchange.dataspace.protocol import Message, Negotiation, Side, Transfer
from quanyu.exchange.dataspace.talks import TELL, Talks, tell_body
from quanyu.exchange.parties import acts_for
from quanyu.exchange.within import Within
from quanyu.store import Connection, enqueue

_REFUSED = frozenset(("rejected", "refused", "withdrawn", "lapsed"))


@dataclass(frozen=True, slots=True)
class Provider(Within):
    """Within one transaction, for one asker."""

    desk: Intake

    @property
    def talks(self) -> Talks:
        return Talks(self.connection, self.actor, self.now, self.desk)

    async def request(self, body: Mapping[str, Any]) -> NegotiationRow:
        """ContractRequestMessage without a providerPid. The same consumerPid again answers what there is."""
        messages.check(body, "ContractRequestMessage")
        consumer = acts_for(self.actor, None, "share.request")
        pid, address = messages.text(body, "consumerPid"), messages.callback(body)
        await _sql.lock_pid(self.connection, self.tenant, consumer, pid)
        if (known := await _sql.begun(self.connection, NegotiationRow, consumer, pid)) is not None:
            return known
        offer = messages.part(body, "offer", "Offer")
        dataset, request = await self.desk.requested(consumer, pid, offer)
        made = NegotiationRow(
            pid=new_pid(), side=Side.PROVIDER, other_pid=pid, address=address, consumer=consumer, created=self.now,
            dataset=dataset, request=request, offer=offer, state=Negotiation.REQUESTED, steps=(Step(state=Negotiation.REQUESTED, at=self.now),),
        )  # fmt: skip
        return await self._begun(made)

    async def start(self, body: Mapping[str, Any]) -> TransferRow:
        """TransferRequestMessage. Raises Conflict where the agreement is not in force or the format is none of ours."""
        messages.check(body, "TransferRequestMessage")
        consumer = acts_for(self.actor, None, "share.use")
        pid, address = messages.text(body, "consumerPid"), messages.callback(body)
        await _sql.lock_pid(self.connection, self.tenant, consumer, pid)
        if (known := await _sql.begun(self.connection, TransferRow, consumer, pid)) is not None:
            return known
        agreement, format = messages.text(body, "agreementId"), messages.text(body, "format")
        dataset = await self.desk.transfer_requested(consumer, agreement, format)
        made = TransferRow(
            pid=new_pid(), side=Side.PROVIDER, other_pid=pid, address=address, consumer=consumer, created=self.now,
            dataset=dataset, agreement=agreement, format=format, state=Transfer.REQUESTED,
            steps=(Step(state=Transfer.REQUESTED, at=self.now),),
        )  # fmt: skip
        return await self._begun(made)

    async def find(self, kind: type[Kind], pid: str) -> Kind:
        """Raises NotFound, also for what another body deals with."""
        found = await _sql.one(self.connection, kind, Side.PROVIDER, pid)
        if found is None or found.consumer not in {self.actor.organisation, *self.actor.organisations}:
            raise NotFound("exchange.unknown", id=pid[:40])
        return found

    async def hear(self, found: Kind, said: Message, body: Mapping[str, Any]) -> Kind:
        return await self.talks.hear(found, said, body)

    async def _begun(self, made: Kind) -> Kind:
        await _sql.add(self.connection, self.tenant, made)
        await self.talks.go_on(made)
        return await self.talks.again(made)


def new_pid() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


async def note_request(connection: Connection, tenant: str, request: str, state: str) -> None:
    """What a step of a request means for its negotiation, if it has one."""
    found = await _sql.of_request(connection, request)
    if found is None:
        return
    said = Message.OFFER if state == "offered" else Message.TERMINATE if state in _REFUSED else None
    if said is not None and found.state is not Negotiation.TERMINATED:
        await enqueue(connection, tenant, TELL, tell_body(found, said))


async def note_end(connection: Connection, tenant: str, contract: str) -> None:
    """A contract that is over ends its transfers."""
    for pid in await _sql.open_transfers(connection, contract):
        body = {"kind": "transfer", "side": Side.PROVIDER, "pid": pid, "message": Message.TERMINATE}
        await enqueue(connection, tenant, TELL, body)
