"""Where to park for a destination: driving over the roads, walking the rest, and how likely a space is still free on arrival."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import NormalDist

from quanyu.packs import RoadGraph, metres_between, travel_times
from quanyu.scenarios.parking.live import Lot, Outlook

_WALK = 1.2
"""Metres a second."""

_FULL = 900.0
"""Seconds that it costs to find a car park full and seek another."""


@dataclass(frozen=True, slots=True)
class Place:
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Seconds. `chance` that a space is free on arrival; `cost` is the drive, the walk and what a full car park would cost."""

    lot: str
    drive: float
    walk: float
    free: float
    chance: float
    cost: float


def advise(
    graph: RoadGraph,
    begin: Place,
    goal: Place,
    lots: Sequence[tuple[Lot, Place]],
    *,
    minutes: float,
    reach: float,
) -> tuple[Advice, ...]:
    """The best first, of lots within `reach` metres of the goal; one is there in `minutes`."""
    near = [
        (lot, place, metres)
        for lot, place in lots
        if (metres := metres_between(place.lon, place.lat, goal.lon, goal.lat)) <= reach
    ]
    if not near:
        return ()
    start = graph.nearest_node(begin.lon, begin.lat)
    goals = graph.nearest_nodes([(place.lon, place.lat) for _, place, _ in near])
    ways = travel_times(graph, [start], goals)[0]
    found = []
    for (lot, _, metres), drive in zip(near, ways.tolist(), strict=True):
        if not isfinite(drive):
            continue
        free, chance = expected(lot, max(minutes, drive / 60))
        walk = metres / _WALK
        found.append(
            Advice(
                lot=lot.id, drive=drive, walk=walk, free=free, chance=chance, cost=drive + walk + (1 - chance) * _FULL
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.cost, one.lot)))


def expected(lot: Lot, minutes: float) -> tuple[float, float]:
    """Spaces free then, and the chance that at least one is."""
    if minutes < 8 or not lot.outlooks:
        return float(lot.free), lot.confidence if lot.free > 0 else 1 - lot.confidence
    outlook = min(lot.outlooks, key=lambda one: abs(one.minutes - minutes))
    return outlook.free, _one_is_free(outlook)


def _one_is_free(outlook: Outlook) -> float:
    """As if the forecast erred normally: from `low` to `high` are nine cases of ten."""
    spread = (outlook.high - outlook.low) / (2 * NormalDist().inv_cdf(0.95))
    return 1 - NormalDist(outlook.free, spread).cdf(0.5) if spread > 0 else float(outlook.free >= 1)
