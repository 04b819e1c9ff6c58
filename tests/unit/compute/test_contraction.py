import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from quanyu.compute import RoadGraph, contraction, travel_times
from quanyu.compute.shortest import Costs, costs, least_costs


def _network(seed: int, size: int, edges: int) -> Costs:
    chance = np.random.default_rng(seed)
    tail, head = chance.integers(0, size, (2, edges))
    apart = tail != head
    pairs = np.unique(np.column_stack([tail[apart], head[apart]]), axis=0)
    return costs(chance.uniform(1, 9, len(pairs)), pairs[:, 0], pairs[:, 1], size)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(5, 60), st.integers(0, 200))
def test_the_core_tells_what_whole_searches_tell(seed: int, size: int, edges: int) -> None:
    matrix = _network(seed, size, edges)
    nodes = list(range(size))
    prepared = contraction.prepare(matrix, least=4)
    assert_allclose(prepared.least(nodes, nodes), least_costs(matrix, nodes))


def test_a_prepared_graph_answers_as_before(town: RoadGraph) -> None:
    nodes = list(range(0, 81, 5))
    assert not town.is_prepared
    before = travel_times(town, nodes, nodes)
    assert town.core.number.size == 81
    assert_allclose(travel_times(town, nodes, nodes), before)
    town.__dict__.pop("core")
