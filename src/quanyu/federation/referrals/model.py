"""What three nodes tell each other of a request that goes through a level between."""

from datetime import datetime

import msgspec

from quanyu.exchange.requests.model import Answer, Application
from quanyu.federation.links.model import Link, Standing
from quanyu.federation.model import Message, Wire
from quanyu.workflow import Step

ASK, ACT, VIEW = "referral.ask", "referral.act", "referral.view"
PASS, ONWARD_VIEW = "referral.pass", "referral.onward"

PASSED = "passed"
"""The outcome of one that goes on."""


class Petition(Wire, frozen=True, kw_only=True):
    """`owner`: the node whose data is asked for; `local`: the request's id at the asking node."""

    owner: str
    local: str
    organisation: str
    application: Application


class Withdrawn(Wire, frozen=True, kw_only=True):
    local: str
    person: str
    reason: str = ""


class Passed(Wire, frozen=True, kw_only=True):
    """What the level between passes on: the asker's own message, which it cannot change, and its opinion. `local`: its number there."""

    local: str
    petition: Message
    person: str
    opinion: str


class ReferralShown(Standing, frozen=True, kw_only=True):
    """As it stands with the level between. `fault`: why the owner's node did not take it."""

    referral: str
    opinion: str
    fault: str | None


class OnwardShown(Standing, frozen=True, kw_only=True):
    """As the request stands with the owner, for who has passed it on: what is answered, and nothing of the data."""

    request: str
    answer: Answer | None
    contract: str | None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the way through the level between, as the asking node shows it. `fault`: why that one did not take it."""

    node: str
    shown: ReferralShown | None
    fault: str | None

    @property
    def is_open(self) -> bool:
        return self.fault is None and (self.shown is None or self.shown.outcome is None)


class Referral(msgspec.Struct, frozen=True, kw_only=True):
    """As the level between keeps it. `peer` asks, with `local` as its number; `owner`: the node whose data it is."""

    id: str
    instance: str
    peer: str
    local: str
    owner: str
    organisation: str
    dataset: str
    title: str
    state: str
    due: datetime | None
    outcome: str | None
    opinion: str
    created: datetime
    modified: datetime


class ReferralView(msgspec.Struct, frozen=True, kw_only=True):
    """`onward`: as it stands with the owner since; `fault`: why the owner's node did not take it."""

    referral: Referral
    application: Application
    timeline: tuple[Step, ...]
    people: dict[str, str]
    acts: tuple[str, ...]
    onward: OnwardShown | None
    fault: str | None


def checked_of(link: Link) -> Checked:
    return Checked(node=link.node, shown=msgspec.convert(link.shown, ReferralShown | None), fault=link.fault)
