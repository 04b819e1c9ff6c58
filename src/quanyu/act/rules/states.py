"""Where a rule stands with one subject, and where it stands after another look. Pure.

nothing ──holds──► waiting ──held for `for`, not in quiet hours──► open ──recovered for `recovery.for`──► nothing
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from quanyu.act.rules.conditions import Past, Sight, crossed, holds, next_look
from quanyu.act.rules.rule import Rule
from quanyu.twin.model import Stored

GROUP = ""
"""The subject of a rule over n of m subjects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`since`: the condition holds, of an open event the recovery. `due`: look again then at the latest. `counted`: of a
    member of a group, whether it is one of the n.
    """

    event: str | None = None
    since: datetime | None = None
    due: datetime | None = None
    sides: Mapping[str, str] = field(default_factory=dict)
    counted: bool | None = None


NOTHING = State()


class Turn(StrEnum):
    STAYS = "stays"
    OPENS = "opens"
    CLOSES = "closes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at a subject found. `member`: it is one of those that a group is made of. `again`: when time alone may
    change it.
    """

    holds: bool
    recovered: bool
    member: bool = True
    again: datetime | None = None


def look(rule: Rule, before: State, entity: Stored, at: datetime, past: Past) -> tuple[Look, State]:
    """With the state as far as its fences are concerned."""
    sides = crossed(rule.fences, entity, before.sides) if rule.fences else before.sides
    sight = Sight(entity=entity, at=at, past=past, sides=sides)
    met = holds(rule.when, sight)
    over = not met and (rule.recovers is None or holds(rule.recovers, sight))
    member = met or rule.narrow is None or holds(rule.narrow, sight)
    again = next_look(rule.silences, sight) if member or before.event else None
    found = Look(holds=met, recovered=over, member=member, again=again)
    return found, before if sides == before.sides else replace(before, sides=sides)


def step(rule: Rule, before: State, found: Look, at: datetime) -> tuple[State, Turn]:
    """`event` is for the caller to set where it opens or closes."""
    if before.event is None:
        return _waiting(rule, before, found, at)
    return _open(rule, before, found, at)


def _waiting(rule: Rule, before: State, found: Look, at: datetime) -> tuple[State, Turn]:
    if not found.holds:
        return _with(before, None, found.again), Turn.STAYS
    since = before.since or at
    ripe = since + rule.duration
    if at < ripe:
        return _with(before, since, _earlier(ripe, found.again)), Turn.STAYS
    if rule.quiet is not None and (loud := rule.quiet.until(at)) is not None:
        return _with(before, since, _earlier(loud, found.again)), Turn.STAYS
    return _with(before, None, found.again), Turn.OPENS


def _open(rule: Rule, before: State, found: Look, at: datetime) -> tuple[State, Turn]:
    if not found.recovered:
        return _with(before, None, found.again), Turn.STAYS
    since = before.since or at
    ripe = since + rule.recovery_duration
    if at < ripe:
        return _with(before, since, _earlier(ripe, found.again)), Turn.STAYS
    return _with(before, None, found.again), Turn.CLOSES


def _with(before: State, since: datetime | None, due: datetime | None) -> State:
    """Most looks change nothing."""
    if since == before.since and due == before.due:
        return before
    return replace(before, since=since, due=due)


def _earlier(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else min(one, other)
