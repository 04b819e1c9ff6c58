"""Beside the way: 延时, 回退, 挂账 with 恢复, 作废. One role asks with a reason, another decides."""

from msgspec.structs import replace

from quanyu.core.errors import Conflict, Denied, Fault, Invalid
from quanyu.workflow import clock
from quanyu.workflow.definition.model import Approval, Definition, Need, Side
from quanyu.workflow.desk import Desk
from quanyu.workflow.model import Act, Decision, Position, Request, Standing


def ask(desk: Desk, position: Position, approval: Approval, wanted: Act) -> None:
    if position.state not in approval.origins or position.standing is not Standing.ACTIVE or position.request:
        raise Conflict("workflow.act.not_here", act=approval.name, state=position.state)
    if not desk.doer.may(approval.ask, position):
        raise Denied("workflow.act.role", act=approval.name, roles=", ".join(approval.ask))
    if not wanted.reason.strip():
        need = Fault("workflow.act.need", Need.REASON, {"need": Need.REASON})
        raise Invalid("workflow.act.needs", faults=(need,), act=approval.name)
    if approval.kind is Side.EXTEND:
        _check_extension(position, approval, wanted)
    asked = Request(
        approval=approval.name, by=desk.doer.id, at=desk.now, reason=wanted.reason, amount=wanted.amount
    )
    deadline = position.deadline
    if approval.stops_clock:
        deadline = clock.stopped(desk.calendar, deadline, desk.now)
    desk.put(replace(position, request=asked, deadline=deadline))
    desk.note(wanted, position, position.state, position.state)


def decide(desk: Desk, position: Position, wanted: Act) -> None:
    if wanted.name == Decision.RESUME:
        _resume(desk, position, wanted)
        return
    if position.request is None:
        raise Conflict("workflow.act.nothing_asked", position=position.number)
    approval = desk.approval(position.request.approval)
    assert approval is not None  # a running instance stays on its version
    if not desk.doer.may(approval.grant, position):
        raise Denied("workflow.act.role", act=wanted.name, roles=", ".join(approval.grant))
    if position.request.by == desk.doer.id and not desk.doer.node:
        raise Denied("workflow.act.own_request")
    request, decided = position.request, replace(position, request=None)
    if approval.stops_clock:
        decided = replace(decided, deadline=clock.resumed(desk.calendar, decided.deadline, desk.now))
    desk.put(decided)
    if wanted.name == Decision.GRANT:
        _grant(desk, decided, approval, request, wanted)
    else:
        desk.note(wanted, decided, decided.state, decided.state)


def suspending(definition: Definition, position: Position) -> Approval:
    """The approval by which work in this state is suspended."""
    return next(
        one for one in definition.approvals if one.kind is Side.SUSPEND and position.state in one.origins
    )


def _grant(desk: Desk, position: Position, approval: Approval, request: Request, wanted: Act) -> None:
    desk.count(approval.counts)
    if approval.to is not None:
        desk.move(position, approval.to, wanted)
        return
    if approval.kind is Side.EXTEND and position.deadline is not None and request.amount is not None:
        longer = clock.extended(desk.calendar, position.deadline, request.amount)
        position = replace(position, deadline=longer, extended=position.extended + 1)
    elif approval.kind is Side.SUSPEND:
        stands = clock.stopped(desk.calendar, position.deadline, desk.now)
        position = replace(position, deadline=stands, standing=Standing.SUSPENDED)
    desk.put(position)
    desk.note(wanted, position, position.state, position.state)


def _resume(desk: Desk, position: Position, wanted: Act) -> None:
    if position.standing is not Standing.SUSPENDED:
        raise Conflict("workflow.act.not_suspended", position=position.number)
    roles = suspending(desk.definition, position).grant
    if not desk.doer.may(roles, position):
        raise Denied("workflow.act.role", act=wanted.name, roles=", ".join(roles))
    runs = clock.resumed(desk.calendar, position.deadline, desk.now)
    going_on = replace(position, standing=Standing.ACTIVE, deadline=runs)
    desk.put(going_on)
    desk.note(wanted, going_on, position.state, position.state)


def _check_extension(position: Position, approval: Approval, wanted: Act) -> None:
    if position.deadline is None:
        raise Conflict("workflow.act.no_limit", position=position.number)
    if position.extended >= approval.times:
        raise Conflict("workflow.act.extended_before", times=approval.times)
    most = approval.most.amount if approval.most else None
    if wanted.amount is None or wanted.amount <= 0 or (most is not None and wanted.amount > most):
        raise Invalid("workflow.act.amount", most=most if most is not None else "∞")
