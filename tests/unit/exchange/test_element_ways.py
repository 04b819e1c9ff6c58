"""Whatever bodies do in whatever order: never do two sources of an element hold at a time, and no door but the service's moves one."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.core.errors import QuanyuError
from quanyu.exchange.definitions import ELEMENT, shipped
from quanyu.exchange.elements.model import Source, Way, succeeded
from quanyu.exchange.elements.steps import CLAIMABLE, OFFERED, SIDES, TIMED
from quanyu.workflow import Act, Doer, Instance, open_acts, parse
from quanyu.workflow.calendars import always
from quanyu.workflow.transition import act, begin, ring
from tests.unit.exchange.city import START, City
from tests.unit.exchange.test_elements import OWN, asked, later

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
WAY = parse(shipped.source(ELEMENT), calendars=["working_days"])
NODE, ANYBODY = Doer(id="system:sharing", node=True), Doer(id="x", roles=frozenset(WAY.roles()))
PLAIN = always()

begins = st.integers(0, 100).map(lambda day: NOON + timedelta(days=day))


@pytest_asyncio.fixture(loop_scope="session")
async def city(elements_city: City) -> City:
    await elements_city.moves_to(START)
    return elements_city


def source(version: int, at: datetime) -> Source:
    return Source(
        version=version, lead=f"b{version}", beside=(), items=(), way=Way.DECIDED, reason="", effective_from=at, effective_to=None,
        settled_by="a", at=at,
    )  # fmt: skip


@given(st.lists(begins, min_size=1, max_size=8), begins)
def test_of_any_settlements_one_at_most_holds_at_any_moment(starts: list[datetime], moment: datetime) -> None:
    history: tuple[Source, ...] = ()
    for version, at in enumerate(starts, start=1):
        history = succeeded(history, source(version, at))
    assert sum(one.holds(moment) for one in history) <= 1
    assert [one.version for one in history if one.effective_to is None] == [len(starts)]
    assert history[-1].holds(max(starts))


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(sorted(SIDES)), st.integers(0, 3), st.booleans()), max_size=25))
def test_every_end_is_reached_by_the_city_s_own_acts_and_by_no_other_door(
    steps: list[tuple[str, int, bool]],
) -> None:
    fresh = Instance(id="i", definition=WAY.name, version=1, subject="s", opened=NOON, data={"claims": 0})
    work, now = begin(WAY, PLAIN, fresh, NODE).instance, NOON
    for name, claims, waits in steps:
        before = work.positions[0].state
        if waits:
            now += timedelta(days=20)
            work = ring(WAY, PLAIN, work, now).instance
            assert work.positions[0].state == before or before in TIMED
        else:
            said = Act(name=name, reason="r", data={"claims": claims, "through": name})
            try:
                work = act(WAY, PLAIN, work, said, NODE, now).instance
            except QuanyuError:
                continue
            taken = next(one for one in WAY.actions if one.name == name)
            assert before in taken.origins
            assert work.positions[0].state == (taken.to or before)
        assert open_acts(WAY, work, work.positions[0], ANYBODY) == ()
        assert (work.outcome is not None) == WAY.state(work.positions[0].state).final


def test_every_act_that_is_offered_has_a_side_and_is_in_the_way() -> None:
    known = {one.name for one in WAY.actions}
    assert SIDES.keys() <= known
    assert SIDES.keys() >= OFFERED
    assert {one.name for one in WAY.states} >= {*CLAIMABLE, *TIMED}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_walk_of_three_departments_never_has_two_sources(city: City, seed: int) -> None:
    code = await asked(city, f"walk-{seed}")
    chance = random.Random(seed)
    ways, settled = set(), 0
    for _ in range(60):
        if chance.random() < 0.2:
            await later(city, days=chance.choice([5, 15]))
        who = chance.choice([*OWN, "authority"])
        offered = (await city.asks(who, "GET", f"/elements/{code}"))["acts"]
        path, body = said(chance, who, code, chance.choice(offered or ["ask"]))
        if chance.random() < 0.2:
            path, body = said(chance, who, code, chance.choice(sorted(OFFERED)))
        answer = await city.clients[who].post(f"/api/v1/sharing{path}", json=body)
        assert answer.status_code < 500, (answer.status_code, path, body, answer.text)
        view = await city.asks("audit", "GET", f"/elements/{code}")
        ways.add(view["element"]["state"])
        settled = len(view["history"])
        spans = [(one["effective_from"], one["effective_to"] or "9") for one in view["history"]]
        assert all(earlier[1] <= after[0] for earlier, after in pairwise(spans))
        assert sum(one["effective_to"] is None for one in view["history"]) <= 1
    assert len(ways) >= 5
    assert settled >= 1


def said(chance: random.Random, who: str, code: str, name: str) -> tuple[str, dict[str, object]]:
    """With bodies as they come."""
    lead, beside = chance.sample(sorted(OWN), k=2)
    named: dict[str, object] = {"lead": lead, "beside": [beside]}
    match name:
        case "ask":
            return "/elements", {"code": code, "title_zh": "收入", "reason": "r"}
        case "claim" | "contest":
            items = [{"dataset": OWN.get(who, "residents"), "item": "收入"}]
            return f"/elements/{code}/claims", {
                "items": items,
                "reason": "r",
                "basis": "b",
                "update_cycle": "daily",
            }
        case "propose":
            return f"/elements/{code}/accords", named
        case "decide" | "overturn":
            return f"/elements/{code}/decision", {**named, "reason": "r", "act": name}
    return f"/elements/{code}/acts", {"act": name, "reason": "r"}
