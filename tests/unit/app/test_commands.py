"""The list of commands, which loads none of them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from quanyu.app.cli import COMMANDS, app, run_command
from quanyu.app.cli.tables import show_table
from quanyu.app.settings import Settings
from quanyu.twin.history.source import PAGE
from tests.running import QUANYU

ENTITY = '{"id": "urn:ngsi-ld:Park:1", "type": "Park", "name": {"type": "Property", "value": "P1"}}'


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_help_is_the_commands_own(name: str) -> None:
    own = app[name].help.strip().splitlines()[0]
    assert own == COMMANDS[name][1]


def commands(within: App, *words: str) -> Iterator[tuple[str, App]]:
    if within.default_command is not None:
        yield " ".join(words), within
    for word in within:
        if not word.startswith("-"):
            yield from commands(within[word], *words, word)


def test_every_parameter_says_what_it_is() -> None:
    silent = [
        (words, one.name)
        for words, command in commands(app)
        for one in command.assemble_argument_collection(parse_docstring=True)
        if not one.parameter.help
    ]
    assert silent == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[::1", "city"])
@pytest.mark.parametrize(
    "command",
    ["api GET /x", "import {}.jsonl", "import {}.csv", "source list", "share query select --to {}.json"],
)
def test_where_no_node_answers_a_command_says_so(
    command: str,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "parks"
    file.with_suffix(".jsonl").write_text(ENTITY)
    file.with_suffix(".csv").write_text("no\n1\n")
    monkeypatch.setenv("QUANYU_URL", url)
    monkeypatch.setenv("QUANYU_TOKEN", "令牌")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert run_command([word.format(file) for word in command.split()]) == 3
    assert f"No node answers at {url}" in capsys.readouterr().err
    assert not file.with_suffix(".json").exists()


@pytest.mark.parametrize(
    "command",
    [f"rules dry-run none --days {days}" for days in (-1, 0, 10**12)]
    + [f"workflow show case --version {version}" for version in (0, 2**31)],
)
def test_a_number_that_none_can_be_is_refused_before_a_node_is_asked(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([*command.split(), "--data", str(tmp_path / "none")]) == 2
    assert command.split()[-2] in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_who_reads_a_table_from_a_pipe_has_every_line_whole(capsys: pytest.CaptureFixture[str]) -> None:
    line = ("emergency-facility-does-not-answer", "[/x] " * 30, *"abcde")
    show_table("rules", ("name", "title", "state", "version", "open", "events", "reason"), [line])
    told = capsys.readouterr().out.splitlines()[-1]
    assert [cell for cell in line if cell.strip() not in told] == []


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
