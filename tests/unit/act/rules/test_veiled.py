"""Facts and texts of events without what is veiled for an asker."""

from datetime import UTC, datetime
from typing import Any

from quanyu.act.rules.events import Event
from quanyu.act.rules.parse import parse_definition
from quanyu.act.rules.veiled import subjects_of, veiled_event
from quanyu.twin.veil import Veil
from tests.unit.act.rules.city import rule

HIDDEN = {"pulse": Veil(lambda value: "***")}
IN_WORDS = {"name": Veil(lambda value: value.replace("138", "***"), in_words=True)}


def event(facts: dict[str, Any], **more: Any) -> Event:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    usual: dict[str, Any] = {
        "title": "Pulse 120",
        "subject": facts["subject"],
        "key": facts["subject"],
        "closing": None,
    }
    return Event(
        id="1", rule="pulse", version=1, severity="red", opened=now, closed=None, ending=None, case=None, place=None,
        facts=facts, **usual | more,
    )  # fmt: skip


def facts(subject: str = "a", **more: Any) -> dict[str, Any]:
    told = {"pulse": {"value": 120, "observedAt": "2026-11-20T00:00:00Z"}, "room": {"value": 4}}
    return {"subject": subject, "name": subject, "attributes": told, **more}


def test_values_are_masked_and_their_moments_are_not() -> None:
    shown = veiled_event(event(facts(), closing=facts()), parse_definition(rule()), {"a": HIDDEN})
    told = {"pulse": {"value": "***", "observedAt": "2026-11-20T00:00:00Z"}, "room": {"value": 4}}
    assert shown.facts["attributes"] == told
    assert shown.closing
    assert shown.closing["attributes"] == told


def test_what_is_made_of_values_is_masked_like_them() -> None:
    windows = [
        {"attribute": one, "result": 120.0, "ends": [90, 120], "count": 2} for one in ("pulse", "room")
    ]
    shown = veiled_event(event(facts(windows=windows)), parse_definition(rule()), {"a": HIDDEN})
    assert shown.facts["windows"] == [{**windows[0], "result": "***", "ends": ["***", "***"]}, windows[1]]


def test_each_member_of_a_group_has_the_veil_of_its_own_dataset() -> None:
    members = [{**facts(one), "id": one} for one in ("a", "b")]
    found = event({**facts(""), "group": {"holding": 2, "of": 3, "members": members}})
    assert subjects_of(found) == {"a", "b"}
    shown = veiled_event(found, parse_definition(rule()), {"a": HIDDEN}).facts["group"]["members"]
    assert [one["attributes"]["pulse"]["value"] for one in shown] == ["***", 120]


def test_of_veiled_words_the_rest_of_a_title_stays() -> None:
    said = parse_definition(rule(title={"zh-CN": "{name} {pulse}"}, key="{name}"))
    found = event(facts(), title="Tel 138 120", key="Tel 138")
    shown = veiled_event(found, said, {"a": IN_WORDS})
    assert (shown.title, shown.key) == ("Tel *** 120", "Tel ***")
    assert veiled_event(found, said, {"a": HIDDEN}).title == "– –"
