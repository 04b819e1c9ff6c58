"""Which body is responsible, with its reason."""

from hypothesis import given
from hypothesis import strategies as st

from quanyu.act.cases.model import Duty
from quanyu.act.understanding.habits import Habits, Handled, count
from quanyu.act.understanding.routing import InArea, Owned, area_path, class_path, route

NORTH = InArea("330102", 0, Duty(organisation="north", category="C01", area="330102"))
SOUTH = InArea("330103", 12.3, Duty(organisation="south", category="C01", area="330103"))
WATER = Handled(("C", "C01"), ("330100", "330102"), "water")
ROADS = Handled(("C", "C02"), ("330100", "330102"), "roads")
USUAL = Habits(count([WATER, WATER, WATER, *[ROADS] * 6]))

paths = st.lists(st.sampled_from("abcd"), max_size=3, unique=True).map(tuple)
handled = st.builds(Handled, paths, paths, st.sampled_from(("x", "y", "z")))


def test_the_duty_list_decides_and_says_so() -> None:
    (body,) = route(owned=None, duties=[NORTH], habits=(), names={"north": "北区城管局"}).bodies
    assert (body.organisation, body.name, body.reason.kind) == ("north", "北区城管局", "duty")
    assert body.reason.texts["zh-CN"] == "权责清单：区域 330102 的类别 C01 由该单位负责"


def test_near_a_boundary_both_bodies_are_a_choice() -> None:
    routed = route(owned=None, duties=[NORTH, SOUTH], habits=(), names={})
    assert [(one.organisation, one.reason.kind) for one in routed.bodies] == [
        ("north", "duty"),
        ("south", "boundary"),
    ]
    assert routed.choice
    assert routed.bodies[1].reason.values["metres"] == 12.3


def test_a_boundary_inside_one_body_is_no_choice() -> None:
    same = InArea("330103", 5, Duty(organisation="north", area="330103"))
    routed = route(owned=None, duties=[NORTH, same], habits=(), names={})
    assert [one.organisation for one in routed.bodies] == ["north"]
    assert not routed.choice


def test_who_keeps_the_component_comes_first() -> None:
    owned = Owned("3301020103000001", "城市水务集团", None)
    routed = route(owned=owned, duties=[NORTH, SOUTH], habits=(), names={})
    assert (routed.bodies[0].name, routed.bodies[0].reason.kind, routed.choice) == (
        "城市水务集团",
        "component",
        False,
    )


def test_what_was_usual_is_a_second_opinion() -> None:
    habits = USUAL.propose(("C", "C01"), ("330100", "330102"))
    routed = route(owned=None, duties=[NORTH], habits=habits, names={})
    assert [one.organisation for one in routed.bodies] == ["north", "water"]
    assert routed.bodies[1].reason.values == {"class": "C01", "area": "330102", "cases": 3, "of": 3}


def test_a_place_without_cases_is_told_from_the_wider_one() -> None:
    first = USUAL.propose(("C", "C02"), ("330100", "330109"))[0]
    assert (first.body, first.context) == ("roads", ("C02", "330100"))


@given(st.lists(handled, min_size=1, max_size=20), paths, paths)
def test_confidences_of_habits_are_shares_and_fall(
    cases: list[Handled], category: tuple[str, ...], place: tuple[str, ...]
) -> None:
    found = Habits(count(cases)).propose(category, place)
    shares = [one.confidence for one in found]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1.001
    assert all(0 < one.cases <= one.of for one in found)


def test_paths_go_from_wide_to_exact() -> None:
    assert area_path("330102001", "G7") == ("330000", "330100", "330102", "330102001", "G7")
    assert area_path("my-district") == ("my-district",)
    assert class_path("E02003", {"E02003": "E02", "E02": None}) == ("E02", "E02003")
