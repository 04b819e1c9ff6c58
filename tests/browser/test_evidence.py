"""The auditor's page: another person than the administrator, as the three administrators must be."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Portal, broken_rules, open_context, replace_one_time_password

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def auditor(chromium: Browser, parks: Portal) -> Iterator[Page]:
    """Made and given the role by the administrator on the page, signed in with the one-time password."""
    office = open_context(chromium, parks)
    page = office.new_page()
    page.goto("/system?tab=accounts")
    page.get_by_role("button", name="新建账号").click()
    form = page.get_by_role("dialog")
    form.get_by_label("登录名").fill("auditor")
    form.get_by_label("姓名").fill("审计员")
    form.get_by_role("button", name="新建账号").click()
    password = form.get_by_role("region", name="密钥").inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("row", name="审计员").click()
    form.get_by_label("审计管理员").check()
    form.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name="审计员")).to_contain_text("审计管理员")
    office.close()

    context = chromium.new_context(
        base_url=parks.node.url, locale="zh-CN", viewport={"width": 1440, "height": 900}
    )
    own = context.new_page()
    own.goto("/signin")
    replace_one_time_password(own, "auditor", password.strip())
    yield own
    context.close()


def test_the_auditor_finds_what_was_done_and_verifies_the_chain(auditor: Page) -> None:
    auditor.goto("/")
    expect(auditor.get_by_role("link", name="地图")).to_have_count(0)
    auditor.get_by_role("link", name="证据").click()
    search = auditor.get_by_role("searchbox", name="关键词")
    search.fill("parks")
    search.press("Enter")
    auditor.get_by_role("row").filter(has_text="parks").first.wait_for()
    # The machine's operator brought them: they, the act and the kind of thing are called by words.
    known = auditor.get_by_role("grid", name="证据").get_by_role("row").filter(has_text="parks")
    expect(known.filter(has_text=re.compile(r"运行维护.*数据集 · parks")).first).to_be_visible()
    expect(known.filter(has_text=re.compile(r"operator@local|\b(dataset|catalogue)\b"))).to_have_count(0)
    known.filter(has_text="运行维护").first.click()
    expect(auditor.get_by_role("dialog")).to_contain_text("运行维护 (operator@local)")
    auditor.keyboard.press("Escape")
    auditor.set_viewport_size({"width": 390, "height": 844})
    expect(known.filter(has_text=re.compile("· 数据集 · parks")).first).to_be_visible()
    auditor.set_viewport_size({"width": 1440, "height": 900})
    auditor.get_by_role("button", name="核验证据链").click()
    expect(auditor.get_by_role("status").filter(has_text="证据链完整")).to_be_visible()
    assert broken_rules(auditor) == []


def test_the_auditor_may_not_import(auditor: Page) -> None:
    auditor.goto("/data/imports")
    expect(auditor.get_by_text("您可以查看的数据集还没有导入记录")).to_be_visible()
    expect(auditor.locator("input[type=file]")).to_have_count(0)
    expect(auditor.get_by_role("link", name="接入", exact=True)).to_have_count(0)
