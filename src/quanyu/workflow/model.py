"""A piece of work on its way: where it stands, whose move it is, which clock runs."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

import msgspec

from quanyu.core.working_time import Limit, Unit


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored as JSON and read back as it was."""


class Stop(Value, frozen=True):
    """The clock stands from `begin` until `end`, or still."""

    begin: datetime
    end: datetime | None = None


class Deadline(Value, frozen=True):
    """The clock of one stay in a state. `due` None: it stands; `assured` false: holidays are not published so far."""

    started: datetime
    amount: float
    unit: Unit
    stops: tuple[Stop, ...] = ()
    due: datetime | None = None
    assured: bool = True

    def limit(self) -> Limit:
        return Limit(Fraction(str(self.amount)), self.unit)

    @property
    def stands(self) -> bool:
        return bool(self.stops) and self.stops[-1].end is None


class Request(Value, frozen=True):
    """A side approval that somebody asked for and nobody has decided yet."""

    approval: str
    by: str
    at: datetime
    reason: str
    amount: float | None = None


class Standing(StrEnum):
    ACTIVE = "active"
    WAITING = "waiting"  # for branches before it
    ARRIVED = "arrived"  # at a join, for the other branches
    SUSPENDED = "suspended"  # 挂账
    CALLED = "called"  # for the workflow that it handed its work to
    ENDED = "ended"


class Position(Value, frozen=True):
    """One place where the work stands; parallel branches have one each.

    `fork` is the number of the position that the branch came from. `fired` are the escalations of this stay. `came_from`
    is the body that had the work before this one. `limit`: hours that a plan gives the branch in the state it begins in.
    """

    number: int
    state: str
    standing: Standing
    entered: datetime
    branch: str = ""
    fork: int | None = None
    after: tuple[str, ...] = ()
    organisation: str | None = None
    came_from: str | None = None
    assignee: str | None = None
    deadline: Deadline | None = None
    request: Request | None = None
    extended: int = 0
    fired: tuple[float, ...] = ()
    limit: float | None = None

    @property
    def open(self) -> bool:
        return self.standing not in (Standing.ARRIVED, Standing.ENDED)


class Instance(Value, frozen=True):
    """`subject` is what the work is about, in the words of whoever opened it; `data` is what guards look at.

    `organisation` is the body that opened it, None for the tenant as a whole. `late` names the states that it left after
    their due time.
    """

    id: str
    definition: str
    version: int
    subject: str
    opened: datetime
    organisation: str | None = None
    data: Mapping[str, Any] = {}
    positions: tuple[Position, ...] = ()
    numbered: int = 0
    steps: int = 0
    late: tuple[str, ...] = ()
    closed: datetime | None = None
    outcome: str | None = None
    parent: str | None = None
    parent_position: int | None = None

    def position(self, number: int) -> Position | None:
        return next((one for one in self.positions if one.number == number), None)


class Doer(Value, frozen=True):
    """Who acts. `organisations` None reaches every body of the tenant; the node itself may do what any role may.

    `hands`: by role of the doer, the role whose work they do themselves. It is in their inbox, and of it they move what is
    nobody's or their own.
    """

    id: str
    roles: frozenset[str] = frozenset()
    organisations: frozenset[str] | None = None
    hands: Mapping[str, str] = {}
    node: bool = False

    def may(self, roles: tuple[str, ...], position: Position) -> bool:
        """One of the roles suffices."""
        held = self.roles & set(roles)
        if position.assignee not in (None, self.id):
            held -= self.hands.keys()
        return self.node or bool(held)

    @property
    def served(self) -> frozenset[str]:
        """The roles whose work comes to the doer."""
        return self.roles | set(self.hands.values())

    def reaches(self, organisation: str | None) -> bool:
        return organisation is None or self.organisations is None or organisation in self.organisations


class Task(Value, frozen=True, forbid_unknown_fields=True):
    """A branch that an actor names in a joint plan (高效处置一件事); `limit` in hours."""

    name: str
    organisation: str | None = None
    assignee: str | None = None
    after: tuple[str, ...] = ()
    limit: float | None = None


class Act(Value, frozen=True, forbid_unknown_fields=True):
    """What somebody wants to do. `name` is an action, an approval (which asks for it), or one of the `Decision`s."""

    name: str
    position: int | None = None
    reason: str = ""
    evidence: tuple[str, ...] = ()
    organisation: str | None = None
    assignee: str | None = None
    amount: float | None = None
    tasks: tuple[Task, ...] = ()
    data: Mapping[str, Any] = {}


class Decision(StrEnum):
    """What may be done wherever a side approval is open, or work is suspended."""

    GRANT = "grant"
    REFUSE = "refuse"
    RESUME = "resume"  # 恢复


class Step(Value, frozen=True):
    """One line of the timeline. `due` is when the state that it leads to is to be left; `late`: it left one after that."""

    number: int
    at: datetime
    actor: str
    act: str
    position: int
    origin: str
    target: str
    reason: str = ""
    evidence: tuple[str, ...] = ()
    due: datetime | None = None
    late: bool = False


class Message(Value, frozen=True):
    """What others are to be told, in the same transaction."""

    kind: str
    body: Mapping[str, Any]


class Moved(Value, frozen=True):
    """An instance after an act, with what is to be written beside it."""

    instance: Instance
    steps: tuple[Step, ...] = ()
    messages: tuple[Message, ...] = ()
    calls: tuple[int, ...] = ()  # positions that hand their work to another workflow

    @property
    def concerns_others(self) -> bool:
        """Whether work that it calls, or that called it, moves with it."""
        return bool(self.calls) or (self.instance.closed is not None and self.instance.parent is not None)
