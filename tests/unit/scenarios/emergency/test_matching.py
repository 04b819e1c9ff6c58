import csv
import gzip
import random
from itertools import product
from math import isclose
from pathlib import Path

import pytest

from quanyu.packs import Road, RoadGraph, road_graph, travel_times
from quanyu.scenarios.emergency.matching import (
    NEEDS,
    Ambulance,
    Facility,
    Problem,
    Scene,
    Skipped,
    decide,
    hinders,
)

WEST, EAST, SOUTH, NORTH = 116.37, 116.43, 39.89, 39.94
CENTRES = sorted({need for need in NEEDS.values() if need})


@pytest.fixture(scope="module")
def street() -> RoadGraph:
    """Ten crossings in a row, a minute apart."""
    nodes = {str(one): (121.5 + one / 100, 31.2) for one in range(10)}
    ways = [(str(one), str(one + 1)) for one in range(9)]
    both = [pair for begin, end in ways for pair in ((begin, end), (end, begin))]
    return road_graph(nodes, [Road(id=f"{a}{b}", begin=a, end=b, length=600, kmh=36) for a, b in both])


def _facility(at: int, id_: str, **more: object) -> Facility:
    usual = {"capabilities": frozenset(CENTRES), "on_duty": frozenset(CENTRES)}
    return Facility(id=id_, name=id_, lon=121.5 + at / 100, lat=31.2, **(usual | more))  # type: ignore[arg-type]


def _crew(at: int, id_: str, *, free: bool = True) -> Ambulance:
    return Ambulance(id=id_, lon=121.5 + at / 100, lat=31.2, free=free)


SCENE = Scene(121.53, 31.2, Problem.CHEST_PAIN)


def test_the_nearest_free_crew_goes_to_the_nearest_who_can(street: RoadGraph) -> None:
    crews = [_crew(3, "busy", free=False), _crew(5, "near"), _crew(9, "far")]
    found = decide(street, SCENE, crews, [_facility(2, "h1"), _facility(6, "h2")])
    assert found is not None
    assert (found.ambulance, found.facility) == ("near", "h1")
    assert isclose(found.to_scene, 120)
    assert isclose(found.cost, 120 + 60 + 300)


def test_every_nearer_one_is_named_with_its_reason(street: RoadGraph) -> None:
    facilities = [
        _facility(3, "cannot", capabilities=frozenset({"stroke_centre"})),
        _facility(4, "asleep", on_duty=frozenset()),
        _facility(2, "full", capacity=0),
        _facility(1, "crowded", load=1.0),
        _facility(6, "chosen"),
    ]
    found = decide(street, SCENE, [_crew(0, "a")], facilities)
    assert found is not None
    assert found.facility == "chosen"
    assert {one.facility: one.reason for one in found.passed} == {
        "cannot": Skipped.NOT_CAPABLE, "asleep": Skipped.NOT_ON_DUTY, "full": Skipped.NO_CAPACITY, "crowded": Skipped.SLOWER_IN_ALL,
    }  # fmt: skip


def test_when_the_chosen_one_closes_the_next_is_chosen(street: RoadGraph) -> None:
    nearest, next_one = _facility(2, "h1"), _facility(6, "h2")
    closed = _facility(2, "h1", open=False)
    before = decide(street, SCENE, [_crew(0, "a")], [nearest, next_one])
    after = decide(street, SCENE, [_crew(0, "a")], [closed, next_one])
    assert before is not None
    assert after is not None
    assert (before.facility, after.facility) == ("h1", "h2")


def test_where_nobody_can_there_is_no_decision(street: RoadGraph) -> None:
    assert decide(street, SCENE, [_crew(0, "a", free=False)], [_facility(2, "h1")]) is None
    assert decide(street, SCENE, [_crew(0, "a")], [_facility(2, "h1", capacity=0)]) is None
    assert decide(street, SCENE, [], []) is None


