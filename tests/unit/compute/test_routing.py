import heapq
import math

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.compute import Road, RoadGraph, isochrone, nodes_within, road_graph, route, travel_times

roads = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(1, 500)), min_size=1, max_size=60
)


def _by_hand(ways: list[tuple[int, int, int]], source: int, target: int) -> float:
    """Dijkstra as every book has it."""
    best, queue = {source: 0.0}, [(0.0, source)]
    while queue:
        cost, node = heapq.heappop(queue)
        if node == target:
            return cost
        for begin, end, metres in ways:
            if begin == node and begin != end and cost + metres / 10 < best.get(end, math.inf):
                best[end] = cost + metres / 10
                heapq.heappush(queue, (best[end], end))
    return math.inf


@settings(max_examples=50)
@given(roads, st.integers(0, 11), st.integers(0, 11))
def test_times_equal_those_found_by_hand(ways: list[tuple[int, int, int]], source: int, target: int) -> None:
    nodes = {str(one): (121 + one / 1000, 31.0) for one in range(12)}
    graph = road_graph(
        nodes,
        [Road(id=str(n), begin=str(a), end=str(b), length=m, kmh=36) for n, (a, b, m) in enumerate(ways)],
    )
    found = travel_times(graph, [source], [target])[0, 0]
    assert math.isclose(found, _by_hand(ways, source, target), abs_tol=1e-6) or found == _by_hand(
        ways, source, target
    )


def test_many_to_many_is_the_same_from_either_side(town: RoadGraph) -> None:
    wide = travel_times(town, [0, 5, 9], list(range(20)))
    narrow = travel_times(town, list(range(20)), [0, 5, 9])
    assert np.allclose(wide.T, narrow)


def test_a_route_is_a_chain_of_edges_that_takes_the_time(town: RoadGraph) -> None:
    source, target = town.nodes["0,0"], town.nodes["5,3"]
    edges = list(route(town, source, target))
    assert town.tail[edges[0]] == source
    assert town.head[edges[-1]] == target
    assert (town.head[edges[:-1]] == town.tail[edges[1:]]).all()
    assert math.isclose(town.seconds[edges].sum(), travel_times(town, [source], [target])[0, 0])


def test_another_time_of_day_has_other_times(town: RoadGraph) -> None:
    jam = town.seconds * 3
    assert np.allclose(travel_times(town, [0], [7], seconds=jam), 3 * travel_times(town, [0], [7]))


def test_what_is_reached_in_time_lies_within_the_isochrone(town: RoadGraph) -> None:
    middle = town.nodes["4,4"]
    reached = nodes_within(town, middle, 25)
    area = isochrone(town, middle, 25)
    lon, lat = town.plane.degrees(town.x[reached], town.y[reached])
    assert shapely.contains_xy(area, lon, lat).all()
    assert len(reached) == 13


def test_there_is_no_way_where_no_road_leads() -> None:
    graph = road_graph({"a": (121, 31), "b": (121.01, 31)}, [Road(id="1", begin="a", end="b")])
    assert route(graph, 1, 0) == ()
    assert travel_times(graph, [1], [0])[0, 0] == np.inf


def test_a_drive_begins_where_the_network_hangs_together() -> None:
    nodes = {str(one): (121.5 + one / 1000, 31.2) for one in range(6)}
    ways = [(str(one), str(one + 1)) for one in range(4)]
    both = [*ways, *((end, begin) for begin, end in ways), ("4", "5")]  # nobody comes back from 5
    graph = road_graph(nodes, [Road(id=f"{begin}>{end}", begin=begin, end=end) for begin, end in both])
    assert graph.nearest_node(121.505, 31.2) == graph.nodes["4"]
