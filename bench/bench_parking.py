"""How well free spaces are foretold: Birmingham 2016 and Germany, July 2021, against the same time of last week; and how
quickly the taxis of Beijing drove, laid on its roads.

.venv/bin/python bench/bench_parking.py      real data from QUANYU_REAL_DATA or ../shared/data
"""

import csv
import gzip
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.beijing import FOLDER, beijing
from quanyu.compute import Fix, drives, errors, lay_track, learn

Floats = NDArray[np.float64]


def birmingham(folder: Path) -> tuple[Floats, int]:
    """Shares that are taken, by car park and half hours from 7:30 to 17:00; slots a day."""
    rows = []
    with (folder / "parking-birmingham-2016" / "dataset.csv").open() as file:
        for lot, capacity, taken, told in csv.reader(file):
            share = int(taken) / int(capacity)
            if 0 <= share <= 1:
                rows.append((lot, datetime.fromisoformat(told.strip()), share))
    day, first = 20, min(at for _, at, _ in rows).date()
    lots = {lot: place for place, lot in enumerate(sorted({lot for lot, _, _ in rows}))}
    days = (max(at for _, at, _ in rows).date() - first).days + 1
    values = np.full((len(lots), days * day), np.nan)
    for lot, at, share in rows:
        slot = round((at.hour + at.minute / 60 - 7.5) * 2)
        if 0 <= slot < day:
            values[lots[lot], (at.date() - first).days * day + slot] = share
    return values, day


def germany(folder: Path) -> tuple[Floats, int]:
    """Shares that are free, by car park and quarters of an hour; an empty cell is what was told last, for six hours at most."""
    with (folder / "parking-germany-2021-07" / "meta-data.csv").open(encoding="utf-8") as file:
        spaces = {row["place_id"]: float(row["num_all"]) for row in csv.DictReader(file) if row["num_all"]}
    begin, day = datetime.fromisoformat("2021-07-01T00:00:00+00:00"), 96
    columns: dict[str, Floats] = {}
    for path in sorted((folder / "parking-germany-2021-07" / "csv").glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                at = datetime.fromisoformat(row.pop("timestamp"))
                slot = int(
                    (at - begin.replace(tzinfo=begin.tzinfo if at.tzinfo else None)) / timedelta(minutes=15)
                )
                for lot, free in row.items():
                    if (
                        free
                        and spaces.get(lot, 0) > 0
                        and 0 <= float(free) <= spaces[lot]
                        and 0 <= slot < 31 * day
                    ):
                        series = columns.setdefault(lot, np.full(31 * day, np.nan))
                        series[slot] = float(free) / spaces[lot]
    values = np.array([one for _, one in sorted(columns.items()) if np.isfinite(one).sum() > 300])
    return _carried(values, 24), day


def _carried(values: Floats, most: int) -> Floats:
    filled, age = values.copy(), np.zeros(len(values))
    for slot in range(1, values.shape[1]):
        empty = ~np.isfinite(filled[:, slot])
        age = np.where(empty, age + 1, 0)
        filled[:, slot] = np.where(empty & (age <= most), filled[:, slot - 1], filled[:, slot])
    return filled


def taxis(most: int) -> list[list[Fix]]:
    """Of the first taxis, within the fifth ring road, about."""
    tracks: dict[str, list[Fix]] = {}
    with gzip.open(FOLDER / "gps-tdrive-beijing-2008" / "tdrive_2008-02-02_subset.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            lon, lat = float(row["longitude"]), float(row["latitude"])
            if 116.2 < lon < 116.55 and 39.8 < lat < 40.05:
                at = datetime.fromisoformat(row["datetime"] + "+08:00").timestamp()
                tracks.setdefault(row["taxi_id"], []).append(Fix(lon, lat, at))
    return [tracks[taxi] for taxi in sorted(tracks)[:most]]


def streets(most: int) -> None:
    graph = beijing()
    tracks = taxis(most)
    begun = time.process_time()
    laid = [lay_track(graph, track) for track in tracks]
    driven = [
        one
        for track, own in zip(tracks, laid, strict=True)
        for one in drives(graph, track, own, zone_seconds=28_800)
    ]
    took = time.process_time() - begun
    fixes, on_roads = sum(map(len, tracks)), sum(map(len, laid))
    kmh = sum(one.metres for one in driven) / sum(one.seconds for one in driven) * 3.6
    print(
        f"Beijing, {most} taxis: {on_roads / fixes:.0%} of {fixes:,} fixes on {len(graph.ids):,} edges, {fixes / took:,.0f} fixes/s; "
        f"{len(driven):,} stretches driven at {kmh:.1f} km/h in the mean"
    )


def judge(name: str, values: Floats, day: int, minutes: int, horizons: tuple[int, ...]) -> None:
    begin = values.shape[1] * 3 // 4 // day * day
    for ahead in horizons:
        told = errors(learn(values[:, :begin], ahead=ahead, day=day), values, begin)
        print(
            f"{name}, {ahead * minutes} min ahead: {told.forecast:.2%} of the spaces off, same time last week {told.last_week:.2%}"
            f" ({told.last_week / told.forecast:.1f} times; {told.count:,} values of {len(values)} car parks)"
        )


def main() -> int:
    if not FOLDER.is_dir():
        print(f"skipped: no real data at {FOLDER}")
        return 0
    values, day = birmingham(FOLDER)
    judge("Birmingham", values, day, 30, (1, 2))
    values, day = germany(FOLDER)
    judge("Germany", values, day, 15, (1, 2, 4))
    streets(1000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
