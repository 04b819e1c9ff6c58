"""A network made small, once, so that times from many to many come quickly: contraction to a core (Geisberger et al. 2008).

prepare  unimportant nodes are taken out, round by round; ways that led through them become edges between their neighbours,
         and edges longer than a way around them go. What is left is the core, a few nodes in a hundred.
ask      from each source up to the core, through the core (scipy), down to each target: exact, equal to a whole search
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quanyu.compute.shortest import Costs, costs, least_costs

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_CORE_SHARE, _CORE_LEAST = 20, 500
_PRUNE_EVERY, _PRUNE_AT_ONCE = 4, 100_000
_A_ROUND = 0.7
"""Of the nodes that no neighbour comes before, the share that is taken out in a round: the cheapest."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Ordered by tail, then head; one edge between two nodes."""

    tail: Integers
    head: Integers
    cost: Floats


@dataclass(frozen=True, slots=True)
class Core:
    """`number`: a node's place in `core`, -1 for one that was taken out. `up`, `down`: the edges that a taken out node had,
    from it and (turned round) to it; they lead to nodes that were taken out later, or to the core."""

    core: Costs
    number: Integers
    up: Costs
    down: Costs

    def least(self, sources: Sequence[int], targets: Sequence[int]) -> Floats:
        """Of each source (row) to each target (column); inf where there is no way."""
        column, forward = self._searched(np.asarray(sources))
        back, backward = _climbed(self.down, np.asarray(targets))
        found = np.full((len(sources), len(targets)), np.inf)
        met = column[back]
        for place in range(len(targets)):
            here = np.isfinite(backward[place]) & (met >= 0)
            if here.any():
                ways = forward[:, met[here]] + backward[place, here]
                found[:, place] = ways.min(axis=1)
        return found

    def _searched(self, sources: Integers) -> tuple[Integers, Floats]:
        """The column of each node (-1: none), and what it costs from each source."""
        climbing = _closure(self.up, sources)
        climbing = climbing[self.number[climbing] < 0]
        size = self.core.shape[0]
        column = self.number.copy()
        column[climbing] = size + np.arange(len(climbing))
        edges, inside = self.up[climbing].tocoo(), self.core.tocoo()
        whole = costs(
            np.concatenate([inside.data, edges.data]),
            np.concatenate([inside.row, size + edges.row]),
            np.concatenate([inside.col, column[edges.col]]),
            size + len(climbing),
        )
        return column, np.atleast_2d(least_costs(whole, column[sources].tolist()))


