"""The door for scenario packs: the `Pack` value and all that its author needs; see docs/packs.md."""

from quanyu.compute import Fix as RoadFix
from quanyu.compute import (
    Plane,
    Road,
    RoadGraph,
    isochrone,
    lay_track,
    near_pairs,
    road_graph,
    route,
    travel_times,
)
from quanyu.govern.quality.rules import Dimension, RuleKind, Severity
from quanyu.govern.quality.rules import Rule as QualityRule
from quanyu.identity.http.asking import After, Asker, DataFolder, Id, Limit, TheClock, TheDatabase
from quanyu.packs.model import (
    API,
    Algorithm,
    DatasetRule,
    DemoData,
    Pack,
    Parameter,
    View,
    ViewKind,
)
from quanyu.packs.reading import Thing, city_roads, records, settings_of, things
from quanyu.store import Connection, Database
from quanyu.twin.distance import metres as metres_between

__all__ = [
    "API",
    "After",
    "Algorithm",
    "Asker",
    "Connection",
    "DataFolder",
    "Database",
    "DatasetRule",
    "DemoData",
    "Dimension",
    "Id",
    "Limit",
    "Pack",
    "Parameter",
    "Plane",
    "QualityRule",
    "Road",
    "RoadFix",
    "RoadGraph",
    "RuleKind",
    "Severity",
    "TheClock",
    "TheDatabase",
    "Thing",
    "View",
    "ViewKind",
    "city_roads",
    "isochrone",
    "lay_track",
    "metres_between",
    "near_pairs",
    "records",
    "road_graph",
    "route",
    "settings_of",
    "things",
    "travel_times",
]
