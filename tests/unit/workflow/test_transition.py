"""What acts do to a piece of work."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from quanyu.core.errors import Conflict, Denied, Invalid, QuanyuError
from quanyu.workflow.calendars import always
from quanyu.workflow.clock import share_used
from quanyu.workflow.definition.parse import parse
from quanyu.workflow.model import Act, Doer, Instance, Message, Position, Standing, Task
from quanyu.workflow.transition import act, begin, next_bell, open_acts, ring
from tests.unit.workflow.repair import CHIEF, CREW, DESK, named, repair, source

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
REPAIR, ALWAYS = repair(), always()


class Work:
    """One instance and the clock on the wall."""

    def __init__(self) -> None:
        fresh = Instance(id="w1", definition="repair", version=1, subject="lamp", opened=NOON)
        self.now = NOON
        self.instance = begin(REPAIR, ALWAYS, fresh, DESK).instance
        self.messages: list[Message] = []

    def does(self, doer: Doer, name: str, **more: Any) -> "Work":
        moved = act(REPAIR, ALWAYS, self.instance, Act(name=name, **more), doer, self.now)
        self.instance = moved.instance
        self.messages += moved.messages
        return self

    def after(self, hours: float) -> "Work":
        self.now += timedelta(hours=hours)
        return self

    def rings(self) -> list[float]:
        moved = ring(REPAIR, ALWAYS, self.instance, self.now)
        self.instance = moved.instance
        return [one.body["share"] for one in moved.messages if one.kind == "escalated"]

    @property
    def at(self) -> Position:
        (only,) = (one for one in self.instance.positions if one.open or self.instance.closed)
        return only

    @property
    def due_in(self) -> float | None:
        due = self.at.deadline.due if self.at.deadline else None
        return due and (due - self.now).total_seconds() / 3600


def repairing() -> Work:
    return Work().does(DESK, "dispatch", organisation="lamps")


def test_work_goes_from_the_desk_to_the_end() -> None:
    work = repairing().does(CREW, "repaired", evidence=("photo",)).does(DESK, "close", data={"lit": True})
    assert (work.at.state, work.instance.outcome, work.instance.closed) == ("solved", "solved", NOON)


def test_a_role_does_only_what_is_its_own() -> None:
    with pytest.raises(Denied, match="needs one of the roles desk"):
        Work().does(CREW, "dispatch", organisation="lamps")


def test_another_body_does_not_touch_the_work() -> None:
    stranger = Doer(id="x", roles=frozenset({"crew"}), organisations=frozenset({"water"}))
    with pytest.raises(Denied, match="lies with lamps"):
        repairing().does(stranger, "repaired", evidence=("photo",))


def test_work_that_somebody_has_taken_is_nobody_elses_until_it_is_put_back() -> None:
    ways = [named(name, roles=["crew"], assigns=whose, **{"from": ["repairing"]}) for name, whose in (("take", "doer"), ("release", "nobody"))]  # fmt: skip
    follows = parse(source(actions=[*source()["actions"], *ways]))
    work = repairing().instance
    taken = act(follows, ALWAYS, work, Act(name="take"), CREW, NOON).instance
    assert taken.positions[0].assignee == CREW.id
    assert {"take", "release"} & set(open_acts(follows, taken, taken.positions[0], CREW)) == {"release"}
    with pytest.raises(Conflict):
        act(follows, ALWAYS, taken, Act(name="take"), msgspec.structs.replace(CREW, id="mate"), NOON)
    assert act(follows, ALWAYS, taken, Act(name="release"), CREW, NOON).instance == msgspec.structs.replace(
        work, steps=taken.steps + 1
    )


def test_what_an_action_needs_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        repairing().does(CREW, "repaired")
    assert [fault.where for fault in caught.value.faults] == ["evidence"]


def test_a_condition_that_does_not_hold_keeps_the_work_open() -> None:
    with pytest.raises(Conflict, match="condition of close"):
        repairing().does(CREW, "repaired", evidence=("photo",)).does(DESK, "close", data={"lit": False})


def test_data_that_an_action_does_not_ask_for_is_refused() -> None:
    with pytest.raises(Invalid, match="does not take limit"):
        Work().does(DESK, "dispatch", organisation="lamps", data={"limit": 1})


def test_closed_work_stays_closed() -> None:
    work = repairing().does(CREW, "repaired", evidence=("p",)).does(DESK, "close", data={"lit": True})
    with pytest.raises(Conflict, match="is closed"):
        work.does(DESK, "rework", reason="again dark")


def test_a_granted_extension_moves_the_due_time() -> None:
    work = repairing().does(CREW, "extension", reason="part is ordered", amount=5.0).does(CHIEF, "grant")
    assert work.due_in == 15


def test_an_extension_beyond_its_bound_is_refused() -> None:
    with pytest.raises(Invalid, match="at most"):
        repairing().does(CREW, "extension", reason="long", amount=6.0)
    again = repairing().does(CREW, "extension", reason="r", amount=5.0).does(CHIEF, "grant")
    with pytest.raises(Conflict, match="extended 1 time,"):
        again.does(CREW, "extension", reason="r", amount=1.0)


def test_nobody_grants_what_they_asked_for() -> None:
    both = Doer(id="crew", roles=frozenset({"crew", "chief"}))
    with pytest.raises(Denied, match="Who asks does not decide"):
        repairing().does(both, "hold", reason="road is closed").does(both, "grant")


def test_suspended_work_keeps_its_remaining_time() -> None:
    work = repairing().after(4).does(CREW, "hold", reason="road is closed").does(CHIEF, "grant")
    assert (work.at.standing, work.due_in) == (Standing.SUSPENDED, None)
    assert work.after(100).rings() == []
    assert work.does(CHIEF, "resume").due_in == 6


def test_work_that_is_sent_back_stands_still_until_that_is_decided() -> None:
    work = repairing().after(4).does(CREW, "send_back", reason="not ours").after(50)
    assert work.due_in is None
    assert work.does(DESK, "refuse").due_in == 6
    assert work.does(CREW, "send_back", reason="not ours").does(DESK, "grant").at.state == "reported"


def test_void_work_is_closed_with_that_outcome() -> None:
    assert Work().does(DESK, "drop", reason="twice").does(CHIEF, "grant").instance.outcome == "void"


def test_escalations_ring_once_and_late_ones_at_once() -> None:
    work = repairing()
    assert next_bell(REPAIR, ALWAYS, work.instance) == NOON + timedelta(hours=8)
    assert work.after(7.9).rings() == []
    assert work.after(0.1).rings() == [0.8]
    assert work.after(1000).rings() == [1.0]
    assert work.rings() == []


def test_rework_starts_the_clock_anew() -> None:
    work = repairing().after(9).does(CREW, "repaired", evidence=("p",)).does(DESK, "rework", reason="dark")
    assert work.due_in == 10
    assert work.after(8).rings() == [0.8]


def test_a_joint_plan_goes_on_when_its_last_task_is_done() -> None:
    tasks = (Task(name="road"), Task(name="cable", after=("road",)), Task(name="tree"))
    work = Work().does(DESK, "plan", tasks=tasks)
    road, cable, tree = (one for one in work.instance.positions if one.branch)
    assert [one.standing for one in (road, cable, tree)] == [
        Standing.ACTIVE,
        Standing.WAITING,
        Standing.ACTIVE,
    ]
    work.does(CREW, "task_done", position=road.number)
    after_road = work.instance.position(cable.number)
    assert after_road is not None
    assert after_road.standing is Standing.ACTIVE
    work.does(CREW, "task_done", position=cable.number).does(CREW, "task_done", position=tree.number)
    assert (work.at.state, work.at.branch) == ("checking", "")


def test_a_task_has_the_time_that_its_plan_gives_it() -> None:
    tasks = (Task(name="road", limit=3), Task(name="cable", after=("road",), limit=5), Task(name="tree"))
    work = Work().does(DESK, "plan", tasks=tasks)

    def amounts() -> list[float | None]:
        return [one.deadline and one.deadline.amount for one in work.instance.positions if one.branch]

    assert amounts() == [3, None, 4]
    work.does(CREW, "task_done", position=2)
    assert amounts() == [None, 5, 4]


def test_whose_place_it_is_need_not_be_said_where_only_one_is_theirs() -> None:
    tasks = (Task(name="road", organisation="lamps"), Task(name="cable", organisation="water"))
    work = Work().does(DESK, "plan", tasks=tasks)
    with pytest.raises(Conflict, match="several places: say which of 2, 3"):
        work.does(DESK, "task_done")
    work.does(CREW, "task_done")
    assert [one.branch for one in work.instance.positions if one.open] == ["cable"]


@pytest.mark.parametrize(
    ("tasks", "reason"),
    [
        ((Task(name="a", after=("b",)), Task(name="b", after=("a",))), "wait for one another"),
        ((Task(name="a", after=("c",)),), "not planned"),
        ((Task(name="a"), Task(name="a")), "one name"),
        ((Task(name="a", limit=-1),), "limit above 0"),
    ],
)
def test_a_plan_that_never_ends_is_refused(tasks: tuple[Task, ...], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        Work().does(DESK, "plan", tasks=tasks)


def test_a_limit_of_ones_own_goes_before_that_of_the_kind() -> None:
    states = source()["states"]
    states[1]["limit_from"] = "condition.limit"
    follows = parse(source(states=states))
    for data, hours in (
        ({"condition": {"limit": {"amount": 3}}}, 3), ({"condition": {"limit": {"amount": -1}}}, 10), ({"condition": 7}, 10),
    ):  # fmt: skip
        fresh = Instance(id="w", definition="repair", version=1, subject="lamp", opened=NOON, data=data)
        opened = begin(follows, ALWAYS, fresh, DESK).instance
        sent = act(follows, ALWAYS, opened, Act(name="dispatch", organisation="lamps"), DESK, NOON).instance
        assert sent.positions[0].deadline is not None
        assert sent.positions[0].deadline.due == NOON + timedelta(hours=hours)


def test_what_nobody_answers_goes_on_by_itself() -> None:
    states = source()["states"]
    states[3] |= {"limit": {"amount": 24}, "escalations": [{"at": 1.0, "act": "close"}], "at_desk": True}
    follows = parse(source(states=states))
    fresh = Instance(id="w", definition="repair", version=1, subject="lamp", opened=NOON, organisation="city")
    work = begin(follows, ALWAYS, fresh, DESK).instance
    work = msgspec.structs.replace(work, data={"lit": True})
    for name, doer in (("dispatch", DESK), ("repaired", CREW)):
        done = Act(name=name, organisation="lamps", evidence=("p",))
        work = act(follows, ALWAYS, work, done, doer, NOON).instance
    assert work.positions[0].organisation == "city"
    assert ring(follows, ALWAYS, work, NOON + timedelta(hours=25)).instance.outcome == "solved"


def test_buttons_are_what_would_be_taken() -> None:
    work = repairing()
    assert open_acts(REPAIR, work.instance, work.at, CREW) == ("repaired", "extension", "send_back", "hold")
    work.does(CREW, "hold", reason="r")
    assert open_acts(REPAIR, work.instance, work.at, CREW) == ()
    assert open_acts(REPAIR, work.instance, work.at, CHIEF) == ("grant", "refuse")


def test_a_clock_set_back_does_not_break_the_work() -> None:
    work = repairing().does(CREW, "hold", reason="r").does(CHIEF, "grant").after(-24 * 400)
    assert work.does(CHIEF, "resume").at.standing is Standing.ACTIVE


class AnyOrder(RuleBasedStateMachine):
    """Whatever is tried in whatever order: the work is sound, or the act is refused in words."""

    def __init__(self) -> None:
        super().__init__()
        self.work = Work()

    @rule(
        doer=st.sampled_from([DESK, CREW, CHIEF]),
        name=st.sampled_from([
            *(one.name for one in REPAIR.actions), *(one.name for one in REPAIR.approvals), "grant", "refuse", "resume",
        ]),
        position=st.sampled_from([None, 1, 2, 3]),
        lit=st.booleans(),
    )  # fmt: skip
    def somebody_acts(self, doer: Doer, name: str, position: int | None, lit: bool) -> None:
        tasks = (Task(name="a"), Task(name="b", after=("a",)))
        try:
            self.work.does(
                doer, name, position=position, reason="r", evidence=("p",), organisation="lamps", amount=1.0,
                tasks=tasks, data={"lit": lit} if name == "close" else {},
            )  # fmt: skip
        except QuanyuError:
            return

    @rule(hours=st.floats(-5, 30))
    def time_passes(self, hours: float) -> None:
        self.work.after(hours).rings()

    @invariant()
    def work_is_open_somewhere_or_closed(self) -> None:
        instance = self.work.instance
        assert (instance.closed is None) == any(one.open for one in instance.positions)
        assert (instance.closed is None) == (instance.outcome is None)

    @invariant()
    def no_position_is_twice_and_every_state_is_defined(self) -> None:
        positions = self.work.instance.positions
        assert len({one.number for one in positions}) == len(positions)
        assert {one.state for one in positions} <= {one.name for one in REPAIR.states}

    @invariant()
    def nothing_rings_twice_in_one_stay(self) -> None:
        for one in self.work.instance.positions:
            assert len(set(one.fired)) == len(one.fired)
            if one.deadline is not None and one.deadline.due is not None:
                assert share_used(ALWAYS, one.deadline, one.deadline.due) == Fraction(1)


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestAnyOrder = AnyOrder.TestCase
