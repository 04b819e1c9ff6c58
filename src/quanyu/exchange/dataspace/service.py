"""Our side of the protocol, as provider: negotiations are requests like any other, transfers are calls under a contract.

What the other side must hear is a durable job; it is tried again until it arrives, and why it does not stands beside the state.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor
from quanyu.core.errors import Conflict, NotFound, QuanyuError, Unavailable
from quanyu.exchange.contracts.model import State
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.dataspace import _sql, messages, odrl
from quanyu.exchange.dataspace._sql import NegotiationRow, TransferRow
from quanyu.exchange.dataspace.messages import Json
from quanyu.exchange.dataspace.protocol import (
    Message,
    Negotiation,
    Side,
    Transfer,
    negotiated,
    transferred,
)
from quanyu.exchange.parties import Party, acts_for
from quanyu.exchange.requests.service import Requests
from quanyu.govern.catalogue import service as catalogue
from quanyu.store import Connection, Database, enqueue

TELL = "share.dataspace"
"""The job that carries one message of ours to its callback."""

_WAIT_SECONDS = 10.0
_REFUSED = frozenset(("rejected", "refused", "withdrawn", "lapsed"))


@dataclass(frozen=True, slots=True)
class Dataspace:
    """Within one transaction, for one asker; `base` is the address under which the asker knows us."""

    connection: Connection
    actor: Actor
    now: datetime
    folder: Path
    base: str

    @property
    def requests(self) -> Requests:
        return Requests(self.connection, self.actor, self.now, self.folder)

    async def request(self, body: Mapping[str, Any]) -> NegotiationRow:
        """ContractRequestMessage without a providerPid. The same consumerPid again answers what there is."""
        consumer = acts_for(self.actor, None, "share.request")
        consumer_pid, callback = messages.text(body, "consumerPid"), messages.callback(body)
        offer = _offer(body)
        known = await _sql.negotiation(self.connection, consumer=consumer, consumer_pid=consumer_pid)
        if known is not None:
            return known
        entry = await catalogue.find(self.connection, _target(offer))
        said = messages.application(offer, entry, now=self.now)
        asked = await self.requests.submit(said, Party(organisation=consumer), key=f"dsp:{consumer_pid}")
        made = NegotiationRow(
            pid=_pid(), consumer_pid=consumer_pid, callback=callback, consumer=consumer, request=asked.id, offer=offer,
            state=Negotiation.REQUESTED, created=self.now,
        )  # fmt: skip
        await _sql.add(self.connection, self.actor.tenant, made)
        return made

    async def negotiation(self, pid: str) -> NegotiationRow:
        """Raises NotFound, also for what another body negotiates."""
        found = await _sql.negotiation(self.connection, pid=pid)
        if found is None or found.consumer not in {self.actor.organisation, *self.actor.organisations}:
            raise NotFound("exchange.unknown", id=pid[:40])
        return found

    async def counter(self, pid: str, body: Mapping[str, Any]) -> NegotiationRow:
        found = await self.negotiation(pid)
        state = negotiated(found.state, Side.CONSUMER, Message.REQUEST)
        if state is not found.state:
            entry = await catalogue.find(self.connection, _target(_offer(body)))
            said = messages.application(_offer(body), entry, now=self.now)
            wanted = await self.requests.draft(found.request, tuple(one.name for one in said.items))
            terms = msgspec.structs.replace(wanted, purpose=said.purpose, starts=said.starts, ends=said.ends)
            await self.requests.counter(found.request, terms, "dataspace")
        return await self._moved(found, state)

    async def accept(self, pid: str) -> NegotiationRow:
        """The consumer takes the offer: the commitment is signed, the agreement follows."""
        found = await self.negotiation(pid)
        state = negotiated(found.state, Side.CONSUMER, Message.ACCEPT)
        if state is not found.state:
            text = await self.requests.commitment(found.request)
            await self.requests.sign(found.request, text.hash)
            await self._tell("negotiation", pid, Message.AGREE)
        return await self._moved(found, state)

    async def verify(self, pid: str) -> NegotiationRow:
        found = await self.negotiation(pid)
        state = negotiated(found.state, Side.CONSUMER, Message.VERIFY)
        if state is not found.state:
            await self._tell("negotiation", pid, Message.FINALIZE)
        return await self._moved(found, state)

    async def terminate(self, pid: str) -> NegotiationRow:
        found = await self.negotiation(pid)
        state = negotiated(found.state, Side.CONSUMER, Message.TERMINATE)
        asked = await self.requests.one(found.request)
        if asked.outcome is None and asked.state in ("checking", "amending", "answering", "offered"):
            await self.requests.act(found.request, "withdraw", "dataspace")
        return await self._moved(found, state)

    async def start(self, body: Mapping[str, Any]) -> TransferRow:
        """TransferRequestMessage. Raises Conflict where the agreement is not in force or the format is none of ours."""
        consumer = acts_for(self.actor, None, "share.use")
        consumer_pid, callback = messages.text(body, "consumerPid"), messages.callback(body)
        known = await _sql.transfer(self.connection, consumer=consumer, consumer_pid=consumer_pid)
        if known is not None:
            return known
        contract = await Contracts(self.connection, self.actor, self.now).one(
            messages.text(body, "agreementId")
        )
        if contract.consumer != Party(organisation=consumer):
            raise NotFound("exchange.unknown", id=contract.id)
        if contract.state is not State.ACTIVE or messages.text(body, "format") != messages.HTTP_PULL:
            raise Conflict("exchange.contract.not_here", id=contract.id, state=contract.state)
        made = TransferRow(
            pid=_pid(), consumer_pid=consumer_pid, callback=callback, consumer=consumer, agreement=contract.id,
            format=messages.HTTP_PULL, state=Transfer.REQUESTED, created=self.now,
        )  # fmt: skip
        await _sql.add(self.connection, self.actor.tenant, made)
        await self._tell("transfer", made.pid, Message.START)
        return made

    async def transfer(self, pid: str) -> TransferRow:
        found = await _sql.transfer(self.connection, pid=pid)
        if found is None or found.consumer not in {self.actor.organisation, *self.actor.organisations}:
            raise NotFound("exchange.unknown", id=pid[:40])
        return found

    async def move_transfer(self, pid: str, said: Message) -> TransferRow:
        found = await self.transfer(pid)
        state = transferred(found.state, Side.CONSUMER, said)
        await _sql.move(self.connection, self.actor.tenant, found, state, now=self.now)
        return await self.transfer(pid)

    async def _moved(self, found: NegotiationRow, state: Negotiation) -> NegotiationRow:
        await _sql.move(self.connection, self.actor.tenant, found, state, now=self.now)
        return await self.negotiation(found.pid)

    async def _tell(self, kind: str, pid: str, said: Message) -> None:
        body = {"kind": kind, "pid": pid, "message": said, "base": self.base}
        await enqueue(self.connection, self.actor.tenant, TELL, body)


async def note_request(connection: Connection, tenant: str, request: str, state: str) -> None:
    """What a step of a request means for its negotiation, if it has one."""
    found = await _sql.negotiation(connection, request=request)
    if found is None:
        return
    said = Message.OFFER if state == "offered" else Message.TERMINATE if state in _REFUSED else None
    if said is not None and found.state is not Negotiation.TERMINATED:
        body = {"kind": "negotiation", "pid": found.pid, "message": said, "base": ""}
        await enqueue(connection, tenant, TELL, body)


async def note_end(connection: Connection, tenant: str, contract: str) -> None:
    """A contract that is over ends its transfers."""
    for pid in await _sql.open_transfers(connection, contract):
        await enqueue(
            connection,
            tenant,
            TELL,
            {"kind": "transfer", "pid": pid, "message": Message.TERMINATE, "base": ""},
        )


@dataclass(frozen=True, slots=True)
class Teller:
    """Carries one message to its callback; the state follows once it has arrived."""

    database: Database
    folder: Path
    outgoing: Outgoing
    actor: Actor
    now: datetime

    async def tell(self, kind: str, pid: str, said: Message, base: str) -> None:
        """Raises Unavailable, to be tried again."""
        async with self.database.tenant(self.actor.tenant) as connection:
            found = await (_sql.negotiation if kind == "negotiation" else _sql.transfer)(connection, pid=pid)
            if found is None or not _is_due(found, said):
                return
            path, body = await self._letter(connection, found, said, base)
        error = await self._posted(f"{found.callback}{path}", body)
        async with self.database.tenant(self.actor.tenant) as connection:
            state = found.state if error else _after(found, said)
            await _sql.move(connection, self.actor.tenant, found, state, now=self.now, error=error)
        if error:
            raise Unavailable("exchange.dataspace.untold", reason=error)

    async def _posted(self, url: str, body: Json) -> str:
        """Empty, or why it did not arrive."""
        client = self.outgoing.client()
        try:
            headers = {"content-type": "application/json"}
            content = msgspec.json.encode(body)
            status = await self.outgoing.post(
                client, url, headers=headers, content=content, wait=_WAIT_SECONDS
            )
        except QuanyuError as error:
            return error.text("en")
        finally:
            await client.aclose()
        return "" if status < 300 else f"HTTP {status}"

    async def _letter(
        self, connection: Connection, found: NegotiationRow | TransferRow, said: Message, base: str
    ) -> tuple[str, Json]:
        pids = {"providerPid": found.pid, "consumerPid": found.consumer_pid}
        if isinstance(found, TransferRow):
            path = f"/transfers/{found.consumer_pid}"
            if said is Message.START:
                address = messages.data_address(found.agreement, base)
                return f"{path}/start", messages.message("TransferStartMessage", **pids, dataAddress=address)
            return f"{path}/termination", messages.message(
                "TransferTerminationMessage", **pids, code="ended", reason=["ended"]
            )
        path = f"/negotiations/{found.consumer_pid}"
        match said:
            case Message.FINALIZE:
                return f"{path}/events", messages.message(
                    "ContractNegotiationEventMessage", **pids, eventType="FINALIZED"
                )
            case Message.TERMINATE:
                return f"{path}/termination", messages.message("ContractNegotiationTerminationMessage", **pids, code="refused", reason=["refused"])  # fmt: skip
        return await self._contract_letter(connection, found, said, pids, path)

    async def _contract_letter(
        self, connection: Connection, found: NegotiationRow, said: Message, pids: Json, path: str
    ) -> tuple[str, Json]:
        asked = await Requests(connection, self.actor, self.now, self.folder).one(found.request)
        desk = Contracts(connection, self.actor, self.now)
        contract = await desk.one(asked.contract or "")
        if said is Message.AGREE and contract.terms is not None:
            agreement = odrl.agreement(
                contract.id, contract.dataset, contract.terms, assigner=contract.provider, assignee=contract.consumer.organisation,
                at=contract.modified.isoformat(),
            )  # fmt: skip
            return f"{path}/agreement", messages.message(
                "ContractAgreementMessage", **pids, agreement=agreement
            )
        newest = (await desk.versions(contract.id))[0]
        offer = odrl.offer(f"{contract.id}:{newest.version}", contract.dataset, newest.terms)
        return f"{path}/offers", messages.message("ContractOfferMessage", **pids, offer=offer)


def _is_due(found: NegotiationRow | TransferRow, said: Message) -> bool:
    try:
        return _after(found, said) != found.state
    except Conflict:
        return False


def _after(found: NegotiationRow | TransferRow, said: Message) -> str:
    if isinstance(found, TransferRow):
        return transferred(found.state, Side.PROVIDER, said)
    return negotiated(found.state, Side.PROVIDER, said)


def _offer(body: Mapping[str, Any]) -> Mapping[str, Any]:
    offer = body.get("offer")
    return offer if isinstance(offer, Mapping) else {"@id": messages.text(body, "offer")}


def _target(offer: Mapping[str, Any]) -> str:
    if "target" in offer:
        return messages.text(offer, "target")
    return messages.text(offer, "@id").removeprefix("urn:quanyu:offer:")


def _pid() -> str:
    return f"urn:uuid:{uuid.uuid4()}"
