"""Who decides what this node answers: the port, the desk of the provider (people, by requests and contracts), that of the consumer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from quanyu.core.errors import Conflict, NotFound
from quanyu.exchange import notices
from quanyu.exchange.contracts.model import State
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.dataspace import messages, odrl
from quanyu.exchange.dataspace.catalogue import offered
from quanyu.exchange.dataspace.model import Json, NegotiationRow, Row
from quanyu.exchange.dataspace.protocol import HTTP_PULL, Message, Negotiation, Transfer
from quanyu.exchange.dataspace.wishes import application
from quanyu.exchange.parties import Party
from quanyu.exchange.requests.service import Requests
from quanyu.exchange.within import Within
from quanyu.govern.catalogue import service as catalogue

_RULES = ("permission", "prohibition", "obligation")
_NEXT_NEGOTIATION = {Negotiation.ACCEPTED: Message.AGREE, Negotiation.VERIFIED: Message.FINALIZE}
_NEXT_TRANSFER = {Transfer.REQUESTED: Message.START}
"""What a provider says by itself."""


class Desk(Protocol):
    async def heard(self, found: Row, said: Message, body: Mapping[str, Any]) -> Json:
        """What of the row changes. May refuse by raising; the state follows only if it does not."""
        ...

    async def next(self, found: Row) -> Message | None:
        """What we say by ourselves, now that it stands here."""
        ...

    async def content(self, found: Row, said: Message, base: str) -> Json:
        """Members of a message of ours: an offer, an agreement, a data address."""
        ...


class Intake(Desk, Protocol):
    """The provider's desk also takes what a consumer begins."""

    async def requested(
        self, consumer: str, pid: str, offer: Mapping[str, Any]
    ) -> tuple[str, str | None]: ...

    async def transfer_requested(self, consumer: str, agreement: str, format: str) -> str: ...


@dataclass(frozen=True, slots=True)
class ProviderDesk(Within):
    """A negotiation is a request like any other: people decide, its clocks run; an agreement is a contract."""

    folder: Path

    @property
    def requests(self) -> Requests:
        return Requests(self.connection, self.actor, self.now, self.folder)

    async def requested(self, consumer: str, pid: str, offer: Mapping[str, Any]) -> tuple[str, str | None]:
        """The dataset and the number of the request."""
        entry = await catalogue.find(self.connection, target_of(offer))
        said = application(offer, entry, now=self.now)
        asked = await self.requests.submit(said, Party(organisation=consumer), key=f"dsp:{pid}")
        return entry.name, asked.id

    async def transfer_requested(self, consumer: str, agreement: str, format: str) -> str:
        """The dataset. Raises Conflict where the agreement is not in force or the format is none of ours."""
        contract = await Contracts(self.connection, self.actor, self.now).one(agreement)
        if contract.consumer != Party(organisation=consumer):
            raise NotFound("exchange.unknown", id=contract.id)
        if contract.state is not State.ACTIVE or format != HTTP_PULL:
            raise Conflict("exchange.contract.not_here", id=contract.id, state=contract.state)
        return contract.dataset

    async def heard(self, found: Row, said: Message, body: Mapping[str, Any]) -> Json:
        if isinstance(found, NegotiationRow):
            await self._negotiated(found.request or "", said, body)
        return {}

    async def next(self, found: Row) -> Message | None:
        if isinstance(found, NegotiationRow):
            return _NEXT_NEGOTIATION.get(found.state)
        return _NEXT_TRANSFER.get(found.state)

    async def content(self, found: Row, said: Message, base: str) -> Json:
        if not isinstance(found, NegotiationRow):
            return {"dataAddress": _data_address(found.agreement, base)} if said is Message.START else {}
        if said not in (Message.OFFER, Message.AGREE):
            return {}
        asked = await self.requests.one(found.request or "")
        desk = Contracts(self.connection, self.actor, self.now)
        contract = await desk.one(asked.contract or "")
        if said is Message.AGREE and contract.terms is not None:
            agreement = odrl.agreement(
                contract.id, contract.dataset, contract.terms, assigner=contract.provider, assignee=contract.consumer.organisation,
                at=contract.modified.isoformat(),
            )  # fmt: skip
            return {"agreement": agreement}
        newest = (await desk.versions(contract.id))[0]
        return {"offer": odrl.offer(f"{contract.id}:{newest.version}", contract.dataset, newest.terms)}

    async def _negotiated(self, request: str, said: Message, body: Mapping[str, Any]) -> None:
        match said:
            case Message.REQUEST:
                await self._countered(request, body)
            case Message.ACCEPT:
                text = await self.requests.commitment(request)
                await self.requests.sign(request, text.hash)
            case Message.TERMINATE:
                asked = await self.requests.one(request)
                if asked.outcome is None and asked.state in ("checking", "amending", "answering", "offered"):
                    await self.requests.act(request, "withdraw", "dataspace")

    async def _countered(self, request: str, body: Mapping[str, Any]) -> None:
        offer = messages.part(body, "offer", "Offer")
        entry = await catalogue.find(self.connection, target_of(offer))
        said = application(offer, entry, now=self.now)
        wanted = await self.requests.draft(request, tuple(one.name for one in said.items))
        terms = msgspec.structs.replace(wanted, purpose=said.purpose, starts=said.starts, ends=said.ends)
        await self.requests.counter(request, terms, "dataspace")


