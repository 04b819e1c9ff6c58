"""How quickly roads are driven, from tracks laid on them, by hour of the day; and travel times at such an hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from quanyu.compute.matching import Fix, Laid
from quanyu.compute.plane import Floats
from quanyu.compute.roads import RoadGraph
from quanyu.compute.shortest import predecessors

HOURS = 24
_SLOWEST_KMH, _QUICKEST_KMH = 1.0, 130.0


@dataclass(frozen=True, slots=True)
class Drive:
    """A stretch that a vehicle drove: its edges, metres and seconds, and the hour of the day."""

    edges: tuple[int, ...]
    metres: float
    seconds: float
    hour: int

    @property
    def kmh(self) -> float:
        return self.metres / self.seconds * 3.6


@dataclass(frozen=True, slots=True)
class Speeds:
    """Metres and seconds driven on each edge (row) in each hour (column)."""

    metres: Floats
    seconds: Floats

    def kmh(self, hour: int) -> Floats:
        """NaN where nobody drove."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(
                self.seconds[:, hour] > 0, self.metres[:, hour] / self.seconds[:, hour] * 3.6, np.nan
            )

    def travel_seconds(self, graph: RoadGraph, hour: int) -> Floats:
        """Of every edge at that hour; where nobody drove, its own seconds times what the others took longer."""
        driven = self.kmh(hour)
        known = np.isfinite(driven)
        measured = np.where(known, graph.length / np.maximum(driven, _SLOWEST_KMH) * 3.6, 0.0)
        usual = float(measured[known].sum() / graph.seconds[known].sum()) if known.any() else 1.0
        return np.where(known, measured, graph.seconds * usual)


def drives(
    graph: RoadGraph,
    track: Sequence[Fix],
    laid: Sequence[Laid],
    *,
    zone_seconds: int = 0,
    longest: float = 300.0,
) -> list[Drive]:
    """Between fixes that follow each other within `longest` seconds; `zone_seconds` east of UTC tells the hour."""
    found = []
    for before, now in pairwise(laid):
        seconds = track[now.fix].at - track[before.fix].at
        if not 0 < seconds <= longest:
            continue
        edges, metres = _between(graph, before, now)
        if edges and _SLOWEST_KMH <= metres / seconds * 3.6 <= _QUICKEST_KMH:
            hour = int((track[before.fix].at + zone_seconds) // 3600 % HOURS)
            found.append(Drive(edges, metres, seconds, hour))
    return found


def speeds(graph: RoadGraph, driven: Iterable[Drive]) -> Speeds:
    """A drive counts on each of its edges by the length of that edge."""
    metres, seconds = np.zeros((len(graph.ids), HOURS)), np.zeros((len(graph.ids), HOURS))
    for one in driven:
        edges = list(one.edges)
        share = graph.length[edges] / max(graph.length[edges].sum(), 1e-9)
        metres[edges, one.hour] += one.metres * share
        seconds[edges, one.hour] += one.seconds * share
    return Speeds(metres, seconds)


def _between(graph: RoadGraph, before: Laid, now: Laid) -> tuple[tuple[int, ...], float]:
    """The edges from one place on the roads to the next and the metres between; none where there is no way."""
    if before.edge == now.edge and now.along >= before.along:
        return (now.edge,), now.along - before.along
    start, goal = int(graph.head[before.edge]), int(graph.tail[now.edge])
    edges = _shortest(graph, start, goal)
    if edges is None:
        return (), 0.0
    inner = float(graph.length[list(edges)].sum())
    rest = float(graph.length[before.edge] - before.along)
    return (before.edge, *edges, now.edge), rest + inner + now.along


def _shortest(graph: RoadGraph, start: int, goal: int, limit: float = 5000.0) -> tuple[int, ...] | None:
    if start == goal:
        return ()
    back = predecessors(graph.by_metres, start, limit=limit)
    edges: list[int] = []
    node = goal
    while node != start:
        previous = int(back[node])
        if previous < 0:
            return None
        edges.append(graph.edge_between[previous, node])
        node = previous
    return tuple(reversed(edges))
