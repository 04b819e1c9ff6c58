from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.app.demo.city import make_city
from quanyu.app.demo.swapping import inventory, swap_stations, swaps

CITY = make_city(7)
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)


@settings(max_examples=30, deadline=None)
@given(minutes=st.integers(0, 60 * 24 * 30), place=st.integers(0, len(CITY.swap_stations) - 1))
def test_the_batteries_of_a_station_make_its_slots_at_any_time(minutes: int, place: int) -> None:
    held = inventory(7, CITY.swap_stations[place], NOON + timedelta(minutes=minutes))
    assert held["fullBatteries"] + held["chargingBatteries"] + held["faultyBatteries"] == held["slots"]
    assert min(held.values()) >= 0


def test_a_station_swaps_one_vehicle_after_the_other_and_the_same_ones_whenever_it_is_asked() -> None:
    for station in CITY.swap_stations:
        told = swaps(7, station, NOON - timedelta(days=1), NOON)
        assert told
        assert all(first.ended <= second.begun for first, second in pairwise(told))
        assert all(one.arrived <= one.begun < one.ended for one in told)
        halves = [swaps(7, station, NOON - timedelta(hours=24 - 12 * half), NOON - timedelta(hours=12 - 12 * half)) for half in (0, 1)]  # fmt: skip
        assert [*halves[0], *halves[1]] == told
        assert len({one.sequence for one in told}) == len(told)
        assert {len(one.sequence) for one in told} == {27}


def test_what_a_station_says_of_its_day_is_what_its_orders_say() -> None:
    midnight = datetime.fromisoformat("2026-05-01T00:00:00+08:00")
    told = {one["id"].rpartition(":")[2]: one["swapCount"]["value"] for one in swap_stations(CITY, NOON)}
    assert told == {one.code: len(swaps(7, one, midnight, NOON)) for one in CITY.swap_stations}
