"""What travels between nodes, and the bytes that are signed. Every value is made by parsing and never changed."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

import msgspec

from quanyu.core.errors import Invalid
from quanyu.federation.signature import PrivateKey, PublicKey, canonical, digest

Told = TypeVar("Told")


NAME, ADDRESS = r"^[a-z0-9][a-z0-9-]{0,39}$", r"^https?://[^/]+[^/]$"
NodeName = Annotated[str, msgspec.Meta(pattern=NAME)]
"""Stands before `:`, `/` and `@` in the names of messages, entries and bodies, so it holds none of them."""
Address = Annotated[str, msgspec.Meta(pattern=ADDRESS, max_length=300)]


class Level(StrEnum):
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    STREET = "street"
    DEPARTMENT = "department"
    COMPANY = "company"


class Side(StrEnum):
    """Where a peer stands, seen from here."""

    ABOVE = "above"
    BELOW = "below"
    BESIDE = "beside"


Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time of another clock, which says its zone."""


class Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed, and what wraps it: its bytes are made anew from what was read, so an unknown member is refused; nothing unsigned may
    hide beside what is signed."""


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What a payload tells. The envelope signs the hash of its bytes as they came, and these are kept: a member that only a newer node
    knows is signed too, and passed over here. What is asked for or agreed to in it (application, terms) is read strictly: nobody agrees
    to what they have not understood."""


class Signature(Wire, frozen=True, kw_only=True):
    key: str
    value: str


class Signed(Wire, Generic[Told], frozen=True, kw_only=True):
    """`body` and who vouches for it."""

    body: Told
    signatures: tuple[Signature, ...]

    @property
    def hash(self) -> str:
        """Of body and signatures: what both ends keep."""
        return digest(canonical(self))


class NodeCard(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Who a node is. `url`: where it can be called; None for one that can only call out. `version` grows. Without an English name
    its bytes have none, as those that were signed before there were any."""

    id: NodeName
    name: str
    level: Level
    region: str
    url: Address | None
    keys: tuple[PublicKey, ...]
    version: int
    name_en: str = ""


class NodeNames(msgspec.Struct, frozen=True, kw_only=True):
    """What a node is called; `name_en` is empty where it has no English name."""

    name: str
    name_en: str


class Envelope(Wire, frozen=True, kw_only=True):
    """`number`: place in the order of messages about the same subject from this sender to this receiver."""

    id: str
    sender: str
    receiver: str
    kind: str
    about: str
    number: int
    purpose: str
    basis: str
    payload: str
    time: Instant


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Receipt(Wire, frozen=True, kw_only=True):
    """`envelope`: hash of the signed envelope. `reason`: why it is refused."""

    message: str
    envelope: str
    sender: str
    receiver: str
    outcome: Outcome
    reason: str
    time: Instant


class Message(Wire, frozen=True, kw_only=True):
    """What is sent: the payload's hash stands in the envelope, so that the payload may be dropped and the proof stays."""

    envelope: Signed[Envelope]
    payload: msgspec.Raw

    @property
    def id(self) -> str:
        return self.envelope.body.id


class NodeEntry(Wire, frozen=True, kw_only=True):
    card: NodeCard
    revoked: bool


class NodeList(Wire, frozen=True, kw_only=True):
    """The nodes that a level vouches for."""

    publisher: str
    time: Instant
    nodes: tuple[NodeEntry, ...]


def sign(body: Told, *keys: PrivateKey) -> Signed[Told]:
    data = canonical(body)
    return Signed(
        body=body, signatures=tuple(Signature(key=key.public.id, value=key.sign(data)) for key in keys)
    )


def vouched(signed: Signed[Told], keys: tuple[PublicKey, ...]) -> bool:
    """Whether every signature is right and at least one is by one of these keys."""
    known = {key.id: key for key in keys}
    data = canonical(signed.body)
    ours = [one for one in signed.signatures if one.key in known]
    return bool(ours) and all(known[one.key].verifies(one.value, data) for one in ours)


def sound_card(signed: Signed[NodeCard]) -> bool:
    """Whether the node holds each key that it names."""
    named = {key.id for key in signed.body.keys}
    return (
        bool(named) and named <= {one.key for one in signed.signatures} and vouched(signed, signed.body.keys)
    )


def payload_digest(payload: msgspec.Raw) -> str:
    """Of the payload's canonical form, so that white space on the way does not matter."""
    try:
        return digest(canonical(msgspec.json.decode(payload)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("federation.payload", reason=str(error)) from error


def read_payload(payload: msgspec.Raw, kind: type[Told]) -> Told:
    """Raises Invalid."""
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("federation.payload", reason=str(error)) from error


class NodeState(StrEnum):
    TRUSTED = "trusted"
    REVOKED = "revoked"


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """Another node as it is known here. `skew_seconds`: how far its clock is ahead of ours. `fault`: of the last call.
    `through`: by way of which node requests to it go and come from it; '' is directly."""

    id: str
    side: Side
    card: Signed[NodeCard]
    state: NodeState
    poll: int
    skew_seconds: float | None
    seen: datetime | None
    fault: str | None
    since: datetime
    through: str

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        return self.card.body.keys

    @property
    def trusted(self) -> bool:
        return self.state is NodeState.TRUSTED


class Invitation(Wire, frozen=True, kw_only=True):
    """What somebody carries to the node that shall join: where to call, whom to expect there, and a secret for one use."""

    url: str
    node: str
    key: str
    secret: str
    expires: Instant


class Joining(Wire, frozen=True, kw_only=True):
    """What the joining node says."""

    secret: str
    card: Signed[NodeCard]


class Poll(Wire, frozen=True, kw_only=True):
    """A node that cannot be called fetches what waits for it. `number` grows with each poll, so that none is replayed; `time` is by
    its own clock, which nobody else has a way to read."""

    node: str
    receiver: str
    number: int
    time: Instant
    receipts: tuple[Signed[Receipt], ...]


class Post(Wire, frozen=True, kw_only=True):
    messages: tuple[Message, ...]
    time: Instant


class Receipts(Wire, frozen=True, kw_only=True):
    """`waiting`: why a message is not taken yet, by its id. Only who is known and heard in turn gets a receipt."""

    receipts: tuple[Signed[Receipt], ...]
    waiting: dict[str, str]
    time: Instant
