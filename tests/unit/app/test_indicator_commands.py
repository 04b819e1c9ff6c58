"""Commands on indicators, as whoever owns the data folder calls them."""

import json
from pathlib import Path

import pytest

from quanyu.core.errors import Invalid
from tests.unit.app.test_case_commands import Quanyu
from tests.unit.app.test_case_commands import quanyu as quanyu

OWN = {"code": "own.cases", "titles": {"zh-CN": "案件", "en": "Cases"}, "formula": "2 * count(cases)"}


async def test_an_indicator_is_published_counted_listed_and_shown(quanyu: Quanyu, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(json.dumps(OWN))
    assert (
        "own.cases is published as version 1"
        in (await quanyu("indicators", "publish", tmp_path / "own.json"))[1]
    )
    assert "1 value of 1 period" in (await quanyu("indicators", "compute", "own.cases"))[1]
    _, listed = await quanyu("indicators", "list", "--domain", "vital")
    assert "no data" not in listed  # nothing of it was counted yet
    _, values = await quanyu("indicators", "values", "own.cases")
    assert values.splitlines()[-1].startswith("1 value of own.cases")
    _, shown = await quanyu("indicators", "show", "own.cases")
    assert json.loads(shown)["indicator"]["formula"] == OWN["formula"]


async def test_days_that_are_none_are_refused(quanyu: Quanyu) -> None:
    with pytest.raises(Invalid, match="2026-11-02 is not before 2026-11-01"):
        await quanyu("indicators", "compute", "--from", "2026-11-02", "--until", "2026-11-01")
