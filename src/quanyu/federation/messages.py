"""Signed messages with receipts: sent in the transaction of what they tell, taken once, in order of each subject."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from quanyu.core.actor import Actor, Resource, system_actor
from quanyu.core.errors import Conflict, Denied, NotFound, QuanyuError, TooLarge
from quanyu.federation import _sql
from quanyu.federation.keys import read_keys
from quanyu.federation.model import (
    Envelope,
    Message,
    NodeCard,
    Outcome,
    Peer,
    Poll,
    Post,
    Receipt,
    Receipts,
    Signed,
    Told,
    payload_digest,
    sign,
    vouched,
)
from quanyu.identity import Outcome as Done
from quanyu.identity import append_evidence
from quanyu.store import Connection, Database

_log = logging.getLogger("quanyu.federation")

MOST = 100
"""Messages in one call."""

Handler = Callable[[Connection, Peer, Envelope, msgspec.Raw], Awaitable[None]]
"""Does what a message says, in the transaction that takes it; raises QuanyuError to refuse it."""


class Noted(Conflict):
    """A refusal that is evidence of its own: what the message did is taken back, this stays."""

    def __init__(
        self, key: str, /, *, actor: Actor, action: str, about: Resource, detail: Mapping[str, object], **values: object
    ) -> None:  # fmt: skip
        super().__init__(key, **values)
        self.actor, self.action, self.about, self.detail = actor, action, about, detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be sent. `about`: the subject within which order is kept. `basis`: the legal basis."""

    to: str
    kind: str
    about: str
    payload: object
    purpose: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """Bound to one transaction of one tenant."""

    connection: Connection
    tenant: str
    folder: Path
    now: datetime

    async def own(self) -> NodeCard:
        """Raises NotFound before the node has an identity."""
        card = await _sql.own_card(self.connection)
        if card is None:
            raise NotFound("federation.self.none")
        return card.body

    def signed(self, body: Told) -> Signed[Told]:
        """By each key of the card: who has not heard of the newest knows an older one."""
        return sign(body, *read_keys(self.folder, self.tenant))

    async def send(self, actor: Actor, letter: Letter) -> str:
        """Id of the message, which leaves after the commit. Raises NotFound or Denied for whom it cannot go to."""
        peer = await _sql.peer(self.connection, letter.to)
        if peer is None:
            raise NotFound("federation.node.unknown", id=letter.to)
        if not peer.trusted:
            raise Denied("federation.node.revoked", id=letter.to)
        message = await self._written(letter)
        await _sql.add_message(self.connection, self.tenant, "out", message, peer=letter.to, now=self.now)
        await self._note(actor, "federation.send", message.envelope, {"to": letter.to})
        return message.id

    async def take(self, peer: Peer, post: Sequence[Message], handlers: Mapping[str, Handler]) -> Receipts:
        """Receipts of all that can be taken now; what comes before its turn waits with its sender.

        Each message is a step of its own: one that fails, whatever the reason, takes nothing of the others back.
        """
        if len(post) > MOST:
            raise TooLarge("federation.post.many", limit=MOST)
        own = await self.own()
        receipts: list[Signed[Receipt]] = []
        waiting: dict[str, str] = {}
        for message in post:
            try:
                async with self.connection.transaction():
                    told = _unsound(own, peer, message) or await self._answered(peer, message, handlers)
            except (
                Exception
            ):  # a fault of ours: the message stays with its sender, and keeps no other waiting
                _log.exception("message %s is not taken", message.id)
                told = "it cannot be taken for a fault of the receiving node"
            if isinstance(told, str):
                waiting[message.id] = told
            else:
                receipts.append(told)
        return Receipts(receipts=tuple(receipts), waiting=waiting, time=self.now)

    async def settle(self, peer: Peer, receipts: Sequence[Signed[Receipt]]) -> None:
        """Receipts for what was sent. One that is not signed by the peer, or not for that message, counts for nothing."""
        for receipt in receipts:
            found = await _sql.exchange(self.connection, receipt.body.message)
            if found is None or not _answers(receipt, found[1], peer):
                continue
            if await _sql.close_message(self.connection, "out", receipt, self.now):
                actor = system_actor(self.tenant, "federation")
                await self._note(
                    actor, "federation.receipt", found[1],
                    {"from": peer.id, "outcome": receipt.body.outcome, "receipt": receipt.hash},
                )  # fmt: skip

    async def fetch(self, poll: Signed[Poll], own: str) -> tuple[Peer, Post]:
        """What waits for a node that cannot be called. Raises Denied for a stranger or a replayed poll."""
        peer = await _sql.peer(self.connection, poll.body.node, lock=True)
        if peer is None or not peer.trusted or poll.body.receiver != own or not vouched(poll, peer.keys):
            raise Denied("federation.poll.unknown")
        if poll.body.number <= peer.poll:
            raise Denied("federation.poll.replayed", number=peer.poll)
        await _sql.set_poll(self.connection, peer.id, poll.body.number)
        await self.settle(peer, poll.body.receipts)
        post = await _sql.waiting_for(self.connection, peer.id, self.now, MOST)
        skew = (poll.body.time - self.now).total_seconds()
        await _sql.seen(self.connection, peer.id, now=self.now, skew=skew, fault=None)
        return peer, Post(messages=tuple(post), time=self.now)

    async def _written(self, letter: Letter) -> Message:
        own = await self.own()
        await _sql.lock_subject(self.connection, self.tenant, "out", letter.to, letter.about)
        number = 1 + await _sql.last_number(self.connection, "out", letter.to, letter.about)
        payload = msgspec.Raw(msgspec.json.encode(letter.payload))
        envelope = Envelope(
            id=message_id(own.id, letter.to, letter.about, number),
            sender=own.id, receiver=letter.to, kind=letter.kind, about=letter.about, number=number,
            purpose=letter.purpose, basis=letter.basis, payload=payload_digest(payload), time=self.now,
        )  # fmt: skip
        return Message(envelope=self.signed(envelope), payload=payload)

    async def _answered(
        self, peer: Peer, message: Message, handlers: Mapping[str, Handler]
    ) -> Signed[Receipt] | str:
        """The receipt, the same one however often it is sent; or why its turn has not come."""
        body = message.envelope.body
        if receipt := await _sql.receipt_of(self.connection, "in", message.id):
            return receipt
        await _sql.lock_subject(self.connection, self.tenant, "in", peer.id, body.about)
        expected = 1 + await _sql.last_number(self.connection, "in", peer.id, body.about)
        if body.number != expected:
            return f"message {expected} about {body.about} comes first"
        return await self._accept(peer, message, handlers)

    async def _accept(self, peer: Peer, message: Message, handlers: Mapping[str, Handler]) -> Signed[Receipt]:
        body = message.envelope.body
        handler = handlers.get(body.kind)
        fault = "" if handler else f"messages of kind {body.kind} are not known here"
        if handler:
            try:
                async with self.connection.transaction():
                    await handler(self.connection, peer, body, message.payload)
            except QuanyuError as error:
                fault = error.text("en")
                await self._note_refusal(error)
        receipt = self._receipt(message, fault)
        await _sql.add_message(self.connection, self.tenant, "in", message, peer=peer.id, now=self.now)
        await _sql.close_message(self.connection, "in", receipt, self.now)
        await self._note(
            system_actor(self.tenant, "federation"), "federation.receive", message.envelope,
            {"from": peer.id, "outcome": receipt.body.outcome, "receipt": receipt.hash},
        )  # fmt: skip
        return receipt

    async def _note_refusal(self, error: QuanyuError) -> None:
        if isinstance(error, Noted):
            await append_evidence(
                self.connection, error.actor, error.action, error.about, Done.FAILED, dict(error.detail), reason=error.key
            )  # fmt: skip

    def _receipt(self, message: Message, fault: str) -> Signed[Receipt]:
        body = message.envelope.body
        receipt = Receipt(
            message=body.id, envelope=message.envelope.hash, sender=body.receiver, receiver=body.sender,
            outcome=Outcome.REFUSED if fault else Outcome.ACCEPTED, reason=fault, time=self.now,
        )  # fmt: skip
        return self.signed(receipt)

    async def _note(
        self, actor: Actor, action: str, envelope: Signed[Envelope], detail: Mapping[str, object]
    ) -> None:
        body = envelope.body
        what = {"kind": body.kind, "about": body.about, "envelope": envelope.hash, **detail}
        resource = Resource("message", body.id, self.tenant)
        await append_evidence(self.connection, actor, action, resource, Done.DONE, what)


