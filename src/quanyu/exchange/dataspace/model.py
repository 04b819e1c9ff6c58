"""What this node knows of a negotiation, of a transfer and of another connector, whichever side it is on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from quanyu.core.errors import Conflict
from quanyu.exchange.dataspace.protocol import (
    Message,
    Negotiation,
    Side,
    Transfer,
    negotiated,
    transferred,
)

Json = dict[str, Any]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A state and since when."""

    state: str
    at: datetime


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """`pid` is our number, `other_pid` that of the other side, '' until it is known; `address` is where that side is told.

    `secret` is part of our callback address: whoever knows it is the other side. `sending` is a message that is under way: its answer
    may be here before we know that it arrived. `error` tells why it has not; it is tried again.
    """

    pid: str
    side: Side
    other_pid: str
    address: str
    consumer: str
    created: datetime
    connector: str = ""
    secret: str = ""
    dataset: str = ""
    sending: str = ""
    error: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def key(self) -> str:
        """What it is about: a dataset or an agreement."""
        return self.dataset

    @property
    def other(self) -> Side:
        return Side.CONSUMER if self.side is Side.PROVIDER else Side.PROVIDER

    @property
    def pids(self) -> Json:
        provider, consumer = (
            (self.pid, self.other_pid) if self.side is Side.PROVIDER else (self.other_pid, self.pid)
        )
        return {"providerPid": provider, "consumerPid": consumer}


class NegotiationRow(Talk, frozen=True, kw_only=True):
    """`request` is the request of ours that people work on, None where the data is not ours."""

    request: str | None
    offer: Mapping[str, Any]
    state: Negotiation
    agreement: Mapping[str, Any] | None = None

    def after(self, side: Side, said: Message) -> Negotiation:
        """Raises Conflict for a message that is not due."""
        return negotiated(self.state, side, said)


class TransferRow(Talk, frozen=True, kw_only=True):
    """`data` is the data address that the provider has told."""

    agreement: str
    format: str
    state: Transfer
    data: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        return self.agreement

    def after(self, side: Side, said: Message) -> Transfer:
        """Raises Conflict for a message that is not due."""
        return transferred(self.state, side, said)


Row = NegotiationRow | TransferRow
Kind = TypeVar("Kind", bound=NegotiationRow | TransferRow)
KINDS: dict[str, type[NegotiationRow] | type[TransferRow]] = {
    "negotiation": NegotiationRow,
    "transfer": TransferRow,
}


def caught_up(found: Kind, now: datetime) -> Kind:
    """The other side has said something, so what is under way has arrived."""
    if not found.sending:
        return found
    said = Message(found.sending)
    first = said is Message.REQUEST and not found.other_pid
    state = found.state if first else found.after(found.side, said)
    steps = found.steps if state == found.state else (*found.steps, Step(state=state, at=now))
    return msgspec.structs.replace(found, state=state, sending="", error="", steps=steps)


def is_due(found: Row, said: Message) -> bool:
    """Whether we may say that now and have not: the first message of a consumer is, as long as nobody has answered it."""
    if said is Message.REQUEST and not found.other_pid:
        return True
    try:
        return found.after(found.side, said) != found.state
    except Conflict:
        return False


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """Of somebody else; `url` is where they speak the protocol, version included, `organisation` who here deals with them."""

    id: str
    title: str
    url: str
    participant: str
    organisation: str
    created: datetime
