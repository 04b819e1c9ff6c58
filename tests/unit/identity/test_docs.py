"""What docs/identity.md says is what the data says."""

import re
from pathlib import Path

import pytest

from quanyu.identity import ACTIONS, ROLES, Action
from quanyu.identity.http import routes

PAGE = (Path(__file__).parents[3] / "docs" / "identity.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_action_has_its_line_with_whoever_carries_it(action: Action) -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{action.name}` |"))
    assert action.zh in line
    for role in ROLES:
        carried = action.name in {*role.tenant, *role.organisation, *role.open}
        assert (re.search(rf"\b{role.name}\b", line) is not None) is carried, role.name


def test_every_role_has_its_line() -> None:
    for role in ROLES:
        assert f"| `{role.name}` | {role.zh} |" in PAGE


def test_every_route_of_identity_names_an_action() -> None:
    known = {action.name for action in ACTIONS}
    assert all(route.opt["action"] in known for route in routes)
