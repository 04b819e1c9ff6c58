"""What nodes tell each other of a case that both work on."""

from datetime import datetime
from enum import StrEnum

from quanyu.act.cases.model import Case, Place
from quanyu.federation.model import Telling
from quanyu.workflow import Step

ASSIGN, PROGRESS = "case.assign", "case.progress"


class Stands(StrEnum):
    """How far the node that took a case has come with it."""

    RECEIVED = "received"
    WORKING = "working"
    DONE = "done"
    DECLINED = "declined"


_WAITING = frozenset({"reported", "verifying", "accepted"})
_DECLINED = frozenset({"rejected", "void"})
_DONE = frozenset({"closed", "archived"})


class SharedCase(Telling, frozen=True, kw_only=True):
    """Without the reporter, who is called back where the case began."""

    title: str
    description: str
    category: str | None
    address: str | None
    place: Place | None
    region: str | None
    component: str | None
    urgent: bool
    due: datetime | None


class Assignment(Telling, frozen=True, kw_only=True):
    """`shared`: node and number where the case began. `secret`: known only to those that the case was handed to, in turn; who guesses
    the name begins another case. `organisation`: the body that it is handed to."""

    shared: str
    organisation: str
    case: SharedCase
    secret: str = ""


class SharedStep(Telling, frozen=True, kw_only=True):
    """One line of the timeline of one piece of work at one node."""

    node: str
    work: str
    step: Step


class Progress(Telling, frozen=True, kw_only=True):
    """`state`: of the sender's case; `stands`: None from the node that handed it over."""

    shared: str
    state: str
    stands: Stands | None
    steps: tuple[SharedStep, ...]


def shared_case(found: Case) -> SharedCase:
    return SharedCase(
        title=found.title, description=found.description, category=found.category, address=found.address,
        place=found.place, region=found.region, component=found.component, urgent=found.urgent, due=found.due,
    )  # fmt: skip


def stands_of(state: str) -> Stands:
    """By the states of the workflow `case`."""
    if state in _WAITING:
        return Stands.RECEIVED
    if state in _DECLINED:
        return Stands.DECLINED
    return Stands.DONE if state in _DONE else Stands.WORKING