async def drop_payloads(database: Database, tenant: str, *, before: datetime) -> int:
    """Of settled messages that are older; envelope, hash and receipt stay, so that what was exchanged can be proven."""
    async with database.tenant(tenant) as connection:
        return await _sql.drop_payloads(connection, before)


def message_id(sender: str, receiver: str, about: str, number: int) -> str:
    return f"{sender}:{receiver}:{number}:{about}"


def rest(tries: int) -> timedelta:
    """How long a message waits after so many failed calls: doubling from 1 s to 10 minutes."""
    return timedelta(seconds=min(2.0**tries, 600.0))


def _unsound(own: NodeCard, peer: Peer, message: Message) -> str | None:
    """Why nobody answers it, whatever it says; it stays with its sender, who tries again."""
    body = message.envelope.body
    if body.receiver != own.id:
        return "it is addressed to another node"
    if body.sender != peer.id or not vouched(message.envelope, peer.keys):
        return "it is not signed by a known key of its sender"
    if body.id != message_id(body.sender, body.receiver, body.about, body.number):
        return "its id is not made of sender, receiver, subject and number"
    if payload_digest(message.payload) != body.payload:
        return "its payload is not the one that was signed"
    return None


def _answers(receipt: Signed[Receipt], envelope: Signed[Envelope], peer: Peer) -> bool:
    body = receipt.body
    return (
        envelope.body.receiver == peer.id == body.sender
        and body.envelope == envelope.hash
        and body.message == envelope.body.id
        and vouched(receipt, peer.keys)
    )
