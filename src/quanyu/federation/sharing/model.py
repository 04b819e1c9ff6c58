"""What nodes tell each other about a request for data, and the question itself."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from quanyu.exchange.contracts.model import State, Usage
from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.policy import Terms
from quanyu.exchange.requests.model import Answer, Application, Commitment, Effect
from quanyu.federation.model import Wire
from quanyu.workflow import Step

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


class Wanted(Wire, frozen=True, kw_only=True):
    """`local`: the request's id at the asking node."""

    local: str
    organisation: str
    application: Application


class Acted(Wire, frozen=True, kw_only=True):
    """`sm3`: of the text that is signed."""

    local: str
    act: ConsumerAct
    person: str
    reason: str = ""
    sm3: str = ""
    terms: Terms | None = None
    effect: Effect | None = None
    application: Application | None = None


class SharedContract(Wire, frozen=True, kw_only=True):
    id: str
    state: State
    version: int
    terms: Terms | None
    delete_by: datetime | None
    usage: Usage


class Shown(Wire, frozen=True, kw_only=True):
    """The request as it stands at the answering node. `acts` are those of the asking side."""

    local: str
    request: str
    provider: str
    state: str
    due: datetime | None
    outcome: str | None
    answer: Answer | None
    commitment: Commitment | None
    contract: SharedContract | None
    timeline: tuple[Step, ...]
    acts: tuple[str, ...]


class Question(Wire, frozen=True, kw_only=True):
    """`person`: on whose behalf, for the log at the owner's."""

    sender: str
    receiver: str
    nonce: str
    time: datetime
    organisation: str
    person: str
    purpose: str
    sql: str
    format: Format
    contracts: tuple[str, ...]


class Arrived(Wire, frozen=True, kw_only=True):
    """What came of a question: the owner compares it with what has left."""

    call: str
    bytes: int
    sm3: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request that this node has made. `fault`: why the other node refused what was said last. `corrected`: what the owner has
    corrected since (field, record, version), so that whatever was made of it is to be looked at."""

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
