"""Each journey of the portal at each width, in both languages and both themes: it is gone to its end, and the page stays whole."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.pictures.words import Words
from tests import patience
from tests.browser.conftest import (
    ACCEPT,
    CLOSED,
    DISPATCH,
    FILE,
    PARKS,
    PASSWORD,
    Portal,
    anybody,
    engaged,
    entered,
    open_context,
    reported,
    until,
)
from tests.browser.pages import faults_of_text

pytestmark = pytest.mark.browser

CLOSING = "case.closing_rate"
ODD = (("zh-CN", "light", 390), ("en", "dark", 1440), ("zh-CN", "dark", 1920))
EVEN = (("en", "dark", 390), ("zh-CN", "light", 1440), ("en", "light", 1920))
"""In each three: every width, language and theme."""


@dataclass(frozen=True)
class Way:
    """Who goes, in which words; `look` makes what they write down their own."""

    page: Page
    words: Words
    look: str
    portal: Portal
    desk: httpx.Client
    names: dict[str, str]
    folder: Path

    def press(self, key: str) -> None:
        button = self.page.get_by_role("button", name=self.words(key), exact=True)
        button.or_(self.page.get_by_role("link", name=self.words(key), exact=True)).first.click()

    def steps_of(self, number: str) -> int:
        return len(self.desk.get(f"/api/v1/cases/{number}").json()["timeline"])


def overview(way: Way) -> None:
    """The day is gone back and left again, the wall is shown and left."""
    way.page.goto("/overview")
    slider = way.page.get_by_role("slider", name=way.words("overview.time.slider"))
    slider.focus()
    slider.press("ArrowLeft")
    way.press("overview.time.back")
    expect(way.page.get_by_role("button", name=way.words("overview.time.back"))).to_have_count(0)
    way.press("overview.wall")
    expect(way.page.get_by_role("navigation")).to_have_count(0)
    way.press("overview.leaveWall")
    expect(way.page.get_by_role("heading", name=way.words("overview.decide"))).to_be_visible()


def event_centre(way: Way) -> None:
    """Found in the list by keys, and led on by what is done next."""
    number = reported(way.desk, title=f"路灯不亮 {way.look}")
    way.page.goto(f"/cases?tab=all&q={way.look}")
    grid = way.page.get_by_role("grid").first
    expect(grid.get_by_role("row", name=way.look)).to_be_visible()
    grid.press("ArrowDown")
    grid.press("Enter")
    acts = way.page.get_by_role("region", name=way.words("cases.acts"))
    acts.get_by_role("button").first.click()
    until(way.page, lambda: way.steps_of(number) > 1)


def handling(way: Way) -> None:
    number = reported(way.desk, ACCEPT, FILE, DISPATCH, title=f"井盖破损 {way.look}")
    before = way.steps_of(number)
    way.page.goto("/field")
    way.page.get_by_role("link", name=way.look).click()
    way.page.get_by_role("region", name=way.words("cases.acts")).get_by_role("button").first.click()
    until(way.page, lambda: way.steps_of(number) > before)


def resident(way: Way) -> None:
    """From the report, over its four steps, to where it can be followed."""
    way.page.goto("/report")
    way.page.get_by_role("textbox", name=way.words("report.address")).fill(f"人民路 {way.look}")
    way.press("report.next")
    way.page.get_by_role("textbox", name=way.words("report.words")).fill("公交站牌倒在路边")
    for key in ("report.next", "report.next", "report.send"):
        way.press(key)
    expect(way.page.get_by_role("list", name=way.words("follow.progress"))).to_be_visible()


def data(way: Way) -> None:
    """A file becomes a dataset, and its report leads to the entry and the records."""
    name = f"lots-{way.look.lower()}"
    file = way.folder / f"{name}.csv"
    file.write_text(PARKS, encoding="utf-8")
    way.page.goto("/data/imports")
    way.page.set_input_files("input[type=file]", file)
    way.press("imports.start")
    way.press("imports.toReport")
    expect(way.page.get_by_role("region", name=way.words("report.result"))).to_contain_text("60")
    way.press("next.catalogue")
    way.press("catalogue.tab.records")
    expect(way.page.get_by_role("grid", name=way.words("catalogue.tab.records"))).to_contain_text(
        "江州停车场1"
    )


def scores(way: Way) -> None:
    """From the sheet to the board, and from a figure of it to what was counted."""
    way.page.goto("/scores")
    way.press("board.title")
    board = way.page.get_by_role("region", name=way.words("board.title"))
    board.locator("a[href*='closing_rate']").first.click()
    expect(way.page.get_by_role("heading", name=way.words("indicator.records"))).to_be_visible()
    way.page.goto("/scores/report")
    expect(way.page.get_by_role("article", name=way.words("monthly.title"))).to_be_visible()


def rules(way: Way) -> None:
    """A rule is tried on what was, a workflow is checked."""
    way.page.goto("/rules/every-page")
    way.press("cityRule.tryIt")
    expect(way.page.get_by_role("status").filter(has_text=way.words("cityRule.would"))).to_be_visible()
    way.page.goto("/rules?tab=workflows")
    way.page.locator("main a[href='/rules/workflows/case']").click()
    way.press("flow.check")
    expect(way.page.get_by_text(way.words("flow.good")).first).to_be_visible()


def system(way: Way) -> None:
    """Whether and why somebody may, and an account that is begun and left."""
    way.page.goto(f"/system?tab=why&person={way.names['person']}&action=dataset.read&thing=parks")
    expect(way.page.get_by_text(way.words("why.may"), exact=True)).to_be_visible()
    way.page.get_by_role("link", name=way.words("system.tab.accounts"), exact=True).click()
    way.press("account.add")
    dialog = way.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    way.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def start(way: Way) -> None:
    way.page.goto("/start")
    expect(
        way.page.get_by_role("listitem").filter(has_text=way.words("start.step.closed.title"))
    ).to_be_visible()
    way.press("start.step.data.act")
    expect(way.page.locator("input[type=file]")).to_be_attached()


Journey = Callable[[Way], None]
JOURNEYS: tuple[tuple[Journey, str], ...] = (
    (overview, "desk"),
    (event_centre, "desk"),
    (handling, "crew"),
    (resident, ""),
    (data, "admin"),
    (scores, "admin"),
    (rules, "admin"),
    (system, "admin"),
    (start, "admin"),
)


@pytest.fixture(scope="module")
def crew_of_roads(portal: Portal, desk: httpx.Client) -> Portal:
    return engaged(portal, "field_worker", login="walker", name="周师傅", organisation="roads")


def counted(office: httpx.Client) -> bool:
    values = office.get(f"/api/v1/indicators/{CLOSING}/values", params={"dimension": "department"}).json()
    return any(one["value"] is not None for one in values["items"])


@pytest.fixture(scope="module")
def names(portal: Portal, desk: httpx.Client, shown: dict[str, str]) -> dict[str, str]:
    """With a case that this month is judged by, counted, and somebody who closed it."""
    reported(desk, *CLOSED)
    with entered(portal, "admin", PASSWORD) as office:
        office.post("/api/v1/indicators/compute", json={"codes": [CLOSING]}).raise_for_status()
        patience.until(lambda: counted(office), "the measure of the board")
        accounts = office.get("/api/v1/accounts", params={"limit": 500}).json()["items"]
    return shown | {"person": next(one["id"] for one in accounts if one["login"] == "desk")}


@pytest.mark.parametrize(
    ("journey", "who", "look"),
    [(go, who, look) for place, (go, who) in enumerate(JOURNEYS) for look in (EVEN if place % 2 else ODD)],
    ids=lambda one: getattr(one, "__name__", "-".join(map(str, one)) if isinstance(one, tuple) else one),
)
def test_a_journey_is_gone_to_its_end(
    chromium: Browser, parks: Portal, at_desk: Portal, crew_of_roads: Portal, desk: httpx.Client,
    names: dict[str, str], tmp_path: Path, journey: Journey, who: str, look: tuple[str, str, int],
) -> None:  # fmt: skip
    language, theme, width = look
    view = {"language": language, "theme": theme, "width": width}
    people = {"desk": at_desk, "crew": crew_of_roads, "admin": parks}
    context = open_context(chromium, people[who], **view) if who else anybody(chromium, parks, **view)
    page = context.new_page()
    words = Words(language)
    journey(Way(page, words, f"{language}{theme}{width}", parks, desk, names, tmp_path))
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults_of_text(page.locator("main").first.inner_text(), words) == []
    context.close()
