"""A county asks its province by way of its city over real nodes, in the browser (journey J2): found, asked for, checked and passed on,
signed, used. What the owner decides comes by the API."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Portal, broken_rules, cookies_of, open_context
from tests.flows import sharing_steps as steps
from tests.flows.sharing_steps import items, said, until
from tests.running import RunningNode, node_in

pytestmark = pytest.mark.browser

ALLOWED = {"QUANYU_ALLOWED_HOSTS": "127.0.0.1"}
NODES = (
    ("hanjiang", "汉江省", "province"),
    ("jiangzhou", "江州市", "city"),
    ("qingchuan", "青川县", "county"),
)


@dataclass(frozen=True)
class Sides:
    """The province as its operator calls it, the city as its data officer sees it; the county as an officer of its civil affairs does both."""

    province: RunningNode
    above: httpx.Client
    below: httpx.Client
    county: Portal
    city: Portal


@pytest.fixture(scope="module")
def register(real_data: Path) -> str:
    return (real_data / "hospitals-beijing-designated" / "designated_institutions.csv").read_text("utf-8")


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory, register: str) -> Iterator[Sides]:
    """Joined by the API, as each start of a command takes seconds."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("levels")
        nodes = [stack.enter_context(node_in(folder / name, environment=ALLOWED)) for name, *_ in NODES]
        administrators = [stack.enter_context(closing(administrator(one))) for one in nodes]
        for client, (name, title, level) in zip(administrators, NODES, strict=True):
            address = {} if level == "county" else {"url": str(client.base_url).rstrip("/")}
            said(
                client.post("/api/v1/nodes/self", json={"id": name, "name": title, "level": level, **address})
            )
        province, city, county = administrators
        for lower, upper, level in (
            (city, province, "city"),
            (county, city, "county"),
            (county, province, "county"),
        ):
            invited = said(upper.post("/api/v1/nodes/invitations", json={"level": level}))
            said(lower.post("/api/v1/nodes/join", json=invited))
        said(county.put("/api/v1/nodes/hanjiang/subscription", json={"on": True}))
        said(county.put("/api/v1/nodes/hanjiang/through", json={"node": "jiangzhou"}))
        said(province.put("/api/v1/nodes/qingchuan/through", json={"node": "jiangzhou"}))
        said(province.put("/api/v1/organisations/civil", json={"name": "省民政厅"}))
        above = stack.enter_context(nodes[0].client())
        steps.publish(nodes[0], above, register)
        desk = stack.enter_context(closing(officer(nodes[1], city, role="data_officer")))
        below = stack.enter_context(closing(officer(nodes[2], county)))
        until(lambda: items(below, "/api/v1/cascade?q=ddyljg"))
        yield Sides(
            nodes[0], above, below, Portal(nodes[2], cookies_of(below)), Portal(nodes[1], cookies_of(desk))
        )


def administrator(node: RunningNode) -> httpx.Client:
    once = re.search(r"one-time password (\S+)", node.output)
    assert once
    return signed_in(node, "admin", once[1])


def officer(node: RunningNode, admin: httpx.Client, role: str = "department_officer") -> httpx.Client:
    said(admin.put("/api/v1/organisations/civil", json={"name": "民政局"}))
    person = {"login": "wang", "name": "王丽", "organisation": "civil", "roles": [role]}
    return signed_in(node, "wang", said(admin.post("/api/v1/accounts", json=person))["password"])


def signed_in(node: RunningNode, login: str, password: str) -> httpx.Client:
    """With a password of their own from now on."""
    client = client_of(node)
    said(client.post("/api/v1/session", json={"login": login, "password": password}))
    said(client.post("/api/v1/session/password", json={"old": password, "new": PASSWORD}))
    return client


def client_of(node: RunningNode) -> httpx.Client:
    own = {"x-requested-with": "quanyu", "origin": node.url}
    return httpx.Client(base_url=node.url, headers=own, timeout=60)


