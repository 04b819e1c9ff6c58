"""交接班: the shift that ends, and who signs for it."""

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import (
    Portal,
    broken_rules,
    engaged,
    open_context,
    reported,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def next_chief(portal: Portal) -> Portal:
    return engaged(portal, "shift_chief", login="chief", name="赵敏")


def test_one_chief_hands_over_and_the_next_one_signs(
    chromium: Browser, desk_page: Page, desk: httpx.Client, next_chief: Portal
) -> None:
    reported(desk, title="交接班时在办")
    desk_page.goto("/cases")
    expect(desk_page.get_by_role("link", name="交接班")).to_be_visible()
    desk_page.get_by_role("link", name="交接班").click()
    expect(desk_page.get_by_role("region", name="本班情况")).to_be_visible()
    came = desk_page.get_by_role("region", name="本班情况").get_by_role("link").first
    expect(came).to_have_attribute("href", re.compile("reported=20"))
    came.click()
    expect(desk_page.get_by_role("grid")).to_contain_text("交接班时在办")
    desk_page.go_back()
    desk_page.get_by_role("button", name="添加承诺").click()
    desk_page.get_by_label("承诺 1", exact=True).fill("明早八点前恢复照明")
    desk_page.get_by_label("交班说明").fill("经十路积水未退")
    assert broken_rules(desk_page) == []
    desk_page.get_by_role("button", name="交班", exact=True).click()
    expect(desk_page.get_by_role("region", name="待签收的交接班")).to_contain_text("明早八点前恢复照明")
    expect(desk_page.get_by_role("button", name="签收接班")).to_have_count(0)
    context = open_context(chromium, next_chief, width=390)
    page = context.new_page()
    page.goto("/handover")
    expect(page.get_by_role("region", name="待签收的交接班")).to_contain_text("经十路积水未退")
    page.get_by_label("接班意见").fill("已知悉")
    page.get_by_role("button", name="签收接班").click()
    expect(page.get_by_role("region", name="以往交接班")).to_contain_text("王丽 交，赵敏 接")
    assert broken_rules(page) == []
    context.close()


@pytest.mark.usefixtures("districts")
def test_the_sheet_is_looked_at_by_district(desk_page: Page, desk: httpx.Client) -> None:
    east = {"area": "urn:ngsi-ld:AdministrativeArea:990102"}
    others = desk.get("/api/v1/handovers/draft", params=east).raise_for_status().json()["state"]["reported"]
    reported(desk, title="东区的案件", place={"lon": 118.85, "lat": 32.02})
    desk_page.goto("/handover")
    mine = desk_page.get_by_role("region", name="本班情况")
    desk_page.get_by_label("区县", exact=True).select_option(label="东区")
    expect(mine).to_contain_text("交出的总是全市的")
    came = mine.get_by_role("link").first
    expect(came).to_have_attribute("href", re.compile("district=990102"))
    expect(came).to_have_text(f"{others + 1}件")
    came.click()
    expect(desk_page.get_by_role("grid")).to_contain_text("东区的案件")
