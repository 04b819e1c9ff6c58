"""What a person names at a command as a file and is none is said in words, before anything is opened."""

from pathlib import Path

import pytest

from quanyu.app.cli import run_command

COMMANDS = (
    "import {}", "import --mapping {} README.md", "rules publish {}", "indicators publish {}", "workflow check {}",
    "workflow publish {}", "calendar import {}", "pack import {}", "regions import {}", "evidence verify-proof {}", "evidence verify --roots {}",
    "api POST /x {}", "cases import {} --mapping README.md", "cases train --from {}", "jt808 decode {}", "restore {}",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("name", "said"), [("", "is a folder"), ("none.json", "does not exist")])
def test_a_folder_or_a_missing_file_is_named(
    command: str, name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = str(tmp_path / name)
    assert run_command([word.format(given) for word in command.split()]) == 2
    told = capsys.readouterr().err
    assert given in told
    assert said in told


@pytest.mark.parametrize(
    "command", ["api POST /x --to {}", "pack export parking {}", "share query select --to {}.csv"]
)
def test_where_no_file_can_be_written_nothing_is_asked(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = str(tmp_path / "missing" / "answer")
    assert run_command([word.format(given) for word in command.split()]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_what_is_no_text_is_no_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rule.json"
    file.write_bytes(b'{"name": "\xff"}')
    assert run_command(["rules", "publish", str(file)]) == 2
    assert "is no JSON" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evidence verify", "trace urn:x:1", "backup x.tar", "passwd"])
def test_a_folder_without_a_node_stays_without_one(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mistyped"
    assert run_command([*command.split(), "--data", str(folder)]) == 2
    assert str(folder) in capsys.readouterr().err
    assert not folder.exists()
