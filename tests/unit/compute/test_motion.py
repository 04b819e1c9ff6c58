"""What a vehicle did between two moments, from its places and speeds at both."""

import pytest

from quanyu.compute import stretches

SWEEPING = (1.0, 4.0)


def test_who_keeps_a_speed_within_the_limits_works_all_the_way() -> None:
    assert list(stretches(10, (0, 20), (2, 2), SWEEPING)) == [(0, 10, 0, 20)]


@pytest.mark.parametrize("end", [30, -30])
def test_who_speeds_up_evenly_stops_working_where_the_limit_is_passed(end: float) -> None:
    """From 2 to 4 m/s in the first half of the time and 15 m, whichever way."""
    places = (0.0, end * 4 / 3)
    [(since, until, begin, stop)] = stretches(10, places, (2, 6), SWEEPING)
    assert (since, until, begin) == (0, pytest.approx(5), 0)
    assert abs(stop) == pytest.approx(15)


def test_who_went_farther_than_both_speeds_tell_hurried_in_between() -> None:
    """60 m in ten seconds between 2 m/s and 2 m/s: the cubic reaches 8 m/s."""
    first, last = stretches(10, (0, 60), (2, 2), SWEEPING)
    assert first[0] == first[2] == 0
    assert last[1:4:2] == (10, pytest.approx(60))
    assert first[3] < 5
    assert last[2] > 55


def test_a_way_that_is_longer_by_what_places_err_tells_of_no_hurry() -> None:
    assert list(stretches(10, (0, 60), (2, 2), SWEEPING, sure=41)) == [(0, 10, 0, pytest.approx(60))]


def test_who_stands_has_swept_nothing() -> None:
    assert not list(stretches(10, (5, 5), (0, 0), SWEEPING))
