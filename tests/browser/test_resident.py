"""A resident on a phone: the network goes, a neighbour was quicker, and the last word is theirs."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import CLOSED, COVER, Portal, anybody, broken_rules, reported

pytestmark = pytest.mark.browser

LAMP = {"channel": "resident", "description": "路灯不亮", "class": COVER["class"]}


@pytest.fixture
def phone(chromium: Browser, portal: Portal) -> Iterator[Page]:
    context = anybody(chromium, portal, width=390)
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"longitude": 118.89, "latitude": 32.11})
    yield context.new_page()
    context.close()


def write(phone: Page, words: str) -> None:
    """Where and what are said."""
    phone.goto("/report")
    phone.get_by_role("button", name="使用我现在的位置").click()
    expect(phone.get_by_text("已选位置")).to_be_visible()
    phone.get_by_role("button", name="下一步").click()
    phone.get_by_label("您看到了什么？").fill(words)


def send(phone: Page) -> None:
    for _ in range(2):
        phone.get_by_role("button", name="下一步").click()
    phone.get_by_role("button", name="提交").click()


def test_simple_mode_comes_by_a_link_is_remembered_and_asks_three_questions(
    phone: Page, desk: httpx.Client
) -> None:
    phone.goto("/report?simple=yes")
    expect(phone.get_by_text("第 1 步，共 3 步")).to_be_visible()
    assert broken_rules(phone) == []
    phone.get_by_label("地址或附近的标志").fill("人民路小学门口")
    phone.get_by_role("button", name="下一步").click()
    phone.get_by_label("您看到了什么？").fill("长椅断了一条腿")
    phone.reload()
    expect(phone.get_by_text("第 2 步，共 3 步")).to_be_visible()
    assert broken_rules(phone) == []
    phone.get_by_role("button", name="下一步").click()
    phone.get_by_label("电话").fill("13800138000")
    assert broken_rules(phone) == []
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("list", name="办理进度")).to_contain_text("已收到，等待受理")
    phone.get_by_role("button", name="大字简洁").click()
    expect(phone.get_by_role("link", name="工作人员登录")).to_be_visible()


def test_the_first_load_of_the_residents_page_is_below_200_kilobytes(
    chromium: Browser, portal: Portal
) -> None:
    """Over the wire: headers, font and answers included, without what the worker keeps for later."""
    context = chromium.new_context(base_url=portal.node.url, locale="zh-CN", service_workers="block")
    page = context.new_page()
    wire = context.new_cdp_session(page)
    loaded: list[float] = []
    wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    wire.send("Network.enable")
    page.goto("/report", wait_until="networkidle")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert len(loaded) > 10
    assert sum(loaded) < 200_000
    context.close()


def test_a_report_outlives_a_network_cut_and_arrives_once(phone: Page, desk: httpx.Client) -> None:
    write(phone, "断网时上报的道路塌陷")
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.context.set_offline(True)
    send(phone)
    waiting = phone.get_by_role("region", name="没有网络，上报等待提交")
    expect(waiting).to_contain_text("断网时上报的道路塌陷")
    phone.reload()
    expect(waiting).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_role("list", name="办理进度")).to_contain_text("已收到，等待受理")
    found = desk.get(f"/api/v1/cases?q={quote('道路塌陷')}").json()["items"]
    assert len(found) == 1


def test_who_has_the_same_problem_joins_it(phone: Page, desk: httpx.Client) -> None:
    place = {"lon": 118.8901, "lat": 32.11}
    first = reported(desk, description="路口井盖破损", place=place)
    write(phone, "路口井盖破损，很危险")
    phone.get_by_role("radio", name="我也遇到").first.check()
    assert broken_rules(phone) == []
    send(phone)
    expect(phone.get_by_role("list", name="办理进度")).to_contain_text("已与相同的上报合并处理")
    number = phone.url.split("/follow/")[1].split("#")[0]
    assert desk.get(f"/api/v1/cases/{number}").json()["case"]["merged_into"] == first


def test_the_class_that_stands_out_is_first_and_suggested_and_chosen_by_nobody_else(phone: Page) -> None:
    write(phone, "路口的雨水井盖破损，很危险")
    classes = phone.get_by_role("group", name="属于哪一类？")
    expect(classes.get_by_role("radio").first).to_have_accessible_name(re.compile("^雨水井盖.*建议$"))
    expect(classes.get_by_role("radio", name="不确定")).to_be_checked()
    assert broken_rules(phone) == []
    phone.get_by_label("您看到了什么？").fill("路口井盖破损，很危险")
    expect(classes.get_by_role("radio", name="雨水井盖")).to_be_visible()
    expect(classes.get_by_text("建议", exact=True)).to_have_count(0)


def test_the_reporter_says_that_it_is_not_solved(phone: Page, desk: httpx.Client) -> None:
    made = desk.post("/api/v1/reports", json=LAMP).json()
    for act in CLOSED:
        done = desk.post(f"/api/v1/cases/{made['id']}/acts", json=act)
        assert done.status_code == 200, done.text
    phone.goto(f"/follow/{made['id']}#{made['follow']}")
    phone.get_by_role("radio", name="未解决").check()
    phone.get_by_label("为什么没有解决").fill("昨晚又不亮了")
    assert broken_rules(phone) == []
    phone.get_by_role("button", name="提交评价").click()
    expect(phone.get_by_role("list", name="办理进度").get_by_role("listitem").first).to_contain_text(
        "正在安排处理单位"
    )


def degree(desk: httpx.Client) -> float:
    """问题解决度 of the one body, of what was reported in these days."""
    now = datetime.now(UTC)
    days = {"from": (now - timedelta(days=2)).isoformat(), "until": (now + timedelta(days=1)).isoformat()}
    sheet = desk.get("/api/v1/scores", params=days).raise_for_status().json()
    (line,) = (one for one in sheet["lines"] if one["organisation"] == "roads")
    return float(line["score"]["parts"]["solved"])


def test_a_rating_is_seen_at_the_desk_and_counts(phone: Page, desk_page: Page, desk: httpx.Client) -> None:
    """Solved and satisfied: the degree rises. Not solved: the case goes on, and it does not."""
    solved, unsolved = (desk.post("/api/v1/reports", json=LAMP).json() for _ in range(2))
    for made in (solved, unsolved):
        for act in CLOSED:
            desk.post(f"/api/v1/cases/{made['id']}/acts", json=act).raise_for_status()
    before = degree(desk)
    phone.goto(f"/follow/{solved['id']}#{solved['follow']}")
    phone.get_by_role("radio", name="已解决").check()
    phone.get_by_role("radio", name="满意", exact=True).check()
    phone.get_by_role("button", name="提交评价").click()
    expect(phone.get_by_text("谢谢您的评价")).to_be_visible()
    desk_page.goto(f"/cases/{solved['id']}")
    expect(desk_page.get_by_role("main")).to_contain_text("满意")
    rated = degree(desk)
    phone.goto(f"/follow/{unsolved['id']}#{unsolved['follow']}")
    phone.get_by_role("radio", name="未解决").check()
    phone.get_by_label("为什么没有解决").fill("今晚又不亮了")
    phone.get_by_role("button", name="提交评价").click()
    newest = phone.get_by_role("list", name="办理进度").get_by_role("listitem").first
    expect(newest).to_contain_text("正在安排处理单位")
    desk_page.goto(f"/cases/{unsolved['id']}")
    expect(desk_page.get_by_role("main")).to_contain_text("今晚又不亮了")
    assert before < rated == degree(desk)
