"""The roads of Beijing, of the real data: README there says where they come from."""

import csv
import gzip
import os
from pathlib import Path

from quanyu.compute import Road, RoadGraph, road_graph

FOLDER = Path(os.environ.get("QUANYU_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))


def beijing() -> RoadGraph:
    folder = FOLDER / "road-beijing-osm-2013"
    with gzip.open(folder / "nodes.csv.gz", "rt") as file:
        nodes = {row["node_id"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)}
    with gzip.open(folder / "edges.csv.gz", "rt") as file:
        roads = [
            Road(
                id=str(n),
                begin=row["u"],
                end=row["v"],
                length=float(row["length_km_straight"]) * 1000,
                kmh=40,
            )
            for n, row in enumerate(csv.DictReader(file))
        ]
    return road_graph(nodes, roads)
