"""The way of a request over the levels between: who has passed it on, each with its signature, and where it goes next.

Every level signs the whole message that it was given, so that the owner reads the asker's own words, and each opinion in that of its level.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

from quanyu.core.errors import Conflict, Denied, NotFound
from quanyu.exchange.requests.model import Referred
from quanyu.federation import _sql
from quanyu.federation.messages import Mail
from quanyu.federation.model import Message, Peer, payload_digest, read_payload, vouched
from quanyu.federation.referrals.model import ASK, PASS, Passed, Petition
from quanyu.store import Connection

MOST = 4
"""Levels between asker and owner: a street that asks its province goes by way of two."""


@dataclass(frozen=True, slots=True)
class Came:
    """What has come, and how: `asker` has signed the `petition`, `passed` on by each level in turn, the last of which sent it here."""

    asker: Peer
    petition: Petition
    passed: tuple[Referred, ...] = ()

    @property
    def nodes(self) -> tuple[str, ...]:
        """From the asker on."""
        return (self.asker.id, *(one.node for one in self.passed))


def read(message: Message) -> tuple[Petition, tuple[Referred, ...]]:
    """What is asked for, and what each level has said of it. Raises Conflict for a way that is too long, Denied for what nobody asks."""
    *passed, asked = _layers(message)
    if asked.envelope.body.kind != ASK:
        raise Denied("federation.referral.unsound", id=asked.envelope.body.sender[:60])
    return read_payload(asked.payload, Petition), tuple(_opinion(one) for one in reversed(passed))


async def followed(mail: Mail, carrier: Peer, message: Message) -> Came:
    """What that node has sent here, back to who asks. Raises as `read`, and Denied for a node that is not known here, for what it did
    not sign to the next one, and for another way than the one that is set for the asker."""
    petition, passed = read(message)
    asker = carrier
    for outer, inner in pairwise(_layers(message)):
        asker = await _sender(mail, inner, outer.envelope.body.sender)
    if asker.through != carrier.id:
        raise Denied("federation.referral.way", id=asker.id, node=carrier.id)
    return Came(asker, petition, passed)


async def next_node(connection: Connection, owner: str, nodes: Sequence[str]) -> str:
    """To whom it goes from here once it has come by way of these: a level between, or the owner. Raises NotFound for an owner that is
    not known here, Conflict for a way that leads back or is too long."""
    peer = await _sql.peer(connection, owner)
    if peer is None:
        raise NotFound("federation.node.unknown", id=owner[:60])
    follows = peer.through or owner
    if follows in nodes:
        raise Conflict("federation.referral.loop", node=follows, way=" → ".join(nodes))
    check_length(len(nodes))  # the asker passes nothing on, and this node will
    return follows


def check_length(levels: int) -> None:
    """Raises Conflict."""
    if levels > MOST:
        raise Conflict("federation.referral.long", most=MOST)


def _layers(message: Message) -> Iterator[Message]:
    """What was sent; within it what its sender was given, down to the asker's own. Raises Conflict."""
    yield message
    for levels in count(1):
        if message.envelope.body.kind != PASS:
            return
        check_length(levels)
        message = read_payload(message.payload, Passed).petition
        yield message


def _opinion(passed: Message) -> Referred:
    said, body = read_payload(passed.payload, Passed), passed.envelope.body
    return Referred(node=body.sender, person=said.person, opinion=said.opinion, at=body.time)


async def _sender(mail: Mail, message: Message, receiver: str) -> Peer:
    """Of a message that somebody else has received. Raises Denied."""
    signed = message.envelope
    sender = await _sql.peer(mail.connection, signed.body.sender)
    if sender is None or not sender.trusted:
        raise Denied("federation.referral.asker", id=signed.body.sender[:60])
    whole = signed.body.receiver == receiver and payload_digest(message.payload) == signed.body.payload
    if not whole or not vouched(signed, sender.keys):
        raise Denied("federation.referral.unsound", id=sender.id)
    return sender
