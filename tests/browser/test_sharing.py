"""Sharing under a contract in the browser: asked, checked, answered item by item, signed, called, disputed, ended, its effect told."""

import asyncio
import os
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from quanyu.federation.keys import add_key
from quanyu.federation.model import (
    Envelope,
    Joining,
    Level,
    NodeCard,
    Outcome,
    Poll,
    Post,
    Receipt,
    Signed,
    sign,
)
from quanyu.federation.nodes import read_invitation
from quanyu.federation.signature import Suite, canonical
from tests.browser.conftest import PASSWORD, Portal, broken_rules, cookies_of, entered, open_context
from tests.browser.test_every_page import LOOKS
from tests.patience import until
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

    def contract(self, title: str, **changes: Any) -> tuple[str, str]:
        """In force; its request and its id."""
        asked = self("county", "POST", "/requests", json=APPLICATION | {"title": title} | changes)
        request = asked["request"]["id"]
        self("admin", "POST", f"/requests/{request}/acts", json={"act": "forward"})
        items = [{"name": one["name"], "granted": True} for one in asked["application"]["items"]]
        answered = self("civil", "POST", f"/requests/{request}/answer", json={"items": items})
        text = self("county", "GET", f"/requests/{request}/commitment")
        self("county", "POST", f"/requests/{request}/signature", json={"sm3": text["hash"]})
        return request, answered["request"]["contract"]

    def reaches(self, request: str, state: str) -> None:
        """What the node does by itself once a contract has ended."""
        until(lambda: self("county", "GET", f"/requests/{request}")["request"]["state"] == state, state)


@pytest.fixture(scope="module")
def office(portal: Portal) -> Iterator[Office]:
    """Civil affairs have the register of residents, of which the income is withheld by law; the county asks for it."""
    portal.node.import_text("residents", RESIDENTS, "residents.csv")
    with ExitStack() as stack:
        admin = stack.enter_context(entered(portal, "admin", PASSWORD))
        clients = {"admin": admin}
        for body, name in (("civil", "民政局"), ("county", "青川县政府")):
            admin.put(f"/api/v1/organisations/{body}", json={"name": name}).raise_for_status()
            clients[body] = stack.enter_context(officer(portal, admin, body))
        _publish(admin)
        yield Office(portal.node, clients)


def officer(portal: Portal, admin: httpx.Client, body: str) -> Any:
    """Signed in; the account is made where no other file has asked for it on this node."""
    said = {"login": body, "name": f"{body} 数据员", "organisation": body}
    answer = admin.post("/api/v1/accounts", json=said)
    if answer.status_code != 409:
        made = answer.json()
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


def test_what_is_written_outlives_the_end_of_the_session(open_as: Any, office: Office) -> None:
    page = open_as("county")
    page.goto("/sharing/ask?dataset=residents")
    page.get_by_role("checkbox", name="编号").check()
    page.get_by_label("申请标题").fill("会话中断的申请")
    page.get_by_label("用途").fill("低保核对")
    page.get_by_label("法律依据").fill("社会救助暂行办法")
    page.context.clear_cookies()
    page.reload()
    _signs_in(page.get_by_role("main"))
    expect(page.get_by_label("申请标题")).to_have_value("会话中断的申请")
    page.context.clear_cookies()
    page.get_by_role("button", name="提交申请").click()
    dialog = page.get_by_role("dialog", name="登录已过期")
    _signs_in(dialog)
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("heading", name="会话中断的申请")).to_be_visible()
    mine = office("county", "GET", "/requests", params={"limit": 500})["items"]
    assert [one["title"] for one in mine].count("会话中断的申请") == 1


def _signs_in(form: Locator) -> None:
    form.get_by_label("账号", exact=True).fill("county")
    form.get_by_label("密码", exact=True).fill(PASSWORD)
    form.get_by_role("button", name="登录", exact=True).click()


