"""Which classes are two names of one thing: how often open cases near each other turned out to be the same.

A pothole is reported as "Pothole" and as "Road repair"; only the cases that a city merged can tell.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from quanyu.twin.distance import METRES_A_DEGREE, metres

NEAR = 30.0
"""Metres over which nearness falls to 37 %: what GPS of a phone and the width of a street leave uncertain."""

_STRENGTH = 20.0  # meetings that count as much as what is believed without any
_SAME, _AKIN, _OTHER = 0.02, 0.005, 0.001

Pair = tuple[str, str]


class Past(NamedTuple):
    """A case that was; `same` are the ids of the cases that it was merged with, either way."""

    id: str
    category: str
    lon: float
    lat: float
    opened: datetime
    closed: datetime | None
    same: frozenset[str] = frozenset()


class Meeting(NamedTuple):
    """How much two classes were near each other, and how much of it was the same thing."""

    met: float
    same: float


@dataclass(frozen=True, slots=True)
class Kinship:
    """`parent` of a class is what a city's list of classes says."""

    parent: Callable[[str], str | None]
    meetings: Mapping[Pair, Meeting] = field(default_factory=dict)

    def odds(self, one: str | None, other: str | None) -> float:
        """Log odds that two open cases at one place are the same thing, by their classes alone."""
        if one is None or other is None:
            return _log_odds(_AKIN)
        met, same = self.meetings.get(pair(one, other), Meeting(0.0, 0.0))
        return _log_odds((same + _STRENGTH * self._believed(one, other)) / (met + _STRENGTH))

    def _believed(self, one: str, other: str) -> float:
        if one == other:
            return _SAME
        above = self.parent(one)
        return _AKIN if above is not None and above == self.parent(other) else _OTHER


def pair(one: str, other: str) -> Pair:
    return (one, other) if one <= other else (other, one)


def nearness(distance: float) -> float:
    return math.exp(-distance / NEAR)


def meetings(cases: Sequence[Past], *, within: float, days: int) -> dict[Pair, Meeting]:
    """Over all cases, oldest first, each with those that were open near it when it came."""
    met: defaultdict[Pair, float] = defaultdict(float)
    same: defaultdict[Pair, float] = defaultdict(float)
    for one, other, distance in encounters(cases, within=within, days=days):
        key, weight = pair(one.category, other.category), nearness(distance)
        met[key] += weight
        if other.id in one.same or one.id in other.same:
            same[key] += weight
    return {key: Meeting(weight, same[key]) for key, weight in met.items()}


def encounters(cases: Sequence[Past], *, within: float, days: int) -> Iterator[tuple[Past, Past, float]]:
    """A case, one that was open near it when it came, and the metres between them."""
    span = timedelta(days=days)
    step = max(within, 1.0) / METRES_A_DEGREE
    cells: defaultdict[tuple[int, int], list[Past]] = defaultdict(list)
    for one in cases:
        wide = step / max(0.01, math.cos(math.radians(round(one.lat))))
        column, row = int(one.lon // wide), int(one.lat // step)
        for here in ((column + x, row + y) for x in (-1, 0, 1) for y in (-1, 0, 1)):
            cells[here] = [
                other for other in cells[here]
                if (other.closed is None or other.closed > one.opened) and one.opened - other.opened <= span
            ]  # fmt: skip
            for other in cells[here]:
                distance = metres(one.lon, one.lat, other.lon, other.lat)
                if distance <= within:
                    yield one, other, distance
        cells[column, row].append(one)


def _log_odds(share: float) -> float:
    bounded = min(max(share, 1e-4), 0.9)
    return math.log(bounded / (1 - bounded))
