"""What nodes tell each other about a dispute."""

from datetime import datetime

import msgspec

from quanyu.exchange.exhibits import Exhibit
from quanyu.federation.links.model import Link, Standing
from quanyu.federation.model import Telling

RAISE, ACT, VIEW = "dispute.raise", "dispute.act", "dispute.view"


class Attached(Telling, frozen=True, kw_only=True):
    """An exhibit with what it holds: it travels in the signed message, so that its receipt is one for it, too."""

    exhibit: Exhibit
    content: bytes


class Raised(Telling, frozen=True, kw_only=True):
    """`local`: the dispute's id at the raising node; `contract` as the owner's node calls it. `current`: the field as it came."""

    local: str
    organisation: str
    contract: str
    record: dict[str, str]
    field: str
    current: str | None
    claimed: str
    evidence: str
    person: str
    exhibits: tuple[Attached, ...] = ()


class DisputeActed(Telling, frozen=True, kw_only=True):
    local: str
    act: str
    person: str
    reason: str = ""


class DisputeShown(Standing, frozen=True, kw_only=True):
    """As it stands at the owner's node."""

    dispute: str
    answer: str
    corrected_version: int | None


class RemoteDispute(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute that this node has raised, in its own words: see `Link`."""

    id: str
    node: str
    asked: str
    organisation: str
    dataset: str
    record: dict[str, str]
    field: str
    current: str | None
    claimed: str
    evidence: str
    exhibits: tuple[Exhibit, ...]
    shown: DisputeShown | None
    fault: str | None
    created: datetime
    modified: datetime


def dispute_of(link: Link) -> RemoteDispute:
    return msgspec.convert({**msgspec.structs.asdict(link), **link.said, "asked": link.under}, RemoteDispute)
