"""Tracks laid on roads: the likeliest way through the candidates of every fix (hidden Markov model; Newson and Krumm 2009)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from quanyu.compute.plane import Floats
from quanyu.compute.roads import RoadGraph
from quanyu.compute.shortest import least_costs


@dataclass(frozen=True, slots=True)
class Fix:
    """`at` in seconds."""

    lon: float
    lat: float
    at: float


@dataclass(frozen=True, slots=True)
class Laid:
    """Where a fix was: on which edge, how many metres along it, how many beside it."""

    fix: int
    edge: int
    along: float
    beside: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    edge: int
    along: float
    beside: float


def lay_track(
    graph: RoadGraph,
    track: Sequence[Fix],
    *,
    radius: float = 50.0,
    sigma: float = 10.0,
    beta: float = 30.0,
    most: int = 6,
    gap: float = 300.0,
) -> tuple[Laid, ...]:
    """Fixes without a road within `radius` metres are left out; after `gap` seconds, or where no way leads on, it begins anew.

    `sigma`: metres that a fix errs; `beta`: metres by which the way on the road differs from the straight one.
    """
    lon, lat = (np.array([getattr(fix, name) for fix in track]) for name in ("lon", "lat"))
    x, y = graph.plane.metres(lon, lat)
    found = [_candidates(graph, x[place], y[place], radius, most) for place in range(len(track))]
    laid: list[Laid] = []
    for piece in _pieces(track, found, gap):
        laid += _likeliest(graph, piece, found, x, y, sigma=sigma, beta=beta)
    return tuple(laid)


def _candidates(graph: RoadGraph, x: float, y: float, radius: float, most: int) -> list[_Candidate]:
    point = shapely.Point(x, y)
    near = graph.index.query(point, predicate="dwithin", distance=radius)
    near = near[np.isfinite(graph.seconds[near])]
    beside = shapely.distance(graph.lines[near], point)
    best = np.argsort(beside, kind="stable")[:most]
    along = shapely.line_locate_point(graph.lines[near[best]], point, normalized=True)
    return [
        _Candidate(int(near[one]), float(share * graph.length[near[one]]), float(beside[one]))
        for one, share in zip(best, along, strict=True)
    ]


def _pieces(track: Sequence[Fix], found: Sequence[Sequence[_Candidate]], gap: float) -> Iterator[list[int]]:
    """Fixes that have candidates, without long silences in between."""
    piece: list[int] = []
    for place, fix in enumerate(track):
        if not found[place]:
            continue
        if piece and fix.at - track[piece[-1]].at > gap:
            yield piece
            piece = []
        piece.append(place)
    if piece:
        yield piece


def _likeliest(
    graph: RoadGraph, piece: Sequence[int], found: Sequence[Sequence[_Candidate]], x: Floats, y: Floats,
    *, sigma: float, beta: float,
) -> list[Laid]:  # fmt: skip
    """Viterbi: costs instead of likelihoods, so that none vanishes."""
    costs = [_emission(one, sigma) for one in found[piece[0]]]
    backs: list[list[int]] = []
    begun = 0
    laid: list[Laid] = []
    for step in range(1, len(piece)):
        before, now = piece[step - 1], piece[step]
        straight = math.hypot(x[now] - x[before], y[now] - y[before])
        between = _ways(graph, found[before], found[now], reach=straight * 2 + 500)
        totals = np.array(costs)[:, None] + np.abs(between - straight) / beta
        best = np.argmin(totals, axis=0)
        least = totals[best, np.arange(len(best))]
        if not np.isfinite(least).any():
            laid += _walk_back(piece[begun:step], found, costs, backs)
            begun, backs = step, []
            costs = [_emission(one, sigma) for one in found[now]]
            continue
        backs.append(best.tolist())
        costs = [cost + _emission(one, sigma) for cost, one in zip(least.tolist(), found[now], strict=True)]
    return laid + _walk_back(piece[begun:], found, costs, backs)


def _walk_back(
    piece: Sequence[int],
    found: Sequence[Sequence[_Candidate]],
    costs: Sequence[float],
    backs: Sequence[Sequence[int]],
) -> list[Laid]:
    chosen = int(np.argmin(costs))
    laid = []
    for step in range(len(piece) - 1, -1, -1):
        one = found[piece[step]][chosen]
        laid.append(Laid(piece[step], one.edge, one.along, one.beside))
        if step:
            chosen = backs[step - 1][chosen]
    return laid[::-1]


def _emission(candidate: _Candidate, sigma: float) -> float:
    return 0.5 * (candidate.beside / sigma) ** 2


def _ways(
    graph: RoadGraph, origins: Sequence[_Candidate], targets: Sequence[_Candidate], *, reach: float
) -> Floats:
    """Metres on the road from each origin to each target; inf beyond `reach`. A little backwards on one edge is standing."""
    heads = [int(graph.head[one.edge]) for one in origins]
    table = np.atleast_2d(least_costs(graph.by_metres, heads, limit=reach))
    ways = np.full((len(origins), len(targets)), np.inf)
    for row, origin in enumerate(origins):
        rest = graph.length[origin.edge] - origin.along
        for column, target in enumerate(targets):
            if target.edge == origin.edge and target.along >= origin.along - 20:
                ways[row, column] = max(0.0, target.along - origin.along)
            else:
                ways[row, column] = rest + table[row, graph.tail[target.edge]] + target.along
    return ways