def test_a_wrong_field_is_disputed_where_it_stands_and_the_owner_sees_who_holds_it(
    open_as: Any, office: Office
) -> None:
    _, contract = office.contract("有异议的申请")
    county, civil = open_as("county"), open_as("civil")
    county.goto(f"/sharing/contracts/{contract}?tab=records")
    county.get_by_role("button", name="取前 20 条").click()
    _says_where_it_comes_from(county, office)
    county.get_by_role("row", name="R003").get_by_role("button", name="二街").click()
    dialog = county.get_by_role("dialog")
    expect(dialog).to_contain_text("5 个工作日")
    dialog.get_by_label("“街道”应当是").fill("三街")
    dialog.get_by_label("证据", exact=True).fill("户籍登记表")
    dialog.locator("input[type=file]").set_input_files(
        {"name": "登记表.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    )
    expect(dialog.get_by_text("登记表.pdf")).to_be_visible()
    dialog.get_by_role("button", name="提出异议").click()
    expect(county.get_by_role("heading", name="异议内容")).to_be_visible()
    civil.goto(county.url)
    expect(civil.get_by_role("link", name="登记表.pdf")).to_be_visible()
    expect(civil.get_by_role("region", name="更正传达")).to_contain_text("青川县政府")
    civil.get_by_role("button", name="不属实").click()
    civil.get_by_label("理由").fill("登记无误")
    civil.get_by_role("dialog").get_by_role("button", name="不属实").click()
    expect(civil.get_by_role("dialog")).to_have_count(0)
    county.reload()
    expect(county.get_by_text("登记无误").first).to_be_visible()
    civil.goto("/sharing?tab=users")
    civil.get_by_role("grid").get_by_text("county 数据员").first.click()
    calls = civil.get_by_role("region", name=re.compile("^青川县政府"))
    calls.get_by_role("grid").get_by_text("county 数据员").first.click()
    expect(civil.get_by_role("dialog")).to_contain_text("dispute of 街道")


def _says_where_it_comes_from(page: Page, office: Office) -> None:
    known = office.clients["admin"].get("/api/v1/datasets/residents").json()
    origin = page.get_by_role("list", name="来源")
    expect(origin.get_by_role("link", name="居民登记")).to_have_attribute("href", "/catalogue/residents")
    expect(origin.get_by_text("民政局")).to_be_visible()
    expect(origin.get_by_text(f"第 {known['version']} 版")).to_be_visible()
    modified = datetime.fromisoformat(known["modified"]).astimezone(ZoneInfo("Asia/Shanghai"))
    expect(origin.get_by_text(f"截至 {modified:%Y/%m/%d %H:%M}")).to_be_visible()


def test_a_result_of_the_sandbox_is_seen_once_its_owner_releases_it(open_as: Any, office: Office) -> None:
    _, contract = office.contract("在沙箱中统计", ways=["sandbox"])
    county, civil = open_as("county"), open_as("civil")
    county.goto(f"/sharing/contracts/{contract}?tab=trials")
    county.get_by_label("SQL").fill('select "街道", count(*) as n from residents group by "街道"')
    county.get_by_role("button", name="运行").click()
    waiting = county.get_by_role("row", name=re.compile("待提供方放行"))
    waiting.click()
    expect(county.get_by_role("dialog")).to_contain_text("提供方放行后才显示结果")
    civil.goto(county.url)
    civil.get_by_role("row", name=re.compile("待提供方放行")).click()
    expect(civil.get_by_role("dialog").get_by_role("cell", name="二街")).to_be_visible()
    civil.get_by_role("button", name="放行结果").click()
    expect(civil.get_by_role("dialog")).to_contain_text("已放行")
    county.reload()
    county.get_by_role("row", name=re.compile("已放行")).click()
    expect(county.get_by_role("dialog").get_by_role("cell", name="二街")).to_be_visible()


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS, ids=str)
def test_the_pages_of_a_request_are_accessible(
    chromium: Browser, office: Office, language: str, theme: str, width: int
) -> None:
    request, contract = office.contract("各页面都可访问", ways=["records", "sandbox"])
    office("county", "GET", f"/contracts/{contract}/records")
    office(
        "county", "POST", f"/contracts/{contract}/trials", json={"sql": "select count(*) as n from residents"}
    )
    shown = office("county", "POST", "/exhibits", params={"name": "登记表.pdf"}, content=b"%PDF-1.7\n%%EOF\n")
    wrong = {
        "record": {"编号": "R005"},
        "field": "街道",
        "claimed": "三街",
        "evidence": "登记表",
        "exhibits": [{"id": shown["id"], "name": shown["name"]}],
    }
    disputed = office("county", "POST", "/disputes", json=wrong | {"contract": contract})
    found = {"records": [{"编号": "R005", "街道": "三街"}], "note": "入户核查"}
    returned = office("county", "POST", f"/contracts/{contract}/returns", json=found)
    context = open_context(chromium, office.portal("civil"), language=language, theme=theme, width=width)
    page = context.new_page()
    pages = (
        f"/sharing/requests/{request}", f"/sharing/disputes/{disputed['dispute']['id']}", f"/sharing/returns/{returned['item']['id']}",
        *(f"/sharing/contracts/{contract}?tab={tab}" for tab in ("terms", "use", "call", "trials")),
        "/sharing?tab=dataspace", "/sharing?tab=users", "/sharing?tab=contracts", "/sharing?tab=disputes",
        "/sharing?tab=returns", "/sharing?tab=returns&at=nodes",
    )  # fmt: skip
    for path in pages:
        page.goto(path)
        page.locator("h1").first.wait_for(state="attached")
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert broken_rules(page) == [], path
        if path.endswith("=use"):
            raw_day = re.compile(r"\d{4}-\d\d-\d\d")
            expect(page.get_by_role("figure")).not_to_contain_text(raw_day)
    context.close()


def test_what_was_found_out_is_pasted_goes_back_and_is_settled_by_a_rule(
    open_as: Any, office: Office
) -> None:
    _, contract = office.contract("核查回流", ways=["records"])
    page = open_as("county")
    page.goto(f"/sharing/contracts/{contract}?tab=giveBack")
    pasted = page.get_by_label("记录", exact=True)
    pasted.fill("编号,别的\nR006,1")
    expect(page.get_by_text("合同没有提供 别的")).to_be_visible()
    pasted.fill("编号\t街道\nR006\t三街")
    page.get_by_role("button", name="回流", exact=True).click()
    expect(page.get_by_role("heading", name="居民登记 的回流")).to_be_visible()
    number = page.url.rpartition("/")[2]
    expect(page.get_by_role("button", name="采纳", exact=True)).to_have_count(0)
    owner = open_as("civil")
    owner.goto("/sharing?tab=returns")
    owner.get_by_role("row").filter(has_text=number).click()
    expect(owner.get_by_role("region", name="冲突").get_by_role("row").last).to_contain_text("三街")
    owner.get_by_label("1 处冲突，以谁为准？").select_option(label="以我方为准")
    owner.get_by_role("button", name="采纳", exact=True).click()
    expect(owner.get_by_text("已采纳").first).to_be_visible()


def test_ten_thousand_returns_come_as_they_are_scrolled_to(open_as: Any, office: Office) -> None:
    _, contract = office.contract("一万条回流", ways=["records"])
    found = {"records": [{"编号": "R007", "街道": "三街"}]}
    first = office("county", "POST", f"/contracts/{contract}/returns", json=found)["item"]["id"]
    repeated(office, "share_return", first, "'id', t.id || '-' || n, 'key', t.key || n")
    comes_as_it_is_scrolled_to(open_as("civil"), "returns")
    assert len(told_page_by_page(office)) > 10_000


def test_ten_thousand_requests_contracts_users_and_disputes_come_as_they_are_scrolled_to(
    open_as: Any, office: Office
) -> None:
    request, contract = office.contract("一万条", ways=["records"])
    office("county", "GET", f"/contracts/{contract}/records?limit=1")
    wrong = {
        "contract": contract,
        "record": {"编号": "R007"},
        "field": "街道",
        "claimed": "三街",
        "evidence": "回执",
    }
    dispute = office("county", "POST", "/disputes", json=wrong)["dispute"]["id"]
    call = office("civil", "GET", f"/contracts/{contract}/calls")["items"][0]
    own_way = "'id', t.id || '-' || n, 'instance', t.instance || n"
    repeated(office, "share_request", request, own_way)
    repeated(office, "share_dispute", dispute, own_way)
    repeated(office, "share_contract", contract, "'id', t.id || '-' || n")
    repeated(office, "share_call", call["id"], "'id', t.id || '-' || n, 'actor', 'person ' || n")
    page = open_as("civil")
    for tab in ("received", "contracts", "users", "disputes"):
        comes_as_it_is_scrolled_to(page, tab)


def comes_as_it_is_scrolled_to(page: Page, tab: str) -> None:
    page.goto(f"/sharing?tab={tab}")
    grid = page.get_by_role("grid")
    for rows in (101, 201, 301):
        expect(grid).to_have_attribute("aria-rowcount", str(rows))
        grid.evaluate("grid => grid.scrollTo(0, grid.scrollHeight)")
    assert grid.get_by_role("row").count() < 100, f"{tab} has more rows than are seen"


def repeated(office: Office, table: str, id: str, changed: str) -> None:
    """As if the same had come 10,000 times, each a minute before the other; `changed`: what each has of its own."""

    async def insert() -> None:
        connection = await asyncpg.connect(
            host=str(office.node.data / "postgres"), user="quanyu", database="quanyu"
        )
        at = "at" if table == "share_call" else "created"
        await connection.execute(
            f"""insert into {table} select (jsonb_populate_record(t, jsonb_build_object({changed}, '{at}', t.{at} - n * interval '1 minute'))).*
                from {table} as t, generate_series(1, 10000) as n where id = $1""",
            id,
        )
        await connection.close()

    with ThreadPoolExecutor(1) as beside_the_browser:
        beside_the_browser.submit(asyncio.run, insert()).result()


def told_page_by_page(office: Office) -> set[str]:
    page = office("civil", "GET", "/returns", params={"limit": 500})
    found = [one["id"] for one in page["items"]]
    while page["next"]:
        page = office("civil", "GET", "/returns", params={"limit": 500, "after": page["next"]})
        found += [one["id"] for one in page["items"]]
    assert len(found) == len(set(found))
    return set(found)


def test_who_may_not_see_returns_is_told_so(chromium: Browser, office: Office) -> None:
    """Somebody of no body that shares, and an officer of a body that the return is none of the business of."""
    _, contract = office.contract("他人的回流", ways=["records"])
    found = {"records": [{"编号": "R008", "街道": "三街"}]}
    given = office("county", "POST", f"/contracts/{contract}/returns", json=found)["item"]["id"]
    office.clients["admin"].put("/api/v1/organisations/water", json={"name": "水务局"}).raise_for_status()
    for login, role, path, words in (
        ("patrol", "patroller", "/sharing?tab=returns", "您没有此权限"),
        ("patrol", "patroller", f"/sharing/returns/{given}", "您没有此权限"),
        ("water", "department_officer", "/sharing?tab=returns", "还没有回流"),
        ("water", "department_officer", f"/sharing/returns/{given}", given),
    ):
        with somebody(office, login, role) as client:
            context = open_context(chromium, Portal(office.node, cookies_of(client)))
            page = context.new_page()
            page.goto(path)
            expect(page.get_by_role("main")).to_contain_text(words)
            expect(page.get_by_role("main")).not_to_contain_text("三街")
            assert broken_rules(page) == [], path
            context.close()


@contextmanager
def somebody(office: Office, login: str, role: str) -> Iterator[httpx.Client]:
    """Of a body called as they are, where there is one; entered when they first come."""
    said = {"login": login, "name": login, "roles": [role]} | (
        {"organisation": "water"} if role == "department_officer" else {}
    )
    made = office.clients["admin"].post("/api/v1/accounts", json=said)
    portal = Portal(office.node, {"cookies": [], "origins": []})
    if made.is_success:
        with entered(portal, login, made.json()["password"]) as client:
            own = {"old": made.json()["password"], "new": PASSWORD}
            client.post("/api/v1/session/password", json=own).raise_for_status()
    with entered(portal, login, PASSWORD) as client:
        yield client


def test_another_node_is_invited_proven_and_revoked_after_its_consequences_are_told(
    open_as: Any, office: Office, tmp_path: Path
) -> None:
    page = open_as("admin")
    page.goto("/nodes")
    page.get_by_label("标识").fill("jiangzhou")
    page.get_by_label("名称", exact=True).fill("江州市")
    page.get_by_label("英文名称").fill("Jiangzhou City")
    page.get_by_label("访问地址").fill("http://city.example")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="发出邀请").click()
    page.get_by_role("button", name="生成邀请").click()
    invitation = page.get_by_role("region", name="邀请").inner_text()
    county = HandmadeNode(office.node, tmp_path, invitation)
    page.goto("/nodes")
    page.get_by_role("group", name="节点图").get_by_role("button", name="青川县").click()
    with page.expect_response("**/subscription"):
        page.get_by_role("button", name="订阅它的目录").click()
    opens_what_waits(page)
    county.fetches_its_mail()
    page.goto("/nodes?tab=proofs&peer=qingchuan")
    page.get_by_role("grid").get_by_role("gridcell", name="目录订阅").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载证明文件").click()
    page.keyboard.press("Escape")
    proof, forged = tmp_path / "proof.json", tmp_path / "forged.json"
    download.value.save_as(proof)
    forged.write_text(proof.read_text().replace('"accepted"', '"refused"'))
    page.locator("input[type=file]").set_input_files(proof)
    expect(page.get_by_text("双方的密钥都是本节点已知的")).to_be_visible()
    page.locator("input[type=file]").set_input_files(forged)
    expect(page.get_by_text("证明不成立")).to_be_visible()
    page.goto("/nodes")
    page.get_by_role("grid").get_by_text("青川县").click()
    page.get_by_role("button", name="撤销信任").click()
    danger = page.get_by_role("region", name="撤销信任")
    expect(danger).to_contain_text("目前没有依赖它的申请")
    danger.get_by_label("输入节点标识").fill("qingchuan")
    danger.get_by_role("button", name="撤销信任").click()
    expect(page.get_by_role("grid")).to_contain_text("已撤销信任")


