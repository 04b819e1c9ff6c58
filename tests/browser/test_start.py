"""Where somebody begins, and what is open to those who need no account."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Portal, anybody, broken_rules

pytestmark = pytest.mark.browser


def test_the_guide_says_what_comes_next_and_leads_there(page: Page, parks: Portal) -> None:
    page.goto("/data/imports")
    page.get_by_role("button", name="账号").click()
    page.get_by_role("menuitem", name="开始使用").click()
    step = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="导入第一份数据"))
    expect(step).to_contain_text("已完成")
    assert broken_rules(page) == []
    page.get_by_role("link", name="打开地图").click()
    expect(page).to_have_url(re.compile("/map"))


def test_who_has_no_account_sees_what_is_open_nearby(chromium: Browser, parks: Portal) -> None:
    context = anybody(chromium, parks, width=390)
    page = context.new_page()
    page.goto(f"/nearby?at={quote('118.75,32.02')}")
    expect(page.get_by_role("heading", name="城市还没有开放这类数据")).to_be_visible()
    assert broken_rules(page) == []
    context.close()
