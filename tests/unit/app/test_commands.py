"""The list of commands, which loads none of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from quanyu.app.cli import COMMANDS, app
from quanyu.app.settings import Settings
from quanyu.twin.history.source import PAGE
from tests.running import QUANYU


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


def test_a_reader_who_has_seen_enough_gets_no_traceback(tmp_path: Path) -> None:
    frames = tmp_path / "frames.txt"
    frames.write_text("7e00\n" * 20_000)
    decoding = [QUANYU, "jt808", "decode", "--json", frames]
    with subprocess.Popen(decoding, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ran:
        assert ran.stdout
        assert ran.stderr
        assert ran.stdout.readline()
        ran.stdout.close()
        assert ran.stderr.read() == b""
    assert ran.returncode == 141
