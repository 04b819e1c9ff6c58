"""Which open cases may be about the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.act.cases.model import Place
from quanyu.act.understanding.features import features
from quanyu.act.understanding.kinship import Kinship, Meeting, Past, encounters, meetings
from quanyu.act.understanding.model import Rules
from quanyu.act.understanding.similar import Matter, similar

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
KIN = Kinship({"E01": "E", "E02": "E"}.get)
HERE = Place(lon=120.15, lat=30.25)


def matter(id: str, text: str = "路灯不亮", *, east: float = 0, days: float = 0, **more: Any) -> Matter:
    """`east` is in units of about a metre."""
    place = Place(lon=HERE.lon + east / 96_000, lat=HERE.lat)
    known = {"category": "E01", "place": place, "title": text} | more
    return Matter(id=id, words=frozenset(features(text)), reported=NOON - timedelta(days=days), **known)


def test_the_same_lamp_is_likelier_than_a_hole_beside_it_and_a_lamp_far_away() -> None:
    others = [
        matter("far", east=140),
        matter("hole", "路面塌陷", category="E02", east=3),
        matter("lamp", east=4),
    ]
    found = similar(matter("new"), others, KIN)
    assert found[0].id == "lamp"
    assert set(found[0].reasons) == {"class", "place", "text"}


def test_one_component_is_one_thing_wherever_the_phone_was() -> None:
    (found,) = similar(matter("new", component="c1"), [matter("old", east=90, component="c1")], KIN)
    assert found.score == 0.95
    assert "component" in found.reasons


def test_the_nearest_is_shown_although_its_class_speaks_against_it() -> None:
    others = [matter(f"lamp{n}", east=20) for n in range(4)] + [
        matter("odd", "x", category="X", east=1, days=80)
    ]
    assert "odd" in [one.id for one in similar(matter("new"), others, KIN)[:3]]


@pytest.mark.parametrize(("category", "other"), [(None, None), ("E01", None), (None, "E01"), ("E01", "X")])
def test_what_is_told_in_nearly_the_same_words_40_metres_away_is_shown_whatever_the_classes(
    category: str | None, other: str | None
) -> None:
    new = matter("new", "小区门口下水道堵了，污水流到路上", category=category)
    same = "小区门口的下水道堵塞，污水都流到马路上了"
    others = [
        matter("again", same, category=other, east=40, days=3),
        matter("far", same, category=other, east=110, days=3),
        matter("else", "小区门口有人乱停车，堵住路口", category=other, east=40, days=3),
    ]
    likely = Rules().likely
    assert [one.id for one in similar(new, others, KIN) if one.score >= likely] == ["again"]


def test_classes_that_were_merged_are_akin_from_then_on() -> None:
    closed = NOON + timedelta(days=1)
    past = [
        Past("a", "E01", 120.15, 30.25, NOON, closed),
        Past("b", "X", 120.15, 30.25, NOON + timedelta(hours=1), closed, frozenset({"a"})),
    ]
    met = meetings(past, within=150, days=90)
    assert met == {("E01", "X"): Meeting(1.0, 1.0)}
    assert Kinship(KIN.parent, met).odds("X", "E01") > KIN.odds("X", "E01")


@given(
    st.lists(st.tuples(st.integers(-300, 300), st.integers(-300, 300), st.integers(0, 50)), max_size=15),
    st.floats(10, 300),
)
def test_every_two_open_cases_near_each_other_meet_once(
    points: list[tuple[int, int, int]], within: float
) -> None:
    past = sorted(
        (
            Past(str(n), "E", 120 + x / 96_000, 30 + y / 111_195, NOON + timedelta(days=day), None)
            for n, (x, y, day) in enumerate(points)
        ),
        key=lambda one: one.opened,
    )
    pairs = [frozenset((one.id, other.id)) for one, other, _ in encounters(past, within=within, days=100)]
    every = [one for one, _, _ in encounters(past, within=10_000, days=100)]
    assert len(pairs) == len(set(pairs))
    assert len(every) == len(past) * (len(past) - 1) // 2


@given(st.lists(st.integers(0, 150), max_size=8))
def test_scores_are_shares_and_no_case_is_named_twice(easts: list[int]) -> None:
    found = similar(matter("new"), [matter(str(n), east=east) for n, east in enumerate(easts)], KIN)
    assert all(0 < one.score < 1 for one in found)
    assert len({one.id for one in found}) == len(found) <= 5
