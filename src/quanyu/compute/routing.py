"""Ways over a road network: times from many to many, the way itself, how far one gets."""

from collections.abc import Sequence

import numpy as np
import shapely

from quanyu.compute.plane import Floats
from quanyu.compute.roads import Integers, RoadGraph
from quanyu.compute.shortest import least_costs, predecessors

_REACH_METRES = 60.0
_FEW = 16
"""So many whole searches cost less than one over the core."""


def travel_times(
    graph: RoadGraph,
    sources: Sequence[int],
    targets: Sequence[int],
    *,
    seconds: Floats | None = None,
    limit: float = np.inf,
) -> Floats:
    """Seconds from each source (row) to each target (column), inf where no way is within `limit`.

    `seconds`: of each edge at another time of day. From many to many the graph's `core` is asked, where it is there; else the
    search starts at the smaller side.
    """
    if seconds is None and graph.is_prepared and min(len(sources), len(targets)) > _FEW:
        found = graph.core.least(sources, targets)
        return np.where(found <= limit, found, np.inf)
    if len(targets) < len(sources):
        turned = graph.by_seconds_back if seconds is None else graph.matrix(seconds).T.tocsr()
        backward = least_costs(turned, list(targets), limit=limit)
        return np.ascontiguousarray(np.atleast_2d(backward)[:, list(sources)].T)
    matrix = graph.by_seconds if seconds is None else graph.matrix(seconds)
    forward = least_costs(matrix, list(sources), limit=limit)
    return np.atleast_2d(forward)[:, list(targets)]


def route(graph: RoadGraph, source: int, target: int, *, seconds: Floats | None = None) -> tuple[int, ...]:
    """The edges of the quickest way; none where there is no way, or source and target are one."""
    matrix = graph.by_seconds if seconds is None else graph.matrix(seconds)
    before = predecessors(matrix, source)
    edges: list[int] = []
    node = target
    while node != source:
        previous = int(before[node])
        if previous < 0:
            return ()
        edges.append(graph.edge_between[previous, node])
        node = previous
    return tuple(reversed(edges))


def nodes_within(graph: RoadGraph, source: int, seconds: float) -> Integers:
    """The nodes that are reached in time."""
    reached = least_costs(graph.by_seconds, source, limit=seconds)
    return np.flatnonzero(np.isfinite(reached))


def isochrone(graph: RoadGraph, source: int, seconds: float) -> shapely.Geometry:
    """What is reached in time, in longitude and latitude: the reached roads with a strip beside them."""
    reached = least_costs(graph.by_seconds, source, limit=seconds)
    whole = np.isfinite(reached[graph.tail]) & np.isfinite(reached[graph.head])
    drawn = shapely.union_all([*graph.lines[whole], shapely.Point(graph.x[source], graph.y[source])])
    strip = drawn.buffer(_REACH_METRES).simplify(10)
    return shapely.transform(
        strip, lambda points: np.column_stack(graph.plane.degrees(points[:, 0], points[:, 1]))
    )
