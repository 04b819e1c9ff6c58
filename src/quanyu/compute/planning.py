"""Processes of planning and forecasting: where stations cover most, tours through stops, what a series will be."""

from typing import Annotated, Any

import msgspec
import numpy as np

from quanyu.compute.forecast import errors, learn
from quanyu.compute.roads import RoadGraph
from quanyu.compute.routing import travel_times
from quanyu.compute.siting import most_covered
from quanyu.compute.tours import Work, plan_tours
from quanyu.core.errors import Invalid

Place = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]
_SOLVER_SECONDS = 20.0


class Stations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`standing` stay; of the `candidates` so many `more` are chosen that most demand is reached within `seconds`."""

    standing: Annotated[list[Place], msgspec.Meta(max_length=200)] = []
    candidates: Annotated[list[Place], msgspec.Meta(min_length=1, max_length=200)]
    demand: Annotated[list[Place], msgspec.Meta(min_length=1, max_length=20_000)]
    weights: list[Annotated[float, msgspec.Meta(ge=0)]] | None = None
    seconds: Annotated[float, msgspec.Meta(gt=0, le=7200)]
    more: Annotated[int, msgspec.Meta(ge=1, le=100)]


class Stops(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The depot first. `loads` of all of them; `windows`: seconds after the start, from when until when each may be served."""

    places: Annotated[list[Place], msgspec.Meta(min_length=2, max_length=200)]
    vehicles: Annotated[int, msgspec.Meta(ge=1, le=60)] = 1
    loads: list[Annotated[float, msgspec.Meta(ge=0)]] | None = None
    capacity: Annotated[float, msgspec.Meta(gt=0)] | None = None
    windows: list[Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]] | None = None


class Series(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows of equal length, null where nothing was measured; `day` slots a day, eight days at least."""

    values: Annotated[
        list[Annotated[list[float | None], msgspec.Meta(max_length=20_000)]],
        msgspec.Meta(min_length=1, max_length=500),
    ]
    day: Annotated[int, msgspec.Meta(ge=1, le=1440)]
    ahead: Annotated[int, msgspec.Meta(ge=1, le=1440)]


def site_stations(graph: RoadGraph, said: Stations) -> dict[str, Any]:
    weights = said.weights if said.weights is not None else [1.0] * len(said.demand)
    _require(len(weights) == len(said.demand) and sum(weights) > 0, "station-siting", "weights")
    sites, demand = graph.nearest_nodes([*said.standing, *said.candidates]), graph.nearest_nodes(said.demand)
    reached = np.isfinite(travel_times(graph, sites, demand, limit=said.seconds))
    found = most_covered(
        reached, np.array(weights), standing=range(len(said.standing)), more=said.more, seconds=_SOLVER_SECONDS
    )  # fmt: skip
    added = [one - len(said.standing) for one in found.chosen[len(said.standing) :]]
    return {"chosen": added, "before": found.before, "after": found.after, "gap": found.gap}


def tours(graph: RoadGraph, said: Stops) -> dict[str, Any]:
    size = len(said.places)
    for name in ("loads", "windows"):
        given = getattr(said, name)
        _require(given is None or len(given) == size, "tours", name)
    nodes = graph.nearest_nodes(said.places)
    windows = said.windows or []
    work = Work(
        load=said.loads or [0.0] * size,
        opens=[one[0] for one in windows],
        closes=[one[1] for one in windows],
    )
    plan = plan_tours(
        travel_times(graph, nodes, nodes), vehicles=said.vehicles, work=work, capacity=said.capacity or np.inf,
        seconds=_SOLVER_SECONDS,
    )  # fmt: skip
    if plan is None:
        return {"tours": None, "seconds": None}
    return {"tours": [list(one) for one in plan.stops], "seconds": round(plan.cost, 1)}


def foretell(_: object, said: Series) -> dict[str, Any]:
    _require(len({len(row) for row in said.values}) == 1, "forecast", "values")
    values = np.array(said.values, dtype=float)
    try:
        found = learn(values, ahead=said.ahead, day=said.day)
        off = errors(found, values, 0)
    except ValueError as error:
        raise Invalid("compute.inputs", process="forecast", reason=str(error)) from error
    told = found.at(values, values.shape[1] - 1)
    return {
        "values": told.round(6).tolist(), "low": found.low, "high": found.high,
        "mean_absolute_error": off.forecast, "of_last_week": off.last_week,
    }  # fmt: skip


def _require(fits: bool, process: str, name: str) -> None:
    if not fits:
        raise Invalid("compute.inputs", process=process, reason=name)
