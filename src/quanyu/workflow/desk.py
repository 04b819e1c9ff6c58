"""The work while one act is done to it: where it stands, its clocks, its timeline. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.core.working_time import Calendar, Unit
from quanyu.workflow import clock
from quanyu.workflow.definition.model import Action, Approval, Branch, Definition, State, TimeLimit
from quanyu.workflow.guard import value_at
from quanyu.workflow.model import Act, Doer, Instance, Message, Moved, Position, Standing, Step, Task


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
        """The position that is meant; it may be left out where there is only one, or one that is the doer's."""
        if self.instance.closed:
            raise Conflict("workflow.act.closed", id=self.instance.id)
        open_ones = [one for one in self.instance.positions if one.open]
        if wanted.position is None:
            return self._only(open_ones)
        for one in open_ones:
            if one.number == wanted.position:
                return one
        raise NotFound("workflow.act.position", position=wanted.position, id=self.instance.id)

    def _only(self, open_ones: list[Position]) -> Position:
        theirs = [
            one for one in open_ones
            if one.standing is not Standing.WAITING and self.doer.reaches(one.organisation)
        ]  # fmt: skip
        for some in (open_ones, theirs):
            if len(some) == 1:
                return some[0]
        raise Conflict("workflow.act.which", positions=", ".join(str(one.number) for one in open_ones))

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

    def count(self, name: str | None) -> None:
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
            deadline=None if state.final else clock.started(self.calendar, self._limit(position, state), self.now),
        )  # fmt: skip
        self.put(entered)
        return entered

    def _limit(self, position: Position, state: State) -> TimeLimit | None:
        """Of the branch, else of this piece of work, else of its kind. What the data hold and is no limit counts as none."""
        if position.limit is not None and position.state == state.name:
            return TimeLimit(amount=position.limit, unit=Unit.HOURS)
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

    def fork(self, position: Position, targets: tuple[tuple[Branch, Task | None], ...], wanted: Act) -> None:
        late = self._left_late(position)
        self.put(replace(position, standing=Standing.ARRIVED, deadline=None))
        for branch, task in targets:
            made = replace(
                self.fresh(branch.state), branch=branch.name, fork=position.number, after=branch.after,
                organisation=task.organisation if task else position.organisation,
                assignee=task.assignee if task else None, limit=task.limit if task else None,
            )  # fmt: skip
            if branch.after:
                made = replace(made, standing=Standing.WAITING)
                self.put(made)
            else:
                made = self.enter(made, self.definition.state(branch.state))
            self.note(wanted, made, position.state, branch.state, late=late)

    def _join(self, position: Position, state: State) -> None:
        """The branch waits here; the last one to come goes on, in the place of all."""
        if position.fork is None:
            return
        self.put(replace(position, standing=Standing.ARRIVED, deadline=None))
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
        self.tell("closed", position, {"outcome": position.state})

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

    def tell(self, kind: str, position: Position, more: Mapping[str, Any]) -> None:
        body = {
            "instance": self.instance.id, "definition": self.definition.name, "subject": self.instance.subject,
            "position": position.number, "state": position.state, "organisation": position.organisation, **more,
        }  # fmt: skip
        self.messages.append(Message(kind=kind, body=body))

    def put(self, position: Position) -> None:
        others = tuple(one for one in self.instance.positions if one.number != position.number)
        placed = sorted((*others, position), key=lambda one: one.number)
        self.instance = replace(self.instance, positions=tuple(placed))
