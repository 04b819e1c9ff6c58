"""What nodes tell each other about a request for data, and the question itself."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from quanyu.exchange.contracts.model import State, Usage
from quanyu.exchange.delivery.questions import Inquiry
from quanyu.exchange.policy import Terms
from quanyu.exchange.requests.model import Answer, Application, Commitment, Effect
from quanyu.federation.links.model import Link, Standing
from quanyu.federation.model import Instant, Telling, Wire
from quanyu.federation.referrals.model import Checked

REQUEST, ACT, VIEW, RECEIVED = "share.request", "share.act", "share.view", "share.received"

FRESH = timedelta(minutes=10)
"""How far the time of a question may be off, beside what is known of the asker's clock."""


class ConsumerAct(StrEnum):
    """What the asking side may do."""

    SIGN = "sign"
    COUNTER = "counter"
    DECLINE = "decline"
    OBJECT = "object"
    LET_BE = "let_be"
    REPORT = "report"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"


class Wanted(Telling, frozen=True, kw_only=True):
    """`local`: the request's id at the asking node."""

    local: str
    organisation: str
    application: Application


class Acted(Telling, frozen=True, kw_only=True):
    """`sm3`: of the text that is signed."""

    local: str
    act: ConsumerAct
    person: str
    reason: str = ""
    sm3: str = ""
    terms: Terms | None = None
    effect: Effect | None = None
    application: Application | None = None


class SharedContract(Telling, frozen=True, kw_only=True):
    id: str
    state: State
    version: int
    terms: Terms | None
    delete_by: datetime | None
    usage: Usage


class Shown(Standing, frozen=True, kw_only=True):
    """The request as it stands at the answering node."""

    request: str
    provider: str
    answer: Answer | None
    commitment: Commitment | None
    contract: SharedContract | None


class Asking(Wire, frozen=True, kw_only=True):
    """`person`: on whose behalf, for the log at the owner's; `contract` as it is called there."""

    sender: str
    receiver: str
    nonce: str
    time: Instant
    organisation: str
    person: str
    contract: str


class Question(Asking, frozen=True, kw_only=True):
    inquiry: Inquiry


class EntityQuestion(Asking, frozen=True, kw_only=True):
    """A call of NGSI-LD: `path` below its API root, which the asker knows as `root`; `body` is JSON or empty."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: str
    root: str


class Arrived(Telling, frozen=True, kw_only=True):
    """What came of a question: the owner compares it with what has left."""

    call: str
    bytes: int
    sm3: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request that this node has made, in its own words: see `Link`. `checked`: by a level between, where it goes by way of one."""

    id: str
    node: str
    organisation: str
    dataset: str
    title: str
    application: Application
    shown: Shown | None
    corrected: dict[str, Any] | None
    fault: str | None
    created: datetime
    modified: datetime
    checked: Checked | None = None


def asked_of(link: Link, checked: Checked | None = None) -> Asked:
    said = {"application": link.said, "title": link.said["title"], "checked": checked}
    return msgspec.convert({**msgspec.structs.asdict(link), **said}, Asked)
