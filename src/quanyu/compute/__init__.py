"""Algorithms as pure functions over tables: roads and routes, tracks laid on roads, forecasts and plans; see docs/compute.md."""

from quanyu.compute._speeds_sql import keep_speeds
from quanyu.compute.forecast import Errors, Forecaster, errors, learn
from quanyu.compute.matching import Fix, Laid, lay_track
from quanyu.compute.motion import stretches
from quanyu.compute.plane import Plane
from quanyu.compute.roads import Road, RoadGraph, road_graph
from quanyu.compute.routing import isochrone, nodes_within, route, travel_times
from quanyu.compute.shortest import near_pairs
from quanyu.compute.siting import Siting, most_covered
from quanyu.compute.speeds import Drive, Speeds, drives, speeds
from quanyu.compute.student import student
from quanyu.compute.tours import Tours, Work, plan_tours

__all__ = [
    "Drive",
    "Errors",
    "Fix",
    "Forecaster",
    "Laid",
    "Plane",
    "Road",
    "RoadGraph",
    "Siting",
    "Speeds",
    "Tours",
    "Work",
    "drives",
    "errors",
    "isochrone",
    "keep_speeds",
    "lay_track",
    "learn",
    "most_covered",
    "near_pairs",
    "nodes_within",
    "plan_tours",
    "road_graph",
    "route",
    "speeds",
    "stretches",
    "student",
    "travel_times",
]
