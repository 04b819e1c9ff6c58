import csv
import gzip
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quanyu.packs import Plane
from quanyu.scenarios.sanitation.coverage import by_grade, cover, united
from quanyu.scenarios.sanitation.model import Fix, Limits, Section

DAWN = datetime(2026, 5, 1, 20, tzinfo=UTC)
STRAIGHT = Section(id="s1", street="人民路", grade=1, line=((121.5, 31.2), (121.51, 31.2)))
LONG = 951.1
"""Metres of the straight section."""


def _driven(
    section: Section,
    begin: float,
    end: float,
    *,
    kmh: float = 8.0,
    noise: float = 0.0,
    seed: int = 0,
    vehicle: str = "v",
    seconds: int = 5,
) -> list[Fix]:
    """Fixes every five seconds, unless told otherwise, from one share of a section's length to another, and one at the end."""
    lon, lat = (np.array([point[axis] for point in section.line]) for axis in (0, 1))
    plane = Plane.around(lon, lat)
    line = shapely.linestrings(np.column_stack(plane.metres(lon, lat)))
    length, chance = float(shapely.length(line)), random.Random(seed)
    step = kmh / 3.6 * seconds
    places = [*np.arange(begin * length, end * length, step), end * length]
    fixes = []
    for place in places:
        point = shapely.line_interpolate_point(line, place)
        x, y = point.x + chance.gauss(0, noise), point.y + chance.gauss(0, noise)
        here = plane.degrees(np.array([x]), np.array([y]))
        at = DAWN + timedelta(seconds=(place - begin * length) / kmh * 3.6)
        fixes.append(Fix(vehicle, at, float(here[0][0]), float(here[1][0]), kmh))
    return fixes


def _share(section: Section, fixes: Sequence[Fix], **limits: float) -> float:
    return cover([section], fixes, Limits(**limits))[section.id].share


@pytest.mark.parametrize(("begin", "end"), [(0, 1), (0, 0.5), (0.25, 0.75), (0.9, 1)])
def test_what_was_driven_is_covered(begin: float, end: float) -> None:
    assert _share(STRAIGHT, _driven(STRAIGHT, begin, end)) == pytest.approx(end - begin, abs=0.002)


def test_a_section_nobody_came_to_is_there_with_nothing() -> None:
    assert cover([STRAIGHT], [], Limits())["s1"].share == 0.0


@pytest.mark.parametrize("kmh", [1.0, 40.0])
def test_standing_and_speeding_sweep_nothing(kmh: float) -> None:
    assert _share(STRAIGHT, _driven(STRAIGHT, 0, 1, kmh=kmh)) == 0.0


def test_a_device_that_is_off_proves_nothing() -> None:
    off = [Fix(fix.vehicle, fix.at, fix.lon, fix.lat, fix.speed, on=False) for fix in _driven(STRAIGHT, 0, 1)]
    assert _share(STRAIGHT, off) == 0.0


def test_who_crosses_a_street_has_not_swept_it() -> None:
    crossing = Section(id="c", street="", grade=1, line=((121.505, 31.195), (121.505, 31.205)))
    assert _share(STRAIGHT, _driven(crossing, 0, 1)) < 0.005


def test_who_begins_and_ends_within_a_few_metres_has_swept_those() -> None:
    assert _share(STRAIGHT, _driven(STRAIGHT, 0, 12 / LONG)) == pytest.approx(12 / LONG, abs=0.002)


def test_of_two_parallel_lanes_only_the_one_that_was_driven_is_covered() -> None:
    beside = Section(id="s2", street="", grade=1, line=((121.5, 31.2001), (121.51, 31.2001)))
    covered = cover([STRAIGHT, beside], _driven(STRAIGHT, 0, 1), Limits())
    assert covered["s1"].share > 0.99
    assert covered["s2"].share < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_of_two_streets_nine_metres_apart_the_whole_track_tells_which_one_was_driven(seed: int) -> None:
    beside = Section(id="s2", street="", grade=1, line=((121.5, 31.20008), (121.51, 31.20008)))
    covered = cover([STRAIGHT, beside], _driven(STRAIGHT, 0, 1, noise=3, seed=seed), Limits())
    assert covered["s1"].share == pytest.approx(1, abs=0.01)
    assert covered["s2"].share < 0.01


