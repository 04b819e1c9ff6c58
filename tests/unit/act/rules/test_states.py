"""Hysteresis, windows, rates and silence against what their words say, computed the long way."""

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.act.rules.parse import parse_definition, parse_rule
from quanyu.act.rules.replay import Observation, Replay
from quanyu.act.rules.rule import Rule
from quanyu.act.rules.series import Reading
from quanyu.store import Database
from quanyu.twin.model import Stored
from tests.unit.act.rules.city import NOON, STATION, City, rule

END = 400
MINUTES = st.dictionaries(st.integers(0, 120), st.sampled_from([50, 65, 80]), max_size=40)
SPAN = st.integers(0, 30)

Spans = list[tuple[int, int | None]]


def made(definition: Mapping[str, Any]) -> Rule:
    return parse_rule(parse_definition(definition), version=1)


def observed(values: Mapping[int, float], id: str = STATION) -> Iterable[Observation]:
    for number, minute in enumerate(sorted(values), 1):
        at, value = NOON + timedelta(minutes=minute), values[minute]
        entity = Stored(
            id=id, types=("AirQualityObserved",), dataset="", scope=(), version=1, created=NOON, modified=at,
            document={"pm25": {"type": "Property", "value": value}},
        )  # fmt: skip
        readings = {"pm25": [Reading(at, number, value)]}
        yield Observation(entity=entity, at=at, seq=number, readings=readings)


def replayed(definition: Mapping[str, Any], values: Mapping[int, float]) -> Spans:
    """Minutes at which events open and close."""
    found = Replay(made(definition)).run(observed(values), NOON + timedelta(minutes=END))
    return [(_minute(one.opened), None if one.closed is None else _minute(one.closed)) for one in found]


def alternating(opens: Sequence[bool], closes: Sequence[bool]) -> Spans:
    spans: Spans = []
    for minute, (begin, end) in enumerate(zip(opens, closes, strict=True)):
        if spans and spans[-1][1] is None:
            if end:
                spans[-1] = (spans[-1][0], minute)
        elif begin:
            spans.append((minute, None))
    return spans


@given(MINUTES, SPAN, SPAN)
def test_an_event_is_open_from_held_long_enough_to_recovered_long_enough(
    values: dict[int, float], hold: int, recover: int
) -> None:
    definition = rule(**{"for": f"PT{hold}M" if hold else ""})
    definition["recovery"] = {"when": {"q": "pm25<60"}, "for": f"PT{recover}M" if recover else ""}
    in_force = [values[max(t for t in values if t <= minute)] if min(values, default=END) <= minute else None for minute in range(END)]  # fmt: skip

    def throughout(minute: int, span: int, fits: Any) -> bool:
        some = in_force[max(0, minute - span) : minute + 1]
        return minute >= span and all(value is not None and fits(value) for value in some)

    opens = [throughout(minute, hold, lambda value: value > 75) for minute in range(END)]
    closes = [throughout(minute, recover, lambda value: value < 60) for minute in range(END)]
    assert replayed(definition, values) == alternating(opens, closes)


@given(MINUTES, st.integers(1, 60), st.sampled_from(["avg", "min", "max", "sum", "count"]), st.integers(1, 4))
def test_a_window_holds_what_came_in_its_time(
    values: dict[int, float], over: int, kind: str, least: int
) -> None:
    bound = {"sum": 150.0, "count": 2.0}.get(kind, 66.0)
    window = {"attribute": "pm25", "over": f"PT{over}M", "value": kind, "above": bound, "least": least}
    met = [False] * END
    for minute in values:
        inside = [values[other] for other in values if minute - over < other <= minute]
        figures = {
            "avg": sum(inside) / len(inside), "min": min(inside), "max": max(inside), "sum": sum(inside),
            "count": len(inside),
        }  # fmt: skip
        met[minute] = len(inside) >= least and figures[kind] > bound
    looked = [minute in values and not met[minute] for minute in range(END)]
    assert replayed(rule({"window": window}), values) == alternating(met, looked)


@given(MINUTES, st.integers(1, 60))
def test_a_rate_is_from_what_was_in_force_when_its_time_began(values: dict[int, float], over: int) -> None:
    rate = {"attribute": "pm25", "over": f"PT{over}M", "per": "PT1M", "above": 0.9}
    met = [False] * END
    for minute in values:
        before = [other for other in values if other <= minute - over]
        start = minute - over if before else min(values)
        first = values[max(before)] if before else values[min(values)]
        met[minute] = minute > start and (values[minute] - first) / (minute - start) > 0.9
    looked = [minute in values and not met[minute] for minute in range(END)]
    assert replayed(rule({"rate": rate}), values) == alternating(met, looked)


@given(MINUTES, st.integers(1, 60))
def test_silence_begins_when_nothing_came_for_so_long(values: dict[int, float], over: int) -> None:
    heard = [minute in values for minute in range(END)]
    silent = [
        any(heard[:minute]) and not any(heard[max(0, minute - over + 1) : minute + 1])
        for minute in range(END)
    ]
    assert replayed(rule({"silent": {"over": f"PT{over}M"}}), values) == alternating(silent, heard)


@pytest.mark.parametrize("seed", range(3))
async def test_the_node_does_what_the_replay_says_however_often_it_is_restarted(
    database: Database, tenant: str, seed: int
) -> None:
    chance = random.Random(seed)
    values = {minute: chance.choice([50.0, 65.0, 80.0]) for minute in sorted(chance.sample(range(60), 25))}
    window = {"window": {"attribute": "pm25", "over": "PT15M", "value": "avg", "above": 66}}
    definition = rule(window, recovery={"when": {"q": "pm25<60"}, "for": "PT4M"}, **{"for": "PT3M"})
    city = City(database, tenant)
    await city.begin(definition)
    for minute in range(120):
        if minute in values:
            await city.write(pm25=values[minute])
        if chance.random() < 0.2:
            city.restart()
        await city.settle()
        city.wait(minutes=1)
    found = [(_minute(one.opened), one.closed and _minute(one.closed)) for one in await city.events()]
    assert found
    assert found[::-1] == replayed(definition, values)


def _minute(moment: Any) -> int:
    return int((moment - NOON) / timedelta(minutes=1))
