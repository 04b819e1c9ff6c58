"""Many changes become few rows: the changes of one group applied in order, each of them logged. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.errors import QuanyuError
from quanyu.twin.state import Change, Effect, Op, State, swept

SWEEPER = "system:expiry"


class Logged(msgspec.Struct, frozen=True):
    """One row of the log."""

    id: str
    types: tuple[str, ...]
    actor: str
    cause: str | None
    effect: Effect


@dataclass(slots=True)
class Outcome:
    """How one change ended: `error` where it was refused; `created` where the entity is new; `told` by the change."""

    created: bool = False
    error: QuanyuError | None = None
    told: Any = None


@dataclass(slots=True)
class Row:
    """What becomes of one entity: its states before and after the group, and which attributes changed between."""

    before: State | None
    after: State | None
    names: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Plan:
    """`rows`: one per entity that changes, by id. `log`: everything that happened, in order. `outcomes`: by change."""

    rows: dict[str, Row] = field(default_factory=dict)
    log: list[Logged] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    """Entities of which a change was refused or had no effect: that must not rest on a memory of the entity."""


def fold(changes: Sequence[Change], known: Mapping[str, State], now: datetime) -> Plan:
    """`known` holds those of the entities that exist."""
    made = Plan()
    states: dict[str, State | None] = {}
    for change in changes:
        id = change.id
        if id not in states:
            states[id] = _begun(made, id, known.get(id), now)
        before = states[id]
        try:
            effect = change.apply(before, now)
        except QuanyuError as error:
            made.outcomes.append(Outcome(error=error))
            made.doubtful.add(id)
            continue
        made.outcomes.append(Outcome(before is None and effect.after is not None, None, effect.told))
        if effect.after is before:
            made.doubtful.add(id)
            continue
        states[id] = _log(made, id, before, effect, (change.actor, change.cause), known.get(id))
    return made


def _begun(made: Plan, id: str, state: State | None, now: datetime) -> State | None:
    """The entity without what has expired meanwhile."""
    effect = swept(state, now) if state else None
    return state if effect is None else _log(made, id, state, effect, (SWEEPER, None), state)


def _log(
    made: Plan, id: str, before: State | None, effect: Effect, by: tuple[str, str | None], first: State | None
) -> State | None:
    """The state afterwards."""
    kept = effect.after or before
    made.log.append(Logged(id, kept.types if kept else ("",), by[0], by[1], effect))
    row = made.rows.get(id)
    if row is None:
        row = made.rows[id] = Row(first, None)
    row.after = effect.after
    row.names.update(effect.attrs)
    if before is not None and effect.op in (Op.REPLACE, Op.DELETE):
        row.names.update(before.document)
    return effect.after
