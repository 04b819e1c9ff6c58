"""A day of a city's street cleaning: 588 vehicles on the streets of Jinan, 25,665 workers, 1,043 toilets; coverage against what
was really driven, and the driven order of Jersey City's garbage trucks against the shortest one.

python -m bench sanitation      real data from QUANYU_REAL_DATA or ../shared/data
"""

import csv
import gzip
import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import shapely

from bench.sweeping import Sweepers, Town
from quanyu.packs import Plane
from quanyu.scenarios.sanitation.conduct import judge_tracks
from quanyu.scenarios.sanitation.coverage import cover
from quanyu.scenarios.sanitation.firm import Kind, judge
from quanyu.scenarios.sanitation.model import FindingKind, Fix, Limits, Section
from quanyu.scenarios.sanitation.tours import compare, stops_of, straight

FOLDER = Path(os.environ.get("QUANYU_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
DAWN = datetime(2026, 4, 30, 20, tzinfo=UTC)
VEHICLES, WORKERS, TOILETS = 588, 25_665, 1_043
OWN, SECONDS, KMH, NOISE, ROUNDS = 8, 10, 8.0, 3.0, 200


def sections() -> list[Section]:
    """One direction of each street from 80 m to 2 km, as they come."""
    found, seen = [], set()
    with gzip.open(FOLDER / "road-jinan-osm" / "edges.csv.gz", "rt", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            ends = frozenset((row["u"], row["v"]))
            line = shapely.from_wkt(row["wkt"])
            if ends in seen or not 80 <= float(row["length_m"]) <= 2000:
                continue
            seen.add(ends)
            points = tuple((float(x), float(y)) for x, y in shapely.get_coordinates(line))
            found.append(Section(id=str(number), street=row["raw_eid"], grade=number % 4 + 1, line=points))
    return found[: VEHICLES * OWN]


def drive(
    section: Section, share: float, begin: datetime, vehicle: str, chance: random.Random
) -> Iterator[Fix]:
    lon, lat = (np.array([point[axis] for point in section.line]) for axis in (0, 1))
    plane = Plane.around(lon, lat)
    line = shapely.linestrings(np.column_stack(plane.metres(lon, lat)))
    step = KMH / 3.6 * SECONDS
    places = [*np.arange(0, share * shapely.length(line), step), share * shapely.length(line)]
    for place in places:
        point = shapely.line_interpolate_point(line, place)
        x, y = plane.degrees(
            np.array([point.x + chance.gauss(0, NOISE)]), np.array([point.y + chance.gauss(0, NOISE)])
        )
        yield Fix(vehicle, begin + timedelta(seconds=place / KMH * 3.6), float(x[0]), float(y[0]), KMH)


def day() -> None:
    plan, chance = sections(), random.Random(1)
    fixes: list[Fix] = []
    true: dict[str, float] = {}
    for number, section in enumerate(plan):
        vehicle, begin = f"v{number % VEHICLES}", DAWN + timedelta(minutes=70 * (number // VEHICLES))
        true[section.id] = chance.choice((1.0, 1.0, 1.0, chance.random()))
        for turn in (0, 30):
            fixes += drive(section, true[section.id], begin + timedelta(minutes=turn), vehicle, chance)
    fixes.append(Fix("v7", DAWN + timedelta(hours=14), 117.0, 36.7, 5))
    fixes.append(Fix("v7", DAWN + timedelta(hours=14, seconds=10), 117.2, 36.7, 5))
    begun = time.process_time()
    covered = cover(plan, fixes, Limits())
    jumps = [one.vehicle for one in judge_tracks(fixes, Limits()) if one.kind is FindingKind.TELEPORTING]
    took = time.process_time() - begun
    metres = sum(one.length for one in covered.values())
    told = sum(one.covered for one in covered.values()) / metres
    really = sum(covered[key].length * share for key, share in true.items()) / metres
    off = np.abs([covered[key].share - share for key, share in true.items()])
    print(
        f"{VEHICLES} vehicles, {len(fixes):,} fixes, {len(plan):,} sections of {metres / 1000:,.0f} km in {took:.1f} s: "
        f"covered {told:.2%}, really {really:.2%}; {np.mean(off <= 0.02):.1%} of the sections within 2 %; "
        f"{jumps.count('v7')} jump of v7 found, {len(set(jumps)) - 1} other vehicles"
    )


def rounds() -> None:
    """Vehicles that drive on from street to street, against what they really swept."""
    town = Town(FOLDER)
    for every in (2, 5, 10):
        sweepers = Sweepers(town, every=every)
        fixes = [fix for number in range(ROUNDS) for fix in sweepers.drive(f"r{number}", DAWN)]
        begun = time.process_time()
        covered = cover([section for _, section in town.planned.values()], fixes, Limits())
        took = time.process_time() - begun
        rows = np.array([(one.share, sweepers.swept[key].mean(), one.length) for key, one in covered.items()])
        told, true, metres = rows.T
        fits, driven, whole = np.abs(told - true) <= 0.02, true > 0, true > 0.98
        print(
            f"{ROUNDS} rounds, a fix every {every} s, {len(fixes):,} fixes in {took:.1f} s: {told @ metres / 1000:.1f} km told, "
            f"{true @ metres / 1000:.1f} km true; within 2 %: {fits[driven].mean():.1%} of the {driven.sum():,} sections that were "
            f"swept ({fits[whole].mean():.1%} of whole ones), {fits[~driven].mean():.1%} of the {(~driven).sum():,} others"
        )


def registers() -> None:
    people = [{"code": f"p{n}", "role": "sweeper", "onDuty": n % 3 > 0} for n in range(WORKERS)]
    toilets = [
        {"code": f"t{n}", "at": DAWN.isoformat(), "open": n % 50 > 0, "lon": 117.0, "lat": 36.7}
        for n in range(TOILETS)
    ]
    begun = time.process_time()
    taken = [
        len(judge(kind, said).accepted) for kind, said in ((Kind.PEOPLE, people), (Kind.TOILETS, toilets))
    ]
    print(f"{taken[0]:,} workers and {taken[1]:,} toilets judged in {time.process_time() - begun:.2f} s")


def jersey_city() -> None:
    """Stops of 90 s within 60 m of the positions of a day, measured as the crow flies: the data has no roads, loads or windows."""
    tracks: dict[str, dict[str, Fix]] = {}
    with gzip.open(
        FOLDER / "gps-garbage-jersey-city-2015" / "snapshots.csv.gz", "rt", encoding="utf-8"
    ) as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["gps_time"]).replace(tzinfo=UTC)
            if row["gps_time"] >= "2015-12-09T22":
                fix = Fix(row["vehicle_id"], at, float(row["lon"]), float(row["lat"]), 0)
                tracks.setdefault(row["vehicle_id"], {})[row["gps_time"]] = fix
    driven = planned = 0.0
    trucks = stops = 0
    begun = time.process_time()
    for vehicle, track in sorted(tracks.items()):
        found = stops_of([fix for _, fix in sorted(track.items())])
        told = compare(vehicle, found, table=straight, seconds=10)
        if told is not None:
            trucks, stops = trucks + 1, stops + len(found)
            driven, planned = driven + told.driven, planned + told.planned
    print(
        f"Jersey City, {trucks} trucks with {stops} stops: {driven / 1000:.0f} km in the order driven, {planned / 1000:.0f} km in the "
        f"shortest, {1 - planned / driven:.0%} less ({time.process_time() - begun:.0f} s)"
    )


def main() -> int:
    if not FOLDER.is_dir():
        print(f"skipped: no real data at {FOLDER}")
        return 0
    registers()
    day()
    rounds()
    jersey_city()
    return 0


if __name__ == "__main__":
    sys.exit(main())
