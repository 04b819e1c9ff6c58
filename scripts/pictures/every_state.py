"""Every page while it waits, when its node fails, on an empty node, and for whom it is not: one sheet for each state."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from scripts.pictures.camera import Asked, Look, opened
from scripts.pictures.city import City
from scripts.pictures.door import Door
from scripts.pictures.pages import PAGES, Page
from scripts.pictures.scenes import imported
from scripts.pictures.sheets import Tile
from scripts.pictures.walk import NOWHERE, go

_ASKED_MS, _SKELETON_MS = 1500, 500
_NOT_BUSY = "() => !document.querySelector('main [aria-busy=true]')"
_LEFT_OUT = frozenset({"signin", "styleguide", "not-found", "report-simple"})
"""The same whatever the node says; and larger type, which the pages behind it would keep."""
_EACH = {one.path: one for one in reversed(PAGES) if one.name not in _LEFT_OUT}
"""A page that is pictured in several steps begins with the last that is met: the first of them."""
PICTURED = tuple(one for one in PAGES if _EACH.get(one.path) is one)
_DATASET = "car-parks"
OF_A_DATASET = tuple(
    one for one in PICTURED if f"/{_DATASET}" in one.path and one.name not in {"quarantine", "open-entry"}
)
"""Those that may have nothing to show although there is what they are about."""
OF_NOTHING = tuple(one for one in PICTURED if one not in OF_A_DATASET)

Sheets = dict[str, list[Tile]]


def waiting_and_failed(browser: Browser, city: City, look: Look, names: Mapping[str, str]) -> Sheets:
    """`loading` and `error`; what asks the node for nothing is in neither."""
    taken: Sheets = {"loading": [], "error": []}
    for tab, page in _walked(browser, city, look, PICTURED, lambda page: page.who):
        tab.unroute_all()
        door = Door(tab)
        door.hold()
        go(tab, page.path.format_map(names))
        if not door.holds_within(_ASKED_MS):
            continue
        tab.wait_for_timeout(_SKELETON_MS)
        taken["loading"].append(_tile(tab, page))
        door.refuse()
        tab.wait_for_function(_NOT_BUSY)
        tab.wait_for_timeout(_SKELETON_MS)
        taken["error"].append(_tile(tab, page))
    return taken


def denied(browser: Browser, city: City, look: Look, names: Mapping[str, str]) -> Sheets:
    """Who is signed in and has no role at all, on the pages that ask who one is."""
    staff = [page for page in PICTURED if page.who]
    return {"denied": at_rest(browser, city, look, staff, names, lambda _: "stranger")}


def empty(browser: Browser, city: City, look: Look, pages: Sequence[Page]) -> list[Tile]:
    """On a node with nothing in it; a page of one thing says that there is no such thing."""
    nothing: Mapping[str, str] = defaultdict(lambda: "none")
    return at_rest(browser, city, look, pages, nothing, lambda page: _who_is_there(city, page))


def without_records(city: City) -> None:
    """A dataset whose every row lies in quarantine."""
    imported(city, _DATASET, "停车场.csv", "编号,名称,经度,纬度,车位数\nP001,江州停车场,0,0,20\n")


def _who_is_there(city: City, page: Page) -> str:
    return page.who if page.who in {*city.clients, ""} else "admin"


def at_rest(
    browser: Browser, city: City, look: Look, pages: Sequence[Page], names: Mapping[str, str], who: Callable[[Page], str]
) -> list[Tile]:  # fmt: skip
    """Each page once nothing is awaited any more, by those who look at it."""
    tiles = []
    for tab, page in _walked(browser, city, look, pages, who):
        asked = Asked(tab)
        go(tab, page.path.format_map(names))
        asked.rest()
        tiles.append(_tile(tab, page))
    return tiles


def _walked(
    browser: Browser, city: City, look: Look, pages: Sequence[Page], who: Callable[[Page], str]
) -> Iterator[tuple[Tab, Page]]:
    """One window for those pages that follow one another and are the same person's."""
    for person, theirs in groupby(pages, who):
        with opened(browser, city, person, look) as context:
            tab = context.new_page()
            tab.goto(NOWHERE if person else "/signin")
            tab.locator("main h1").first.wait_for(state="attached")
            yield from ((tab, page) for page in theirs)


def _tile(tab: Tab, page: Page) -> Tile:
    return Tile(page.name, tab.screenshot(animations="disabled"))
