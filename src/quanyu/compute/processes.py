"""The algorithms as processes over the city's own roads: JSON in, JSON out, each run kept with what went in and came out."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
import numpy as np
import shapely

from quanyu.compute.matching import Fix, lay_track
from quanyu.compute.planning import Series, Stations, Stops, foretell, site_stations, tours
from quanyu.compute.roads import RoadGraph
from quanyu.compute.routing import isochrone, route, travel_times
from quanyu.compute.speeds import HOURS
from quanyu.core.errors import Invalid, NotFound

Place = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]
Places = Annotated[list[Place], msgspec.Meta(min_length=1, max_length=500)]
Hour = Annotated[int, msgspec.Meta(ge=0, le=23)]
"""Of the day in the city: as it was measured then, where it was. None: as it is driven now."""


class TravelTimes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Longitude and latitude of each; `limit` in seconds."""

    sources: Places
    targets: Places
    limit: Annotated[float, msgspec.Meta(gt=0)] = 7200.0
    hour: Hour | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: Place
    target: Place
    hour: Hour | None = None


class Isochrone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: Place
    seconds: Annotated[float, msgspec.Meta(gt=0, le=7200)]
    hour: Hour | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lon: float
    lat: float
    at: datetime


class LayTrack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fixes: Annotated[list[Seen], msgspec.Meta(min_length=1, max_length=5000)]
    radius: Annotated[float, msgspec.Meta(gt=0, le=500)] = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """`inputs` is the form that is read; `run` gives the outputs by name. `on_roads`: whether it needs the city's network."""

    id: str
    version: str
    titles: Mapping[str, str]
    inputs: type[msgspec.Struct]
    outputs: Sequence[str]
    run: Callable[[Any, Any], dict[str, Any]]
    on_roads: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`metrics`: seconds it took, and the size of the network."""

    process: str
    version: str
    inputs: Any
    outputs: dict[str, Any]
    metrics: dict[str, float]


def execute(process: Process, graph: RoadGraph | None, inputs: object) -> Run:
    """Raises Invalid where the inputs have not the form."""
    try:
        said = msgspec.convert(inputs, process.inputs)
    except msgspec.ValidationError as error:
        raise Invalid("compute.inputs", process=process.id, reason=str(error)) from None
    began = time.perf_counter()
    outputs = process.run(graph, said)
    metrics = {
        "seconds": round(time.perf_counter() - began, 6),
        "nodes": len(graph.x) if graph else 0, "edges": len(graph.ids) if graph else 0,
    }  # fmt: skip
    return Run(process=process.id, version=process.version, inputs=inputs, outputs=outputs, metrics=metrics)


def hour_of(inputs: Mapping[str, Any]) -> int | None:
    """The hour that is asked for; what is none is left to the form to refuse."""
    said = inputs.get("hour")
    return said if isinstance(said, int) and 0 <= said < HOURS else None


def process_of(id_: str) -> Process:
    """Raises NotFound."""
    found = next((one for one in PROCESSES if one.id == id_), None)
    if found is None:
        raise NotFound("compute.no_process", id=id_[:80])
    return found


def _travel_times(graph: RoadGraph, said: TravelTimes) -> dict[str, Any]:
    sources, targets = (graph.nearest_nodes(places) for places in (said.sources, said.targets))
    found = travel_times(graph, sources, targets, limit=said.limit)
    return {"seconds": [[None if np.isinf(one) else round(float(one), 1) for one in row] for row in found]}


def _route(graph: RoadGraph, said: Route) -> dict[str, Any]:
    edges = list(route(graph, graph.nearest_node(*said.source), graph.nearest_node(*said.target)))
    points = (
        np.concatenate([shapely.get_coordinates(graph.lines[edge]) for edge in edges])
        if edges
        else np.empty((0, 2))
    )
    lon, lat = graph.plane.degrees(points[:, 0], points[:, 1])
    return {
        "seconds": float(graph.seconds[edges].sum()),
        "metres": float(graph.length[edges].sum()),
        "segments": [graph.ids[edge] for edge in edges],
        "line": {"type": "LineString", "coordinates": np.column_stack([lon, lat]).round(7).tolist()},
    }


def _isochrone(graph: RoadGraph, said: Isochrone) -> dict[str, Any]:
    area = isochrone(graph, graph.nearest_node(*said.source), said.seconds)
    return {"area": shapely.geometry.mapping(area)}


def _lay_track(graph: RoadGraph, said: LayTrack) -> dict[str, Any]:
    try:
        track = [Fix(one.lon, one.lat, one.at.timestamp()) for one in said.fixes]
    except (ValueError, OverflowError) as error:
        raise Invalid("compute.inputs", process="lay-track", reason=str(error)) from error
    return {
        "laid": [
            {
                "fix": one.fix,
                "segment": graph.ids[one.edge],
                "along": round(one.along, 1),
                "beside": round(one.beside, 1),
            }
            for one in lay_track(graph, track, radius=said.radius)
        ]
    }


PROCESSES: tuple[Process, ...] = (
    Process(
        id="travel-times", version="1", inputs=TravelTimes, outputs=("seconds",), run=_travel_times,
        titles={"zh-CN": "多点行车时间", "en": "Travel times from many to many"},
    ),
    Process(
        id="route", version="1", inputs=Route, outputs=("seconds", "metres", "segments", "line"), run=_route,
        titles={"zh-CN": "最快路径", "en": "The quickest way"},
    ),
    Process(
        id="isochrone", version="1", inputs=Isochrone, outputs=("area",), run=_isochrone,
        titles={"zh-CN": "等时圈", "en": "What is reached in time"},
    ),
    Process(
        id="lay-track", version="1", inputs=LayTrack, outputs=("laid",), run=_lay_track,
        titles={"zh-CN": "轨迹路网匹配", "en": "A track laid on roads"},
    ),
    Process(
        id="station-siting", version="1", inputs=Stations, outputs=("chosen", "before", "after", "gap"), run=site_stations,
        titles={"zh-CN": "站点选址", "en": "Where stations cover most"},
    ),
    Process(
        id="tours", version="2", inputs=Stops, outputs=("tours", "seconds"), run=tours,
        titles={"zh-CN": "作业线路规划", "en": "Tours through stops"},
    ),
    Process(
        id="forecast", version="1", inputs=Series, run=foretell, on_roads=False,
        outputs=("values", "low", "high", "mean_absolute_error", "of_last_week"),
        titles={"zh-CN": "短时预测", "en": "What a series will be"},
    ),
)  # fmt: skip
