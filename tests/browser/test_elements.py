"""Of one data element three departments say in the browser that they are its source; the authority decides, and a copy leads there."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import patience
from tests.browser.conftest import PASSWORD, Portal, broken_rules, entered, open_context, pick
from tests.browser.test_sharing import Office, officer
from tests.running import RunningNode

pytestmark = pytest.mark.browser

BODIES = {"civil": "民政局", "county": "青川县政府", "health": "卫健委"}
PEOPLE = "编号,出生日期\n" + "".join(f"P{number:03},1990-01-{number:02}\n" for number in range(1, 29))
SHORT = {"amount": 0.006, "unit": "hours"}
"""Some twenty seconds, as this city has published it: two bodies claim meanwhile."""
MANY = 10_000


@pytest.fixture(scope="module")
def office(portal: Portal) -> Iterator[Office]:
    with ExitStack() as stack:
        admin = stack.enter_context(entered(portal, "admin", PASSWORD))
        clients = {"admin": admin}
        for body, name in BODIES.items():
            portal.node.import_text(f"people-{body}", PEOPLE, f"people-{body}.csv")
            admin.put(f"/api/v1/organisations/{body}", json={"name": name}).raise_for_status()
            clients[body] = stack.enter_context(officer(portal, admin, body))
            _publish(admin, body)
        way = admin.get("/api/v1/workflow/definitions/share_element").json()
        del way["version"]
        next(one for one in way["states"] if one["name"] == "claiming")["limit"] = SHORT
        admin.post("/api/v1/workflow/definitions", json=way).raise_for_status()
        yield Office(portal.node, clients)


def _publish(admin: Any, body: str) -> None:
    path = f"/api/v1/catalogue/people-{body}"
    said = {
        "title": f"{BODIES[body]}人员", "abstract": "登记", "organisation": body, "share_type": 2, "share_condition": "依职责",
    }  # fmt: skip
    changed = admin.patch(path, json=said, headers={"if-match": admin.get(path).headers["etag"]})
    admin.post(f"{path}/publish", headers={"if-match": changed.headers["etag"]}).raise_for_status()


@pytest.fixture(scope="module")
def open_as(chromium: Browser, office: Office) -> Iterator[Callable[..., Page]]:
    with ExitStack() as stack:

        def opened(who: str, path: str, *, language: str = "zh-CN", width: int = 1440) -> Page:
            context = open_context(chromium, office.portal(who), width=width, language=language)
            stack.callback(context.close)
            page = context.new_page()
            page.goto(path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            return page

        yield opened


def until(office: Office, path: str, said: Callable[[Any], bool]) -> Any:
    """What clocks and jobs of the node do by themselves."""
    return patience.until(lambda: found if said(found := office("admin", "GET", path)) else None, path)


def act(page: Page, name: str, reason: str = "") -> None:
    page.get_by_role("region", name="可以进行").get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    if reason:
        dialog.get_by_label("理由", exact=False).first.fill(reason)
    dialog.get_by_role("button", name=name, exact=True).click()
    expect(dialog).to_have_count(0)


def whole(page: Page) -> None:
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture(scope="module")
def decided(open_as: Callable[..., Page], office: Office) -> str:
    """The story up to the decision; the code of the element."""
    code = "birth-date"
    county = open_as("county", "/sharing?tab=elements")
    county.get_by_role("button", name="提出数据元需求").click()
    form = county.get_by_role("dialog")
    for label, value in (
        ("中文名称", "出生日期"),
        ("英文名称", "Date of birth"),
        ("代码", code),
        ("需求理由", "高龄津贴核对"),
    ):
        form.get_by_label(label, exact=False).first.fill(value)
    form.get_by_role("button", name="提出数据元需求").click()
    expect(county.get_by_role("heading", level=1)).to_have_text("出生日期")
    expect(county.get_by_text("待受理").first).to_be_visible()
    admin = open_as("admin", f"/sharing/elements/{code}")
    act(admin, "受理，公开认领")
    for body in ("county", "health"):
        claim = {"items": [{"dataset": f"people-{body}", "item": "出生日期"}], "reason": f"{BODIES[body]}登记", "basis": "条例", "update_cycle": "daily"}  # fmt: skip
        office(body, "POST", f"/elements/{code}/claims", json=claim)
    until(office, f"/elements/{code}", lambda found: found["element"]["state"] == "negotiating")
    civil = open_as("civil", f"/sharing/elements/{code}")
    civil.get_by_role("button", name="认领", exact=True).click()
    form = civil.get_by_role("dialog")
    pick(form.get_by_label("承载它的数据集"), "people-civil")
    form.get_by_label("出生日期").check()
    form.get_by_label("作为数源的理由").fill("户籍登记以民政为准")
    form.get_by_label("法律依据").fill("户口登记条例 第三条")
    form.get_by_role("button", name="认领", exact=True).click()
    expect(civil.get_by_role("region", name="认领").locator("article")).to_have_count(3)
    civil.get_by_role("button", name="提出协商方案").click()
    form = civil.get_by_role("dialog")
    form.get_by_label("牵头数源部门").select_option("civil")
    form.get_by_label("青川县政府").check()
    form.get_by_role("button", name="提出协商方案").click()
    expect(civil.get_by_text("牵头：民政局；协同：青川县政府")).to_be_visible()
    county.reload()
    act(county, "同意协商方案")
    health = open_as("health", f"/sharing/elements/{code}")
    act(health, "协商不成，提请裁定", "不同意由民政牵头")
    admin.reload()
    admin.get_by_role("button", name="裁定数源").click()
    form = admin.get_by_role("dialog")
    pick(form.get_by_label("牵头数源部门"), "民政局")
    form.get_by_label("青川县政府").check()
    form.get_by_label("理由", exact=False).first.fill("户籍登记职责在民政")
    form.get_by_role("button", name="裁定数源").click()
    expect(admin.get_by_role("region", name="数源", exact=True)).to_contain_text("民政局 · 协同：青川县政府")
    expect(admin.get_by_role("region", name="认领")).to_contain_text("未采纳")
    return code


def test_a_copy_leads_to_the_source_by_one_click(
    open_as: Callable[..., Page], office: Office, decided: str
) -> None:
    until(office, f"/copies?element={decided}", lambda found: len(found["items"]) == 1)
    health = open_as("health", "/sharing?tab=copies")
    expect(health.get_by_text("数据元“出生日期”的数源部门是 民政局")).to_be_visible()
    health.get_by_role("link", name="向数源申请").click()
    expect(health.get_by_role("heading", level=1)).to_have_text("申请使用数据")
    expect(health.get_by_role("checkbox", name="出生日期")).to_be_checked()
    own = open_as("health", "/catalogue/people-health")
    expect(own.get_by_role("note")).to_contain_text("不得重复采集")
    found = open_as("health", "/catalogue?q=出生日期")
    expect(found.get_by_role("link", name="数据元“出生日期”的数源部门是 民政局")).to_be_visible()


def test_whoever_publishes_a_copy_is_told_at_once(open_as: Callable[..., Page], decided: str) -> None:
    page = open_as("admin", "/catalogue/people-health")
    page.get_by_role("button", name="下线", exact=True).click()
    page.get_by_role("button", name="发布", exact=True).click()
    told = page.get_by_role("status").filter(has_text="已发布，但有 1 处需要处理")
    expect(told).to_contain_text("“出生日期”的数据源是民政局")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(told).to_have_count(0)


def test_the_source_sets_the_standard_and_checks_its_item(open_as: Callable[..., Page], decided: str) -> None:
    civil = open_as("civil", f"/sharing/elements/{decided}")
    civil.get_by_role("button", name="定标").click()
    form = civil.get_by_role("dialog")
    form.get_by_label("标准版本").fill("1.0")
    form.get_by_label("类型").select_option("date")
    form.get_by_role("button", name="保存").click()
    standard = civil.get_by_role("region", name="标准", exact=True)
    standard.get_by_role("button", name="检查是否符合标准").first.click()
    expect(standard.get_by_text("符合标准", exact=True)).to_be_visible()


def test_a_sample_file_is_attached_and_read_by_others(
    open_as: Callable[..., Page], decided: str, tmp_path: Path
) -> None:
    """After the standard is set."""
    file = tmp_path / "出生日期样例.csv"
    file.write_text("编号,出生日期\nP001,1990-01-01\n", "utf-8")
    civil = open_as("civil", f"/sharing/elements/{decided}")
    standard = civil.get_by_role("region", name="标准", exact=True)
    standard.locator("input[type=file]").set_input_files(file)
    expect(standard.get_by_role("link", name=file.name)).to_be_visible()
    whole(civil)
    health = open_as("health", f"/sharing/elements/{decided}", width=390)
    with health.expect_download() as sent:
        health.get_by_role("link", name=file.name).click()
    assert Path(sent.value.path()).read_bytes() == file.read_bytes()
    expect(health.get_by_role("button", name="附样例文件")).to_have_count(0)
    whole(health)


def test_a_source_links_a_further_item(open_as: Callable[..., Page], decided: str) -> None:
    civil = open_as("civil", f"/sharing/elements/{decided}")
    source = civil.get_by_role("region", name="数源", exact=True)
    expect(source).not_to_contain_text("编号")
    source.get_by_role("button", name="关联数据项").click()
    form = civil.get_by_role("dialog")
    pick(form.get_by_label("承载它的数据集"), "people-civil")
    form.get_by_label("编号").check()
    assert broken_rules(civil) == []
    form.get_by_role("button", name="关联数据项").click()
    expect(form).to_have_count(0)
    expect(source).to_contain_text("编号")


def test_the_authority_sees_whose_the_element_of_a_request_is(
    open_as: Callable[..., Page], office: Office, decided: str
) -> None:
    wish = {
        "dataset": "people-health", "title": "高龄核对", "items": [{"name": "出生日期"}], "purpose": "p", "basis": "b",
        "starts": "2026-01-01T00:00:00+08:00", "ends": "2099-01-01T00:00:00+08:00",
    }  # fmt: skip
    request = office("county", "POST", "/requests", json=wish)["request"]["id"]
    for width in (1440, 390):
        page = open_as("admin", f"/sharing/requests/{request}", width=width)
        items = page.get_by_role("region", name="逐项答复")
        expect(items).to_contain_text("数据元“出生日期”的数源部门是 民政局")
        expect(items).to_contain_text("申请的不是数源的数据")
        whole(page)
    items.get_by_role("link", name="数源的目录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("民政局人员")


def test_who_lost_appeals_and_the_pages_are_whole(open_as: Callable[..., Page], decided: str) -> None:
    health = open_as("health", f"/sharing/elements/{decided}")
    act(health, "申诉", "卫健的出生证明更早")
    expect(health.get_by_text("复核中").first).to_be_visible()
    for language, width in (("zh-CN", 1440), ("en", 1440), ("zh-CN", 390), ("en", 390)):
        for path in ("/sharing?tab=elements", f"/sharing/elements/{decided}", "/sharing?tab=copies"):
            page = open_as("health", path, language=language, width=width)
            whole(page)
            page.context.close()
    admin = open_as("admin", "/sharing?tab=notices")
    whole(admin)


def test_ten_thousand_elements_are_listed_part_by_part(
    open_as: Callable[..., Page], office: Office, decided: str
) -> None:
    with ThreadPoolExecutor(1) as thread:  # the browser has the loop of this one
        thread.submit(lambda: asyncio.run(repeat(office.node, decided, MANY))).result()
    page = open_as("civil", "/sharing?tab=elements")
    expect(page.get_by_role("row").nth(5)).to_be_visible()
    assert page.get_by_role("row").count() < 200
    whole(page)
    page.get_by_role("searchbox").fill("出生日期 9999")
    expect(page.get_by_role("row")).to_have_count(2)


async def repeat(node: RunningNode, code: str, times: int) -> None:
    """As if others had been asked for; none of them with a way of its own."""
    connection = await asyncpg.connect(
        host=str(Path(node.data) / "postgres"), user="quanyu", database="quanyu"
    )
    await connection.execute(
        """insert into share_element (tenant, code, title_zh, title_en, definition, subject, reason, asked_by, instance, state, author,
               created, modified)
           select tenant, code || '-' || n, title_zh || ' ' || n, title_en, definition, subject, reason, asked_by, instance || n, state, author,
               created, modified - n * interval '1 minute'
           from share_element, generate_series(1, $2::int) as n where code = $1""",
        code, times,
    )  # fmt: skip
    await connection.close()
