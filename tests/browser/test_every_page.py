"""What holds for each page: no rule of axe is broken, nothing leaves the node, nothing is wider than the screen, no tab is hidden."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import (
    ACCEPT,
    FILE,
    Portal,
    Seen,
    broken_rules,
    cookies_of,
    open_context,
    reported,
    watch,
)
from tests.browser.pages import PAGES

pytestmark = pytest.mark.browser

DESK, PHONE = 1440, 390
THUMB = 44
LOOKS = (("zh-CN", "light", DESK), ("en", "dark", PHONE))
CUT_CARDS = "[...document.querySelectorAll('main .card')].filter(one => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth && !one.closest('.scroll-x')).map(one => one.outerHTML.slice(0, 99))"
NARROWED_CARDS = "[...document.querySelectorAll('main p.card')].filter(one => one.checkVisibility() && getComputedStyle(one).maxWidth !== 'none').map(one => one.innerText)"
CUT_TITLES = "[...document.querySelectorAll('main h1:not(.visually-hidden)')].filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
LONGEST_LINE = 110
"""Letters; a Chinese character is as wide as two."""
LONG_LINES = """longest => [...document.querySelectorAll('main p')].filter(one => one.checkVisibility()).flatMap(one => {
  const text = one.innerText.trim(), range = document.createRange();
  range.selectNodeContents(one);
  const lines = new Set([...range.getClientRects()].map(line => Math.round(line.top / 8))).size;
  const letters = [...text].reduce((sum, sign) => sum + (sign > '\u2e80' ? 2 : 1), 0);
  return letters / lines > longest ? [text] : [];
})"""


@pytest.fixture(scope="module", params=LOOKS, ids=str)
def seen_page(
    request: pytest.FixtureRequest, chromium: Browser, parks: Portal
) -> Iterator[tuple[Page, Seen]]:
    """One page for each look, that goes from path to path as a person does."""
    language, theme, width = request.param
    context = open_context(chromium, parks, width=width, language=language, theme=theme)
    page = context.new_page()
    yield page, watch(page, parks)
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_what_it_is_for_is_accessible_and_stays_at_home(
    seen_page: tuple[Page, Seen], shown: dict[str, str], path: str
) -> None:
    page, seen = seen_page
    page.goto(path.format_map(shown))
    page.locator("h1").first.wait_for(state="attached")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert page.locator(".load > .state[role=alert]").all_inner_texts() == []
    assert (seen.outside, seen.errors) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT_CARDS) == []
    assert page.evaluate(NARROWED_CARDS) == []
    if page.viewport_size == {"width": PHONE, "height": 900}:
        assert page.evaluate(CUT_TITLES) == []
    assert page.evaluate(
        "[...document.querySelectorAll('nav.tabs')].every(one => one.scrollHeight <= one.clientHeight)"
    )
    assert broken_rules(page) == []
    if page.viewport_size == {"width": DESK, "height": 900}:
        assert faults_on_a_wide_screen(page) == []


def faults_on_a_wide_screen(page: Page) -> list[str]:
    """Lists that are cut off beside an empty margin, and lines that the eye loses; the window is then as it was."""
    page.set_viewport_size({"width": 1920, "height": 900})
    found: list[str] = page.evaluate(LONG_LINES, LONGEST_LINE)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("the page is wider than the screen")
    page.set_viewport_size({"width": DESK, "height": 900})
    return found


def test_a_task_of_another_body_is_accessible(seen_page: tuple[Page, Seen], desk: httpx.Client) -> None:
    """下派: the page of what was given on, which has no tab and no list of its own."""
    number = reported(desk, ACCEPT, FILE, {"name": "delegate", "organisation": "roads"})
    tasks = desk.get("/api/v1/work", params={"limit": 500}).json()["items"]
    (task,) = (one for one in tasks if one["subject"] == number and one["definition"] == "assignment")
    page, seen = seen_page
    own = page.context.cookies()
    page.context.add_cookies(cookies_of(desk)["cookies"])
    page.goto(f"/work/{task['instance']}")
    page.locator("h1").first.wait_for(state="attached")
    expect(page.get_by_role("region").first).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (seen.outside, seen.errors) == ([], [])
    assert broken_rules(page) == []
    page.context.add_cookies(own)


def test_every_part_of_the_style_guide_is_accessible(seen_page: tuple[Page, Seen]) -> None:
    """It shows a part that loads for ever, so nothing is waited for but its title."""
    page, seen = seen_page
    page.goto("/styleguide")
    page.locator("h1").first.wait_for(state="attached")
    assert (seen.outside, seen.errors) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert broken_rules(page) == []


def test_a_short_list_ends_with_its_last_row_and_what_is_pressed_is_as_large_as_a_thumb(
    chromium: Browser, parks: Portal
) -> None:
    context = open_context(chromium, parks, width=PHONE, language="en")
    page = context.new_page()
    page.goto("/catalogue")
    grid = page.get_by_role("grid")
    expect(grid.get_by_role("row", name="Parks")).to_be_visible()
    assert grid.evaluate("grid => grid.clientHeight - grid.querySelector('.body').clientHeight") <= THUMB
    page.goto("/catalogue/parks")
    for one in (
        page.get_by_role("link", name="Back"),
        page.get_by_role("button", name="Account", exact=True),
        page.get_by_role("button", name="Switch to dark"),
    ):
        box = one.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= THUMB
    context.close()


@pytest.mark.parametrize("path", ["/overview", "/data/workbench", "/rules/workflows/case", "/indicators"])
def test_a_first_load_is_below_600_kilobytes_without_the_map(
    chromium: Browser, parks: Portal, path: str
) -> None:
    """Over the wire, everything that the page is made of; the map engine is fetched apart from it."""
    context = open_context(chromium, parks)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    asked: dict[str, str] = {}
    loaded: list[float] = []

    def came(event: dict[str, Any]) -> None:
        address = asked.get(event["requestId"], "")
        if "/assets/" in address and not any(part in address for part in ("cityMap", "maplibre")):
            loaded.append(event["encodedDataLength"])

    wire.on(
        "Network.requestWillBeSent",
        lambda event: asked.update({event["requestId"]: event["request"]["url"]}),
    )
    wire.on("Network.loadingFinished", came)
    wire.send("Network.enable")
    page.goto(path, wait_until="networkidle" if path != "/overview" else "load")
    expect(page.locator("h1").first).to_be_attached()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert len(loaded) > 10
    assert sum(loaded) < 600_000
    context.close()
