from math import isclose

import numpy as np

from quanyu.compute import Fix, RoadGraph, lay_track, travel_times
from quanyu.compute.speeds import drives, speeds
from tests.unit.compute.conftest import STEP


def _drive(kmh: float, hour: int) -> list[Fix]:
    """East along the southernmost street of the town, a fix every 20 s."""
    metre = STEP / 95.1
    return [
        Fix(121.5 + kmh / 3.6 * second * metre, 31.2, hour * 3600 + second) for second in range(0, 121, 20)
    ]


def test_a_road_is_as_quick_as_it_was_driven_at_that_hour(town: RoadGraph) -> None:
    driven = [
        one
        for kmh, hour in ((18, 8), (36, 3))
        for track in [_drive(kmh, hour)]
        for one in drives(town, track, lay_track(town, track))
    ]
    measured = speeds(town, driven)
    first = town.ids.index("1,0>2,0")
    assert isclose(measured.kmh(8)[first], 18, rel_tol=0.05)
    assert isclose(measured.kmh(3)[first], 36, rel_tol=0.05)
    assert np.isnan(measured.kmh(12)[first])


def test_a_way_takes_longer_at_the_hour_when_all_is_slow(town: RoadGraph) -> None:
    track = _drive(18, 8)
    measured = speeds(town, drives(town, track, lay_track(town, track)))
    free = travel_times(town, [town.nodes["0,0"]], [town.nodes["8,8"]])
    rush = travel_times(
        town, [town.nodes["0,0"]], [town.nodes["8,8"]], seconds=measured.travel_seconds(town, 8)
    )
    assert isclose(rush[0, 0] / free[0, 0], 2, rel_tol=0.06)
    night = measured.travel_seconds(town, 3)
    assert np.array_equal(night, town.seconds)
