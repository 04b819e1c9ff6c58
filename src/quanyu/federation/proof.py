"""The portable proof of one exchange: what was sent, what was answered, and who vouches for both. Read without a node."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec

from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.federation import _sql
from quanyu.federation.messages import Mail
from quanyu.federation.model import (
    Envelope,
    NodeCard,
    Outcome,
    Receipt,
    Signed,
    Wire,
    sound_card,
    vouched,
)
from quanyu.federation.signature import canonical

FORMAT = "quanyu proof of exchange 1"


class Proof(Wire, frozen=True, kw_only=True):
    """`cards`: of sender and receiver. The whole is signed by the node that exported it."""

    format: str
    envelope: Signed[Envelope]
    receipt: Signed[Receipt]
    cards: tuple[Signed[NodeCard], Signed[NodeCard]]
    exported: datetime


@dataclass(frozen=True, slots=True)
class Proven:
    """What a sound proof says; `keys`: fingerprints of sender and receiver, to be compared with what one knows."""

    message: str
    kind: str
    about: str
    sender: str
    receiver: str
    outcome: Outcome
    sent: datetime
    received: datetime
    payload: str
    receipt: str
    keys: tuple[str, ...]


async def export(mail: Mail, message: str) -> bytes:
    """Raises NotFound for an unknown message, Conflict for one that is not answered yet."""
    found = await _sql.exchange(mail.connection, message)
    if found is None:
        raise NotFound("federation.message.unknown", id=message)
    peer_id, envelope, receipt = found
    if receipt is None:
        raise Conflict("federation.message.open", id=message)
    own, peer = await _sql.own_card(mail.connection), await _sql.peer(mail.connection, peer_id)
    if own is None or peer is None:
        raise NotFound("federation.node.unknown", id=peer_id)
    cards = (own, peer.card) if envelope.body.sender == own.body.id else (peer.card, own)
    proof = Proof(format=FORMAT, envelope=envelope, receipt=receipt, cards=cards, exported=mail.now)
    return canonical(mail.signed(proof))


def verify(content: bytes, trusted: Collection[str] = ()) -> Proven:
    """Every byte counts: the file must be the one form in which its content is signed.

    `trusted`: fingerprints of keys one knows; where given, sender and receiver must each have one of them, else the proof
    only shows that its parts belong together. Raises Invalid with what is wrong.
    """
    try:
        signed = msgspec.json.decode(content, type=Signed[Proof])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("federation.proof.unreadable", reason=str(error)) from error
    proof = signed.body
    if fault := _fault(content, signed):
        raise Invalid(f"federation.proof.{fault}")
    if trusted and not all(set(trusted) & {key.id for key in card.body.keys} for card in proof.cards):
        raise Invalid("federation.proof.stranger")
    envelope, receipt = proof.envelope.body, proof.receipt.body
    return Proven(
        message=envelope.id, kind=envelope.kind, about=envelope.about, sender=envelope.sender,
        receiver=envelope.receiver, outcome=receipt.outcome, sent=envelope.time, received=receipt.time,
        payload=envelope.payload, receipt=proof.receipt.hash,
        keys=tuple(key.id for card in proof.cards for key in card.body.keys),
    )  # fmt: skip


def _fault(content: bytes, signed: Signed[Proof]) -> str | None:
    proof = signed.body
    sender, receiver = (card.body for card in proof.cards)
    envelope, receipt = proof.envelope, proof.receipt
    if content != canonical(signed) or proof.format != FORMAT:
        return "form"
    if not all(sound_card(card) for card in proof.cards):
        return "card"
    if envelope.body.sender != sender.id or not vouched(envelope, sender.keys):
        return "envelope"
    if receipt.body.sender != receiver.id or not vouched(receipt, receiver.keys):
        return "receipt"
    if receipt.body.envelope != envelope.hash or receipt.body.message != envelope.body.id:
        return "receipt"
    if not vouched(signed, sender.keys) and not vouched(signed, receiver.keys):
        return "exporter"
    return None
