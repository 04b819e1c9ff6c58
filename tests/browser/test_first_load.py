"""What each page of the portal needs before it can show itself, as it was built: no browser is asked."""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import STATIC

ROUTER = Path(__file__).parents[2] / "portal/src/router.ts"
PAGES = sorted(set(re.findall(r"import\('\./\w+/(\w+)\.vue'\)", ROUTER.read_text())))
ASSETS = STATIC.parent / "assets"
APART = ("cityMap", "maplibre")
"""The map engine is fetched beside the page."""
ENTRY_FILES = re.compile(r'(?:src|href)="/(assets/[^"]+)"')
ALL_FILES = re.compile(r"m\.f=\[([^\]]*)\]")
LAZY = re.compile(
    r"import\([`\"']\./([\w-]+)-[\w-]{8}\.js[`\"']\)[^_\[]{0,40}(?:__vite__mapDeps\(\[([\d,]*)\]\)|\[\])"
)


def needed() -> dict[str, set[str]]:
    """The files that the program fetches for each page: its own, what that imports, and their style sheets."""
    found: dict[str, set[str]] = {}
    for chunk in ASSETS.glob("*.js"):
        program = chunk.read_text(encoding="utf-8")
        listed = ALL_FILES.search(program)
        if listed is None:
            continue
        files = re.findall(r"assets/[\w.-]+", listed[1])
        for name, numbers in LAZY.findall(program):
            found.setdefault(name, set()).update(files[int(one)] for one in numbers.split(",") if one)
    return found


def on_the_wire(file: str) -> int:
    path = STATIC.parent / file
    packed = path.with_name(f"{path.name}.gz")
    return (packed if packed.is_file() else path).stat().st_size


@pytest.mark.parametrize("page", PAGES)
def test_every_page_needs_less_than_600_kilobytes_before_it_shows(page: str) -> None:
    """With the frame and the words of every language, which is more than any visitor fetches."""
    if not STATIC.is_file():
        pytest.skip("the portal is not built: make portal")
    lazy = needed()
    frame = {*ENTRY_FILES.findall(STATIC.read_text()), *lazy["SignedInFrame"]}
    words = {
        f"assets/{file.name}" for name in ("zh-CN", "en", "rest") for file in ASSETS.glob(f"{name}-*.js")
    }
    files = {file for file in frame | words | lazy[page] if not any(part in file for part in APART)}
    assert any(f"/{page}-" in file for file in lazy[page])
    assert sum(map(on_the_wire, files)) < 600_000
