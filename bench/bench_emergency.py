"""Five thousand calls on the roads of Beijing, with a hundred ambulances and a hundred facilities; and where stations would
cover more of the real runs of Montgomery County, and the parts of those of Lancaster County.

python -m bench emergency      real data from QUANYU_REAL_DATA or ../shared/data
"""

import csv
import gzip
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from statistics import fmean, median

import numpy as np

from bench.beijing import FOLDER, beijing
from quanyu.compute import Plane, RoadGraph, most_covered
from quanyu.scenarios.emergency.matching import NEEDS, Ambulance, Facility, Problem, Scene, decide, hinders

CENTRES = sorted({need for need in NEEDS.values() if need})
WEST, EAST, SOUTH, NORTH = 116.2, 116.55, 39.8, 40.05


def place(chance: random.Random) -> tuple[float, float]:
    return chance.uniform(WEST, EAST), chance.uniform(SOUTH, NORTH)


def crew(chance: random.Random, number: int) -> Ambulance:
    lon, lat = place(chance)
    return Ambulance(id=str(number), lon=lon, lat=lat, free=chance.random() < 0.7)


def facility(chance: random.Random, number: int) -> Facility:
    lon, lat = place(chance)
    able = frozenset(one for one in CENTRES if chance.random() < 0.5)
    return Facility(
        id=str(number), name=str(number), lon=lon, lat=lat, capabilities=able, open=chance.random() < 0.95,
        on_duty=frozenset(one for one in able if chance.random() < 0.8), capacity=chance.randrange(4),
        load=chance.random(), hand_over=chance.uniform(60, 600),
    )  # fmt: skip


def simulate(graph: RoadGraph, calls: int) -> None:
    chance = random.Random(7)
    crews = [crew(chance, number) for number in range(100)]
    took, wrong, nobody = [], 0, 0
    for number in range(calls):
        if number % 50 == 0:
            facilities = [facility(chance, other) for other in range(100)]
        scene = Scene(*place(chance), chance.choice(list(Problem)))
        begun = time.perf_counter()
        found = decide(graph, scene, crews, facilities)
        took.append(time.perf_counter() - begun)
        if found is None:
            nobody += 1
        elif hinders(next(one for one in facilities if one.id == found.facility), scene.problem) is not None:
            wrong += 1
    middle, late = np.quantile(took, (0.5, 0.95)) * 1000
    print(
        f"Beijing, {calls:,} calls over {len(graph.ids):,} edges: answered in {middle:.0f} ms (p50), {late:.0f} ms (p95); "
        f"{wrong} to a facility that cannot or is closed, {nobody} that nobody can reach"
    )


def montgomery() -> None:
    """As the crow flies times 1.3 at 50 km/h: the data has no roads. Candidates are places of past calls."""
    with gzip.open(FOLDER / "ems-montgomery-911-2015-2016" / "911.csv.gz", "rt", encoding="utf-8") as file:
        places = np.array(
            [
                (float(row["lng"]), float(row["lat"]))
                for row in csv.DictReader(file)
                if row["title"].startswith("EMS")
                and 39.9 < float(row["lat"]) < 40.5
                and -75.8 < float(row["lng"]) < -74.9
            ]
        )
    x, y = Plane.around(places[:, 0], places[:, 1]).metres(places[:, 0], places[:, 1])
    cells, counts = np.unique(np.round(np.column_stack([x, y]) / 1000), axis=0, return_counts=True)
    busy = np.argsort(-counts, kind="stable")
    sites = cells[busy[:: max(1, len(busy) // 150)]][:150]
    standing = list(range(0, 150, 15))
    metres = np.hypot(*(sites[:, None] - cells[None]).transpose(2, 0, 1)) * 1000 * 1.3
    begun = time.process_time()
    found = most_covered(metres <= 8 * 60 * 50 / 3.6, counts.astype(float), standing=standing, more=5)
    print(
        f"Montgomery, {len(places):,} EMS calls, 10 stations and 5 more of 140: reached in 8 min {found.before:.1%} before, "
        f"{found.after:.1%} after (gap {found.gap:.2%}, {time.process_time() - begun:.1f} s)"
    )


def lancaster() -> None:
    """Dispatch to leaving, leaving to arriving, of the first unit that arrived; the data tells no ringing and no place."""
    leaving, driving = [], []
    with gzip.open(FOLDER / "ems-lancaster-runs-2010-2020" / "calls_for_service.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            sent, gone, there = (
                dict(units(row[name]))
                for name in ("Unit_Dispatch_Times", "Unit_Enroute_Times", "Unit_Arrive_Times")
            )
            unit = min(
                (one for one in there if one in sent and one in gone), key=there.__getitem__, default=None
            )
            if (
                unit is not None
                and 0 <= gone[unit] - sent[unit] < 3600
                and 0 <= there[unit] - gone[unit] < 3600
            ):
                leaving.append(gone[unit] - sent[unit])
                driving.append(there[unit] - gone[unit])
    print(
        f"Lancaster, {len(leaving):,} runs: 出车 {fmean(leaving) / 60:.1f} min, 行驶 {fmean(driving) / 60:.1f} min in the mean, "
        f"{median(leaving) / 60:.1f} and {median(driving) / 60:.1f} min in the middle"
    )


def units(said: str) -> Iterator[tuple[str, float]]:
    for unit, hour, minute, second in re.findall(r"(\w+)=(\d+):(\d+):(\d+)", said):
        yield unit, timedelta(hours=int(hour), minutes=int(minute), seconds=int(second)).total_seconds()


def main(arguments: Sequence[str]) -> int:
    if not FOLDER.is_dir():
        print(f"skipped: no real data at {FOLDER}")
        return 0
    simulate(beijing(), int(arguments[0]) if arguments else 5000)
    montgomery()
    lancaster()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
