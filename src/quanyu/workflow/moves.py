"""Actions: what a role does in a state, and the branches of a joint plan (高效处置一件事)."""

from msgspec.structs import replace

from quanyu.core.errors import Conflict, Denied, Fault, Invalid
from quanyu.workflow.definition.model import Action, Assigns, Branch, Need
from quanyu.workflow.desk import Desk
from quanyu.workflow.guard import holds
from quanyu.workflow.model import Act, Doer, Position, Standing, Task

_LONGEST = 24 * 366 * 10
"""Hours that a task of a plan may have."""


def take(desk: Desk, position: Position, action: Action, wanted: Act) -> None:
    _check_move(desk, position, action, wanted)
    desk.count(action.counts)
    targets = _branches(action, wanted)
    if targets:
        _check_order(targets)
        desk.fork(position, targets, wanted)
    elif action.to is None:
        desk.put(_assigned(position, action, desk.doer))
        desk.note(wanted, position, position.state, position.state)
    else:
        desk.move(position, action.to, wanted)


def may_assign(action: Action, position: Position) -> bool:
    """Work is taken that is nobody's, and released that is somebody's."""
    return action.assigns is None or (action.assigns is Assigns.DOER) == (position.assignee is None)


def _check_move(desk: Desk, position: Position, action: Action, wanted: Act) -> None:
    may_leave = position.standing is Standing.ACTIVE or (
        position.standing is Standing.CALLED and desk.doer.node
    )
    if position.state not in action.origins or not may_leave or position.request is not None:
        raise Conflict("workflow.act.not_here", act=action.name, state=position.state)
    if not desk.doer.may(action.roles, position):
        raise Denied("workflow.act.role", act=action.name, roles=", ".join(action.roles))
    if not holds(action.guard, desk.instance.data):
        raise Conflict("workflow.act.guard", act=action.name)
    if action.assigns is Assigns.DOER and position.assignee not in (None, desk.doer.id):
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


def _assigned(position: Position, action: Action, doer: Doer) -> Position:
    if action.assigns is None:
        return position
    return replace(position, assignee=doer.id if action.assigns is Assigns.DOER else None)


def _branches(action: Action, wanted: Act) -> tuple[tuple[Branch, Task | None], ...]:
    if action.task is not None:
        _check_limits(wanted.tasks)
        return tuple(
            (Branch(name=task.name, state=action.task, after=task.after), task) for task in wanted.tasks
        )
    return tuple((branch, None) for branch in action.fork)


def _check_limits(tasks: tuple[Task, ...]) -> None:
    if none := [task.name for task in tasks if task.limit is not None and not 0 < task.limit <= _LONGEST]:
        raise Invalid("workflow.act.task_limit", names=", ".join(none)[:200], most=_LONGEST)


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
