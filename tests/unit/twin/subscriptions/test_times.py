"""Pauses, periods and silences, with the clock set."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quanyu.twin.model import Stored
from quanyu.twin.state import Op
from quanyu.twin.subscriptions.change import Change
from quanyu.twin.subscriptions.gates import LONGEST_PAUSE, Gate
from quanyu.twin.subscriptions.states import unfolded
from quanyu.twin.subscriptions.throttling import merged
from quanyu.twin.subscriptions.timers import following

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_gate_closes_twice_as_long_after_each_failure_and_opens_with_a_success() -> None:
    gate, now = Gate(), NOW
    pauses = []
    for _ in range(12):
        gate.failed(now, now, cooldown=None)
        pauses.append(gate.wait(now))
        now += timedelta(seconds=gate.wait(now))
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST_PAUSE
    gate.reopen()
    assert gate.wait(now) == 0


def test_attempts_that_fail_together_close_the_gate_once() -> None:
    gate = Gate()
    for _ in range(4):
        gate.failed(NOW, NOW, cooldown=None)
    assert (gate.failures, gate.wait(NOW)) == (1, 1)


def test_a_cooldown_is_the_least_pause() -> None:
    gate = Gate()
    gate.failed(NOW, NOW, cooldown=90)
    assert gate.wait(NOW) == 90


@given(st.floats(0.1, 1e6), st.floats(0, 1e7))
def test_a_period_stays_in_step_and_is_never_in_the_past(seconds: float, passed: float) -> None:
    found = following(NOW, seconds, later(passed))
    assert later(passed) < found <= later(passed) + timedelta(seconds=seconds, microseconds=1)
    steps = (found - NOW) / timedelta(seconds=seconds)
    assert abs(steps - round(steps)) < 1e-3


def test_what_is_held_is_told_once_for_each_entity_as_it_was_last() -> None:
    first = {"id": "n1", "data": [{"id": "a", "power": 1}, {"id": "b", "power": 1}]}
    second = {"id": "n2", "data": [{"id": "a", "power": 2}, {"id": "c", "power": 2}]}
    assert merged(first, second) == {
        "id": "n2",
        "data": [{"id": "a", "power": 2}, {"id": "b", "power": 1}, {"id": "c", "power": 2}],
    }


def change(seq: int, op: Op, attrs: dict[str, Any], was: dict[str, Any] | None = None) -> Change:
    return Change(seq=seq, id="urn:x:1", types=("Lamp",), at=later(seq), op=op, attrs=attrs, was=was or {})


def value(content: Any, **members: Any) -> dict[str, Any]:
    return {"type": "Property", "value": content, **members}


def test_an_entity_is_seen_as_it_was_after_each_change_even_if_it_is_gone_now() -> None:
    one, two = value(1), value(2)
    log = [
        change(1, Op.REPLACE, {"power": one, "name": value("N")}),
        change(2, Op.MERGE, {"power": two}),
        change(3, Op.REMOVE, {"name": None}, {"name": value("N")}),
        change(4, Op.DELETE, {}, {"power": two}),
        change(5, Op.REPLACE, {"power": one}),
    ]
    again = Stored(
        id="urn:x:1", types=("Lamp",), dataset="", scope=(), document={"power": one}, version=9,
        created=later(5), modified=later(5),
    )  # fmt: skip
    seen = [state.document for _, state in unfolded(log, again, None)]
    assert seen == [
        {"power": one, "name": value("N")}, {"power": two, "name": value("N")}, {"power": two}, {"power": two},
        {"power": one},
    ]  # fmt: skip


def test_instances_of_one_attribute_come_and_go_alone() -> None:
    here, there = value("Lampe", datasetId="urn:d:de"), value("lampe", datasetId="urn:d:fr")
    log = [
        change(1, Op.REPLACE, {"name": [here, there]}),
        change(2, Op.MERGE, {"name": [value("urn:ngsi-ld:null", datasetId="urn:d:fr")]}),
    ]
    seen = [state.document["name"] for _, state in unfolded(log, None, None)]
    assert seen == [[here, there], here]
