"""A town of nine by nine streets, a hundred metres apart, driven at 36 km/h."""

import pytest

from quanyu.compute import Road, RoadGraph, road_graph

STEP = 0.001


@pytest.fixture(scope="session")
def town() -> RoadGraph:
    nodes = {f"{x},{y}": (121.5 + x * STEP, 31.2 + y * STEP) for x in range(9) for y in range(9)}
    pairs = [(f"{x},{y}", f"{x + 1},{y}") for x in range(8) for y in range(9)]
    pairs += [(f"{x},{y}", f"{x},{y + 1}") for x in range(9) for y in range(8)]
    ways = [one for begin, end in pairs for one in ((begin, end), (end, begin))]
    return road_graph(nodes, [Road(id=f"{begin}>{end}", begin=begin, end=end, kmh=36) for begin, end in ways])
