"""Segments of roads as the twin holds them, and the network that they make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from quanyu.compute.roads import Road, RoadGraph, road_graph
from quanyu.core.errors import Conflict

_USUAL_KMH = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """How a segment is driven now. `live`: traffic told its speed."""

    kmh: float
    live: bool
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """`line`: longitudes and latitudes; `oneway` goes as drawn."""

    id: str
    line: tuple[tuple[float, float], ...]
    oneway: bool
    driven: Driven


def segment_of(id_: str, place: object, values: Mapping[str, Any]) -> Segment | None:
    """`place`: GeoJSON; None where it is no line. It is driven at its `averageVehicleSpeed` where traffic tells one, else at
    what is allowed, and not while its `status` is closed."""
    if not isinstance(place, dict) or place.get("type") != "LineString":
        return None
    line = tuple((float(point[0]), float(point[1])) for point in place["coordinates"])
    return Segment(id=id_, line=line, oneway=_is_true(values.get("oneway")), driven=driven_of(values))


def driven_of(values: Mapping[str, Any]) -> Driven:
    live = _number(values.get("averageVehicleSpeed"))
    kmh = live or _number(values.get("maximumAllowedSpeed")) or _USUAL_KMH
    return Driven(kmh=kmh, live=live > 0, closed=values.get("status") == "closed")


def shape_of(place: str | None, oneway: str | None) -> tuple[int, bool]:
    """What must stay the same for a network to keep its edges."""
    return hash(place), _is_true(oneway)


def place_of(text: str | None) -> object:
    return msgspec.json.decode(text) if text else None


def network(segments: Iterable[Segment]) -> RoadGraph:
    """Ends meet where they are the same place to a metre. Raises Conflict where there is no segment."""
    nodes: dict[str, tuple[float, float]] = {}
    roads: list[Road] = []
    for one in segments:
        line, driven = one.line, one.driven
        begin, end = (f"{point[0]:.5f},{point[1]:.5f}" for point in (line[0], line[-1]))
        nodes[begin], nodes[end] = line[0], line[-1]
        road = Road(
            id=one.id, begin=begin, end=end, kmh=driven.kmh, shape=line[1:-1], live=driven.live, closed=driven.closed
        )  # fmt: skip
        roads.append(road)
        if not one.oneway:
            roads.append(replace(road, begin=end, end=begin, shape=line[-2:0:-1]))
    if not roads:
        raise Conflict("compute.no_roads")
    return road_graph(nodes, roads)


def _number(said: object) -> float:
    try:
        return max(0.0, float(said)) if isinstance(said, int | float | str) and said is not True else 0.0
    except ValueError:
        return 0.0


def _is_true(said: object) -> bool:
    return said not in (None, False, 0, "", "false", "0")
