import csv
import gzip
import random
from pathlib import Path

import numpy as np
import pytest
import shapely

from quanyu.compute import Fix, Road, RoadGraph, lay_track, road_graph, route


def _drive(
    graph: RoadGraph, edges: list[int], *, every: float, noise: float, seed: int
) -> tuple[list[Fix], list[int]]:
    """Fixes along a way every so many metres, each off by `noise` metres; and the edge each was made on."""
    chance, track, truth, done = random.Random(seed), [], [], 0.0
    for edge in edges:
        along = -done % every
        while along < graph.length[edge]:
            point = shapely.line_interpolate_point(
                graph.lines[edge], along / graph.length[edge], normalized=True
            )
            x, y = point.x + chance.gauss(0, noise), point.y + chance.gauss(0, noise)
            lon, lat = graph.plane.degrees(np.array([x]), np.array([y]))
            track.append(Fix(float(lon[0]), float(lat[0]), (done + along) / 10))
            truth.append(edge)
            along += every
        done += graph.length[edge]
    return track, truth


def test_a_noisy_track_is_laid_on_the_streets_it_was_driven(town: RoadGraph) -> None:
    edges = list(route(town, town.nodes["0,0"], town.nodes["8,6"]))
    track, truth = _drive(town, edges, every=30, noise=8, seed=1)
    laid = lay_track(town, track)
    right = sum(one.edge == truth[one.fix] for one in laid)
    assert right >= 0.9 * len(truth)


def test_a_fix_far_from_any_road_is_left_out(town: RoadGraph) -> None:
    track = [Fix(121.501, 31.2, 0), Fix(121.9, 31.9, 10), Fix(121.502, 31.2, 20)]
    assert [one.fix for one in lay_track(town, track)] == [0, 2]


def test_after_a_long_silence_it_begins_anew(town: RoadGraph) -> None:
    laid = lay_track(town, [Fix(121.501, 31.2, 0), Fix(121.507, 31.207, 10_000)])
    assert [one.fix for one in laid] == [0, 1]


def test_nothing_is_laid_from_nothing(town: RoadGraph) -> None:
    assert lay_track(town, []) == ()


@pytest.fixture(scope="module")
def jinan(real_data: Path) -> RoadGraph:
    folder = real_data / "road-jinan-osm"
    with gzip.open(folder / "nodes.csv.gz", "rt") as file:
        nodes = {row["node_id"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)}
    with gzip.open(folder / "edges.csv.gz", "rt") as file:
        roads = [
            Road(
                id=row["eid"], begin=row["u"], end=row["v"],
                shape=list(shapely.from_wkt(row["wkt"]).coords)[1:-1],
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip
    return road_graph(nodes, roads)


def test_tracks_over_a_real_city_are_laid_where_they_were_driven(jinan: RoadGraph) -> None:
    """Fixes every 100 m that err by 10 m, on ten ways across Jinan."""
    chance, right, count = random.Random(5), 0, 0
    for seed in range(10):
        edges = list(route(jinan, chance.randrange(len(jinan.x)), chance.randrange(len(jinan.x))))
        track, truth = _drive(jinan, edges, every=100, noise=10, seed=seed)
        laid = lay_track(jinan, track)
        right += sum(one.edge == truth[one.fix] for one in laid)
        count += len(truth)
    assert count > 500
    assert right / count > 0.9
