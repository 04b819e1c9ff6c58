"""Algorithms as functions of SQL, in a DuckDB connection of one's own: `register(duck, graph)`.

travel_seconds(lon, lat, lon, lat)    over the road network, null where there is no way
reached(lon, lat, lon, lat, seconds)  whether the second place is reached from the first in time
"""

import duckdb
import numpy as np

from quanyu.compute.plane import Floats
from quanyu.compute.roads import RoadGraph
from quanyu.compute.routing import travel_times

_NUMBER = duckdb.type("DOUBLE")


def register(duck: duckdb.DuckDBPyConnection, graph: RoadGraph) -> None:
    """What begins at one place is searched once, however many rows ask for it."""
    known: dict[int, Floats] = {}

    def travel_seconds(lon: float, lat: float, to_lon: float, to_lat: float) -> float | None:
        begin, end = graph.nearest_node(lon, lat), graph.nearest_node(to_lon, to_lat)
        if begin not in known:
            known[begin] = travel_times(graph, [begin], list(range(len(graph.x))))[0]
        seconds = float(known[begin][end])
        return seconds if np.isfinite(seconds) else None

    def reached(lon: float, lat: float, to_lon: float, to_lat: float, within: float) -> bool:
        seconds = travel_seconds(lon, lat, to_lon, to_lat)
        return seconds is not None and seconds <= within

    duck.create_function("travel_seconds", travel_seconds, [_NUMBER] * 4, _NUMBER)
    duck.create_function("reached", reached, [_NUMBER] * 5, duckdb.type("BOOLEAN"))
