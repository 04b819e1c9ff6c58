"""A rule that can be run: its definition, checked, with the conditions as trees."""

from dataclasses import dataclass, field
from datetime import timedelta

from quanyu.act.rules.conditions import Condition, Crosses, Silent, attributes, leaves, spans
from quanyu.act.rules.model import Definition
from quanyu.act.rules.quiet import Quiet
from quanyu.twin.ngsild.query import Query

NO_TIME = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """n of m."""

    at_least: int
    share: float | None
    recovers_below: int | None

    def holds(self, holding: int, of: int) -> bool:
        return holding >= self.at_least and (self.share is None or (of > 0 and holding >= self.share * of))

    def recovered(self, holding: int, of: int) -> bool:
        if self.recovers_below is not None:
            return holding < self.recovers_below
        return not self.holds(holding, of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`selection` finds its subjects by id and type alone; what `narrow`s them further is part of `when`.

    `recovers` None: as soon as `when` no longer holds.
    """

    definition: Definition
    version: int
    selection: Query
    when: Condition
    narrow: Condition | None = None
    duration: timedelta = NO_TIME
    recovers: Condition | None = None
    recovery_duration: timedelta = NO_TIME
    group: Group | None = None
    quiet: Quiet | None = None
    watched: frozenset[str] = field(default=frozenset())
    reach: tuple[tuple[str, timedelta], ...] = ()

    @property
    def name(self) -> str:
        return self.definition.name

    fences: tuple[Crosses, ...] = ()
    silences: tuple[Silent, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (self.when,) if self.recovers is None else (self.when, self.recovers)


def leaves_of(conditions: tuple[Condition, ...]) -> list[Condition]:
    return [one for condition in conditions for one in leaves(condition)]


def watched_by(conditions: tuple[Condition, ...]) -> frozenset[str]:
    """Empty where any attribute may matter."""
    if any(isinstance(one, Silent) and not one.names for one in leaves_of(conditions)):
        return frozenset()
    return frozenset(name for condition in conditions for name in attributes(condition))


def reach_of(conditions: tuple[Condition, ...]) -> tuple[tuple[str, timedelta], ...]:
    """The longest window of each attribute."""
    longest: dict[str, timedelta] = {}
    for condition in conditions:
        for name, over in spans(condition):
            longest[name] = max(over, longest.get(name, NO_TIME))
    return tuple(sorted(longest.items()))
