"""Instances of several brokers become one history."""

from datetime import UTC, datetime

from quanyu.twin.history.beyond import Beyond
from quanyu.twin.history.instances import Elsewhere, Instance
from quanyu.twin.history.known import Known

START = datetime(2026, 3, 1, tzinfo=UTC)
BUS = Known(
    id="urn:bus",
    types=("Bus",),
    dataset="",
    scope=(),
    created=START,
    modified=START,
    deleted=None,
    document=None,
)


def speed(value: int, day: int, name: str = "speed") -> Instance:
    content = {"type": "Property", "value": value, "observedAt": f"2026-03-{day:02}T00:00:00Z"}
    return Instance(name, content, Elsewhere("", day), START)


def values(found: list[Instance]) -> list[int]:
    return [one.content["value"] for one in found]


def test_of_two_instances_at_one_moment_the_one_that_is_here_stays() -> None:
    """4.5.5."""
    more = Beyond(entity=BUS, instances=(speed(2, 1), speed(3, 2)))
    assert values(more.instances_with([speed(1, 1)], None)) == [1, 3]


def test_an_auxiliary_instance_fills_only_a_moment_that_is_empty() -> None:
    """5.7.3.4, 5.7.4.4."""
    more = Beyond(entity=BUS, instances=(speed(2, 2),), auxiliary=(speed(7, 1), speed(8, 2), speed(9, 3)))
    assert values(more.instances_with([speed(1, 1)], None)) == [1, 2, 9]


def test_what_others_hold_is_not_told_from_here() -> None:
    """4.3.6.2."""
    more = Beyond(entity=BUS, instances=(speed(2, 2),), here=lambda name: name != "speed")
    assert values(more.instances_with([speed(1, 1), speed(5, 1, "fuel")], None)) == [5, 2]
