from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.core.regions import RegionHistory, RegionLevel, region_level, region_parent, spans_of, usual_code

LISTS = {
    date(2013, 12, 31): {"310000": "上海市", "310108": "闸北区", "310230": "崇明县"},
    date(2014, 12, 31): {"310000": "上海市", "310108": "闸北区", "310230": "崇明县"},
    date(2016, 12, 31): {"310000": "上海市", "310151": "崇明区"},
}
HISTORY = RegionHistory(spans_of(LISTS))


@pytest.mark.parametrize(
    ("code", "usual", "level", "parent"),
    [
        ("11", "110000", RegionLevel.PROVINCE, None),
        ("1101", "110100", RegionLevel.CITY, "110000"),
        ("310108", "310108", RegionLevel.COUNTY, "310100"),
        ("511602000000", "511602", RegionLevel.COUNTY, "511600"),
        ("310106012", "310106012", RegionLevel.STREET, "310106"),
        ("310106012003", "310106012003", RegionLevel.VILLAGE, "310106012"),
    ],
)
def test_a_code_tells_level_and_parent(code: str, usual: str, level: RegionLevel, parent: str | None) -> None:
    assert (usual_code(code), region_level(code), region_parent(code)) == (usual, level, parent)


@pytest.mark.parametrize("code", ["", "1", "110", "ABCDEF", "00", "1101010010011"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(Invalid):
        usual_code(code)
    assert not HISTORY.is_valid(code)


def test_an_abolished_district_was_valid_before_and_is_not_after() -> None:
    assert HISTORY.is_valid("310108", date(2015, 6, 1))
    assert not HISTORY.is_valid("310108", date(2017, 1, 1))
    assert not HISTORY.is_valid("310108")
    assert HISTORY.ended("310108") == date(2016, 12, 31)


def test_a_county_that_became_a_district_is_found_under_its_new_code() -> None:
    assert [span.code for span in HISTORY.successors("310230")] == ["310151"]
    assert HISTORY.successors("310108") == ()


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["110101", "110102", "110103"]), st.sampled_from("甲乙")),
        min_size=1,
        max_size=6,
    )
)
def test_on_the_day_of_each_list_exactly_its_codes_are_valid(lists: list[dict[str, str]]) -> None:
    revisions = {date(2000 + year, 12, 31): names for year, names in enumerate(lists)}
    history = RegionHistory(spans_of(revisions))
    for day, names in revisions.items():
        assert {code: history.name(code, day) for code in ("110101", "110102", "110103")} == {
            code: names.get(code) for code in ("110101", "110102", "110103")
        }
