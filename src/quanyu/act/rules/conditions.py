"""What a rule asks of one entity at one moment, as a tree, and the answer. Pure: what it looks at is handed in as a `Sight`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from quanyu.act.rules import series
from quanyu.act.rules.model import Figure
from quanyu.act.rules.series import Reading
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import GeoQuery, Query, matches
from quanyu.twin.ngsild.query import Term as QTerm
from quanyu.twin.ngsild.query import holds as q_holds
from quanyu.twin.ngsild.query.names import targets
from quanyu.twin.ngsild.query.tree import SYSTEM_NAMES, Link


class Side(StrEnum):
    """Where an entity is as a fence saw it last: there or not from the first look on, or by a crossing that was seen."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    ENTERED = "entered"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Fits:
    term: QTerm


@dataclass(frozen=True, slots=True)
class Inside:
    geo: GeoQuery


@dataclass(frozen=True, slots=True)
class Crosses:
    """Holds from the crossing until the next one. `number` tells the fences of one rule apart."""

    number: str
    geo: GeoQuery
    to: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Strictly above, strictly below, or both."""

    above: float | None
    below: float | None

    def passed(self, value: float) -> bool:
        return (self.above is None or value > self.above) and (self.below is None or value < self.below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    attribute: str
    over: timedelta
    figure: Figure
    bound: Bound
    least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    attribute: str
    over: timedelta
    per: timedelta
    bound: Bound


@dataclass(frozen=True, slots=True)
class Silent:
    over: timedelta
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Fits | Inside | Crosses | Window | Rate | Silent | All | Any | Not
Sides = Mapping[str, str]


class Past(Protocol):
    """What was before, as far as conditions of one entity ask."""

    def readings(self, attribute: str) -> Sequence[Reading]:
        """All that a window of the rule may hold."""

    def silence(self, names: tuple[str, ...], at: datetime) -> timedelta:
        """How long nothing has been heard of these attributes, of any where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One entity at one moment. `sides`: of its fences, this moment included."""

    entity: Stored
    at: datetime
    past: Past
    sides: Sides


def holds(condition: Condition, sight: Sight) -> bool:
    match condition:
        case Fits(term):
            return q_holds(term, sight.entity)
        case Inside(geo):
            return _is_inside(geo, sight.entity)
        case Crosses(number, _, to):
            return sight.sides.get(number) == to
        case Window():
            value, found = window_of(condition, sight)
            return value is not None and len(found) >= condition.least and condition.bound.passed(value)
        case Rate():
            made = rate_of(condition, sight)
            return made is not None and condition.bound.passed(made[0])
        case Silent(over, names):
            return sight.past.silence(names, sight.at) >= over
        case All(parts):
            return all(holds(one, sight) for one in parts)
        case Any(parts):
            return any(holds(one, sight) for one in parts)
        case Not(part):
            return not holds(part, sight)


def window_of(window: Window, sight: Sight) -> tuple[float | None, list[Reading]]:
    found = series.within(sight.past.readings(window.attribute), sight.at, window.over)
    return series.figure(found, window.figure), found


def rate_of(rate: Rate, sight: Sight) -> tuple[float, Reading, Reading] | None:
    return series.rate(sight.past.readings(rate.attribute), sight.at, rate.over, rate.per)


def next_look(silences: Sequence[Silent], sight: Sight) -> datetime | None:
    """When time alone may change the answer: only silence grows by itself, a window is looked at when a value comes."""
    moments = [
        sight.at + one.over - silence
        for one in silences
        if (silence := sight.past.silence(one.names, sight.at)) < one.over
    ]
    return min(moments, default=None)


def crossed(fences: Sequence[Crosses], entity: Stored, before: Sides) -> Sides:
    """The sides of all fences after a look; where an entity has no place, they stay."""
    after = dict(before)
    for fence in fences:
        if fence.geo.property in entity.document:
            inside = _is_inside(fence.geo, entity)
            after[fence.number] = _side(before.get(fence.number), inside)
    return after


def leaves(condition: Condition) -> Iterator[Condition]:
    match condition:
        case All(parts) | Any(parts):
            for one in parts:
                yield from leaves(one)
        case Not(part):
            yield from leaves(part)
        case _:
            yield condition


def attributes(condition: Condition) -> Iterator[str]:
    """The stored names of what it looks at."""
    for leaf in leaves(condition):
        match leaf:
            case Fits(term):
                paths = (one for one in targets(term) if not isinstance(one, Link))
                yield from (path.names[0] for path in paths if path.names[0] not in SYSTEM_NAMES)
            case Inside(geo) | Crosses(_, geo):
                yield geo.property
            case Window(attribute=name) | Rate(attribute=name):
                yield name
            case Silent(_, names):
                yield from names


def spans(condition: Condition) -> Iterator[tuple[str, timedelta]]:
    """Of which attributes the readings of how long ago are needed."""
    for leaf in leaves(condition):
        if isinstance(leaf, Window | Rate):
            yield leaf.attribute, leaf.over


def _is_inside(geo: GeoQuery, entity: Stored) -> bool:
    return matches(Query(geo=geo), entity)


def _side(before: str | None, inside: bool) -> Side:
    match before:
        case None:
            return Side.INSIDE if inside else Side.OUTSIDE
        case Side.INSIDE | Side.ENTERED:
            return Side(before) if inside else Side.LEFT
        case _:
            return Side.ENTERED if inside else Side(before)
