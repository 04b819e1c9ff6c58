from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, permutations
from math import inf, isclose
from time import sleep

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.compute.siting import most_covered
from quanyu.compute.tours import Work, find_tours, plan_tours


def _table(seed: int, size: int) -> np.ndarray:
    places = np.random.default_rng(seed).uniform(0, 100, (size, 2))
    return np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000), st.integers(1, 3))
def test_no_other_stations_would_cover_more(seed: int, more: int) -> None:
    chance = np.random.default_rng(seed)
    reaches, demand = chance.random((6, 20)) < 0.3, chance.uniform(0, 5, 20)
    found = most_covered(reaches, demand, standing=[2], more=more)
    best = max(
        demand[reaches[[2, *others]].any(axis=0)].sum() for others in combinations([0, 1, 3, 4, 5], more)
    )
    assert isclose(found.after, best / demand.sum())
    assert found.chosen[0] == 2
    assert found.before <= found.after


def test_without_demand_no_station_is_sought() -> None:
    with pytest.raises(ValueError, match="no demand"):
        most_covered(np.ones((1, 1), dtype=bool), np.zeros(1), more=1)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000))
def test_a_tour_is_the_shortest_of_all(seed: int) -> None:
    table = _table(seed, 6)
    found = find_tours(table, vehicles=1)
    assert found is not None
    assert isclose(found.cost, min(_long(table, tour) for tour in permutations(range(1, 6))))


def test_no_vehicle_carries_more_than_it_can() -> None:
    load = [0, 3, 3, 3, 3, 2]
    found = find_tours(_table(1, 6), vehicles=3, work=Work(load=load), capacity=6)
    assert found is not None
    assert sorted(stop for tour in found.stops for stop in tour) == [1, 2, 3, 4, 5]
    assert all(sum(load[stop] for stop in tour) <= 6 for tour in found.stops)


def test_who_has_a_window_is_served_in_it() -> None:
    table = np.abs(np.subtract.outer([0.0, 1, 2, 3], [0.0, 1, 2, 3]))
    work = Work(load=[0] * 4, opens=[0] * 4, closes=[inf, inf, inf, 3.5], lasts=[0, 1, 1, 0])
    found = find_tours(table, vehicles=1, work=work)
    assert found is not None
    assert found.stops[0][0] == 3 or found.stops[0].index(3) <= 1
    assert find_tours(table, vehicles=1, work=Work(load=[0] * 4, opens=[0] * 4, closes=[9, 9, 9, 1])) is None


def test_many_stops_with_loads_and_tight_windows_are_all_served_in_time() -> None:
    chance, stops, capacity = np.random.default_rng(5), 30, 10
    table = _table(5, stops + 1)
    opens = [0.0, *chance.uniform(0, 600, stops)]
    work = Work(
        load=[0, *chance.integers(1, 4, stops)], opens=opens, closes=[one + 120 for one in opens], lasts=[2.0] * (stops + 1)
    )  # fmt: skip
    found = find_tours(table, vehicles=10, work=work, capacity=capacity, seconds=0.3)
    assert found is not None
    assert sorted(stop for tour in found.stops for stop in tour) == list(range(1, stops + 1))
    assert all(sum(work.load[stop] for stop in tour) <= capacity for tour in found.stops)
    assert all(_late_at(table, work, tour) == [] for tour in found.stops)


def test_where_no_way_leads_there_is_no_plan() -> None:
    table = np.array([[0, 1, inf], [1, 0, inf], [1, 1, 0]])
    assert find_tours(table, vehicles=2, seconds=0.1) is None


def _late_at(table: np.ndarray, work: Work, tour: tuple[int, ...]) -> list[int]:
    now, before, late = 0.0, 0, []
    for stop in tour:
        now = max(now + table[before, stop], work.opens[stop])
        late += [stop] if now > work.closes[stop] + 0.01 else []
        now, before = now + work.lasts[stop], stop
    return late


def _long(table: np.ndarray, tour: tuple[int, ...]) -> float:
    return float(sum(table[a, b] for a, b in zip((0, *tour), (*tour, 0), strict=True)))


def test_other_threads_run_while_tours_are_planned():
    table = _table(7, 60)
    with ThreadPoolExecutor(max_workers=1) as beside:
        planning = beside.submit(plan_tours, table, vehicles=2, seconds=1.0)
        beats = 0
        while not planning.done():
            beats += 1
            sleep(0.01)
    assert beats > 5
    assert planning.result().cost <= find_tours(table, vehicles=2, seconds=0.2).cost * 1.2