def opens_what_waits(page: Page) -> None:
    """For a node that has not fetched it: by the number in the list, and by the one in its facts."""
    page.goto("/nodes")
    line = page.get_by_role("grid").get_by_role("row").filter(has_text="青川县")
    line.get_by_role("link", name="待送报文 1", exact=True).click()
    messages = page.get_by_role("grid", name="往来与证明").get_by_role("row")
    expect(messages.filter(has_text="目录订阅")).to_have_count(1)
    expect(page.get_by_label("状态")).to_have_value("waiting")
    expect(messages).to_have_count(2)
    page.goto("/nodes")
    line.get_by_text("青川县").click()
    page.get_by_role("dialog").get_by_role("link", name="1", exact=True).click()
    expect(messages).to_have_count(2)
    expect(messages.last).to_contain_text("待送达")


class HandmadeNode:
    """A county that can only call out, without a process of its own: it joins, fetches its mail and signs receipts."""

    def __init__(self, city: RunningNode, folder: Path, invitation: str) -> None:
        self._city = city
        (self._key,) = add_key(folder, "county", Suite.ED25519)
        card = NodeCard(
            id="qingchuan", name="青川县", level=Level.COUNTY, region="", url=None, keys=(self._key.public,), version=1
        )  # fmt: skip
        joining = Joining(secret=read_invitation(invitation.strip()).secret, card=sign(card, self._key))
        self._says("join", joining)
        self._polls = int(time.time())

    def fetches_its_mail(self) -> None:
        post = msgspec.json.decode(self._polled(()), type=Post)
        self._polled(tuple(self._received(one.envelope) for one in post.messages))

    def _polled(self, receipts: tuple[Signed[Receipt], ...]) -> bytes:
        self._polls += 1
        poll = Poll(
            node="qingchuan",
            receiver="jiangzhou",
            number=self._polls,
            time=datetime.now(UTC),
            receipts=receipts,
        )
        return self._says("mailbox", sign(poll, self._key))

    def _received(self, envelope: Signed[Envelope]) -> Signed[Receipt]:
        receipt = Receipt(
            message=envelope.body.id, envelope=envelope.hash, sender="qingchuan", receiver="jiangzhou",
            outcome=Outcome.ACCEPTED, reason="", time=datetime.now(UTC),
        )  # fmt: skip
        return sign(receipt, self._key)

    def _says(self, door: str, body: object) -> bytes:
        answer = httpx.post(f"{self._city.url}/federation/v1/{door}", content=canonical(body), timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.content
