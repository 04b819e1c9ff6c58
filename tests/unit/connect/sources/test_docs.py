"""docs/sources.md says what is true: its samples are accepted, and every setting is listed."""

import re
import shlex
from pathlib import Path

import msgspec
import pytest

from quanyu.app.cli import app
from quanyu.app.cli import sources as command
from quanyu.connect.sources.model import SourceInput, parse
from quanyu.connect.sources.places import Places
from quanyu.connect.sources.settings import KINDS

DOCS = (Path(__file__).parents[4] / "docs" / "sources.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"^quanyu (source add .*)$", DOCS, re.M)


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_is_a_source(sample: str, tmp_path: Path) -> None:
    words = re.sub(r"(-f \w+=)\S+", r"\1/dev/null", sample).replace("/srv/incoming", str(tmp_path))
    function, bound, _ = app.parse_args(shlex.split(words), print_error=False, exit_on_error=False)
    said = bound.arguments
    settings = command._settings(said.get("setting", ()), said.get("file", ()))
    source = SourceInput(name=said["name"], kind=said["kind"], dataset="d", settings=settings)
    assert function is command.add
    assert (
        parse("t", source, Places(own=Path("/srv/quanyu"), listed=(Path("/srv"), tmp_path))).kind
        == said["kind"]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_is_in_the_docs(kind: str) -> None:
    form, _ = KINDS[kind]
    assert [field.name for field in msgspec.structs.fields(form) if f"`{field.name}`" not in DOCS] == []


def test_there_is_a_sample_of_every_kind() -> None:
    assert {re.search(r"--kind (\S+)", sample)[1] for sample in SAMPLES} == set(KINDS)  # type: ignore[index]
