"""What people here see of their negotiations and transfers with other connectors."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from quanyu.exchange.dataspace.model import Connector, Json, NegotiationRow, Row, Step, TransferRow, is_due
from quanyu.exchange.dataspace.protocol import Message, Negotiation, Transfer


class NegotiationAct(StrEnum):
    ACCEPT = "accept"
    COUNTER = "counter"
    VERIFY = "verify"
    TERMINATE = "terminate"


class TransferAct(StrEnum):
    START = "start"
    SUSPEND = "suspend"
    COMPLETE = "complete"
    TERMINATE = "terminate"


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`offer`: one's own, as ODRL; without it the first one of the dataset there."""

    dataset: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    offer: dict[str, Any] | None = None


class Acting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`offer` goes with `counter`."""

    act: NegotiationAct
    offer: dict[str, Any] | None = None


class Moving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    act: TransferAct


class NegotiationView(msgspec.Struct, frozen=True, kw_only=True):
    """`error` tells why our last message has not arrived; `acts` are open now."""

    id: str
    connector: str
    organisation: str
    dataset: str
    state: Negotiation
    offer: Json
    agreement: Json | None
    error: str
    steps: tuple[Step, ...]
    created: datetime
    acts: tuple[NegotiationAct, ...]


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    connector: str
    organisation: str
    dataset: str
    agreement: str
    state: Transfer
    error: str
    steps: tuple[Step, ...]
    created: datetime
    acts: tuple[TransferAct, ...]


class ConnectorPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Connector, ...]


class NegotiationPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[NegotiationView, ...]
    next: str | None


class TransferPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[TransferView, ...]
    next: str | None


def said_by(act: NegotiationAct | TransferAct) -> Message:
    return Message.REQUEST if act is NegotiationAct.COUNTER else Message(act.value)


def negotiation_view(found: NegotiationRow) -> NegotiationView:
    return NegotiationView(
        id=found.pid, connector=found.connector, organisation=found.consumer, dataset=found.dataset, state=found.state,
        offer=dict(found.offer), agreement=dict(found.agreement) if found.agreement else None, error=found.error,
        steps=found.steps, created=found.created, acts=tuple(act for act in NegotiationAct if _open(found, act)),
    )  # fmt: skip


def transfer_view(found: TransferRow) -> TransferView:
    return TransferView(
        id=found.pid, connector=found.connector, organisation=found.consumer, dataset=found.dataset, agreement=found.agreement,
        state=found.state, error=found.error, steps=found.steps, created=found.created,
        acts=tuple(act for act in TransferAct if _open(found, act)),
    )  # fmt: skip


def _open(found: Row, act: NegotiationAct | TransferAct) -> bool:
    """Nothing while the first message is under way: there is nobody to tell yet."""
    return bool(found.other_pid) and is_due(found, said_by(act))
