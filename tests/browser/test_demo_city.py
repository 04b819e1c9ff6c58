"""Every page of the demonstration city: on a phone nothing is lost at an edge, and every figure has a unit, a time and a source."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, ViewportSize, expect

from scripts.pictures.camera import Look, opened
from scripts.pictures.city import City, demonstration
from scripts.pictures.pages import PAGES
from scripts.pictures.pages import Page as Shown
from scripts.pictures.scenes import played
from tests.browser.conftest import until

pytestmark = pytest.mark.browser

OF_THE_CITY = [one for one in PAGES if one.needs == "city" and one.act is None and one.name != "styleguide"]
PACK_PAGES = [
    Shown(f"{pack}-{view}", f"/packs/{pack}/{view}")
    for pack, view in (
        ("emergency", "calls"), ("parking", "free"), ("parking", "streets"), ("parking", "yards"),
        ("parking", "doors"), ("parking", "use"), ("sanitation", "day"), ("sanitation", "disputes"),
        ("sanitation", "rulings"), ("sanitation", "doors"),
    )
]  # fmt: skip
LANGUAGES = ("zh-CN", "en")
PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1440, height=900)

BESIDE_THE_SCREEN = """() => {
  const sideways = (one) => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)
  const scroller = (one) => { for (let up = one; up; up = up.parentElement) if (up !== one && sideways(up) && up.tagName !== 'MAIN') return up }
  const said = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())
  return [...document.querySelectorAll('main *')]
    .filter((one) => said(one) && !one.closest('svg, .maplibregl-map, .visually-hidden') && one.getBoundingClientRect().right > innerWidth + 1 && !scroller(one))
    .map((one) => one.textContent.trim().slice(0, 60))
}"""
MOVED_WITHOUT_A_HINT = """() => [...document.querySelectorAll('main, main *')]
  .filter((one) => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.clientWidth > 40 && one.scrollWidth > one.clientWidth + 1)
  .filter((one) => one.tagName !== 'PRE' && !one.matches('.scroll-x') && !getComputedStyle(one).backgroundAttachment.includes('local'))
  .map((one) => `${one.tagName} ${one.className} ${one.scrollWidth}`)"""
CUT_FOR_GOOD = """() => [...document.querySelectorAll('main *')]
  .filter((one) => getComputedStyle(one).overflowX === 'hidden' && one.clientWidth > 8 && one.scrollWidth > one.clientWidth + 2 && one.innerText?.trim())
  .filter((one) => !one.closest('svg, .maplibregl-map, .visually-hidden') && getComputedStyle(one).clipPath === 'none')
  .filter((one) => !(getComputedStyle(one).textOverflow === 'ellipsis' && one.closest('[title], a, button, summary, .openable, tr')))
  .map((one) => `${one.tagName} ${one.className}: ${one.innerText.trim().slice(0, 60)}`)"""
STREAM = "/api/v1/live"
NEXT_FRAME = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
LOST = {
    "beside the screen": BESIDE_THE_SCREEN,
    "moved without a hint": MOVED_WITHOUT_A_HINT,
    "cut for good": CUT_FOR_GOOD,
}
UNTOLD = """() => [...document.querySelectorAll('main .figure:has(> .value)')].flatMap((one) => {
  const value = one.querySelector('.value')?.textContent ?? ''
  const group = one.closest('section, .load, main') ?? one
  const around = group.querySelector('time') ? group : group.parentElement
  const missing = [/^\\s*[-−\\d.,]+\\s*$/.test(value) && 'unit', !around.querySelector('time') && !one.querySelector('.foot .meta') && 'time',
    !around.querySelector('.source') && !/·/.test(one.querySelector('.foot .meta')?.textContent ?? '') && 'source'].filter(Boolean)
  return missing.length ? [`${one.querySelector('.name')?.textContent}: ${value.trim()} has no ${missing.join(', ')}`] : []
})"""


@dataclass(frozen=True)
class Found:
    """What is wrong with a page: what is lost on a phone, and, in English, which figures at a desk lack what is said of them."""

    is_wider: bool
    lost: dict[str, list[str]]
    untold: list[str]


Come = Callable[[str, Shown, ViewportSize], Page]
Visit = Callable[[str, Shown], Found]


@pytest.fixture(scope="module")
def demo(chromium: Browser) -> Iterator[tuple[City, dict[str, str]]]:
    with demonstration(None) as city:
        yield city, played(city)


@pytest.fixture(scope="module")
def come(chromium: Browser, demo: tuple[City, dict[str, str]]) -> Iterator[Come]:
    """One tab for each language and person, that goes from page to page."""
    city, names = demo
    tabs: dict[tuple[str, str], tuple[Page, set[Request]]] = {}
    with ExitStack() as stack:

        def go(language: str, shown: Shown, size: ViewportSize) -> Page:
            key = shown.who, language
            if key not in tabs:
                look = Look(language, "light", size["width"])
                made = stack.enter_context(opened(chromium, city, shown.who, look)).new_page()
                tabs[key] = made, awaited_by(made)
            tab, awaited = tabs[key]
            tab.set_viewport_size(size)
            awaited.clear()
            tab.goto(shown.path.format_map(names))
            rest(tab)
            settle(tab, awaited)
            return tab

        yield go


@pytest.fixture(scope="module")
def visit(come: Come) -> Visit:
    """Loads each page once a language."""

    @cache
    def look(language: str, shown: Shown) -> Found:
        tab = come(language, shown, PHONE)
        is_wider = not tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        lost = {name: tab.evaluate(script) for name, script in LOST.items()}
        return Found(is_wider, lost, untold_at_a_desk(tab) if language == "en" else [])

    return look


def untold_at_a_desk(tab: Page) -> list[str]:
    """The window is made wider, and the page laid out for it: that costs less than to load it anew."""
    tab.set_viewport_size(DESK)
    tab.evaluate(NEXT_FRAME)
    rest(tab)
    found: list[str] = tab.evaluate(UNTOLD)
    return found


def awaited_by(tab: Page) -> set[Request]:
    """What it has asked for and not got yet; the stream of news never ends."""
    awaited: set[Request] = set()
    tab.on("request", lambda one: awaited.add(one) if STREAM not in one.url else None)
    tab.on("requestfinished", lambda one: awaited.discard(one))
    tab.on("requestfailed", lambda one: awaited.discard(one))
    return awaited


def settle(tab: Page, awaited: set[Request]) -> None:
    """What is shown asks for its names in turn, and is laid out anew with them, and in its own letters: only then it is measured."""
    for _ in range(2):
        tab.evaluate(NEXT_FRAME)
        asked = set(awaited)
        until(tab, lambda asked=asked: not asked & awaited)
    tab.evaluate("document.fonts.ready.then(() => undefined)")
    tab.evaluate(NEXT_FRAME)


def rest(tab: Page) -> None:
    tab.locator("h1").first.wait_for(state="attached")
    expect(tab.locator("[aria-busy=true]")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shown", [*OF_THE_CITY, *PACK_PAGES], ids=lambda one: one.name)
def test_on_a_phone_nothing_is_lost_at_an_edge(visit: Visit, language: str, shown: Shown) -> None:
    found = visit(language, shown)
    assert not found.is_wider
    assert not any(found.lost.values()), found.lost


@pytest.mark.parametrize("shown", [*OF_THE_CITY, *PACK_PAGES], ids=lambda one: one.name)
def test_a_figure_has_a_unit_a_time_and_a_source(visit: Visit, shown: Shown) -> None:
    assert visit("en", shown).untold == []


@pytest.mark.parametrize(
    "path", ["/packs/sanitation/day", "/packs/emergency/figures", "/packs/parking/swapping"]
)
def test_a_figure_of_a_pack_opens_the_records_behind_it(come: Come, path: str) -> None:
    tab = come("en", Shown(path, path), DESK)
    figures = tab.locator("main .figure")
    opened = figures.locator("a.value")
    expect(figures.first).to_be_visible()
    shown = figures.count()
    expect(opened).to_have_count(shown)
    for number in range(shown):
        opened.nth(number).click()
        behind = tab.locator(f"[id='{opened.nth(number).get_attribute('href').split('#')[1]}']")  # type: ignore[union-attr]
        expect(behind).to_be_focused()
        until(tab, lambda: says_nothing(opened.nth(number)) or behind.get_by_role("row").count() > 1)  # noqa: B023


def test_the_sum_of_a_contract_opens_its_terms(come: Come) -> None:
    tab = come("zh-CN", Shown("settlement", "/packs/sanitation/settlement"), DESK)
    figure = tab.locator("main .figure").filter(has_text="月度合同额").get_by_role("link")
    expect(figure).to_have_text("¥860,000.00")
    figure.click()
    terms = tab.locator("#terms")
    expect(terms).to_be_focused()
    expect(terms.get_by_role("row").last).to_contain_text("¥860,000.00")


def test_on_a_phone_the_figures_of_a_settlement_are_all_as_wide(come: Come) -> None:
    tab = come("zh-CN", Shown("settlement", "/packs/sanitation/settlement"), PHONE)
    expect(tab.locator("main .figure").filter(has_text="月度合同额")).to_contain_text("¥860,000.00")
    widths = "[...document.querySelectorAll('main .figures .card')].map(one => one.offsetWidth)"
    assert len({*tab.evaluate(widths)}) == 1


def test_figures_of_an_entry_lead_nobody_where_they_may_not_read(come: Come) -> None:
    tab = come("zh-CN", Shown("entry", "/catalogue/car-parks", "stranger"), DESK)
    figures = tab.get_by_role("region", name="概况").locator(".figure")
    for name in ("隔离", "质量分"):
        figure = figures.filter(has_text=name)
        expect(figure.locator(".value")).to_have_text(re.compile("[1-9]"))
        expect(figure.get_by_role("link")).to_have_count(0)
    tab.goto("/catalogue/car-parks?tab=records")
    expect(tab.get_by_text(re.compile("条在隔离区"))).to_be_visible()
    expect(tab.get_by_role("link", name=re.compile("条在隔离区"))).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/catalogue/car-parks", "目录"),
        ("/quality/car-parks/quarantine", "质量"),
        ("/data/sources", "接入"),
    ],
)
def test_a_page_of_one_thing_is_shown_at_its_place(come: Come, path: str, place: str) -> None:
    tab = come("zh-CN", Shown(place, path), DESK)
    rail = tab.get_by_role("navigation", name="主导航")
    expect(rail.locator("[aria-current]")).to_have_text(place)


def says_nothing(figure: Locator) -> bool:
    """The city goes on: what it says and what is behind it come one after the other."""
    return re.match(r"—|0(?![.,\d])", figure.inner_text()) is not None


def test_figures_of_sheets_open_their_cases_and_those_on_paper_their_measure(come: Come) -> None:
    tab = come("zh-CN", Shown("scores", "/scores"), DESK)
    tab.get_by_role("region", name="评价表").locator("td.number a").first.click()
    behind = tab.get_by_role("region", name=re.compile("背后的案件"))
    expect(behind.get_by_role("row").nth(1)).to_be_visible()
    tab = come("zh-CN", Shown("paper", "/scores/report"), DESK)
    tab.get_by_role("region", name="主要指标").get_by_role("link").first.click()
    expect(tab).to_have_url(re.compile("/indicators/.*start="))
    expect(tab.get_by_role("region", name="定义")).to_contain_text("自 2000/01/01 起")


def test_who_has_no_account_is_told_of_parking_air_and_works_nearby(come: Come) -> None:
    tab = come("zh-CN", Shown("nearby", "/nearby?at=123.86,29.65", ""), PHONE)
    for kind, said in {
        "停车": r"空余 \d+ 个.*来源：停车场备案台账",
        "空气": r"PM2\.5 [\d.]+ 微克/立方米.*来源：空气质量微站监测.*更新",
        "施工与提醒": r"占道施工.*到 \d{4}/\d\d/\d\d 为止.*来源：占道施工",
    }.items():
        first = tab.get_by_role("region", name=kind).get_by_role("listitem").first
        expect(first).to_have_text(re.compile(said, re.DOTALL))


@pytest.mark.parametrize("by", ["area", "department"])
def test_a_board_says_as_of_when_it_is_and_what_it_is_made_of(come: Come, by: str) -> None:
    tab = come("zh-CN", Shown("boards", f"/scores/boards?by={by}"), DESK)
    expect(tab.get_by_role("main")).to_contain_text(
        re.compile(r"截至 \d{4}/\d\d/\d\d \d\d:\d\d.*来源：.*(案件|办理过程)")
    )
