"""Every page of the portal is shown in the docs as it is."""

import re
from pathlib import Path

from scripts.pictures.camera import LOOKS
from scripts.pictures.pages import PAGES
from scripts.pictures.sheets import MOST_BYTES
from scripts.pictures.states import STATES

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/images/pages"
SHEETS = ROOT / "docs/images/states"
SHOWN = {page.name for page in (*PAGES, *STATES)}


def test_every_route_of_the_portal_has_a_picture() -> None:
    router = (ROOT / "portal/src/router.ts").read_text(encoding="utf-8")
    routes = re.findall(r"path: '([\w/:?-]+)'.*component", router)
    assert [route for route in routes if not any(_leads(route, page.path) for page in PAGES)] == []


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
    shown = re.findall(r"images/states/([\w-]+)\.webp", (ROOT / "docs/pages.md").read_text(encoding="utf-8"))
    assert {"loading", "error", "empty", "denied", "many"} <= set(shown)
    assert {path.name for path in SHEETS.iterdir()} == {f"{state}.webp" for state in shown}
    assert all(path.stat().st_size <= MOST_BYTES for path in SHEETS.iterdir())


def _leads(route: str, path: str) -> bool:
    """Whether the path, with whatever stands for its names, is that route, or one of its children."""
    parts = route.strip("/").split("/")
    pattern = "".join(
        "(/[^/]+)?" if part.endswith("?") else "/[^/]+" if part.startswith(":") else f"/{part}"
        for part in parts
    )
    return route == "/" or re.search(f"{pattern}$", re.split(r"[?#]", path)[0]) is not None
