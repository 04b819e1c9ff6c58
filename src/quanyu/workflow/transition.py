"""What an act does to a piece of work. Pure: an instance goes in, an instance and what is to be told come out."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from quanyu.core.errors import Conflict, Denied, Fault, Invalid, NotFound
from quanyu.core.working_time import Calendar
from quanyu.workflow import clock
from quanyu.workflow.definition.model import (
    Action,
    Approval,
    Assigns,
    Branch,
    Definition,
    Escalation,
    Need,
    Side,
    State,
    TimeLimit,
)
from quanyu.workflow.guard import holds, value_at
from quanyu.workflow.model import (
    Act,
    Decision,
    Doer,
    Instance,
    Message,
    Moved,
    Position,
    Request,
    Standing,
    Step,
    Task,
)


def begin(definition: Definition, calendar: Calendar, opened: Instance, doer: Doer) -> Moved:
    """`opened` has no position yet; it gets one in the start state."""
    desk = Desk(definition, calendar, opened, doer, opened.opened)
    start = desk.enter(desk.fresh(definition.start), definition.state(definition.start))
    desk.note(Act(name="open"), start, "", start.state)
    return desk.moved()


def act(
    definition: Definition, calendar: Calendar, instance: Instance, wanted: Act, doer: Doer, now: datetime
) -> Moved:
    """Raises NotFound, Conflict (not possible here and now), Denied (not for this doer), Invalid (something is missing)."""
    desk = Desk(definition, calendar, instance, doer, now)
    position = desk.place(wanted)
    if not doer.reaches(position.organisation):
        raise Denied("workflow.act.organisation", organisation=position.organisation)
    desk.learn(wanted)
    if wanted.name in set(Decision):
        desk.decide(position, wanted)
    elif approval := desk.approval(wanted.name):
        desk.ask(position, approval, wanted)
    else:
        desk.take(position, desk.action(wanted.name), wanted)
    return desk.moved()


def ring(definition: Definition, calendar: Calendar, instance: Instance, now: datetime) -> Moved:
    """Fires what is due, each once, in order of time."""
    desk = Desk(definition, calendar, instance, Doer(id="system:clock", node=True), now)
    for position in instance.positions:
        state = definition.state(position.state)
        for moment, share in sorted(clock.bells(calendar, state, position)):
            if moment <= now:
                desk.fire(position.number, state, share)
    return desk.moved()


def next_bell(definition: Definition, calendar: Calendar, instance: Instance) -> datetime | None:
    """When `ring` has something to do."""
    moments = (
        moment
        for position in instance.positions
        for moment, _ in clock.bells(calendar, definition.state(position.state), position)
    )
    return min(moments, default=None)


def open_acts(definition: Definition, instance: Instance, position: Position, doer: Doer) -> tuple[str, ...]:
    """The names that `act` would take from this doer for this position, for buttons."""
    if instance.closed or not doer.reaches(position.organisation):
        return ()
    if position.request is not None:
        asked = next(one for one in definition.approvals if one.name == position.request.approval)
        return (Decision.GRANT, Decision.REFUSE) if doer.may(asked.grant) else ()
    if position.standing is Standing.SUSPENDED:
        return (Decision.RESUME,) if doer.may(_suspending(definition, position).grant) else ()
    if position.standing is not Standing.ACTIVE:
        return ()
    actions = (
        one.name for one in definition.actions
        if position.state in one.origins and doer.may(one.roles) and holds(one.guard, instance.data)
        and _may_assign(one, position)
    )  # fmt: skip
    sides = (one.name for one in definition.approvals if position.state in one.origins and doer.may(one.ask))
    return (*actions, *sides)


@dataclass(slots=True)
class Desk:
    """The work while one act is done to it."""

    definition: Definition
    calendar: Calendar
    instance: Instance
    doer: Doer
    now: datetime
    steps: list[Step] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)

    def moved(self) -> Moved:
        return Moved(
            instance=self.instance,
            steps=tuple(self.steps),
            messages=tuple(self.messages),
            calls=tuple(self.calls),
        )

    def place(self, wanted: Act) -> Position:
        """The position that is meant; it may be left out where there is only one."""
        if self.instance.closed:
            raise Conflict("workflow.act.closed", id=self.instance.id)
        open_ones = [one for one in self.instance.positions if one.open]
        if wanted.position is None and len(open_ones) == 1:
            return open_ones[0]
        for one in open_ones:
            if one.number == wanted.position:
                return one
        raise NotFound("workflow.act.position", position=wanted.position, id=self.instance.id)

    def action(self, name: str) -> Action:
        for one in self.definition.actions:
            if one.name == name:
                return one
        raise NotFound("workflow.act.unknown", act=name[:80], definition=self.definition.name)

    def approval(self, name: str) -> Approval | None:
        return next((one for one in self.definition.approvals if one.name == name), None)

    def learn(self, wanted: Act) -> None:
        """What the actor gives with the act; the rest of the data is not theirs to change."""
        action = next((one for one in self.definition.actions if one.name == wanted.name), None)
        fields = action.fields if action else ()
        if not self.doer.node and (others := sorted(wanted.data.keys() - set(fields))):
            raise Invalid("workflow.act.data", act=wanted.name[:80], names=", ".join(others)[:200])
        if wanted.data:
            self.instance = replace(self.instance, data={**self.instance.data, **wanted.data})

    def take(self, position: Position, action: Action, wanted: Act) -> None:
        self._check_move(position, action, wanted)
        self._count(action.counts)
        targets = _branches(action, wanted)
        if targets:
            self._fork(position, targets, wanted)
        elif action.to is None:
            self._put(_assigned(position, action, self.doer))
            self.note(wanted, position, position.state, position.state)
        else:
            self.move(position, action.to, wanted)

    def _check_move(self, position: Position, action: Action, wanted: Act) -> None:
        may_leave = position.standing is Standing.ACTIVE or (
            position.standing is Standing.CALLED and self.doer.node
        )
        if position.state not in action.origins or not may_leave or position.request is not None:
            raise Conflict("workflow.act.not_here", act=action.name, state=position.state)
        if not self.doer.may(action.roles):
            raise Denied("workflow.act.role", act=action.name, roles=", ".join(action.roles))
        if not holds(action.guard, self.instance.data):
            raise Conflict("workflow.act.guard", act=action.name)
        if action.assigns is Assigns.DOER and position.assignee not in (None, self.doer.id):
            raise Conflict("workflow.act.taken", act=action.name)
        given = {
            Need.REASON: wanted.reason.strip(), Need.EVIDENCE: wanted.evidence,
            Need.ORGANISATION: wanted.organisation, Need.BRANCHES: wanted.tasks,
        }  # fmt: skip
        missing = tuple(
            Fault("workflow.act.need", need, {"need": need}) for need in action.needs if not given[need]
        )
        if missing:
            raise Invalid("workflow.act.needs", faults=missing, act=action.name)

    def ask(self, position: Position, approval: Approval, wanted: Act) -> None:
        if (
            position.state not in approval.origins
            or position.standing is not Standing.ACTIVE
            or position.request
        ):
            raise Conflict("workflow.act.not_here", act=approval.name, state=position.state)
        if not self.doer.may(approval.ask):
            raise Denied("workflow.act.role", act=approval.name, roles=", ".join(approval.ask))
        if not wanted.reason.strip():
            need = Fault("workflow.act.need", Need.REASON, {"need": Need.REASON})
            raise Invalid("workflow.act.needs", faults=(need,), act=approval.name)
        if approval.kind is Side.EXTEND:
            _check_extension(position, approval, wanted)
        asked = Request(
            approval=approval.name, by=self.doer.id, at=self.now, reason=wanted.reason, amount=wanted.amount
        )
        deadline = position.deadline
        if approval.stops_clock:
            deadline = clock.stopped(self.calendar, deadline, self.now)
        self._put(replace(position, request=asked, deadline=deadline))
        self.note(wanted, position, position.state, position.state)

    def decide(self, position: Position, wanted: Act) -> None:
        if wanted.name == Decision.RESUME:
            self._resume(position, wanted)
            return
        if position.request is None:
            raise Conflict("workflow.act.nothing_asked", position=position.number)
        approval = self.approval(position.request.approval)
        assert approval is not None  # a running instance stays on its version
        if not self.doer.may(approval.grant):
            raise Denied("workflow.act.role", act=wanted.name, roles=", ".join(approval.grant))
        if position.request.by == self.doer.id and not self.doer.node:
            raise Denied("workflow.act.own_request")
        request, decided = position.request, replace(position, request=None)
        if approval.stops_clock:
            decided = replace(decided, deadline=clock.resumed(self.calendar, decided.deadline, self.now))
        self._put(decided)
        if wanted.name == Decision.GRANT:
            self._grant(decided, approval, request, wanted)
        else:
            self.note(wanted, decided, decided.state, decided.state)

    def _grant(self, position: Position, approval: Approval, request: Request, wanted: Act) -> None:
        self._count(approval.counts)
        if approval.to is not None:
            self.move(position, approval.to, wanted)
            return
        if approval.kind is Side.EXTEND and position.deadline is not None and request.amount is not None:
            longer = clock.extended(self.calendar, position.deadline, request.amount)
            position = replace(position, deadline=longer, extended=position.extended + 1)
        elif approval.kind is Side.SUSPEND:
            stands = clock.stopped(self.calendar, position.deadline, self.now)
            position = replace(position, deadline=stands, standing=Standing.SUSPENDED)
        self._put(position)
        self.note(wanted, position, position.state, position.state)

    def _resume(self, position: Position, wanted: Act) -> None:
        if position.standing is not Standing.SUSPENDED:
            raise Conflict("workflow.act.not_suspended", position=position.number)
        roles = _suspending(self.definition, position).grant
        if not self.doer.may(roles):
            raise Denied("workflow.act.role", act=wanted.name, roles=", ".join(roles))
        runs = clock.resumed(self.calendar, position.deadline, self.now)
        going_on = replace(position, standing=Standing.ACTIVE, deadline=runs)
        self._put(going_on)
        self.note(wanted, going_on, position.state, position.state)

    def _count(self, name: str | None) -> None:
        if name is not None:
            before = self.instance.data.get(name, 0)
            counted = before + 1 if isinstance(before, int) else 1
            self.instance = replace(self.instance, data={**self.instance.data, name: counted})

    def move(self, position: Position, target: str, wanted: Act) -> None:
        late = self._left_late(position)
        state = self.definition.state(target)
        organisation = wanted.organisation if wanted.organisation is not None else position.organisation
        if state.at_desk:
            organisation = self.instance.organisation
        came_from = position.came_from if organisation == position.organisation else position.organisation
        here = replace(position, organisation=organisation, came_from=came_from, assignee=wanted.assignee)
        entered = self.enter(here, state)
        self.note(wanted, entered, position.state, target, late=late)
        if state.join:
            self._join(entered, state)
        elif state.final:
            self._end(entered)

    def _left_late(self, position: Position) -> bool:
        """Kept with the work as well."""
        due = position.deadline.due if position.deadline else None
        late = due is not None and self.now > due
        if late and position.state not in self.instance.late:
            self.instance = replace(self.instance, late=(*self.instance.late, position.state))
        return late

    def enter(self, position: Position, state: State) -> Position:
        """A new stay: clock and escalations begin anew."""
        standing = Standing.ACTIVE
        if state.call is not None:
            standing = Standing.CALLED
            self.calls.append(position.number)
        if state.final:
            standing = Standing.ENDED
        entered = replace(
            position, state=state.name, standing=standing, entered=self.now, request=None, extended=0, fired=(),
            deadline=None if state.final else clock.started(self.calendar, self._limit(state), self.now),
        )  # fmt: skip
        self._put(entered)
        return entered

    def _limit(self, state: State) -> TimeLimit | None:
        """Of this piece of work, else of its kind. What the data hold and is no limit counts as none."""
        own = value_at(self.instance.data, state.limit_from) if state.limit_from else None
        try:
            limit = msgspec.convert(own, TimeLimit | None)
        except msgspec.ValidationError:
            limit = None
        return limit if limit is not None and limit.amount > 0 else state.limit

    def fresh(self, state: str) -> Position:
        number = self.instance.numbered + 1
        self.instance = replace(self.instance, numbered=number)
        body = self.instance.organisation
        return Position(
            number=number, state=state, standing=Standing.ACTIVE, entered=self.now, organisation=body
        )

    def _fork(self, position: Position, targets: tuple[tuple[Branch, Task | None], ...], wanted: Act) -> None:
        _check_order(targets)
        late = self._left_late(position)
        self._put(replace(position, standing=Standing.ARRIVED, deadline=None))
        for branch, task in targets:
            made = replace(
                self.fresh(branch.state), branch=branch.name, fork=position.number, after=branch.after,
                organisation=task.organisation if task else position.organisation,
                assignee=task.assignee if task else None,
            )  # fmt: skip
            if branch.after:
                made = replace(made, standing=Standing.WAITING)
                self._put(made)
            else:
                made = self.enter(made, self.definition.state(branch.state))
            self.note(wanted, made, position.state, branch.state, late=late)

    def _join(self, position: Position, state: State) -> None:
        """The branch waits here; the last one to come goes on, in the place of all."""
        if position.fork is None:
            return
        self._put(replace(position, standing=Standing.ARRIVED, deadline=None))
        siblings = [one for one in self.instance.positions if one.fork == position.fork]
        arrived = {one.branch for one in siblings if not one.open}
        for one in siblings:
            if one.standing is Standing.WAITING and set(one.after) <= arrived:
                self.enter(one, self.definition.state(one.state))
        if all(not one.open for one in siblings):
            origin = self.instance.position(position.fork)
            assert origin is not None
            kept = tuple(one for one in self.instance.positions if one.fork != position.fork)
            self.instance = replace(self.instance, positions=kept)
            self.enter(origin, state)

    def _end(self, position: Position) -> None:
        """An end outside of branches is the end of the work; within one it counts as arrival."""
        if position.fork is not None and any(
            one.open for one in self.instance.positions if one.number != position.number
        ):
            return
        self.instance = replace(self.instance, closed=self.now, outcome=position.state, positions=(position,))
        self._tell("closed", position, {"outcome": position.state})

    def fire(self, number: int, state: State, share: float) -> None:
        position = self.instance.position(number)
        assert position is not None
        fired = replace(position, fired=(*position.fired, share))
        self._put(fired)
        here = [one for one in state.escalations if one.at == share]
        self.note(Act(name="overdue" if share == 1.0 else "escalate"), fired, state.name, state.name)
        self._tell("escalated", fired, {"share": share, "roles": [one.role for one in here if one.role]})
        for escalation in here:
            self._act_by_itself(number, escalation)

    def _act_by_itself(self, number: int, escalation: Escalation) -> None:
        """Where that is not possible just now, somebody is deciding about the work, and it stays theirs."""
        position = self.instance.position(number)
        if escalation.act is None or position is None or not position.open:
            return
        with contextlib.suppress(Conflict):
            self.take(position, self.action(escalation.act), Act(name=escalation.act))

    def note(self, wanted: Act, position: Position, origin: str, target: str, *, late: bool = False) -> None:
        """A line of the timeline."""
        number = self.instance.steps + 1
        self.instance = replace(self.instance, steps=number)
        due = position.deadline.due if position.deadline else None
        step = Step(
            number=number, at=self.now, actor=self.doer.id, act=wanted.name, position=position.number,
            origin=origin, target=target, reason=wanted.reason, evidence=wanted.evidence, due=due,
            late=late,
        )  # fmt: skip
        self.steps.append(step)

    def _tell(self, kind: str, position: Position, more: Mapping[str, Any]) -> None:
        body = {
            "instance": self.instance.id, "definition": self.definition.name, "subject": self.instance.subject,
            "position": position.number, "state": position.state, "organisation": position.organisation, **more,
        }  # fmt: skip
        self.messages.append(Message(kind=kind, body=body))

    def _put(self, position: Position) -> None:
        others = tuple(one for one in self.instance.positions if one.number != position.number)
        placed = sorted((*others, position), key=lambda one: one.number)
        self.instance = replace(self.instance, positions=tuple(placed))


def _may_assign(action: Action, position: Position) -> bool:
    """Work is taken that is nobody's, and released that is somebody's."""
    return action.assigns is None or (action.assigns is Assigns.DOER) == (position.assignee is None)


def _assigned(position: Position, action: Action, doer: Doer) -> Position:
    if action.assigns is None:
        return position
    return replace(position, assignee=doer.id if action.assigns is Assigns.DOER else None)


def _branches(action: Action, wanted: Act) -> tuple[tuple[Branch, Task | None], ...]:
    if action.task is not None:
        return tuple(
            (Branch(name=task.name, state=action.task, after=task.after), task) for task in wanted.tasks
        )
    return tuple((branch, None) for branch in action.fork)


def _check_order(targets: tuple[tuple[Branch, Task | None], ...]) -> None:
    """Every branch that others wait for exists, and none waits for itself, however far round."""
    waiting = {branch.name: set(branch.after) for branch, _ in targets}
    if len(waiting) != len(targets):
        raise Invalid("workflow.act.branch_twice")
    if unknown := {name for after in waiting.values() for name in after} - waiting.keys():
        raise Invalid("workflow.act.branch_unknown", names=", ".join(sorted(unknown)))
    while ready := [name for name, after in waiting.items() if not after]:
        for name in ready:
            del waiting[name]
        for after in waiting.values():
            after -= set(ready)
    if waiting:
        raise Invalid("workflow.act.branch_circle", names=", ".join(sorted(waiting)))


def _check_extension(position: Position, approval: Approval, wanted: Act) -> None:
    if position.deadline is None:
        raise Conflict("workflow.act.no_limit", position=position.number)
    if position.extended >= approval.times:
        raise Conflict("workflow.act.extended_before", times=approval.times)
    most = approval.most.amount if approval.most else None
    if wanted.amount is None or wanted.amount <= 0 or (most is not None and wanted.amount > most):
        raise Invalid("workflow.act.amount", most=most if most is not None else "∞")


def _suspending(definition: Definition, position: Position) -> Approval:
    """The approval by which work in this state is suspended."""
    return next(
        one for one in definition.approvals if one.kind is Side.SUSPEND and position.state in one.origins
    )
