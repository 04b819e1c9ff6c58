"""交通拥堵指数: how much longer than free a drive takes, on a scale from 0 to 10 (definitions 2.7).

level            畅通     基本畅通    轻度       中度       严重
index            0–2      2–4         4–6        6–8        8–10
time ÷ free      1–1.2    1.2–1.5     1.5–1.8    1.8–2.1    above 2.1, 10 from 2.4 on
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, variance

from quanyu.packs import student

_RATIOS = (1.0, 1.2, 1.5, 1.8, 2.1, 2.4)
_INDICES = (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)


class Level(StrEnum):
    FREE = "free"
    MOSTLY_FREE = "mostly_free"
    LIGHT = "light"
    MEDIUM = "medium"
    HEAVY = "heavy"


class RoadClass(StrEnum):
    EXPRESSWAY = "expressway"
    ARTERIAL = "arterial"
    LOCAL = "local"


SPEED_BANDS = {
    RoadClass.EXPRESSWAY: (65.0, 50.0, 35.0, 20.0),
    RoadClass.ARTERIAL: (40.0, 30.0, 20.0, 15.0),
    RoadClass.LOCAL: (35.0, 25.0, 15.0, 10.0),
}
"""Lower bounds in km/h of free, mostly free, light and medium."""


@dataclass(frozen=True, slots=True)
class Link:
    """A stretch of road: metres, and km/h as driven and when free."""

    metres: float
    kmh: float
    free_kmh: float


@dataclass(frozen=True, slots=True)
class Effect:
    """Difference in differences: by how much the index of a corridor changed beyond that of its control, with 95 %; and the mean of each."""

    value: float
    low: float
    high: float
    before: float
    after: float
    control_before: float
    control_after: float


def index_of(ratio: float) -> float:
    """Of travel time over free travel time, linear between the bounds of the levels."""
    if ratio <= _RATIOS[0]:
        return 0.0
    for place in range(1, len(_RATIOS)):
        if ratio <= _RATIOS[place]:
            share = (ratio - _RATIOS[place - 1]) / (_RATIOS[place] - _RATIOS[place - 1])
            return _INDICES[place - 1] + share * (_INDICES[place] - _INDICES[place - 1])
    return _INDICES[-1]


def corridor_index(links: Sequence[Link]) -> float | None:
    """The drive over all links against the same drive when free; None where nothing was driven."""
    driven = [link for link in links if link.kmh > 0 and link.free_kmh > 0]
    free = sum(link.metres / link.free_kmh for link in driven)
    if not free:
        return None
    return index_of(sum(link.metres / min(link.kmh, link.free_kmh) for link in driven) / free)


def level_of(index: float) -> Level:
    """A bound belongs to the lower level."""
    for bound, level in zip(_INDICES[1:], Level, strict=True):
        if index <= bound:
            return level
    return Level.HEAVY


def grade_of(kmh: float, road: RoadClass) -> Level:
    """A link by its speed alone."""
    for bound, level in zip(SPEED_BANDS[road], Level, strict=False):
        if kmh > bound:
            return level
    return Level.HEAVY


def effect(
    before: Sequence[float],
    after: Sequence[float],
    control_before: Sequence[float],
    control_after: Sequence[float],
) -> Effect:
    """Of values of the index by day; the interval after Welch, as few days vary differently. Raises ValueError with fewer than two
    days anywhere."""
    days = (before, after, control_before, control_after)
    if any(len(one) < 2 for one in days):
        raise ValueError("two days are needed of each")
    means = [fmean(one) for one in days]
    value = (means[1] - means[0]) - (means[3] - means[2])
    errors = [variance(one) / len(one) for one in days]
    known = sum(error**2 / (len(one) - 1) for error, one in zip(errors, days, strict=True))
    spread = sum(errors) ** 0.5 * student(0.95, sum(errors) ** 2 / known) if known else 0.0
    return Effect(value, value - spread, value + spread, *means)
