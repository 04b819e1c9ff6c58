"""The style page shows every part that pages are made of."""

import re
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "portal/src"
IN_THE_FRAME = {"ToastHost"}
"""A button of the style page has it speak."""


def parts_in(file: Path) -> set[str]:
    """Parts that know no page: those that the file shows, and those within them."""
    said = file.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:from|import\() ?'(?:@/components|\.)/(\w+)\.vue'", said))
    return named.union(
        *(parts_in(part) for name in named if (part := SOURCES / f"components/{name}.vue").is_file())
    )


def test_every_part_stands_on_the_style_page() -> None:
    shown = set[str]().union(*map(parts_in, (SOURCES / "styleguide").glob("*.vue")))
    known = {part.stem for part in (SOURCES / "components").glob("*.vue")}
    assert known - shown == IN_THE_FRAME
