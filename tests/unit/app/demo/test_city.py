"""The demonstration city is the same for the same seed, and holds together."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.app.demo.cases import DAYS, history, live_changes
from quanyu.app.demo.city import City, make_city
from quanyu.app.demo.land import Area
from quanyu.app.demo.motion import Track, occupied
from quanyu.core.identifiers import phone_kind
from quanyu.core.regions import region_level, region_parent

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(20261121)


def test_the_same_seed_gives_the_same_city_and_another_seed_another() -> None:
    assert make_city(7) == make_city(7)
    assert make_city(7).roads != make_city(8).roads


def test_every_area_is_part_of_the_one_that_its_code_names(city: City) -> None:
    known = {area.code: shapely.Polygon(area.ring) for area in (*city.areas, *city.grids)}
    for area in (*city.areas[1:], *city.grids):
        assert known[area.parent].buffer(1e-9).covers(known[area.code]), area.name


def test_codes_follow_the_standard_of_region_codes(city: City) -> None:
    for area in city.areas:
        assert area.code.startswith("99")
        assert (region_level(area.code), region_parent(area.code)) == (area.level, area.parent)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_areas_of_any_seed_are_sound_and_leave_no_gap(seed: int) -> None:
    made = make_city(seed)
    whole = shapely.Polygon(made.areas[0].ring)
    for level in ("county", "street", "village", "grid"):
        parts = [shapely.Polygon(area.ring) for area in (*made.areas, *made.grids) if area.level == level]
        assert all(part.is_valid and part.exterior.is_ccw for part in parts)
        assert sum(part.area for part in parts) == pytest.approx(whole.area)
    assert shapely.Polygon(made.river).is_valid


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_no_two_facilities_of_a_kind_share_a_name(seed: int) -> None:
    made = make_city(seed)
    for kind in (
        made.car_parks,
        made.air_stations,
        made.manholes,
        made.charging_stations,
        made.swap_stations,
        made.hospitals,
    ):
        names = [one.name for one in kind]
        assert len(set(names)) == len(names)


def test_places_lie_in_the_community_of_their_address(city: City) -> None:
    spots = [one.spot for one in (*city.car_parks, *city.air_stations, *city.manholes, *city.hospitals)]
    assert all(shapely.Polygon(spot.community.ring).contains(shapely.Point(spot.point)) for spot in spots)
    assert all(spot.address.startswith(spot.district.name) for spot in spots)


def test_roads_end_where_others_begin(city: City) -> None:
    joints: dict[str, set[tuple[float, float]]] = {}
    for road in city.roads:
        joints.setdefault(road.start, set()).add(road.line[0])
        joints.setdefault(road.end, set()).add(road.line[-1])
    assert all(len(points) == 1 for points in joints.values())


@pytest.mark.parametrize("minutes", range(0, 1440, 97))
def test_vehicles_are_on_a_road_at_any_time(city: City, minutes: int) -> None:
    roads = shapely.MultiLineString([road.line for road in city.roads])
    moment = NOON + timedelta(minutes=minutes)
    points = [shapely.Point(Track(vehicle).at(moment).point) for vehicle in city.vehicles]
    assert max(roads.distance(point) for point in points) < 2e-6


def test_vehicles_drive_and_never_leap(city: City) -> None:
    for track in map(Track, city.vehicles):
        way = [track.at(NOON + timedelta(seconds=second)) for second in range(0, 600, 5)]
        assert way[0].point != way[-1].point
        assert all(0 <= position.speed < 60 for position in way)
        assert all(shapely.Point(a.point).distance(shapely.Point(b.point)) < 0.001 for a, b in pairwise(way))


def test_no_car_park_is_fuller_than_full(city: City) -> None:
    hours = [NOON + timedelta(hours=hour) for hour in range(24)]
    assert all(
        0 <= occupied(city.seed, park, hour) <= park.capacity for park in city.car_parks for hour in hours
    )


def test_ninety_days_of_cases_are_in_order_and_their_own(city: City) -> None:
    cases = history(city, NOON.date())
    assert 1800 < len(cases) < 2300
    assert len({case.code for case in cases}) == len(cases)
    assert {case.created.date() for case in cases} == {
        NOON.date() - timedelta(days=n) for n in range(1, DAYS + 1)
    }
    assert all(case.created < case.due for case in cases)


def test_each_change_of_a_watched_case_is_told_once(city: City) -> None:
    steps = [NOON + timedelta(minutes=5 * step) for step in range(25)]
    told = [case.code for since, until in pairwise(steps) for case in live_changes(city, since, until)]
    whole = {case.code: case for case in live_changes(city, steps[0], steps[-1])}
    assert set(told) == set(whole)
    assert max(map(told.count, told)) <= 2  # opened, and closed


def test_nobody_can_be_called_at_a_number_of_the_city(city: City) -> None:
    assert not any(phone_kind(hospital.phone) for hospital in city.hospitals)


def test_a_street_has_communities_and_a_community_two_grids(city: City) -> None:
    def below(code: str) -> list[Area]:
        return [area for area in (*city.areas, *city.grids) if area.parent == code]

    streets = [area for area in city.areas if area.level == "street"]
    assert len(streets) == 28
    assert {len(below(street.code)) for street in streets} == {8}
    assert {len(below(one.code)) for street in streets for one in below(street.code)} == {2}
    assert asdict(streets[0])["parent"] == "990101"
