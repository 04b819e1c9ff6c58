"""Tours from a depot through all stops, by capacity and time windows: the cheapest that OR-Tools finds in its time.

It begins with the cheapest insertion and goes on with guided local search (Voudouris and Tsang 1999), the same every time as long as
the number of solutions ends the search and not the clock. It takes whole numbers: costs are rounded to a millionth of the dearest way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

import numpy as np

from quanyu.compute.optimum import Floats
from quanyu.govern.engine.aside import apart

_SECONDS = 60.0
_SOLUTIONS_A_STOP = 50
_FINE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Of each stop, the depot first: what it loads, when it may be served and for how long (in the unit of the table)."""

    load: Sequence[float]
    opens: Sequence[float] = ()
    closes: Sequence[float] = ()
    lasts: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tours:
    """Each from the depot (0) and back, without it."""

    stops: tuple[tuple[int, ...], ...]
    cost: float


def plan_tours(
    table: Floats,
    *,
    vehicles: int,
    work: Work | None = None,
    capacity: float = inf,
    seconds: float = _SECONDS,
) -> Tours | None:
    """`table`: cost from each place to each, the depot first, inf where there is no way. `seconds` at most, and a half to begin.

    None where there is no plan, or none was found in time. OR-Tools lets no other thread run meanwhile, so it has a process of its own.
    """
    if len(table) < 2:
        return Tours(stops=(), cost=0.0)
    return apart(partial(find_tours, table, vehicles=vehicles, work=work, capacity=capacity, seconds=seconds))


def find_tours(
    table: Floats,
    *,
    vehicles: int,
    work: Work | None = None,
    capacity: float = inf,
    seconds: float = _SECONDS,
) -> Tours | None:
    """`plan_tours` for at least one stop, while nothing else runs in this process."""
    from ortools.constraint_solver import pywrapcp

    manager = pywrapcp.RoutingIndexManager(len(table), vehicles, 0)
    routing = pywrapcp.RoutingModel(manager)
    dearest = float(table[np.isfinite(table)].max(initial=0.0)) or 1.0
    ways = _whole(table, _FINE / dearest, never=_FINE * 1000)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(ways.tolist()))
    said = work or Work(load=())
    if said.load and capacity < inf:
        _carry(routing, said.load, capacity)
    if said.closes:
        _keep_windows(routing, manager, ways, said, _FINE / dearest)
    found = routing.SolveWithParameters(_search(pywrapcp, len(table), seconds))
    if found is None:
        return None
    stops = tuple(tour for vehicle in range(vehicles) if (tour := _tour(routing, manager, found, vehicle)))
    cost = sum(_cost(table, tour) for tour in stops)
    return Tours(stops=stops, cost=cost) if cost < inf else None


def _whole(values: Any, scale: float, *, never: int) -> Any:
    """Whole numbers; `never` for what is infinite."""
    return (
        np.nan_to_num(np.rint(np.asarray(values, dtype=float) * scale), posinf=never)
        .clip(max=never)
        .astype(np.int64)
    )


def _carry(routing: Any, load: Sequence[float], capacity: float) -> None:
    """Loads are rounded up and the capacity is exact, so that nothing is overloaded by rounding."""
    whole = np.ceil(np.asarray(load) / capacity * _FINE - 1e-6).astype(np.int64)
    routing.AddDimension(routing.RegisterUnaryTransitVector(whole.tolist()), 0, _FINE, True, "load")


def _keep_windows(routing: Any, manager: Any, ways: Any, work: Work, scale: float) -> None:
    """Time goes by on the way and at stops; who comes early waits."""
    never = 1000 * _FINE
    lasts = _whole(work.lasts or [0.0] * len(ways), scale, never=never)
    opens, closes = (
        _whole(one, scale, never=never) for one in (work.opens or [0.0] * len(ways), work.closes)
    )
    horizon = int(never + ways.max() + lasts.max())
    passed = routing.RegisterTransitMatrix((ways + lasts[:, None]).tolist())
    routing.AddDimension(passed, horizon, horizon, True, "time")
    time = routing.GetDimensionOrDie("time")
    for stop in range(1, len(ways)):
        time.CumulVar(manager.NodeToIndex(stop)).SetRange(int(opens[stop]), int(closes[stop]))


def _search(pywrapcp: Any, stops: int, seconds: float) -> Any:
    from ortools.constraint_solver import routing_enums_pb2 as kinds

    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = kinds.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    search.local_search_metaheuristic = kinds.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.solution_limit = _SOLUTIONS_A_STOP * stops
    search.time_limit.FromMilliseconds(int(seconds * 1000))
    return search


def _tour(routing: Any, manager: Any, found: Any, vehicle: int) -> tuple[int, ...]:
    stops, place = [], found.Value(routing.NextVar(routing.Start(vehicle)))
    while not routing.IsEnd(place):
        stops.append(manager.IndexToNode(place))
        place = found.Value(routing.NextVar(place))
    return tuple(stops)


def _cost(table: Floats, tour: tuple[int, ...]) -> float:
    return float(sum(table[one, other] for one, other in zip((0, *tour), (*tour, 0), strict=True)))
