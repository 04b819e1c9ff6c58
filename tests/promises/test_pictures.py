"""Every page of the portal is shown in the docs as it is."""

import re
from collections.abc import Sequence
from pathlib import Path

from scripts.pictures.camera import LOOKS
from scripts.pictures.crowded import LISTS
from scripts.pictures.every_state import PICTURED
from scripts.pictures.pages import PAGES
from scripts.pictures.sheets import MOST_BYTES
from scripts.pictures.states import STATES
from tests.browser import pages as tried
from tests.browser.test_many_rows import GRIDS, GROWING

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/images/pages"
SHEETS = ROOT / "docs/images/states"
SHOWN = {page.name for page in (*PAGES, *STATES)}


def test_every_route_of_the_portal_has_a_picture() -> None:
    assert [route for route in _routes() if not any(_leads(route, page.path) for page in PAGES)] == []


ASK_FOR_NOTHING = {"/signin", "styleguide"}
"""The same whatever the node holds and says."""


def test_every_route_of_the_portal_is_on_the_sheets_of_states() -> None:
    assert _not_met([page.path for page in PICTURED]) == ASK_FOR_NOTHING


def test_every_route_of_the_portal_is_brought_into_each_state() -> None:
    assert (
        _not_met([*tried.PAGES, *tried.AT_WORK, *tried.OF_ONE, *tried.RESIDENTS, tried.TASK])
        == ASK_FOR_NOTHING
    )


def test_every_list_that_is_tried_with_ten_thousand_rows_is_on_their_sheet() -> None:
    pictured = {re.split(r"&|#|\?q=", page.path)[0] for page in LISTS}
    assert {one.path for one in (*GRIDS, *GROWING)} - pictured == set()


def test_the_docs_hold_the_pictures_of_every_page_and_nothing_else() -> None:
    assert {path.name for path in PICTURES.iterdir()} == {
        f"{name}.{look}.webp" for name in SHOWN for look in LOOKS[:2]
    }


def test_every_page_is_described() -> None:
    described = re.findall(
        r"^\| `([\w-]+)`", (ROOT / "docs/pages.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(described) == sorted(SHOWN)


def test_a_sheet_of_every_page_is_shown_for_each_state() -> None:
    shown = re.findall(r"images/states/([\w.-]+)\.webp", (ROOT / "docs/pages.md").read_text(encoding="utf-8"))
    assert set(shown) == {
        f"{state}.{look}" for state in ("loading", "error", "empty", "denied", "many") for look in LOOKS[:2]
    }
    assert {path.name for path in SHEETS.iterdir()} == {f"{sheet}.webp" for sheet in shown}
    assert all(path.stat().st_size <= MOST_BYTES for path in SHEETS.iterdir())


def _not_met(paths: Sequence[str]) -> set[str]:
    return {route for route in _routes() if not any(_leads(route, path) for path in paths)}


def _routes() -> list[str]:
    router = (ROOT / "portal/src/router.ts").read_text(encoding="utf-8")
    return re.findall(r"path: '([\w/:?-]+)'.*component", router)


def _leads(route: str, path: str) -> bool:
    """Whether the path, with whatever stands for its names, is that route, or one of its children."""
    parts = route.strip("/").split("/")
    pattern = "".join(
        "(/[^/]+)?" if part.endswith("?") else "/[^/]+" if part.startswith(":") else f"/{part}"
        for part in parts
    )
    return route == "/" or re.search(f"{pattern}$", re.split(r"[?#]", path)[0]) is not None
