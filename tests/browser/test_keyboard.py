"""Report, dispatch and mending without a mouse: every stop of the keys is seen, and none holds them."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import COVER, Portal, anybody, reported

pytestmark = pytest.mark.browser

# What has the keys: whether it shows it, and whether it is in sight. A hidden input of a file shows it on its label.
SHOWN = """() => {
  const one = document.activeElement
  if (one === document.body) return 'nothing'
  const ways = [one, one.labels?.[0], one.closest('label'), one.parentElement].filter(Boolean)
  const marked = ways.some((way) => getComputedStyle(way).outlineStyle !== 'none' || one.getAttribute('aria-activedescendant'))
  const box = one.getBoundingClientRect()
  const inSight = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
  return marked && inSight ? 'shown' : `not seen: ${one.outerHTML.slice(0, 200)}`
}"""
MOST_STOPS = 120


@pytest.fixture
def nobody(chromium: Browser, portal: Portal) -> Iterator[Page]:
    context = anybody(chromium, portal)
    yield context.new_page()
    context.close()


def reach(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """By one key alone, past stops that are all seen."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        assert page.evaluate(SHOWN) in ("shown", "nothing")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"no key leads to {wanted}")


def press(page: Page, wanted: Locator) -> None:
    reach(page, wanted)
    page.keyboard.press("Enter")


def write(page: Page, wanted: Locator, words: str) -> None:
    reach(page, wanted)
    page.keyboard.type(words)


def choose(page: Page, wanted: Locator, label: str) -> None:
    """One of many, by what is typed."""
    reach(page, wanted)
    page.keyboard.insert_text(label)
    page.keyboard.press("Enter")
    expect(wanted).to_have_value(label)
    expect(wanted).to_have_attribute("aria-expanded", "false")


def named(page: Page | Locator) -> Callable[[str], Locator]:
    return lambda name: page.get_by_role("button", name=name, exact=True)


def test_the_first_key_leads_past_the_frame(nobody: Page, desk_page: Page) -> None:
    for page, path in ((nobody, "/report"), (desk_page, "/cases")):
        page.goto(path)
        page.locator("h1").wait_for()
        reach(page, page.get_by_role("link", name="跳到正文"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()


def test_a_report_is_sent_with_keys_alone(nobody: Page, desk: httpx.Client) -> None:
    nobody.goto("/report")
    button = named(nobody)
    write(nobody, nobody.get_by_label("地址或附近的标志"), "人民路 90 号")
    press(nobody, button("下一步"))
    expect(nobody.get_by_role("heading", level=1)).to_be_focused()
    write(nobody, nobody.get_by_label("您看到了什么？"), "只用键盘上报的井盖破损")
    press(nobody, button("下一步"))
    press(nobody, button("下一步"))
    press(nobody, button("提交"))
    expect(nobody.get_by_role("list", name="办理进度")).to_contain_text("已收到，等待受理")
    found = desk.get("/api/v1/cases", params={"q": "只用键盘上报"}).json()["items"]
    assert [one["address"] for one in found] == ["人民路 90 号"]


def test_a_case_is_dispatched_with_keys_alone(desk_page: Page, desk: httpx.Client) -> None:
    number = reported(desk, title="只用键盘派遣", description="键盘", **{"class": COVER["class"]})
    desk_page.goto("/cases?q=只用键盘派遣")
    expect(desk_page.get_by_role("grid").get_by_text("只用键盘派遣")).to_be_visible()
    desk_page.keyboard.press("j")
    desk_page.keyboard.press("Enter")
    expect(desk_page.get_by_role("heading", level=1)).to_have_text("只用键盘派遣")
    acts = desk_page.get_by_role("region", name="可以进行")
    for name in ("受理 → 待立案", "立案 → 待派遣"):
        press(desk_page, named(acts)(name))
        expect(named(acts)(name)).to_have_count(0)
    dispatch = named(acts)("派遣 → 处置中")
    press(desk_page, dispatch)
    form = desk_page.get_by_role("dialog")
    expect(form).to_be_visible()
    desk_page.keyboard.press("Escape")
    expect(dispatch).to_be_focused()
    desk_page.keyboard.press("Enter")
    choose(desk_page, form.get_by_label("责任单位"), "道路养护中心")
    press(desk_page, named(form)("派遣"))
    expect(form).to_have_count(0)
    expect(desk_page.get_by_role("region", name="案件信息")).to_contain_text("道路养护中心")
    assert desk.get(f"/api/v1/cases/{number}").json()["case"]["organisation"] == "roads"


def test_a_record_is_mended_with_keys_alone(page: Page, portal: Portal) -> None:
    portal.node.import_text(
        "kiosks", "编号,名称,经度,纬度\nK1,报刊亭,118.7,32.0\nK2,书报亭,0,0\n", "kiosks.csv"
    )
    page.goto("/quality/kiosks/quarantine")
    grid = page.get_by_role("grid", name="隔离区")
    expect(grid).to_contain_text("K2")
    reach(page, grid)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="记录")
    for name, value in (("经度", "118.71"), ("纬度", "32.01")):
        field = panel.get_by_label(name)
        reach(page, field)
        page.keyboard.press("Control+a")
        page.keyboard.type(value)
    press(page, named(panel)("保存并检查"))
    expect(panel).to_contain_text("全部通过")
    press(page, named(panel)("放行"))
    expect(page.get_by_role("status").filter(has_text="已放行 1 条")).to_be_visible()


@pytest.mark.parametrize("path", ["/overview", "/cases?tab=all", "/catalogue", "/handover"])
def test_the_keys_come_round_and_are_held_nowhere(desk_page: Page, path: str) -> None:
    """Back at the first link after the last stop, though maps, lists and fields lie between."""
    desk_page.goto(path)
    desk_page.locator("h1").first.wait_for(state="attached")
    expect(desk_page.locator("[aria-busy=true]")).to_have_count(0)
    first = desk_page.get_by_role("link", name="跳到正文")
    reach(desk_page, first)
    reach(desk_page, first)
