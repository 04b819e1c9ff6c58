"""Where a few more stations would reach the most calls in time, over the roads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quanyu.packs import RoadGraph, most_covered, travel_times

Place = Sequence[float]
"""Longitude and latitude."""

Flags = NDArray[np.bool_]

MOST_SQUARES = 200
_LEAST_SIDE, _GROWTH = 0.004, 1.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sited:
    """`chosen`: places in the list of candidates. By call whether a station reaches it in time: now, and with the chosen ones."""

    chosen: tuple[int, ...]
    reached: Flags
    reached_then: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Calls that lie near each other, by their places in the list; `centre` tells of no single one."""

    centre: tuple[float, float]
    calls: NDArray[np.int64]


def sited(
    graph: RoadGraph, standing: Sequence[Place], candidates: Sequence[Place], calls: Sequence[Place], *, seconds: float, more: int
) -> Sited:  # fmt: skip
    """Takes a while: not on an event loop. Raises ValueError without calls."""
    sites, own = graph.nearest_nodes([*standing, *candidates]), len(standing)
    reaches = np.isfinite(travel_times(graph, sites, graph.nearest_nodes(calls), limit=seconds))
    found = most_covered(reaches, np.ones(len(calls)), standing=range(own), more=more)
    return Sited(
        chosen=tuple(one - own for one in found.chosen[own:]),
        reached=_any(reaches[:own]),
        reached_then=_any(reaches[list(found.chosen)]),
    )


def _any(reaches: Flags) -> Flags:
    """By call, whether one of these sites reaches it."""
    return np.asarray(reaches.any(axis=0))


def squares(calls: Sequence[Place]) -> list[Square]:
    """At most two hundred, as small as that allows, from half a kilometre on."""
    places, side = np.array(calls, dtype=float).reshape(-1, 2), _LEAST_SIDE
    while True:
        corners, which = np.unique(np.floor(places / side), axis=0, return_inverse=True)
        if len(corners) <= MOST_SQUARES:
            break
        side *= _GROWTH
    centres = (corners + 0.5) * side
    return [
        Square(centre=(round(lon, 6), round(lat, 6)), calls=np.flatnonzero(which.ravel() == number))
        for number, (lon, lat) in enumerate(centres.tolist())
    ]
