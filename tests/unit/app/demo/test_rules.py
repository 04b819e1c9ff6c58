"""The rules of the demonstration can be run, and name bodies and classes that there are."""

from typing import Any

import pytest

from quanyu.act.rules.parse import parse_definition, parse_rule
from quanyu.app.demo.organisations import ORGANISATIONS
from quanyu.app.demo.rules import RULES


@pytest.mark.parametrize("source", RULES, ids=lambda source: source["name"])
def test_a_rule_of_the_demonstration_is_sound(source: dict[str, Any]) -> None:
    definition = parse_definition(source)
    parse_rule(definition, version=1)
    assert definition.case is not None
    assert definition.case.organisation in {one.id for one in ORGANISATIONS}
