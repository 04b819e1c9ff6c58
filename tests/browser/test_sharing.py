"""Sharing under a contract in the browser: asked, checked, answered item by item, signed, called, disputed, ended, its effect told."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Portal, cookies_of, entered, open_context
from tests.running import RunningNode

pytestmark = pytest.mark.browser

RESIDENTS = "编号,街道,年龄段,收入\n" + "".join(
    f"R{number:03},{'一二'[number % 2]}街,{20 + number % 5 * 10},{1000 + number * 10}\n"
    for number in range(1, 31)
)
NOW = datetime.now(UTC)
APPLICATION = {
    "dataset": "residents", "items": [{"name": "编号"}, {"name": "街道"}], "purpose": "低保边缘家庭核对",
    "basis": "社会救助暂行办法 第十七条", "starts": NOW.isoformat(), "ends": (NOW + timedelta(days=30)).isoformat(),
}  # fmt: skip


@dataclass(frozen=True)
class Office:
    """People of a city who share: by API, and as the browser signs in as them."""

    node: RunningNode
    clients: dict[str, httpx.Client]

    def __call__(self, who: str, method: str, path: str, **call: Any) -> Any:
        answer = self.clients[who].request(method, f"/api/v1/sharing{path}", **call)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def portal(self, who: str) -> Portal:
        return Portal(self.node, cookies_of(self.clients[who]))

    def contract(self, title: str) -> tuple[str, str]:
        """In force; its request and its id."""
        asked = self("county", "POST", "/requests", json=APPLICATION | {"title": title})
        request = asked["request"]["id"]
        self("admin", "POST", f"/requests/{request}/acts", json={"act": "forward"})
        items = [{"name": one["name"], "granted": True} for one in asked["application"]["items"]]
        answered = self("civil", "POST", f"/requests/{request}/answer", json={"items": items})
        text = self("county", "GET", f"/requests/{request}/commitment")
        self("county", "POST", f"/requests/{request}/signature", json={"sm3": text["hash"]})
        return request, answered["request"]["contract"]

    def reaches(self, request: str, state: str) -> None:
        """What the node does by itself once a contract has ended."""
        for _ in range(600):
            if self("county", "GET", f"/requests/{request}")["request"]["state"] == state:
                return
            time.sleep(0.1)
        raise AssertionError(f"request {request} never becomes {state}")


@pytest.fixture(scope="module")
def office(portal: Portal) -> Iterator[Office]:
    """Civil affairs have the register of residents, of which the income is withheld by law; the county asks for it."""
    portal.node.import_text("residents", RESIDENTS, "residents.csv")
    with ExitStack() as stack:
        admin = stack.enter_context(entered(portal, "admin", PASSWORD))
        clients = {"admin": admin}
        for body, name in (("civil", "民政局"), ("county", "青川县政府")):
            admin.put(f"/api/v1/organisations/{body}", json={"name": name}).raise_for_status()
            clients[body] = stack.enter_context(_officer(portal, admin, body))
        _publish(admin)
        yield Office(portal.node, clients)


def _officer(portal: Portal, admin: httpx.Client, body: str) -> Any:
    said = {"login": body, "name": f"{body} 数据员", "organisation": body}
    made = admin.post("/api/v1/accounts", json=said).json()
    roles = {"roles": ["department_officer"]}
    admin.put(f"/api/v1/accounts/{made['account']['id']}/roles", json=roles).raise_for_status()
    with entered(portal, body, made["password"]) as client:
        own = {"old": made["password"], "new": PASSWORD}
        client.post("/api/v1/session/password", json=own).raise_for_status()
    return entered(portal, body, PASSWORD)


def _publish(admin: httpx.Client) -> None:
    path = "/api/v1/catalogue/residents"
    known = admin.get(path)
    items = known.json()["entry"]["description"]["items"]
    withheld = {"share_type": 3, "share_basis": "个人信息保护法 第二十八条"}
    items = [one | (withheld if one["name"] == "收入" else {}) for one in items]
    said = {
        "title": "居民登记", "abstract": "登记", "organisation": "civil", "share_type": 2, "share_condition": "用于低保核对",
        "items": items,
    }  # fmt: skip
    changed = admin.patch(path, json=said, headers={"if-match": known.headers["etag"]})
    published = admin.post(f"{path}/publish", headers={"if-match": changed.headers["etag"]})
    assert published.status_code == 200, published.text


@pytest.fixture
def open_as(chromium: Browser, office: Office) -> Iterator[Any]:
    with ExitStack() as stack:

        def opened(who: str) -> Page:
            context = open_context(chromium, office.portal(who))
            stack.callback(context.close)
            return context.new_page()

        yield opened


def test_what_is_asked_for_is_answered_item_by_item_signed_used_and_ended(
    open_as: Any, office: Office
) -> None:
    county, officer, civil = open_as("county"), open_as("admin"), open_as("civil")
    path = _asks(county)
    _act(officer, path, "转提供方")
    _answers(civil, path)
    contract = _signs(county, path)
    assert _calls(county, office, contract).count("R0") == 30
    _ends(civil, contract)
    request = path.rpartition("/")[2]
    office.reaches(request, "feedback")
    county.goto(path)
    county.get_by_role("button", name="提交成效").click()
    county.get_by_label("数据取得了什么成效").fill("核对 30 户")
    county.get_by_role("dialog").get_by_role("button", name="提交成效").click()
    expect(county.get_by_role("region", name="成效反馈")).to_contain_text("核对 30 户")
    _act(officer, path, "审核通过")
    county.goto("/catalogue/residents?tab=effects")
    expect(county.get_by_role("region", name="成效反馈").first).to_contain_text("核对 30 户")


def _asks(page: Page) -> str:
    page.goto("/catalogue/residents")
    page.get_by_role("link", name="申请使用").click()
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("至少选择一个信息项")).to_be_visible()
    expect(page.get_by_role("region", name="办理时限")).to_contain_text("5 个工作日")
    for item in ("编号", "街道", "收入"):
        page.get_by_role("checkbox", name=item).check()
    page.get_by_label("申请标题").fill("浏览器中的申请")
    page.get_by_label("用途").fill("低保边缘家庭核对")
    page.get_by_label("法律依据").fill("社会救助暂行办法 第十七条")
    page.get_by_label("调用次数").fill("5")
    page.get_by_role("button", name="提交申请").click()
    page.get_by_role("region", name="可以进行").wait_for()
    return re.sub(r"^https?://[^/]+", "", page.url)


def _act(page: Page, path: str, act: str) -> None:
    page.goto(path)
    page.get_by_role("button", name=act, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=act, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def _answers(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_role("button", name="答复", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("对“街道”的答复").select_option(label="不同意")
    dialog.get_by_role("button", name="答复", exact=True).click()
    expect(dialog).to_contain_text("不同意的信息项须说明理由")
    dialog.get_by_label("不同意“街道”的理由").fill("超出用途")
    dialog.get_by_role("button", name="答复", exact=True).click()
    items = page.get_by_role("region", name="逐项答复")
    expect(items).to_contain_text("同意 1 项，共 3 项")
    expect(items).to_contain_text("个人信息保护法 第二十八条")


def _signs(page: Page, path: str) -> str:
    page.goto(path)
    page.get_by_role("button", name="签署承诺书").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("低保边缘家庭核对")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="签署", exact=True).click()
    expect(dialog).to_have_count(0)
    link = page.get_by_role("link", name=re.compile("^合同 C"))
    return str(link.get_attribute("href"))


def _calls(page: Page, office: Office, contract: str) -> str:
    """As the page tells it, with a token of the consumer."""
    wanted = {"name": "sharing", "scopes": ["share.read", "share.use"], "days": 1}
    made = office.clients["county"].post("/api/v1/tokens", json=wanted)
    assert made.status_code < 300, made.text
    page.goto(f"{contract}?tab=call")
    code = page.get_by_role("region", name="逐条查询的示例").inner_text()
    token = {**os.environ, "QUANYU_TOKEN": made.json()["secret"]}
    ran = subprocess.run(["sh", "-c", code], capture_output=True, text=True, check=True, env=token)
    page.goto(contract)
    expect(page.get_by_role("region", name="使用情况")).to_contain_text("还剩 4 次")
    return ran.stdout


def _ends(page: Page, contract: str) -> None:
    page.goto(contract)
    page.get_by_role("button", name="终止", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("不能恢复")
    dialog.get_by_label("理由").fill("用途已完成")
    dialog.get_by_role("button", name="终止", exact=True).click()
    expect(page.get_by_text("已终止").first).to_be_visible()
