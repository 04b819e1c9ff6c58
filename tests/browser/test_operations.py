"""Whoever looks after the node does it in the portal: why somebody may, a backup, a pack, what is set;
the month on paper, and a workflow with another limit."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import PASSWORD, Portal, broken_rules, entered, open_context, pick, until, watch

pytestmark = pytest.mark.browser


def test_a_node_is_looked_after_without_a_shell(page: Page, parks: Portal) -> None:
    page.goto("/system?tab=why")
    pick(page.get_by_label("人员", exact=True), "管理员")
    page.get_by_label("操作", exact=True).select_option("dataset.read")
    pick(page.get_by_label("数据集（可不填）"), "parks")
    answer = page.get_by_role("region", name="判定")
    expect(answer).to_contain_text("数据管理员")
    page.get_by_label("操作", exact=True).select_option("evidence.read")
    expect(answer).to_contain_text("不可以")

    page.get_by_role("link", name="备份").click()
    page.get_by_role("button", name="立即备份").click()
    expect(page.get_by_role("region", name="已有的备份")).to_contain_text(".tar.zst")

    with parks.node.client() as office:  # another story may have left it on
        office.put("/api/v1/packs/sanitation/state", json={"enabled": False}).raise_for_status()
    page.get_by_role("link", name="场景包").click()
    pack = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="环卫作业监管"))
    pack.get_by_role("button", name="启用").click()
    expect(pack.get_by_role("button", name="停用")).to_be_visible()
    pack.get_by_role("button", name="停用").click()
    expect(pack.get_by_role("button", name="启用")).to_be_visible()

    page.get_by_role("link", name="设置").click()
    expect(page.get_by_role("region", name="设置")).to_contain_text("QUANYU_OIDC_CLIENT_SECRET")


def test_a_backup_leaves_the_machine_and_comes_back(page: Page, portal: Portal, tmp_path: Path) -> None:
    """Kept as a file, deleted, uploaded under another name; and what a restore does is said before it is done."""
    page.goto("/system?tab=backup")
    listed = page.get_by_role("region", name="已有的备份")
    page.get_by_role("button", name="立即备份").click()
    expect(listed.get_by_role("link", name="下载").first).to_be_visible()
    expect(page.get_by_role("button", name="立即备份")).to_be_enabled()
    first = listed.get_by_role("row").nth(1)
    first.get_by_role("button", name="检查").click()
    expect(page.get_by_role("status").filter(has_text="完好")).to_contain_text("与备份时逐一相符")
    with page.expect_download() as download:
        first.get_by_role("link", name="下载").click()
    name = download.value.suggested_filename
    download.value.save_as(tmp_path / "copy (1).tar.zst")
    listed.get_by_role("button", name=f"删除 {name}").click()
    expect(page.get_by_text(name)).to_have_count(0)
    page.get_by_label("上传备份").set_input_files(tmp_path / "copy (1).tar.zst")
    kept = page.get_by_role("region", name="已有的备份").get_by_role("row").filter(has_text=".tar.zst")
    expect(kept.first).to_be_visible()
    kept.first.get_by_role("button", name="恢复").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="恢复并重新启动")).to_be_disabled()
    assert broken_rules(page) == []


@pytest.mark.parametrize("look", [("zh-CN", "light", 1440), ("en", "dark", 390)], ids=str)
def test_the_pages_of_the_packs_are_accessible(
    chromium: Browser, portal: Portal, look: tuple[str, str, int]
) -> None:
    language, theme, width = look
    with entered(portal, "admin", PASSWORD) as office:
        for pack in ("parking", "sanitation", "emergency"):
            office.put(f"/api/v1/packs/{pack}/state", json={"enabled": True}).raise_for_status()
    context = open_context(chromium, portal, width=width, language=language, theme=theme)
    page = context.new_page()
    seen = watch(page, portal)
    page.goto("/packs")
    links = page.get_by_role("main").locator('a[href^="/packs/"]')
    expect(links.first).to_be_visible()
    for path in ["/packs", *(one.get_attribute("href") or "" for one in links.all())]:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert (seen.outside, seen.errors) == ([], []), path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert broken_rules(page) == [], path
    context.close()


def test_the_month_is_printed_with_its_figures_and_without_the_frame(page: Page, parks: Portal) -> None:
    page.goto("/scores/report")
    paper = page.get_by_role("article", name="月度报告")
    expect(paper.get_by_role("heading", level=1)).to_contain_text("城市管理评价报告")
    expect(paper.get_by_role("heading", name="主要指标")).to_be_visible()
    assert broken_rules(page) == []
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="主导航")).to_be_hidden()
    expect(page.get_by_role("button", name="打印或存为 PDF")).to_be_hidden()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_on_a_phone_the_picture_of_a_workflow_says_that_it_is_moved(
    chromium: Browser, portal: Portal
) -> None:
    for width, said in ((390, True), (1440, False)):
        context = open_context(chromium, portal, width=width)
        page = context.new_page()
        page.goto("/rules/workflows/assignment")
        picture = page.get_by_role("region", name="流程图")
        expect(picture.get_by_role("img")).to_be_visible()
        assert picture.evaluate("one => one.scrollWidth > one.clientWidth") is said
        expect(page.get_by_text("左右滑动可看全图")).to_be_visible(visible=said)
        context.close()


CONTRAST = """one => {
    const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map(part => part / 255)
        .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0)
    const own = getComputedStyle(one), around = getComputedStyle(one.closest('.card'))
    const [dark, bright] = [light(own.borderTopColor), light(around.backgroundColor)].sort((a, b) => a - b)
    return (bright + 0.05) / (dark + 0.05)
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_tick_that_is_not_set_stands_out_from_its_ground(
    chromium: Browser, portal: Portal, theme: str
) -> None:
    context = open_context(chromium, portal, theme=theme)
    page = context.new_page()
    page.goto("/system?tab=backup")
    tick = page.get_by_role("checkbox")
    expect(tick).not_to_be_checked()
    assert tick.evaluate(CONTRAST) >= 3
    tick.check()
    assert tick.evaluate(CONTRAST) >= 3
    context.close()


def test_a_limit_that_is_being_typed_stays_while_the_rest_of_the_page_comes(page: Page) -> None:
    held: list[Route] = []
    page.route("**/assignment/versions", lambda route: held.append(route))
    page.goto("/rules/workflows/assignment")
    first = page.get_by_role("region", name="各环节的时限").get_by_role("textbox").first
    first.fill("36")
    until(page, lambda: held)
    held.pop().continue_()
    expect(page.get_by_label("版本", exact=True)).to_contain_text("第 1 版")
    expect(first).to_have_value("36")


def test_a_limit_is_changed_checked_compared_and_published(page: Page, parks: Portal) -> None:
    page.goto("/rules/workflows/assignment")
    limits = page.get_by_role("region", name="各环节的时限")
    first = limits.get_by_role("textbox").first
    expect(first).to_be_visible()
    first.fill("-1")
    first.press("Tab")
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_text("时限须大于 0")).to_be_visible()
    first.fill("77")
    first.press("Tab")
    expect(page.get_by_role("region", name="与第 1 版的差异")).to_contain_text('"amount": 77')
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_role("status").filter(has_text="没有问题")).to_be_visible()
    page.get_by_role("button", name="发布新版本").click()
    expect(page.get_by_label("版本", exact=True)).to_contain_text("第 2 版")
    page.goto("/rules?tab=calendars")
    expect(page.get_by_role("region", name="时限试算")).to_contain_text("到期")
