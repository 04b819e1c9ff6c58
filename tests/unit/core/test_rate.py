"""A few times at once, then at a steady pace."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.rate import RateLimit, network_of

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def test_a_burst_then_one_a_pause() -> None:
    limit = RateLimit(burst=3, pause=60)
    assert [limit.wait("a", NOW) for _ in range(5)] == [0, 0, 0, 60, 60]
    assert limit.wait("b", NOW) == 0
    assert limit.wait("a", NOW + timedelta(seconds=59)) == 1
    assert limit.wait("a", NOW + timedelta(seconds=60)) == 0
    assert limit.wait("a", NOW + timedelta(seconds=60)) == 60


@given(st.lists(st.integers(0, 30), max_size=60))
def test_never_more_than_burst_and_pace_allow(gaps: list[int]) -> None:
    limit, moment, allowed = RateLimit(burst=3, pause=10), NOW, 0
    for gap in gaps:
        moment += timedelta(seconds=gap)
        allowed += limit.wait("a", moment) == 0
    assert allowed <= 3 + (moment - NOW).total_seconds() / 10


def test_a_flood_of_askers_takes_bounded_memory() -> None:
    limit = RateLimit(burst=1, pause=60, most=5)
    for number in range(50):
        limit.wait(str(number), NOW)
    assert len(limit) == 5


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8::1", "2001:db8::/64"), ("2001:db8::ffff:2", "2001:db8::/64"), ("::ffff:192.0.2.7", "192.0.2.7"), ("", "")],
)  # fmt: skip
def test_whoever_has_a_network_is_one_asker(address: str, network: str) -> None:
    assert network_of(address) == network
