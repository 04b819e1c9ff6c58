"""Driven tours against the shortest ones through the same stops.

What is compared is the order of the stops: both tours are measured alike, by `metres` between stops (over roads where there
are some, as the crow flies else). What a vehicle did between stops, and why it came when it did, a track does not tell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from quanyu.packs import metres_between, plan_tours
from quanyu.scenarios.sanitation.model import Fix

Place = tuple[float, float]
Table = NDArray[np.float64]

_APART = 60.0
_STOOD = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Metres through the stops as driven and as planned; `order`: the planned one, by place in `stops`."""

    vehicle: str
    stops: tuple[Place, ...]
    driven: float
    planned: float
    order: tuple[int, ...]

    @property
    def saved(self) -> float:
        return 1 - self.planned / self.driven if self.driven else 0.0


def stops_of(track: Sequence[Fix], *, apart: float = _APART, stood: float = _STOOD) -> tuple[Place, ...]:
    """Where a vehicle stayed within `apart` metres for `stood` seconds, in the order it came there; a place twice is two."""
    found: list[Place] = []
    begin = 0
    for place in range(1, len(track) + 1):
        here = track[begin]
        if (
            place < len(track)
            and metres_between(here.lon, here.lat, track[place].lon, track[place].lat) <= apart
        ):
            continue
        if (track[place - 1].at - here.at).total_seconds() >= stood:
            found.append((here.lon, here.lat))
        begin = place
    return tuple(found)


def compare(
    vehicle: str, stops: Sequence[Place], *, table: Callable[[Sequence[Place]], Table], seconds: float
) -> Compared | None:
    """The first stop is the depot, to which both tours come back. None with fewer than four stops, or none found in time."""
    if len(stops) < 4:
        return None
    metres = table(stops)
    around = [*range(len(stops)), 0]
    driven = float(sum(metres[one, other] for one, other in pairwise(around)))
    found = plan_tours(metres, vehicles=1, seconds=seconds)
    if found is None:
        return None
    return Compared(
        vehicle=vehicle,
        stops=tuple(stops),
        driven=driven,
        planned=min(found.cost, driven),
        order=(0, *found.stops[0]),
    )


def straight(stops: Sequence[Place]) -> Table:
    return np.array(
        [[metres_between(one[0], one[1], other[0], other[1]) for other in stops] for one in stops]
    )
