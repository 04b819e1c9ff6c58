import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quanyu.govern.mapping.names import attribute_name, is_nameless, name_likeness


@pytest.mark.parametrize(
    ("label", "known"),
    [
        ("CASE_STATUS", "caseStatus"),
        ("PM2.5", "pm25"),
        ("ＰＭ１０", "pm10"),
        ("温度(℃)", "温度"),
        ("open dt", "OPEN_DATE"),
    ],
)
def test_the_same_name_in_another_spelling(label: str, known: str) -> None:
    assert name_likeness(label, known) >= 0.95


@pytest.mark.parametrize(
    ("label", "known"), [("Property_ID", "event_property_id"), ("街道", "车道数"), ("a", "b"), ("", "x")]
)
def test_different_names(label: str, known: str) -> None:
    assert name_likeness(label, known) < 0.7


def test_a_longer_chinese_name_is_like_its_end() -> None:
    assert 0.7 <= name_likeness("停车场名称", "名称") < 0.9


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("LOCATION_STREET_NAME", "locationStreetName"),
        ("PM2.5", "pm25"),
        ("2020年", "value2020年"),
        ("()", "value"),
        ("NAME", "name"),
    ],
)
def test_a_clean_name_of_its_own(label: str, name: str) -> None:
    assert attribute_name(label) == name


@given(st.text())
def test_an_own_name_is_one_word(label: str) -> None:
    name = attribute_name(label)
    assert name
    assert not set(name) & set(" \t\n,;:'\"()<>")
    assert not name[0].isdigit()


@given(st.text(max_size=20), st.text(max_size=20))
@example("0", "0㏠")  # a sign that folds to Chinese
def test_likeness_is_between_0_and_1_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= name_likeness(one, other) == name_likeness(other, one) <= 1


@pytest.mark.parametrize("label", ["column0", "Unnamed: 3", "列1", "", "f12", "7"])
def test_names_made_up_by_a_reader(label: str) -> None:
    assert is_nameless(label)


@pytest.mark.parametrize("label", ["col", "code", "PM10", "区1a"])
def test_names_given_by_people(label: str) -> None:
    assert not is_nameless(label)


def test_one_letter_says_little() -> None:
    assert name_likeness("v", "v") < 0.8
    assert name_likeness("区", "区") == 1
