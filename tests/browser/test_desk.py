"""The desk at its list: several cases at once, the map beside it, what presses."""

import re
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ACCEPT, DISPATCH, FILE, Portal, open_context, reported

pytestmark = pytest.mark.browser


def test_several_are_ticked_seen_and_moved_at_once(desk_page: Page, desk: httpx.Client) -> None:
    numbers = [reported(desk, title=f"成批受理{at}") for at in range(2)]
    desk_page.goto(f"/cases?q={quote('成批受理')}")
    desk_page.get_by_role("grid").get_by_text("成批受理0").wait_for()
    for _ in numbers:
        desk_page.keyboard.press("j")
        desk_page.keyboard.press("x")
    bulk = desk_page.get_by_role("region", name="批量办理")
    expect(bulk).to_contain_text("已选 2 件")
    bulk.get_by_role("button", name="受理", exact=True).click()
    dialog = desk_page.get_by_role("dialog")
    expect(dialog.get_by_role("row", name="成批受理1")).to_contain_text("待立案")
    assert {desk.get(f"/api/v1/cases/{one}").json()["case"]["state"] for one in numbers} == {"reported"}
    dialog.get_by_role("button", name="受理 2 件").click()
    expect(dialog).to_have_count(0)
    assert {desk.get(f"/api/v1/cases/{one}").json()["case"]["state"] for one in numbers} == {"accepted"}


def test_on_a_phone_the_list_and_its_map_lead_to_each_other(
    chromium: Browser, at_desk: Portal, desk: httpx.Client
) -> None:
    reported(desk, title="手机上的案件")
    context = open_context(chromium, at_desk, width=390)
    page = context.new_page()
    page.goto("/cases?tab=all")
    expect(page.get_by_role("grid")).to_contain_text("手机上的案件")
    page.get_by_role("button", name="地图", exact=True).click()
    expect(page.get_by_role("grid")).to_have_count(0)
    page.get_by_role("button", name="列表", exact=True).click()
    expect(page.get_by_role("grid")).to_contain_text("手机上的案件")
    context.close()


def test_what_presses_is_shown_by_body(desk_page: Page, desk: httpx.Client) -> None:
    reported(desk, ACCEPT, FILE, DISPATCH, title="督办看板上的案件")
    desk_page.goto("/cases?tab=pressing&hours=72")
    desk_page.get_by_role("navigation", name="责任单位").get_by_role("link", name="道路养护中心").click()
    expect(desk_page.get_by_role("grid")).to_contain_text("督办看板上的案件")
    expect(desk_page).to_have_url(re.compile("body=roads"))


def test_what_a_body_has_in_hand_opens_its_cases(desk_page: Page, desk: httpx.Client) -> None:
    reported(desk, ACCEPT, FILE, DISPATCH, title="道路养护中心手里的案件")
    reported(desk, title="还在受理中心的案件")
    desk_page.goto("/cases?tab=pressing")
    roads = desk_page.get_by_role("navigation", name="责任单位").locator("div", has_text="道路养护中心")
    roads.get_by_role("link", name=re.compile(r"^在办 \d+$")).click()
    expect(desk_page.get_by_role("grid")).to_contain_text("道路养护中心手里的案件")
    expect(desk_page.get_by_role("grid")).not_to_contain_text("还在受理中心的案件")
