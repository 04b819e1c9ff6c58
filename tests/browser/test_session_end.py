"""A session that the node ends in the middle of a form: what was written stays, and is sent once the person is back."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Portal, cookies_of, entered, open_context, pick, reported

pytestmark = pytest.mark.browser


@pytest.fixture
def session(portal: Portal, desk: httpx.Client) -> Iterator[httpx.Client]:
    """Of the desk's own, so that it can be ended."""
    with entered(portal, "desk", PASSWORD) as client:
        yield client


@pytest.fixture
def tab(chromium: Browser, portal: Portal, session: httpx.Client) -> Iterator[Page]:
    context = open_context(chromium, Portal(portal.node, cookies_of(session)))
    yield context.new_page()
    context.close()


def end(session: httpx.Client) -> None:
    """At the node: the browser still holds its cookie."""
    session.delete("/api/v1/session").raise_for_status()


def come_back(tab: Page, login: str = "desk") -> None:
    dialog = tab.get_by_role("dialog", name="登录已过期")
    dialog.get_by_label("账号", exact=True).fill(login)
    dialog.get_by_label("密码", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="登录", exact=True).click()
    expect(dialog).to_have_count(0)


def test_a_report_that_the_desk_writes_down_is_sent_once(
    tab: Page, session: httpx.Client, desk: httpx.Client
) -> None:
    tab.goto("/report")
    tab.get_by_label("地址或附近的标志").fill("中山路 12 号")
    tab.get_by_role("button", name="下一步").click()
    tab.get_by_label("您看到了什么？").fill("会话中断时的路灯不亮")
    tab.get_by_role("button", name="下一步").click()
    tab.get_by_role("button", name="下一步").click()
    end(session)
    tab.get_by_role("button", name="提交").click()
    come_back(tab)
    expect(tab.get_by_role("list", name="办理进度")).to_contain_text("已收到，等待受理")
    found = desk.get("/api/v1/cases", params={"q": "会话中断时的路灯不亮"}).json()["items"]
    assert [one["channel"] for one in found] == ["hotline"]


def test_an_act_on_a_case_keeps_its_reason(tab: Page, session: httpx.Client, desk: httpx.Client) -> None:
    number = reported(desk, title="会话中断的井盖")
    tab.goto(f"/cases/{number}")
    tab.get_by_role("button", name="不予受理").click()
    form = tab.get_by_role("dialog", name="不予受理")
    form.get_by_label("理由").fill("不在本市管辖范围")
    end(session)
    form.get_by_role("button", name="不予受理").click()
    come_back(tab)
    expect(tab.get_by_role("region", name="办理过程")).to_contain_text("不在本市管辖范围")
    assert desk.get(f"/api/v1/cases/{number}").json()["case"]["state"] == "rejected"


def test_a_form_that_is_left_unsent_is_still_there(
    tab: Page, session: httpx.Client, desk: httpx.Client
) -> None:
    """Who does not want to sign in now closes the dialog, and finds what was written."""
    number = reported(desk, title="稍后再登录的井盖")
    tab.goto(f"/cases/{number}")
    tab.get_by_role("button", name="不予受理").click()
    form = tab.get_by_role("dialog", name="不予受理")
    form.get_by_label("理由").fill("重复上报")
    end(session)
    form.get_by_role("button", name="不予受理").click()
    tab.get_by_role("dialog", name="登录已过期").get_by_role("button", name="关闭").click()
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.get_by_label("理由")).to_have_value("重复上报")
    form.get_by_role("button", name="不予受理").click()
    come_back(tab)
    expect(tab.get_by_role("region", name="办理过程")).to_contain_text("重复上报")


def test_a_rule_is_published_as_it_was_chosen(tab: Page, session: httpx.Client, parks: Portal) -> None:
    tab.goto("/rules/new")
    tab.get_by_label("名称", exact=True).fill("会话中断的规则")
    pick(tab.get_by_label("对象"), "停车场")
    pick(tab.get_by_label("属性"), "总泊位数")
    tab.get_by_label("数值", exact=True).fill("12")
    end(session)
    tab.get_by_role("button", name="发布（未启用）").click()
    come_back(tab)
    expect(tab.get_by_role("heading", name="会话中断的规则")).to_be_visible()


def test_a_file_is_imported_without_being_chosen_again(
    tab: Page, session: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "会话中断.csv"
    file.write_text("编号,名称,经度,纬度\nS1,会话站,118.75,32.02\n")
    tab.goto("/data/imports")
    tab.set_input_files("input[type=file]", file)
    expect(tab.get_by_label("数据集", exact=True)).to_have_value("会话中断")
    end(session)
    tab.get_by_role("button", name="开始导入").click()
    come_back(tab)
    tab.get_by_role("link", name="查看报告").click()
    expect(tab.get_by_role("region", name="导入结果")).to_contain_text("1")


def test_a_mapping_is_kept_as_it_was_corrected(tab: Page, session: httpx.Client, parks: Portal) -> None:
    done = parks.node.import_text("ended-map", "编号,名称,经度,纬度,车位数\nE1,会话站,118.75,32.02,30\n")
    tab.goto(f"/data/imports/{done['id']}")
    column = tab.get_by_label("“车位数”列对应的属性")
    column.select_option(label="不进入实体")
    end(session)
    tab.get_by_role("button", name="保存映射").click()
    come_back(tab)
    expect(tab.get_by_role("button", name="重新处理")).to_be_visible()
    tab.reload()
    expect(column.locator("option:checked")).to_have_text("不进入实体")


def test_an_account_is_made_once(chromium: Browser, portal: Portal) -> None:
    with entered(portal, "admin", PASSWORD) as office:
        context = open_context(chromium, Portal(portal.node, cookies_of(office)))
        page = context.new_page()
        page.goto("/system?tab=accounts")
        page.get_by_role("button", name="新建账号").click()
        form = page.get_by_role("dialog", name="新建账号")
        form.get_by_label("登录名").fill("ended")
        form.get_by_label("姓名").fill("会话中断")
        end(office)
        form.get_by_role("button", name="新建账号").click()
        come_back(page, "admin")
        expect(form.get_by_role("region", name="密钥")).to_be_visible()
        context.close()
    with entered(portal, "admin", PASSWORD) as office:
        found = office.get("/api/v1/accounts", params={"q": "ended"}).json()["items"]
    assert [one["name"] for one in found if one["login"] == "ended"] == ["会话中断"]
