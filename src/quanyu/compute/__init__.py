"""Algorithms as pure functions over tables: roads and routes, tracks laid on roads, forecasts and plans; see docs/compute.md."""

from quanyu.compute.matching import Fix, Laid, lay_track
from quanyu.compute.plane import Plane
from quanyu.compute.roads import Road, RoadGraph, road_graph
from quanyu.compute.routing import isochrone, nodes_within, route, travel_times
from quanyu.compute.shortest import near_pairs

__all__ = [
    "Fix",
    "Laid",
    "Plane",
    "Road",
    "RoadGraph",
    "isochrone",
    "lay_track",
    "near_pairs",
    "nodes_within",
    "road_graph",
    "route",
    "travel_times",
]