@dataclass(frozen=True, slots=True)
class ConsumerDesk(Within):
    """People here accept, counter or end; an agreement that says what was offered is verified at once."""

    async def heard(self, found: Row, said: Message, body: Mapping[str, Any]) -> Json:
        changed = heard_from_provider(found, said, body)
        await notices.tell(
            self.connection, self.tenant, found.consumer, "dataspace", found.pid, found.dataset, self.now,
            message=said.value, connector=found.connector,
        )  # fmt: skip
        return changed

    async def next(self, found: Row) -> Message | None:
        """An agreement that says something else waits for a person."""
        if isinstance(found, NegotiationRow) and found.state is Negotiation.AGREED and _fits(found):
            return Message.VERIFY
        return None

    async def content(self, found: Row, said: Message, base: str) -> Json:
        if said is not Message.REQUEST:
            return {}
        if isinstance(found, NegotiationRow):
            return {"offer": found.offer}
        return {"agreementId": found.agreement, "format": found.format}


def heard_from_provider(found: Row, said: Message, body: Mapping[str, Any]) -> Json:
    """What a consumer keeps of it: the offer, the agreement, where the data is."""
    if not isinstance(found, NegotiationRow):
        return {"data": body["dataAddress"]} if body.get("dataAddress") else {}
    if said is Message.OFFER:
        return {"offer": messages.part(body, "offer", "Offer")}
    if said is Message.AGREE:
        agreement = messages.part(body, "agreement", "Agreement")
        messages.text(agreement, "@id")
        return {"agreement": agreement}
    return {}


def target_of(offer: Mapping[str, Any]) -> str:
    if "target" in offer:
        return messages.text(offer, "target")
    return offered(messages.text(offer, "@id"))


def _fits(found: NegotiationRow) -> bool:
    """Whether the agreement is about the dataset that was asked for, by the rules that lay before us last."""
    agreement = found.agreement or {}
    same = all(agreement.get(rule) == found.offer.get(rule) for rule in _RULES)
    return same and agreement.get("target") == found.dataset


def _data_address(contract: str, base: str) -> Json:
    """Where the records are: whoever asks shows their own token, so none is sent around."""
    return {
        "@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
        "endpoint": f"{base}/api/v1/sharing/contracts/{contract}/records",
        "endpointProperties": [{"@type": "EndpointProperty", "name": "authType", "value": "bearer"}],
    }  # fmt: skip
