"""A rule is refused with everything that is wrong with it, each at its place."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.act.rules.facts import duration_text
from quanyu.act.rules.parse import Known, parse_definition, parse_rule
from quanyu.act.rules.quiet import Quiet, daily
from quanyu.core.errors import Invalid
from quanyu.twin.history.duration import Duration
from tests.unit.act.rules.city import NOON, rule


def faults(source: object) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        parse_rule(
            parse_definition(source), version=1, known=Known(classes=frozenset({"E01"}), bodies=frozenset())
        )
    return {fault.where: fault.key.removeprefix("act.rule.") for fault in refused.value.faults}


def test_all_faults_are_told_at_once() -> None:
    square = {"georel": "touching", "geometry": "Point", "coordinates": [0, 0]}
    wrong = rule(
        {"any": [{"q": "pm25>"}, {"enters": square}, {"window": {"attribute": "a", "over": "P1M", "value": "avg"}}, {}]},
        subject={"type": "*"}, quiet={"calendar": "office"}, key="{id!r}", title={"fr": "x"}, description={"fr": "x"},
        case={"title": " ", "class": "E9", "text": "{", "grid": "{}", "organisation": "x"}, **{"for": "soon"},
    )  # fmt: skip
    assert faults(wrong) == {
        "/title": "title", "/description": "description", "/subject/type": "any_type", "/when/any/0/q": "twin.query.value",
        "/when/any/1/enters": "twin.ngsi.georel", "/when/any/2/window/over": "duration", "/when/any/2/window": "bound",
        "/when/any/3": "one_of", "/for": "duration", "/quiet/calendar": "calendar", "/key": "template",
        "/case/title": "case_title", "/case/text": "template", "/case/class": "class", "/case/grid": "template",
        "/case/organisation": "body",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ([], "/"), ({}, "/"), (rule(name="Über"), "/name"), (rule(severity="pink"), "/severity"),
        (rule({"window": {"attribute": "a", "over": "P1D", "value": "median"}}), "/when/window/value"), (rule(surprise=1), "/"),
        (rule(group={"at_least": 0}), "/group/at_least"),
    ],
)  # fmt: skip
def test_a_wrong_form_is_told_by_its_place(source: object, where: str) -> None:
    assert faults(source) == {where: "form"}


@pytest.mark.parametrize(
    ("when", "more", "where"),
    [
        ({"q": "refDevice{Device:battery}<1"}, {}, "/when/q"), ({"all": []}, {}, "/when/all"),
        ({"q": "a>1"}, {"group": {}, "recovery": {"when": {"q": "a<1"}}}, "/recovery/when"),
        ({"q": "a>1"}, {"quiet": {"hours": "25:00-26:00"}}, "/quiet/hours"),
        ({"q": "a>1"}, {"quiet": {"hours": "22:00-23:00", "zone": "Mars/Olympus"}}, "/quiet/zone"),
        ({"q": "a>1"}, {"quiet": {}}, "/quiet"), ({"silent": {"over": "PT0S"}}, {}, "/when/silent/over"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused(when: dict[str, Any], more: dict[str, Any], where: str) -> None:
    assert list(faults(rule(when, **more))) == [where]


def test_a_very_deep_condition_is_refused() -> None:
    when: dict[str, Any] = {"q": "a>1"}
    for _ in range(50):
        when = {"not": when}
    assert set(faults(rule(when)).values()) == {"deep"}


@given(st.integers(0, 60 * 24 * 14 - 1), st.booleans())
def test_quiet_hours_end_at_the_first_minute_that_is_loud(minute: int, outside: bool) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    quiet = Quiet(daily("22:00-24:00,00:00-06:00,12:00-13:30", zone), outside)
    start = datetime(2026, 11, 1, tzinfo=UTC)

    def is_quiet(at: datetime) -> bool:
        local = at.astimezone(zone)
        spent = local.hour * 60 + local.minute
        return (spent < 360 or 720 <= spent < 810 or spent >= 1320) is not outside

    moment = start + timedelta(minutes=minute)
    ahead = (moment + timedelta(minutes=one) for one in range(60 * 48))
    expected = next(one for one in ahead if not is_quiet(one)) if is_quiet(moment) else None
    assert quiet.until(moment) == expected


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=365)))
def test_a_duration_is_written_as_it_is_read(span: timedelta) -> None:
    whole = span - timedelta(microseconds=span.microseconds)
    assert Duration.parse(duration_text(whole)).rest == whole


def test_quiet_for_ever_ends_nowhere_near() -> None:
    always = Quiet(daily("00:00-24:00", ZoneInfo("UTC")))
    until = always.until(NOON)
    assert until is not None
    assert until > NOON + timedelta(days=365)
