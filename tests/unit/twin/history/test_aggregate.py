"""Aggregates, compared with Python's own statistics."""

import statistics
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.twin.history.aggregate import Aggregation, Frame, Method, aggregate
from quanyu.twin.history.duration import Duration

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = Duration(rest=timedelta(hours=1))
FRAME = Frame(START, START + timedelta(days=1))

points = st.lists(st.tuples(st.integers(0, 86_399), st.integers(-(10**6), 10**6)), min_size=1, max_size=60)


def only(values: list[Any], method: Method) -> Any:
    found = aggregate([(START, value) for value in values], Aggregation((method,)), FRAME)
    return found[method.value][0][0] if found else None


@given(points)
def test_each_hour_has_its_own_figures(given: list[tuple[int, int]]) -> None:
    found = aggregate(
        [(START + timedelta(seconds=at), value) for at, value in given],
        Aggregation(tuple(Method), HOUR),
        FRAME,
    )
    for place, (_, begin, end) in enumerate(found["sum"]):
        values = [value for at, value in given if begin <= START + timedelta(seconds=at) < end]
        assert end - begin == timedelta(hours=1)
        assert found["totalCount"][place][0] == len(values)
        assert found["distinctCount"][place][0] == len(set(values))
        assert found["sum"][place][0] == sum(values)
        assert found["avg"][place][0] == pytest.approx(statistics.fmean(values))
        assert found["min"][place][0] == min(values)
        assert found["max"][place][0] == max(values)
        assert found["stddev"][place][0] == pytest.approx(statistics.pstdev(values), abs=1e-6)
        assert found["sumsq"][place][0] == pytest.approx(sum(value**2 for value in values))
    assert sum(one[0] for one in found["totalCount"]) == len(given)


def test_a_duration_of_zero_spans_the_whole_range() -> None:
    found = aggregate([(START, 1), (START + timedelta(days=300), 3)], Aggregation((Method.AVG,)), FRAME)
    assert found == {"avg": [(2.0, FRAME.start, FRAME.end)]}


@pytest.mark.parametrize(
    ("values", "method", "result"),
    [
        (["b", "a"], Method.MIN, "a"),
        (["b", "a"], Method.AVG, None),
        ([True, False, True], Method.SUM, 2),
        ([[1, 2], [3]], Method.MAX, 2),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], Method.DISTINCT_COUNT, 1),
        ([{"a": 1}], Method.SUM, None),
        ([[1, 2], [3]], Method.STDDEV, None),
        ([[1, 2], [3]], Method.SUMSQ, None),
        ([True, False], Method.STDDEV, 0.5),
        ([{"@type": "URI", "@value": "urn:a"}], Method.MAX, None),
        ([{"@type": "Time", "@value": at} for at in ("08:00:00Z", "09:00:00Z")], Method.AVG, "08:30:00Z"),
        ([{"@type": "DateTime", "@value": "2026-01-02T00:00:00Z"}], Method.MAX, "2026-01-02T00:00:00Z"),
    ],
)
def test_what_a_method_means_depends_on_the_value(values: list[Any], method: Method, result: Any) -> None:
    """Tables 4.5.19.1-1 and -2."""
    assert only(values, method) == result
