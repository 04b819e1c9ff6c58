"""What a workflow definition says, as data. `parse` makes it; whoever holds one may trust that it was checked."""

from enum import StrEnum
from fractions import Fraction
from typing import Any

import msgspec

from quanyu.core.working_time import Limit, Thresholds, Unit

ALWAYS = "always"
"""The calendar that every tenant has: each hour of each day counts."""

Titles = dict[str, str]
"""By language: {"zh-CN": …, "en": …}."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every part of a definition refuses members that it does not know."""


class TimeLimit(Part, frozen=True):
    amount: float
    unit: Unit = Unit.HOURS

    def limit(self) -> Limit:
        return Limit(Fraction(str(self.amount)), self.unit)


class Guard(Part, frozen=True):
    """A condition on the data of an instance: one comparison of a `field` (a path with dots), or several joined."""

    field: str = ""
    equals: Any = msgspec.UNSET
    among: tuple[Any, ...] | None = None
    at_least: float | None = None
    at_most: float | None = None
    known: bool | None = None
    all: tuple["Guard", ...] | None = None
    any: tuple["Guard", ...] | None = None
    negated: "Guard | None" = msgspec.field(default=None, name="not")


class Escalation(Part, frozen=True):
    """At a share of the limit `role` is told, or the node itself takes `act`; each fires once per stay in the state."""

    at: float
    role: str | None = None
    act: str | None = None


class Call(Part, frozen=True):
    """Work handed to another level (吹哨报到 upward, 派遣 downward): a workflow of its own whose end acts here.

    `outcomes`: final state of the called workflow -> action of this one.
    """

    definition: str
    outcomes: dict[str, str]


class State(Part, frozen=True):
    """`role` is who has the next move. `final` ends its branch; `join` waits until every branch of its fork is there.

    `limit_from` is a field of the data that names the limit of this piece of work, where it has one. `at_desk`: the work
    is back with the body that opened it; otherwise it stays with the body that has it.
    """

    name: str
    title: Titles
    stage: str = ""
    role: str | None = None
    limit: TimeLimit | None = None
    limit_from: str | None = None
    at_desk: bool = False
    escalations: tuple[Escalation, ...] = ()
    final: bool = False
    join: bool = False
    call: Call | None = None


class Branch(Part, frozen=True):
    """One of several ways at once; it begins when those in `after` have reached the join."""

    name: str
    state: str
    after: tuple[str, ...] = ()


class Need(StrEnum):
    """What an actor must give with an action."""

    REASON = "reason"
    EVIDENCE = "evidence"
    ORGANISATION = "organisation"
    BRANCHES = "branches"


class Assigns(StrEnum):
    """Whose the work is from an action on, while it stays where it is."""

    DOER = "doer"
    NOBODY = "nobody"


class Action(Part, frozen=True):
    """A step that a role may take. Without `to` and `fork` the work stays where it is (督办, a note, 接单).

    `fork` lists fixed branches; `task` is the state in which each branch begins that the actor names (a joint plan).
    `fields` are the members of the data that the actor gives with it; `counts` a number there that it raises by one.
    """

    name: str
    title: Titles
    origins: tuple[str, ...] = msgspec.field(name="from")
    roles: tuple[str, ...]
    to: str | None = None
    fork: tuple[Branch, ...] = ()
    task: str | None = None
    guard: Guard | None = None
    needs: tuple[Need, ...] = ()
    fields: tuple[str, ...] = ()
    counts: str | None = None
    assigns: Assigns | None = None


class Side(StrEnum):
    """What an approval beside the way does once it is granted."""

    EXTEND = "extend"  # 延时
    RETURN = "return"  # 回退
    SUSPEND = "suspend"  # 挂账, ended by 恢复
    VOID = "void"  # 作废


class Approval(Part, frozen=True):
    """One role asks with a reason, another grants or refuses; meanwhile the work stays in its state.

    `to` is where RETURN and VOID lead; `most` and `times` bound an extension; `counts` as of an action, once granted.
    """

    name: str
    kind: Side
    title: Titles
    origins: tuple[str, ...] = msgspec.field(name="from")
    ask: tuple[str, ...]
    grant: tuple[str, ...]
    to: str | None = None
    most: TimeLimit | None = None
    times: int = 1
    stops_clock: bool = False
    counts: str | None = None


class Lights(Part, frozen=True):
    green: float = 0.8
    yellow: float = 1.0

    def thresholds(self) -> Thresholds:
        return Thresholds(Fraction(str(self.green)), Fraction(str(self.yellow)))


class Definition(Part, frozen=True):
    """`version` is given by the store when it is published; running instances stay on theirs."""

    name: str
    title: Titles
    start: str
    states: tuple[State, ...]
    actions: tuple[Action, ...]
    approvals: tuple[Approval, ...] = ()
    calendar: str = ALWAYS
    lights: Lights = Lights()
    version: int = 0

    def state(self, name: str) -> State:
        return next(one for one in self.states if one.name == name)

    def roles(self) -> frozenset[str]:
        """Every role that the definition names."""
        named = {one.role for one in self.states if one.role}
        named |= {step.role for one in self.states for step in one.escalations if step.role}
        named |= {role for one in self.actions for role in one.roles}
        return frozenset(named | {role for one in self.approvals for role in (*one.ask, *one.grant)})
