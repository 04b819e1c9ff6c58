"""What is on its way stands in outlines, in the shape and the place of what comes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from scripts.pictures.door import Door
from scripts.pictures.walk import NOWHERE, go
from scripts.pictures.words import Words

pytestmark = pytest.mark.browser

WORDS = Words("zh-CN")
STILL = 4
"""Pixels that a line of text may be higher than its outline."""
UNDER = "figures => figures.closest('.load').nextElementSibling.getBoundingClientRect().top"


@pytest.fixture
def door(page: Page) -> Iterator[Door]:
    """Shut, for a page that stands in its frame already."""
    page.goto(NOWHERE)
    page.locator("main h1").wait_for()
    door = Door(page)
    door.hold()
    yield door
    page.unroute_all()


@pytest.mark.parametrize(
    ("path", "outline"),
    [
        ("/catalogue", ".sheet .line"), ("/data/imports", ".sheet .line"), ("/quality", ".figures .figure"), ("/catalogue/parks", ".figures .figure"),
        ("/start", ".card"), ("/cases/none", ".step"), ("/sharing/requests/none", ".step"), ("/map", ".item"),
    ],
)  # fmt: skip
def test_a_page_that_waits_shows_the_outlines_of_what_comes(
    page: Page, door: Door, path: str, outline: str
) -> None:
    go(page, path)
    awaited = page.locator("main").get_by_role("status", name=WORDS("state.loading"))
    expect(awaited.locator(outline).first).to_be_visible()
    assert awaited.all_inner_texts() == [""] * awaited.count()


@pytest.mark.usefixtures("parks")
def test_nothing_moves_when_the_figures_of_a_board_come(page: Page, door: Door) -> None:
    go(page, "/quality")
    expect(page.locator("main .skeleton .figures")).to_be_visible()
    before = page.locator("main .figures").first.evaluate(UNDER)
    door.open()
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    expect(page.get_by_role("region", name=WORDS("quality.scores"))).to_be_visible()
    after = page.locator("main .figures").first.evaluate(UNDER)
    assert after == pytest.approx(before, abs=STILL)


@pytest.mark.usefixtures("door")
def test_outlines_fill_the_room_of_a_list_and_no_more(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, "/catalogue")
    expect(page.locator("main .sheet")).to_be_visible()
    assert page.locator("main").evaluate("main => main.scrollHeight <= main.clientHeight")