def test_a_county_gets_what_its_province_has_by_way_of_its_city(chromium: Browser, sides: Sides) -> None:
    context = open_context(chromium, sides.county)
    page = context.new_page()
    finds(page)
    asks(page)
    passed_on(chromium, page, sides)
    request = until(lambda: next(iter(items(sides.above, "/api/v1/sharing/requests")), None))["id"]
    answered(sides, request)
    signs(page)
    here = f"/api/v1/asked/{page.url.rpartition('/')[2]}"
    assert len(said(sides.below.get(f"{here}/records?limit=2"))["items"]) == 2
    until(lambda: said(sides.below.get(here))["shown"]["contract"]["usage"]["calls"] == 1)
    page.reload()
    figures = page.get_by_role("region", name="使用情况")
    expect(figures).to_contain_text("/ 20")
    expect(figures).to_contain_text(re.compile(r"调用\s*1\s*/ 20"))
    context.close()


def finds(page: Page) -> None:
    """Two levels up, by the initials of its title."""
    page.goto("/catalogue?tab=levels")
    expect(page.get_by_role("grid")).to_contain_text("定点医疗机构")
    page.get_by_label("搜索目录").fill("ddyljg")
    page.wait_for_url(re.compile("q=ddyljg"))
    page.get_by_role("grid").get_by_text("定点医疗机构").click()
    expect(page.get_by_role("region", name="信息项")).to_contain_text("政府信息公开条例 第十四条")
    expect(page.get_by_role("main")).to_contain_text("hanjiang")


def asks(page: Page) -> None:
    page.get_by_role("link", name="申请使用").click()
    expect(page.get_by_role("region", name="办理时限")).to_contain_text("2 个工作日")
    for item in (*steps.COLUMNS, "机构类别"):
        page.get_by_role("checkbox", name=item).check()
    page.get_by_label("申请标题").fill("定点医疗机构核对")
    page.get_by_label("用途").fill("医疗救助定点核对")
    page.get_by_label("法律依据").fill("社会救助暂行办法 第十七条")
    page.get_by_label("调用次数").fill("20")
    page.get_by_role("button", name="提交申请").click()


def passed_on(chromium: Browser, page: Page, sides: Sides) -> None:
    """By the city between, whose clock the county sees."""
    check = page.get_by_role("region", name="转报")
    expect(check).to_contain_text("经节点 jiangzhou 转报节点 hanjiang")
    expect(check).to_contain_text("转报审查")
    expect(check).to_contain_text("到期")
    context = open_context(chromium, sides.city)
    desk = context.new_page()
    desk.goto("/sharing?tab=referrals")
    desk.get_by_role("grid").get_by_text("定点医疗机构核对").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("社会救助暂行办法 第十七条")
    assert broken_rules(desk) == []
    dialog.get_by_role("button", name="转报", exact=True).click()
    dialog.get_by_label("说明").fill("情况属实")
    dialog.get_by_role("button", name="转报", exact=True).click()
    expect(dialog).to_contain_text("已转报")
    context.close()
    expect(check).to_contain_text("意见：情况属实")
    expect(page.get_by_role("region", name="办理过程")).to_contain_text("合规性审查")


def answered(sides: Sides, request: str) -> None:
    """By the province: one item is withheld by law."""
    path = f"/api/v1/sharing/requests/{request}"
    said(sides.above.post(f"{path}/acts", json={"act": "forward"}))
    granted = [{"name": one, "granted": True} for one in steps.COLUMNS]
    refused = {"name": "机构类别", "granted": False, "reason": "涉及内部机构"}
    said(sides.above.post(f"{path}/answer", json={"items": [*granted, refused]}))


def signs(page: Page) -> None:
    """What is refused stands with its reason and its law."""
    expect(page.get_by_role("region", name="逐项答复")).to_contain_text("涉及内部机构")
    expect(page.get_by_role("region", name="逐项答复")).to_contain_text("政府信息公开条例 第十四条")
    page.get_by_role("button", name="签署承诺书").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("医疗救助定点核对")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="签署", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^合同 C"))).to_be_visible()
