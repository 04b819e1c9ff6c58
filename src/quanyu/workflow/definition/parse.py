"""A definition from its JSON form, refused with everything that is wrong with it."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from quanyu.core.errors import Fault, Invalid
from quanyu.workflow.definition.model import ALWAYS, Action, Approval, Definition, Guard, Side, State


def parse(
    source: object, *, roles: Collection[str] | None = None, calendars: Collection[str] = ()
) -> Definition:
    """`roles` and `calendars` are those that exist; None leaves roles unchecked. Raises Invalid with every fault."""
    try:
        definition = msgspec.convert(source, Definition)
    except msgspec.ValidationError as error:
        where, reason = _place(str(error))
        raise Invalid("workflow.definition.form", where=where, reason=reason) from None
    faults = tuple(_faults(definition, roles, calendars))
    if faults:
        raise Invalid("workflow.definition.invalid", faults=faults, name=definition.name, count=len(faults))
    return definition


def source_of(definition: Definition) -> dict[str, Any]:
    """The JSON form that `parse` takes."""
    made: dict[str, Any] = msgspec.to_builtins(definition)
    made.pop("version", None)
    return made


def reachable(definition: Definition) -> set[str]:
    """The states that a way from the start leads to."""
    ways: dict[str, set[str]] = {}
    for origin, target, _ in edges(definition):
        ways.setdefault(origin, set()).add(target)
    return _closure({definition.start}, ways)


def edges(definition: Definition) -> Iterator[tuple[str, str, Action | Approval]]:
    """From state, to state, by what; also those of approvals."""
    for action in definition.actions:
        for origin in action.origins:
            for target in targets(action):
                yield origin, target, action
    for approval in definition.approvals:
        if approval.to is not None:
            yield from ((origin, approval.to, approval) for origin in approval.origins)


def targets(action: Action) -> tuple[str, ...]:
    named = (action.to, action.task, *(branch.state for branch in action.fork))
    return tuple(dict.fromkeys(name for name in named if name is not None))


def _faults(
    definition: Definition, roles: Collection[str] | None, calendars: Collection[str]
) -> Iterator[Fault]:
    yield from _twice("state", [one.name for one in definition.states])
    named = [one.name for one in definition.actions] + [one.name for one in definition.approvals]
    yield from _twice("action", named)
    if unknown := list(_unknown_states(definition)):
        yield from unknown
        return
    yield from _ways(definition)
    for state in definition.states:
        yield from _state_faults(definition, state)
    for approval in definition.approvals:
        yield from _approval_faults(approval)
    if any(not _compares_something(one.guard) for one in definition.actions if one.guard is not None):
        yield Fault("workflow.definition.guard", "actions")
    for role in sorted(definition.roles() - set(roles)) if roles is not None else ():
        yield Fault("workflow.definition.role", role, {"role": role})
    if definition.calendar not in {ALWAYS, *calendars}:
        yield Fault("workflow.definition.calendar", definition.calendar, {"calendar": definition.calendar})
    if not 0 < definition.lights.green <= definition.lights.yellow:
        yield Fault("workflow.definition.lights", "lights")


def _twice(kind: str, names: list[str]) -> Iterator[Fault]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault(f"workflow.definition.{kind}_twice", name, {"name": name})


def _unknown_states(definition: Definition) -> Iterator[Fault]:
    known = {one.name for one in definition.states}
    if definition.start not in known:
        yield _unknown("start", definition.start)
    used = [(one.name, (*one.origins, *targets(one))) for one in definition.actions]
    used += [(one.name, (*one.origins, *filter(None, [one.to]))) for one in definition.approvals]
    for step, names in used:
        yield from (_unknown(step, name) for name in names if name not in known)


def _unknown(where: str, name: str) -> Fault:
    return Fault("workflow.definition.state_unknown", where, {"name": name})


def _ways(definition: Definition) -> Iterator[Fault]:
    """Every state can be reached, and from every one an end can be reached."""
    reached = reachable(definition)
    for state in definition.states:
        if state.name not in reached:
            yield Fault("workflow.definition.unreachable", state.name, {"name": state.name})
    back: dict[str, set[str]] = {}
    for origin, target, _ in edges(definition):
        back.setdefault(target, set()).add(origin)
    ending = _closure((one.name for one in definition.states if one.final), back)
    for state in definition.states:
        if state.name not in ending:
            yield Fault("workflow.definition.no_way_out", state.name, {"name": state.name})


def _closure(begin: Iterable[str], ways: dict[str, set[str]]) -> set[str]:
    found = set(begin)
    ahead = list(found)
    while ahead:
        fresh = ways.get(ahead.pop(), set()) - found
        found |= fresh
        ahead += fresh
    return found


def _state_faults(definition: Definition, state: State) -> Iterator[Fault]:
    leaving = [one for one in definition.actions if state.name in one.origins]
    if state.final:
        if state.limit is not None:
            yield Fault("workflow.definition.final_limit", state.name, {"name": state.name})
        return
    if not state.role and not state.call:
        yield Fault("workflow.definition.no_role", state.name, {"name": state.name})
    if state.limit is not None and state.limit.amount <= 0:
        yield Fault("workflow.definition.limit", state.name, {"name": state.name})
    if state.escalations and state.limit is None and state.limit_from is None:
        yield Fault("workflow.definition.escalation", state.name, {"name": state.name})
    names = {one.name for one in leaving}
    for act in sorted({one.act for one in state.escalations if one.act} - names):
        yield Fault("workflow.definition.escalation_act", state.name, {"name": state.name, "action": act})
    if state.call:
        for action in sorted(set(state.call.outcomes.values()) - names):
            yield Fault("workflow.definition.outcome", state.name, {"name": state.name, "action": action})


def _compares_something(guard: Guard) -> bool:
    inner = (*(guard.all or ()), *(guard.any or ()), *((guard.negated,) if guard.negated else ()))
    return bool(guard.field or inner) and all(_compares_something(one) for one in inner)


def _approval_faults(approval: Approval) -> Iterator[Fault]:
    leads = approval.kind in (Side.RETURN, Side.VOID)
    if leads != (approval.to is not None):
        key = "workflow.definition.approval_to" if leads else "workflow.definition.approval_stays"
        yield Fault(key, approval.name, {"name": approval.name})
    if not approval.ask or not approval.grant:
        yield Fault("workflow.definition.approval_roles", approval.name, {"name": approval.name})


def _place(message: str) -> tuple[str, str]:
    """msgspec's `Expected … - at `$.states[0].name`` in two parts."""
    reason, _, where = message.partition(" - at ")
    return where.strip("`") or "$", reason
