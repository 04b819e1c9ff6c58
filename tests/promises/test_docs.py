"""What the pages say is there."""

import re
from pathlib import Path

import pytest

from quanyu.govern.quality.rules import RuleKind

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_of_ours_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!\w+:)([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_kind_of_rule_is_in_the_docs() -> None:
    page = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    assert [kind for kind in RuleKind if f"`{kind}`" not in page] == []
