"""The clocks of a position: started on entry, stood still, extended, and asked when they ring next."""

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction

import msgspec

from quanyu.core.working_time import Calendar, Limit, due, used
from quanyu.workflow.definition.model import State, TimeLimit
from quanyu.workflow.model import Deadline, Position, Standing, Stop


def started(calendar: Calendar, limit: TimeLimit | None, now: datetime) -> Deadline | None:
    if limit is None:
        return None
    return _reckoned(calendar, Deadline(started=now, amount=limit.amount, unit=limit.unit))


def stopped(calendar: Calendar, deadline: Deadline | None, now: datetime) -> Deadline | None:
    if deadline is None or deadline.stands:
        return deadline
    return _reckoned(calendar, _with(deadline, stops=(*deadline.stops, Stop(begin=now))))


def resumed(calendar: Calendar, deadline: Deadline | None, now: datetime) -> Deadline | None:
    """A clock set back meanwhile does not make the stop negative."""
    if deadline is None or not deadline.stands:
        return deadline
    *before, last = deadline.stops
    ended = Stop(begin=last.begin, end=max(now, last.begin))
    return _reckoned(calendar, _with(deadline, stops=(*before, ended)))


def extended(calendar: Calendar, deadline: Deadline, amount: float) -> Deadline:
    whole = Fraction(str(deadline.amount)) + Fraction(str(amount))
    return _reckoned(calendar, _with(deadline, amount=float(whole)))


def share_used(calendar: Calendar, deadline: Deadline, now: datetime) -> Fraction:
    """Of the limit, 1 at the due time."""
    passed = used(calendar, deadline.started, now, deadline.unit, _stops(deadline))
    return passed / deadline.limit().amount


def reckoned(calendar: Calendar, deadline: Deadline | None) -> Deadline | None:
    """By the calendar as it is now, where its holidays were not known so far ahead before."""
    return deadline if deadline is None or deadline.assured else _reckoned(calendar, deadline)


def bells(calendar: Calendar, state: State, position: Position) -> Iterator[tuple[datetime, float]]:
    """When which share of the limit is passed, of those that have not fired yet: each escalation, and the due time."""
    deadline = position.deadline
    if deadline is None or deadline.due is None or position.standing is not Standing.ACTIVE:
        return
    for share in sorted({1.0, *(one.at for one in state.escalations)}):
        if share not in position.fired:
            part = Limit(deadline.limit().amount * Fraction(str(share)), deadline.unit)
            moment = due(calendar, deadline.started, part, _stops(deadline))
            if moment is not None:
                yield moment.at, share


def _reckoned(calendar: Calendar, deadline: Deadline) -> Deadline:
    found = due(calendar, deadline.started, deadline.limit(), _stops(deadline))
    if found is None:
        return _with(deadline, due=None, assured=True)
    return _with(deadline, due=found.at, assured=found.assured)


def _stops(deadline: Deadline) -> list[tuple[datetime, datetime | None]]:
    return [(one.begin, one.end) for one in deadline.stops]


def _with(deadline: Deadline, **changed: object) -> Deadline:
    return msgspec.structs.replace(deadline, **changed)