def test_who_turns_off_into_a_side_street_sweeps_to_the_corner() -> None:
    side = Section(id="side", street="", grade=1, line=((121.505, 31.2), (121.505, 31.205)))
    first, then = _driven(STRAIGHT, 0, 0.5), _driven(side, 0, 1)
    later = first[-1].at - DAWN
    path = first[:-1] + [replace(fix, at=fix.at + later) for fix in then[1:]]
    covered = cover([STRAIGHT, side], path, Limits())
    assert covered["s1"].share == pytest.approx(0.5, abs=0.002)
    assert covered["side"].share == pytest.approx(1, abs=0.01)


def test_a_stretch_ends_where_the_speed_passed_the_limit_between_two_fixes() -> None:
    """From 8 to 22 km/h in ten seconds: the limit of 15 is passed after five, by when 16 of 41.7 m are driven."""
    swept = _driven(STRAIGHT, 0, 0.5)
    metres = 31.94 + 9.72
    quick = replace(
        swept[-1],
        at=swept[-1].at + timedelta(seconds=10),
        lon=swept[-1].lon + metres / LONG * 0.01,
        speed=22.0,
    )
    assert _share(STRAIGHT, [*swept, quick]) == pytest.approx(0.5 + 15.97 / LONG, abs=0.002)


@pytest.mark.parametrize("seconds", [1, 5])
def test_how_often_a_device_tells_its_place_does_not_change_what_was_swept(seconds: int) -> None:
    fixes = _driven(STRAIGHT, 0, 0.7, noise=3, seconds=seconds)
    assert _share(STRAIGHT, fixes) == pytest.approx(0.7, abs=0.01)


def test_twice_over_the_same_is_covered_once() -> None:
    first = _driven(STRAIGHT, 0, 0.6)
    again = [Fix(fix.vehicle, fix.at + timedelta(hours=1), fix.lon, fix.lat, fix.speed) for fix in first]
    assert _share(STRAIGHT, first + again) == pytest.approx(0.6, abs=0.002)


def test_a_silence_is_not_filled_in() -> None:
    fixes = _driven(STRAIGHT, 0, 1)
    cut = [fix for place, fix in enumerate(fixes) if not 40 <= place < 60]
    assert _share(STRAIGHT, cut) == pytest.approx(1 - 21 / (len(fixes) - 1), abs=0.02)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair)))))
def test_the_union_of_intervals_counts_every_metre_once(intervals: list[tuple[int, int]]) -> None:
    metres = {metre for begin, end in intervals for metre in range(begin, end)}
    assert united(intervals) == len(metres)


def test_coverage_on_real_streets_is_within_two_percent_of_the_truth(real_data: Path) -> None:
    """Two hundred sections of Jinan, each driven over a random part of it with fixes that err by 3 m."""
    chance = random.Random(7)
    sections = chance.sample(_streets(real_data), 200)
    fixes: list[Fix] = []
    truth: dict[str, float] = {}
    for number, section in enumerate(sections):
        begin, end = sorted((chance.choice([0.0, chance.random()]), chance.choice([1.0, chance.random()])))
        truth[section.id] = end - begin
        fixes += _driven(section, begin, end, noise=3, seed=number, vehicle=f"v{number}")
    covered = cover(sections, fixes, Limits())
    wrong = [abs(covered[one.id].share - truth[one.id]) for one in sections]
    metres = sum(one.length for one in covered.values())
    true_metres = sum(truth[one.id] * covered[one.id].length for one in sections)
    assert abs(sum(one.covered for one in covered.values()) - true_metres) / metres < 0.02
    assert sorted(wrong)[int(0.95 * len(wrong))] < 0.02
    assert all(0 < share <= 1 for share in by_grade(sections, covered).values())


def _streets(real_data: Path) -> list[Section]:
    """Edges of at least three hundred metres, one of the two directions."""
    with gzip.open(real_data / "road-jinan-osm" / "edges.csv.gz", "rt") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if float(row["length_m"]) >= 300 and int(row["u"]) < int(row["v"])
        ]
    return [
        Section(
            id=row["eid"], street=row["highway"], grade=1 + int(row["eid"]) % 4,
            line=tuple((x, y) for x, y in shapely.from_wkt(row["wkt"]).coords),
        )
        for row in rows
    ]  # fmt: skip
