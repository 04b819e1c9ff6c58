"""Between which values the index of a declared attribute is read."""

import operator

from hypothesis import given
from hypothesis import strategies as st

from quanyu.twin.ngsild.query import parse_q
from quanyu.twin.ngsild.query.ranges import ranges

_OPERATORS = {"==": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


def test_several_bounds_of_one_attribute_are_one_range() -> None:
    found = {one.name: (one.low, one.high) for one in ranges(parse_q('n>=3;n<5;n<9;m=="x";m>2', str))}
    assert found.keys() == {"n", "m"}
    low, high = found["n"]
    assert (round(low, 9), round(high, 9)) == (3, 5)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(_OPERATORS)), st.integers(-4, 4)), min_size=1, max_size=4),
    st.integers(-5, 5),
)
def test_what_fits_lies_in_the_range(bounds: list[tuple[str, int]], value: int) -> None:
    (found,) = ranges(parse_q(";".join(f"n{name}{number}" for name, number in bounds), str))
    if all(_OPERATORS[name](value, number) for name, number in bounds):
        assert isinstance(found.low, str) or found.low <= value
        assert found.high is False or value <= found.high
