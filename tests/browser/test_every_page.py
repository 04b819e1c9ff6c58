"""What holds for each page: no rule of axe is broken, nothing leaves the node, nothing is wider than the screen, no tab is hidden."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Portal, Seen, broken_rules, open_context, watch
from tests.browser.pages import PAGES

pytestmark = pytest.mark.browser

LOOKS = (("zh-CN", "light", 1440), ("en", "dark", 390))


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
    assert page.evaluate(
        "[...document.querySelectorAll('nav.tabs')].every(one => one.scrollHeight <= one.clientHeight)"
    )
    assert broken_rules(page) == []


def test_every_part_of_the_style_guide_is_accessible(seen_page: tuple[Page, Seen]) -> None:
    """It shows a part that loads for ever, so nothing is waited for but its title."""
    page, seen = seen_page
    page.goto("/styleguide")
    page.locator("h1").first.wait_for(state="attached")
    assert (seen.outside, seen.errors) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert broken_rules(page) == []


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
