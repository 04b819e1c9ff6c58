"""What follows when work moves, in the same transaction: lists show where it stands, other programs are told.

They are told no names and no words of people: who may see more asks for it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from quanyu.act.cases import _sql
from quanyu.connect.webhooks import Event, EventType, announce
from quanyu.core.errors import Conflict
from quanyu.store import Connection
from quanyu.workflow import Definition, Instance, Moved, Position, Step, Works

DEFINITION = "case"
CLOSED = "closed"


def works_of_cases(connection: Connection, tenant: str, now: datetime) -> Works:
    """Whoever moves work in which there may be cases moves it with these."""
    return Works(connection, tenant, now, keep_in_step, check_class)


def check_class(moved: Moved) -> None:
    """A `workflow.Check`: what has no class is not closed, because nobody could be judged by it."""
    work = moved.instance
    closes = any(step.target == CLOSED != step.origin for step in moved.steps)
    if work.definition == DEFINITION and closes and work.data.get("class") is None:
        raise Conflict("act.case.unclassified", id=work.subject)


def closing_acts(rules: Definition) -> tuple[str, ...]:
    """What `check_class` refuses where there is no class."""
    return tuple(one.name for one in rules.actions if one.to == CLOSED)


async def keep_in_step(connection: Connection, tenant: str, moved: Sequence[Moved]) -> None:
    """A `workflow.Follow`."""
    cases = [one.instance for one in moved if one.instance.definition == DEFINITION]
    if cases:
        await _sql.mirror(connection, tenant, [(one, foremost(one)) for one in cases])
    await tell(connection, tenant, moved)


async def tell(connection: Connection, tenant: str, moved: Sequence[Moved]) -> None:
    """A `workflow.Follow` for work that is about nothing yet."""
    await announce(connection, tenant, [event for one in moved for event in _events(one)])


def foremost(work: Instance) -> Position:
    """The position that a list shows: of several the one that is due first."""
    shown = [one for one in work.positions if one.open] or list(work.positions)
    never = datetime.max.replace(tzinfo=UTC)
    return min(shown, key=lambda one: (one.deadline.due or never) if one.deadline else never)


def _events(moved: Moved) -> Iterator[Event]:
    work = moved.instance
    kind = "case" if work.definition == DEFINITION else "work"
    about = {"instance": work.id, "definition": work.definition, "class": work.data.get("class")}
    for step in moved.steps:
        if step.origin != step.target:
            yield _event(
                kind, work, step.at, "moved" if step.origin else "opened", about | _moved(work, step)
            )
    for message in moved.messages:
        at = moved.steps[-1].at if moved.steps else work.opened
        yield _event(kind, work, at, message.kind, about | dict(message.body))


def _event(kind: str, work: Instance, at: datetime, what: str, data: dict[str, Any]) -> Event:
    return Event(
        type=EventType(f"{kind}.{what}"), subject=work.subject, time=at, data=msgspec.to_builtins(data)
    )


def _moved(work: Instance, step: Step) -> dict[str, Any]:
    position = work.position(step.position)
    return {
        "from": step.origin, "state": step.target, "act": step.act, "due": step.due,
        "organisation": position.organisation if position else None,
    }  # fmt: skip
