"""What an act does to a piece of work. Pure: an instance goes in, an instance and what is to be told come out."""

import contextlib
from datetime import datetime

from msgspec.structs import replace

from quanyu.core.errors import Conflict, Denied
from quanyu.core.working_time import Calendar
from quanyu.workflow import clock
from quanyu.workflow.approvals import ask, decide, suspending
from quanyu.workflow.definition.model import Definition, Escalation, State
from quanyu.workflow.desk import Desk
from quanyu.workflow.guard import holds
from quanyu.workflow.model import Act, Decision, Doer, Instance, Moved, Position, Standing
from quanyu.workflow.moves import may_assign, take


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
        decide(desk, position, wanted)
    elif approval := desk.approval(wanted.name):
        ask(desk, position, approval, wanted)
    else:
        take(desk, position, desk.action(wanted.name), wanted)
    return desk.moved()


def annotate(
    definition: Definition, calendar: Calendar, instance: Instance, said: Act, doer: Doer, now: datetime
) -> Moved:
    """A line in the timeline of work that is over: nothing moves. Raises Conflict where it is still open."""
    if instance.closed is None:
        raise Conflict("workflow.act.open", id=instance.id)
    desk = Desk(definition, calendar, instance, doer, now)
    [end] = instance.positions
    desk.note(said, end, end.state, end.state)
    return desk.moved()


def ring(definition: Definition, calendar: Calendar, instance: Instance, now: datetime) -> Moved:
    """Fires what is due, each once, in order of time."""
    desk = Desk(definition, calendar, instance, Doer(id="system:clock", node=True), now)
    for position in instance.positions:
        state = definition.state(position.state)
        for moment, share in sorted(clock.bells(calendar, state, position)):
            if moment <= now:
                _fire(desk, position.number, state, share)
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
        return (Decision.GRANT, Decision.REFUSE) if doer.may(asked.grant, position) else ()
    if position.standing is Standing.SUSPENDED:
        return (Decision.RESUME,) if doer.may(suspending(definition, position).grant, position) else ()
    if position.standing is not Standing.ACTIVE:
        return ()
    actions = (
        one.name for one in definition.actions
        if position.state in one.origins and doer.may(one.roles, position) and holds(one.guard, instance.data)
        and may_assign(one, position)
    )  # fmt: skip
    sides = (
        one.name for one in definition.approvals
        if position.state in one.origins and doer.may(one.ask, position)
    )  # fmt: skip
    return (*actions, *sides)


def _fire(desk: Desk, number: int, state: State, share: float) -> None:
    position = desk.instance.position(number)
    assert position is not None
    fired = replace(position, fired=(*position.fired, share))
    desk.put(fired)
    here = [one for one in state.escalations if one.at == share]
    desk.note(Act(name="overdue" if share == 1.0 else "escalate"), fired, state.name, state.name)
    desk.tell("escalated", fired, {"share": share, "roles": [one.role for one in here if one.role]})
    for escalation in here:
        _act_by_itself(desk, number, escalation)


def _act_by_itself(desk: Desk, number: int, escalation: Escalation) -> None:
    """Where that is not possible just now, somebody is deciding about the work, and it stays theirs."""
    position = desk.instance.position(number)
    if escalation.act is None or position is None or not position.open:
        return
    with contextlib.suppress(Conflict):
        take(desk, position, desk.action(escalation.act), Act(name=escalation.act))
