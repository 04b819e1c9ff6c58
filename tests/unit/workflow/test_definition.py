"""A definition is refused with everything that is wrong with it."""

from typing import Any

import pytest

from quanyu.core.errors import Invalid
from quanyu.workflow.definition.parse import parse, source_of
from tests.unit.workflow.repair import named, source


def faults_of(definition: Any, **known: Any) -> list[str]:
    with pytest.raises(Invalid) as caught:
        parse(definition, **known)
    return [fault.text("en") for fault in caught.value.faults]


def test_what_is_parsed_is_written_as_it_was_read() -> None:
    assert parse(source_of(parse(source()))) == parse(source())


def test_every_fault_is_told_at_once() -> None:
    states = [*source()["states"], named("island", role="desk"), named("trap", role="")]
    actions = [*source()["actions"], named("fall", to="trap", roles=["desk"], **{"from": ["reported"]})]
    assert faults_of(source(states=states, actions=actions, calendar="moon"), roles={"desk", "crew"}) == [
        "No way leads to state island",
        "No way leads from state island to an end",
        "No way leads from state trap to an end",
        "State trap has nobody who acts",
        "Role chief does not exist",
        "Calendar moon does not exist",
    ]


def test_an_action_to_nowhere_is_refused() -> None:
    actions = [named("jump", to="moon", roles=["desk"], **{"from": ["reported"]})]
    assert "State moon is not defined" in faults_of(source(actions=actions))


def test_a_name_given_twice_is_refused() -> None:
    twice = faults_of(source(actions=[*source()["actions"], source()["actions"][0]]))
    assert twice == ["Action dispatch is defined twice"]


def test_an_approval_says_where_it_leads() -> None:
    approvals = [named("drop", kind="void", ask=["desk"], grant=["chief"], **{"from": ["reported"]})]
    assert "Approval drop must say where it leads to" in faults_of(source(approvals=approvals))


def test_an_empty_condition_is_refused() -> None:
    actions = source()["actions"]
    actions[0]["guard"] = {"all": [{}]}
    assert faults_of(source(actions=actions)) == [
        "A condition compares nothing: it needs a field, or all, any or not"
    ]


@pytest.mark.parametrize("wrong", [None, 3, [], {"name": "x"}, source(states="none"), source(surprise=1)])
def test_what_has_not_the_form_is_refused_with_its_place(wrong: Any) -> None:
    assert faults_of(wrong)[0].startswith("The definition is wrong at $")