def prepare(matrix: Costs, *, least: int | None = None) -> Core:
    """Takes half a minute for a million edges. `least`: nodes of the core, a twentieth unless given."""
    size = matrix.shape[0]
    left = matrix.tocoo()
    edges = _least(left.row.astype(np.int64), left.col.astype(np.int64), left.data, size)
    alive = np.ones(size, dtype=bool)
    level = np.zeros(size)
    ups, downs = [], []
    chance = np.random.default_rng(0)
    turn, wanted = 0, least or max(_CORE_LEAST, size // _CORE_SHARE)
    while alive.sum() > wanted:
        out = _chosen(edges, alive, level, chance)
        starts, ends = np.flatnonzero(out[edges.tail]), np.flatnonzero(out[edges.head])
        ups.append((edges.tail[starts], edges.head[starts], edges.cost[starts]))
        downs.append((edges.head[ends], edges.tail[ends], edges.cost[ends]))
        for taken, near in ((edges.tail[starts], edges.head[starts]), (edges.head[ends], edges.tail[ends])):
            np.maximum.at(level, near, level[taken] + 1)
        edges = _bridged(edges, out, starts, ends, size)
        alive &= ~out
        turn += 1
        if turn % _PRUNE_EVERY == 0:
            edges = _pruned(edges, size)
    edges = _pruned(edges, size)
    number = np.where(alive, np.cumsum(alive) - 1, -1)
    core = costs(edges.cost, number[edges.tail], number[edges.head], int(alive.sum()))
    return Core(core, number, _gathered(ups, size), _gathered(downs, size))


def _chosen(
    edges: Edges, alive: NDArray[np.bool_], level: Floats, chance: np.random.Generator
) -> NDArray[np.bool_]:
    """No two of them are neighbours, and they bring few new edges."""
    size = len(alive)
    comes, goes = np.bincount(edges.head, minlength=size), np.bincount(edges.tail, minlength=size)
    price = comes * goes - comes - goes + 2 * level + 0.9 * chance.random(size)
    price[~alive] = np.inf
    near = np.full(size, np.inf)
    np.minimum.at(near, edges.tail, price[edges.head])
    np.minimum.at(near, edges.head, price[edges.tail])
    best = alive & (price < near)
    chosen: NDArray[np.bool_] = best & (price <= np.quantile(price[best], _A_ROUND))
    return chosen


def _bridged(edges: Edges, out: NDArray[np.bool_], starts: Integers, ends: Integers, size: int) -> Edges:
    """Without the chosen nodes: what came in is joined with what went out."""
    goes = np.bincount(edges.tail[starts], minlength=size)
    many = goes[edges.head[ends]]
    first, place = _fanned(ends, np.searchsorted(edges.tail[starts], edges.head[ends]), many)
    second = starts[place]
    tail, head = edges.tail[first], edges.head[second]
    kept, apart = ~(out[edges.tail] | out[edges.head]), tail != head
    return _least(
        np.concatenate([edges.tail[kept], tail[apart]]),
        np.concatenate([edges.head[kept], head[apart]]),
        np.concatenate([edges.cost[kept], (edges.cost[first] + edges.cost[second])[apart]]),
        size,
    )


def _pruned(edges: Edges, size: int) -> Edges:
    """Without those for which two others do better: they are on no cheapest way."""
    begin, goes = np.searchsorted(edges.tail, np.arange(size)), np.bincount(edges.tail, minlength=size)
    key = edges.tail * size + edges.head
    worse = np.zeros(len(key), dtype=bool)
    for low in range(0, len(key), _PRUNE_AT_ONCE):
        some = np.arange(low, min(len(key), low + _PRUNE_AT_ONCE))
        edge, first = _fanned(some, begin[edges.tail[some]], goes[edges.tail[some]])
        cheap = edges.cost[first] < edges.cost[edge]
        edge, first = edge[cheap], first[cheap]
        wanted = edges.head[first] * size + edges.head[edge]
        second = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
        worse[edge[(key[second] == wanted) & (edges.cost[first] + edges.cost[second] < edges.cost[edge])]] = (
            True
        )
    return Edges(edges.tail[~worse], edges.head[~worse], edges.cost[~worse])


def _fanned(edge: Integers, begin: Integers, many: Integers) -> tuple[Integers, Integers]:
    """Each edge with each of the `many` places from its `begin` on."""
    repeated = np.repeat(np.arange(len(edge)), many)
    within = np.arange(len(repeated)) - np.repeat(np.cumsum(many) - many, many)
    return edge[repeated], begin[repeated] + within


def _least(tail: Integers, head: Integers, cost: Floats, size: int) -> Edges:
    key = tail * size + head
    order = np.lexsort((cost, key))
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.diff(key[order]) != 0
    kept = order[first]
    return Edges(tail[kept], head[kept], cost[kept])


def _gathered(pieces: Sequence[tuple[Integers, Integers, Floats]], size: int) -> Costs:
    if not pieces:
        return costs(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), size)
    tail, head, cost = (np.concatenate([piece[one] for piece in pieces]) for one in range(3))
    return costs(cost, tail, head, size)


def _closure(matrix: Costs, begin: Integers) -> Integers:
    """Every node that is reached over the matrix, with those it began at."""
    seen = new = np.unique(begin)
    while len(new):
        new = np.setdiff1d(matrix[new].indices, seen)
        seen = np.union1d(seen, new)
    return seen


def _climbed(matrix: Costs, begin: Integers) -> tuple[Integers, Floats]:
    """The nodes that are reached, and what each costs from each begin."""
    nodes = _closure(matrix, begin)
    own = matrix[nodes][:, nodes]
    return nodes, np.atleast_2d(least_costs(own, np.searchsorted(nodes, begin).tolist()))