@pytest.fixture(scope="module")
def beijing(real_data: Path) -> RoadGraph:
    """Within the second ring road, about."""
    folder = real_data / "road-beijing-osm-2013"
    with gzip.open(folder / "nodes.csv.gz", "rt") as file:
        every = {row["node_id"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)}
    nodes = {
        name: (lon, lat) for name, (lon, lat) in every.items() if WEST < lon < EAST and SOUTH < lat < NORTH
    }
    with gzip.open(folder / "edges.csv.gz", "rt") as file:
        roads = [
            Road(id=str(number), begin=row["u"], end=row["v"], length=float(row["length_km_straight"]) * 1000)
            for number, row in enumerate(csv.DictReader(file))
        ]
    return road_graph(nodes, roads)


@pytest.mark.parametrize("slower", [1, 8], ids=["at speed", "in a jam"])
def test_on_the_roads_of_beijing_it_equals_trying_every_pair(
    beijing: RoadGraph, real_data: Path, slower: float
) -> None:
    """Two hundred calls with five crews and ten real hospitals each; every chosen facility is capable and open. In a jam hardly any
    lies within the first search."""
    beijing = beijing.driven_in(beijing.seconds * slower)
    with (real_data / "hospitals-beijing-designated" / "tertiary_coords.csv").open(
        encoding="utf-8-sig"
    ) as file:
        rows = list(csv.DictReader(file))
    places = [(float(row["longitude"]), float(row["latitude"])) for row in rows]
    chance = random.Random(3)
    answered = 0
    for _ in range(200):
        crews = [
            Ambulance(id=str(n), lon=chance.uniform(WEST, EAST), lat=chance.uniform(SOUTH, NORTH))
            for n in range(5)
        ]
        hospitals = [_hospital(chance, n, place) for n, place in enumerate(chance.sample(places, 10))]
        scene = Scene(chance.uniform(WEST, EAST), chance.uniform(SOUTH, NORTH), chance.choice(list(Problem)))
        found, expected = (
            decide(beijing, scene, crews, hospitals),
            _by_trying(beijing, scene, crews, hospitals),
        )
        assert (found is None) == (expected is None)
        if found is not None and expected is not None:
            answered += 1
            assert isclose(found.cost, expected, rel_tol=1e-9)
            chosen = next(one for one in hospitals if one.id == found.facility)
            assert hinders(chosen, scene.problem) is None
    assert answered > 50


def _hospital(chance: random.Random, number: int, place: tuple[float, float]) -> Facility:
    able = frozenset(one for one in CENTRES if chance.random() < 0.6)
    return Facility(
        id=str(number), name=str(number), lon=place[0], lat=place[1], capabilities=able,
        on_duty=frozenset(one for one in able if chance.random() < 0.8), open=chance.random() < 0.9,
        capacity=chance.randrange(3), load=chance.random(), hand_over=chance.uniform(60, 600),
    )  # fmt: skip


def _by_trying(
    graph: RoadGraph, scene: Scene, crews: list[Ambulance], hospitals: list[Facility]
) -> float | None:
    """Every crew with every hospital, one way at a time."""
    here = graph.nearest_node(scene.lon, scene.lat)
    coming = {
        one.id: float(travel_times(graph, [graph.nearest_node(one.lon, one.lat)], [here])[0, 0])
        for one in crews
    }
    able = [one for one in hospitals if hinders(one, scene.problem) is None]
    going = {
        one.id: float(travel_times(graph, [here], [graph.nearest_node(one.lon, one.lat)])[0, 0])
        for one in able
    }
    costs = [
        coming[crew.id] + going[one.id] + one.hand_over + one.load * 600 for crew, one in product(crews, able)
    ]
    return min((cost for cost in costs if cost < float("inf")), default=None)


def test_while_the_network_is_read_straight_lines_answer_and_say_so(street: RoadGraph) -> None:
    crews, facilities = [_crew(0, "a"), _crew(5, "b")], [_facility(2, "h1"), _facility(6, "h2")]
    driven, straight = decide(street, SCENE, crews, facilities), decide(None, SCENE, crews, facilities)
    assert driven is not None
    assert straight is not None
    assert (driven.on_roads, straight.on_roads) == (True, False)
    assert (straight.ambulance, straight.facility) == (driven.ambulance, driven.facility)
