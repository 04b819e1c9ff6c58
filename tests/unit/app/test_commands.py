"""The list of commands, which loads none of them."""

import subprocess
import sys

import pytest

from quanyu.app.cli import COMMANDS, app
from quanyu.app.settings import Settings
from quanyu.twin.history.source import PAGE


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_help_is_the_commands_own(name: str) -> None:
    own = app[name].help.strip().splitlines()[0]
    assert own == COMMANDS[name][1]


def test_who_asks_a_node_over_http_does_not_load_one() -> None:
    asked = "import quanyu.app.cli.data, sys; print(*sorted({'litestar', 'duckdb', 'sqlglot'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


def test_the_page_of_a_history_is_the_twins_own() -> None:
    assert Settings().instances == PAGE
