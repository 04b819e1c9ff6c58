"""The one door to scipy: shortest ways over a matrix of costs, pairs of near points.

It takes half a second and 40 MB to load, so a node that is asked for no way never does.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Costs: TypeAlias = Any
"""A scipy.sparse.csr_matrix."""


def costs(values: NDArray[Any], tail: NDArray[Any], head: NDArray[Any], size: int) -> Costs:
    """From node to node; what is not there is no edge, so a value must not be zero."""
    from scipy.sparse import csr_matrix

    return csr_matrix((values, (tail, head)), shape=(size, size))


def least_costs(matrix: Costs, begin: int | list[int], *, limit: float = np.inf) -> NDArray[np.float64]:
    """From `begin` to every node, inf beyond `limit`; a row for each where several begin."""
    from scipy.sparse.csgraph import dijkstra

    found: NDArray[np.float64] = dijkstra(matrix, indices=begin, limit=limit)
    return found


def predecessors(matrix: Costs, begin: int, *, limit: float = np.inf) -> NDArray[np.int64]:
    """The node before each one on its cheapest way from `begin`; negative where there is none within `limit`."""
    from scipy.sparse.csgraph import dijkstra

    before: NDArray[np.int64] = dijkstra(matrix, indices=begin, return_predecessors=True, limit=limit)[1]
    return before


def strong_parts(matrix: Costs) -> NDArray[np.int64]:
    """The number of the part of each node; within a part every node leads to every other."""
    from scipy.sparse.csgraph import connected_components

    return np.asarray(connected_components(matrix, directed=True, connection="strong")[1], dtype=np.int64)


def near_pairs(points: NDArray[np.float64], reach: float) -> set[tuple[int, int]]:
    """Of rows that are at most `reach` apart, the smaller number first."""
    from scipy.spatial import KDTree

    pairs: set[tuple[int, int]] = KDTree(points).query_pairs(reach)
    return pairs
