"""Tours from a depot through all stops, by capacity and time windows: the least cost, solved by HiGHS.

The model of the tours begins with degrees alone; what its solution does wrong (a circle without the depot, a load too big,
a window missed) is forbidden, and it is solved again (Dantzig, Fulkerson and Johnson 1954; Laporte, Nobert and Desrochers 1985).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, inf

import numpy as np

from quanyu.compute.optimum import Floats, least_sum

_ROUNDS = 200
_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Of each stop, the depot first: what it loads, when it may be served and for how long (in the unit of the table)."""

    load: Sequence[float]
    opens: Sequence[float] = ()
    closes: Sequence[float] = ()
    lasts: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tours:
    """Each from the depot (0) and back, without it. `gap`: by which share the cost may be above the least."""

    stops: tuple[tuple[int, ...], ...]
    cost: float
    gap: float


@dataclass(slots=True)
class _Model:
    """Variables are the ways `tail` to `head`."""

    tail: list[int]
    head: list[int]
    rows: list[tuple[list[int], float, float]] = field(default_factory=list)

    def among(self, nodes: set[int]) -> list[int]:
        return [
            way
            for way, (a, b) in enumerate(zip(self.tail, self.head, strict=True))
            if a in nodes and b in nodes
        ]


def plan_tours(
    table: Floats,
    *,
    vehicles: int,
    work: Work | None = None,
    capacity: float = inf,
    seconds: float = _SECONDS,
) -> Tours | None:
    """`table`: cost from each place to each, the depot first. None where there is no plan, or none was found in time."""
    size = len(table)
    if size < 2:
        return Tours(stops=(), cost=0.0, gap=0.0)
    said = work or Work(load=[0.0] * size)
    model = _degrees(table, vehicles)
    price = np.array([table[a, b] for a, b in zip(model.tail, model.head, strict=True)])
    for _ in range(_ROUNDS):
        best = _solve(model, price, seconds)
        if best is None:
            return None
        chosen = np.flatnonzero(best[0] > 0.5)
        after = {model.tail[way]: model.head[way] for way in chosen if model.tail[way]}
        starts = [model.head[way] for way in chosen if not model.tail[way]]
        tours = [_followed(start, after) for start in starts]
        wrong = list(_wrong(model, tours, after, table, said, capacity))
        if not wrong:
            cost = float(price[chosen].sum())
            return Tours(stops=tuple(tuple(tour) for tour in tours), cost=cost, gap=best[1])
        model.rows += wrong
    return None


def _degrees(table: Floats, vehicles: int) -> _Model:
    """Every stop is come to once and left once; at most so many leave the depot."""
    size = len(table)
    pairs = [(a, b) for a in range(size) for b in range(size) if a != b and np.isfinite(table[a, b])]
    model = _Model([a for a, _ in pairs], [b for _, b in pairs])
    goes: list[list[int]] = [[] for _ in range(size)]
    comes: list[list[int]] = [[] for _ in range(size)]
    for way, (a, b) in enumerate(pairs):
        goes[a].append(way)
        comes[b].append(way)
    for stop in range(1, size):
        model.rows += [(goes[stop], 1.0, 1.0), (comes[stop], 1.0, 1.0)]
    model.rows.append((goes[0], 1.0, float(vehicles)))
    return model


def _solve(model: _Model, price: Floats, seconds: float) -> tuple[Floats, float] | None:
    from scipy.sparse import csr_array

    begin = np.cumsum([0, *(len(ways) for ways, _, _ in model.rows)])
    ways = np.concatenate([ways for ways, _, _ in model.rows]).astype(np.int64)
    rows = csr_array((np.ones(len(ways)), ways, begin), shape=(len(model.rows), len(price)))
    low, high = (np.array([row[side] for row in model.rows]) for side in (1, 2))
    best = least_sum(price, rows, low, high, whole=np.ones(len(price), dtype=bool), seconds=seconds)
    return (best.values, best.gap) if best else None


def _followed(start: int, after: dict[int, int]) -> list[int]:
    tour, place = [], start
    while place:
        tour.append(place)
        place = after[place]
    return tour


def _wrong(
    model: _Model, tours: Sequence[Sequence[int]], after: dict[int, int], table: Floats, work: Work, capacity: float
) -> Iterator[tuple[list[int], float, float]]:  # fmt: skip
    """What forbids each fault of a solution: of a set of stops so many ways at most lie inside."""
    left = set(after) - {stop for tour in tours for stop in tour}
    while left:
        circle = _circle(next(iter(left)), after)
        left -= circle
        yield model.among(circle), -inf, len(circle) - _needed(circle, work, capacity)
    for tour in tours:
        needed = _needed(set(tour), work, capacity)
        if needed > 1:
            yield model.among(set(tour)), -inf, len(tour) - needed
        elif work.closes and (late := _late(tour, table, work)):
            path = set(zip([0, *tour[: late - 1]], tour[:late], strict=True))
            ways = [way for way, pair in enumerate(zip(model.tail, model.head, strict=True)) if pair in path]
            yield ways, -inf, len(ways) - 1.0


def _circle(begin: int, after: dict[int, int]) -> set[int]:
    found, place = {begin}, after[begin]
    while place != begin:
        found.add(place)
        place = after[place]
    return found


def _needed(stops: set[int], work: Work, capacity: float) -> int:
    """Vehicles that a set of stops needs at least."""
    return max(1, ceil(sum(work.load[stop] for stop in stops) / capacity - 1e-9)) if capacity < inf else 1


def _late(tour: Sequence[int], table: Floats, work: Work) -> int:
    """How many stops until one is served too late; 0 where all are in time."""
    now, before = 0.0, 0
    for count, stop in enumerate(tour, 1):
        now = max(now + float(table[before, stop]), work.opens[stop])
        if now > work.closes[stop]:
            return count
        now += work.lasts[stop] if work.lasts else 0.0
        before = stop
    return 0
