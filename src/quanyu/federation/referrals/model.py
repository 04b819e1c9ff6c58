"""What nodes tell each other of a request that goes through levels between."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from quanyu.exchange.requests.model import Answer, Application, Referred
from quanyu.federation.links.model import Link, Standing
from quanyu.federation.model import Message, Telling
from quanyu.workflow import Step

ASK, ACT, VIEW = "referral.ask", "referral.act", "referral.view"
PASS, ONWARD_VIEW = "referral.pass", "referral.onward"

PASSED = "passed"
"""The outcome of one that goes on."""


class Named(Telling, frozen=True, kw_only=True):
    """What the entry and its items are called in the asker's catalogue: a level between need not have it in its own."""

    title: str = ""
    labels: Mapping[str, str] = {}


class Petition(Telling, frozen=True, kw_only=True):
    """`owner`: the node whose data is asked for; `local`: the request's id at the asking node."""

    owner: str
    local: str
    organisation: str
    application: Application
    entry: Named = Named()


class Withdrawn(Telling, frozen=True, kw_only=True):
    local: str
    person: str
    reason: str = ""


class Passed(Telling, frozen=True, kw_only=True):
    """What a level between passes on: the message that it was given, of the asker or the level before, which it cannot change, and its
    opinion. `local`: its number there."""

    local: str
    petition: Message
    person: str
    opinion: str


class OnwardShown(Standing, frozen=True, kw_only=True):
    """As the request stands with the owner, for who has passed it on: what is answered, and nothing of the data."""

    request: str
    answer: Answer | None
    contract: str | None


class ReferralShown(Standing, frozen=True, kw_only=True):
    """As it stands with a level between. `beyond`: with the level after it; `onward`: with the owner; `fault`: why that one did not
    take it."""

    referral: str
    opinion: str
    fault: str | None
    beyond: "Checked | None" = None
    onward: OnwardShown | None = None


class Checked(Telling, frozen=True, kw_only=True):
    """The part of the way through a level between, as the node before it shows it. `fault`: why that level did not take it."""

    node: str
    shown: ReferralShown | None
    fault: str | None

    @property
    def is_open(self) -> bool:
        """Whether a level has it still, and the asker may take it back."""
        return self.fault is None and (self.shown is None or bool(self.shown.acts))


@dataclass(frozen=True, slots=True)
class On:
    """Where a referral has gone on to: the `level` after this one, or the owner."""

    level: Checked | None
    owner: OnwardShown | None
    fault: str | None

    @property
    def shown(self) -> OnwardShown | None:
        """With the owner, as this node or a level after it was told."""
        if self.owner is None and self.level is not None and self.level.shown is not None:
            return self.level.shown.onward
        return self.owner

    @property
    def acts(self) -> tuple[str, ...]:
        return self.level.shown.acts if self.level and self.level.shown else ()


class Referral(msgspec.Struct, frozen=True, kw_only=True):
    """As a level between keeps it. `peer` asks, with `local` as its number; `way`: it and the levels that have passed it on to here;
    `owner`: the node whose data it is."""

    id: str
    instance: str
    peer: str
    local: str
    way: tuple[str, ...]
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
    """`passed`: what the levels before have said of it; `beyond`: as it stands with the level after this one, `onward` with the owner;
    `fault`: why the owner's node did not take it."""

    referral: Referral
    entry: Named
    application: Application
    passed: tuple[Referred, ...]
    timeline: tuple[Step, ...]
    people: dict[str, str]
    acts: tuple[str, ...]
    beyond: Checked | None
    onward: OnwardShown | None
    fault: str | None


def checked_of(link: Link) -> Checked:
    return Checked(node=link.node, shown=msgspec.convert(link.shown, ReferralShown | None), fault=link.fault)
