"""A city from its first sign-in on, with nothing but the portal: no shell, no call of the API by hand."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Portal as Seen
from tests.browser.conftest import broken_rules, pick, replace_one_time_password, sign_in_first, watch
from tests.patience import until
from tests.running import RunningNode, node_in

pytestmark = pytest.mark.browser

BODIES = "编码,名称,上级\nhealth,卫生健康局,\nroads,道路养护中心,\n"
BROKEN = "bj999,某医院,某医院,三级,0,0,某路 1 号\n"
"""As a line of the file itself is, with a place that is none."""
PEOPLE = {
    "wangli": ("王丽", "道路养护中心", ("受理员", "值班长", "派遣员", "监督员", "回访员", "部门数据员")),
    "liu": ("刘师傅", "道路养护中心", ("现场处置员",)),
    "chen": ("陈静", "卫生健康局", ("部门数据员",)),
    "auditor": ("审计员", "", ("审计管理员",)),
}
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True,
    "geolocation": {"longitude": 116.4105, "latitude": 39.9125}, "permissions": ["geolocation"],
}  # fmt: skip
WORDS = "医院门前人行道井盖破损，老人差点绊倒"


@dataclass(frozen=True)
class Town:
    """A screen for each of its people, signed in on it."""

    node: RunningNode
    screens: dict[str, Page]

    @property
    def office(self) -> Page:
        return self.screens["admin"]


@pytest.fixture(scope="module")
def town(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Bodies and people, made by the administrator on the pages of an empty node; each comes in with the one-time password."""
    folder = tmp_path_factory.mktemp("town")
    with node_in(folder / "data") as node, ExitStack() as stack:

        def screen(**look: Any) -> Page:
            context = stack.enter_context(chromium.new_context(base_url=node.url, locale="zh-CN", **look))
            context.set_default_timeout(60_000)
            return context.new_page()

        screens = {"admin": screen(**DESK), "resident": screen(**PHONE)}
        sign_in_first(screens["admin"], node)
        register_bodies(screens["admin"], folder / "机构.csv")
        for login in PEOPLE:
            password = engage(screens["admin"], login)
            screens[login] = screen(**(PHONE if login == "liu" else DESK))
            screens[login].goto("/signin")
            replace_one_time_password(screens[login], login, password)
        yield Town(node, screens)


def register_bodies(page: Page, table: Path) -> None:
    table.write_text(BODIES, encoding="gb18030")
    page.get_by_role("link", name="登记部门").click()
    page.get_by_label("上传表格").set_input_files(table)
    expect(page.get_by_role("grid")).to_contain_text("卫生健康局")


def engage(page: Page, login: str) -> str:
    """Returns the one-time password."""
    name, body, roles = PEOPLE[login]
    page.get_by_role("link", name="账号", exact=True).click()
    page.get_by_role("button", name="新建账号").click()
    form = page.get_by_role("dialog")
    form.get_by_label("登录名").fill(login)
    form.get_by_label("姓名").fill(name)
    if body:
        pick(form.get_by_label("所属机构"), body)
    for role in roles:
        form.get_by_label(role, exact=True).check()
    form.get_by_role("button", name="新建账号").click()
    password = form.locator("code").inner_text()
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    return password


@pytest.fixture(scope="module")
def hospitals(town: Town, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A real file, with one line of which the place is none, imported and mapped; the address of its report."""
    real = real_data / "hospitals-beijing-designated" / "tertiary_coords.csv"
    file = tmp_path_factory.mktemp("real") / "hospitals.csv"
    file.write_text(real.read_text(encoding="utf-8-sig").rstrip("\n") + "\n" + BROKEN, encoding="utf-8")
    page = town.office
    page.get_by_role("link", name="接入", exact=True).click()
    page.set_input_files("input[type=file]", file)
    pick(page.get_by_label("提供部门"), "卫生健康局")
    page.get_by_role("button", name="开始导入").click()
    page.get_by_role("link", name="查看报告").click()
    expect(page.get_by_role("region", name="导入结果")).to_contain_text("45")
    return page.url


def correct_mapping(page: Page, report: str) -> None:
    page.goto(report)
    column = page.get_by_label("“name”列对应的属性", exact=True)
    expect(column.locator("option:checked")).to_have_text("机构名称 (hospitalName)")
    page.get_by_label("“address”列对应的属性", exact=True).select_option(label="不进入实体")
    page.get_by_role("button", name="保存映射").click()
    page.get_by_role("button", name="重新处理").click()
    expect(page.get_by_text("重新处理现有内容")).to_be_visible()
    assert page.url != report
    expect(page.get_by_role("region", name="导入结果")).to_contain_text("45", timeout=120_000)


def mend(page: Page) -> None:
    """From the report on, where the rule that was broken leads to its record."""
    page.get_by_role("region", name="违反的规则").get_by_role("link").first.click()
    grid = page.get_by_role("grid", name="隔离区")
    grid.get_by_text("某医院").first.click()
    panel = page.get_by_role("complementary", name="记录")
    panel.get_by_label("longitude").fill("116.41")
    panel.get_by_label("latitude").fill("39.91")
    panel.get_by_role("button", name="保存并检查").click()
    expect(panel).to_contain_text("全部通过")
    panel.get_by_role("button", name="放行").click()
    expect(page.get_by_role("status").filter(has_text="已放行 1 条")).to_be_visible()


def publish(page: Page) -> None:
    """By the department whose data it is; one of its items is withheld."""
    page.goto("/catalogue/hospitals?tab=edit")
    page.get_by_label("名称", exact=True).first.fill("三级定点医院")
    page.get_by_label("摘要").fill("医疗保险三级定点医院名录")
    pick(page.get_by_label("提供部门", exact=True), "卫生健康局")
    page.get_by_label("共享条件", exact=True).fill("用于道路养护安排")
    page.get_by_label("“address”的共享类型").select_option(label="不予共享")
    page.get_by_label("“address”的不予共享依据").fill("本局数据管理办法 第八条")
    assert broken_rules(page) == []
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("三级定点医院")
    page.get_by_role("button", name="确认分级").click()
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_role("button", name="下线")).to_be_visible()


def ask_for(page: Page) -> str:
    """Returns the address of the request."""
    page.get_by_role("link", name="目录", exact=True).click()
    page.get_by_role("row", name=re.compile("三级定点医院")).click()
    page.get_by_role("link", name="申请使用").click()
    for item in ("name", "address"):
        page.get_by_role("checkbox", name=re.compile(f"^{item} ")).check()
    page.get_by_label("申请标题").fill("医院周边养护排期")
    page.get_by_label("用途").fill("安排医院门前道路养护")
    page.get_by_label("法律依据").fill("城市道路管理条例 第二十条")
    page.get_by_role("button", name="提交申请").click()
    page.get_by_role("region", name="可以进行").wait_for()
    return page.url


def act(page: Page, name: str) -> Locator:
    """Opens its form."""
    page.get_by_role("button", name=name, exact=True).click()
    return page.get_by_role("dialog")


def test_a_real_file_becomes_an_entry_that_another_department_uses_under_a_contract(
    town: Town, hospitals: str
) -> None:
    office = town.office
    seen = watch(office, Seen(town.node, {"cookies": [], "origins": []}))
    correct_mapping(office, hospitals)
    mend(office)
    publish(office)
    roads, health = town.screens["wangli"], town.screens["chen"]
    request = ask_for(roads)
    office.goto(request)
    act(office, "转提供方").get_by_role("button", name="转提供方", exact=True).click()
    expect(office.get_by_role("dialog")).to_have_count(0)
    health.goto(request)
    act(health, "答复").get_by_role("button", name="答复", exact=True).click()
    answered = health.get_by_role("region", name="逐项答复")
    expect(answered).to_contain_text("同意 1 项，共 2 项")
    expect(answered).to_contain_text("本局数据管理办法 第八条")
    roads.goto(request)
    dialog = act(roads, "签署承诺书")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="签署", exact=True).click()
    roads.get_by_role("link", name=re.compile("^合同 C")).click()
    roads.get_by_role("link", name="数据", exact=True).last.click()
    roads.get_by_role("button", name="取前 20 条").click()
    expect(roads.get_by_role("region", name="数据").get_by_role("row")).to_have_count(21)
    assert (seen.outside, seen.errors) == ([], [])


def report(page: Page) -> str:
    """Without an account; returns the number of the case."""
    page.goto("/report")
    page.get_by_role("button", name="使用我现在的位置").click()
    expect(page.get_by_text("已选位置")).to_be_visible()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("您看到了什么？").fill(WORDS)
    page.get_by_role("radio", name="雨水井盖").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("list", name="办理进度")).to_contain_text("已收到，等待受理")
    return page.url.split("/follow/")[1].split("#")[0]


def dispatch(page: Page) -> None:
    page.get_by_role("link", name="事件", exact=True).click()
    page.get_by_role("grid").get_by_text("井盖破损").click()
    acts = page.get_by_role("region", name="可以进行")
    acts.get_by_role("button", name="受理 → 待立案", exact=True).click()
    acts.get_by_role("button", name="立案 → 待派遣", exact=True).click()
    acts.get_by_role("button", name="派遣 → 处置中", exact=True).click()
    form = page.get_by_role("dialog")
    pick(form.get_by_label("责任单位"), "道路养护中心")
    form.get_by_role("button", name="派遣").click()
    expect(form).to_have_count(0)


def handle(page: Page, number: str) -> None:
    """On the worker's phone, with a picture of what was done."""
    page.goto("/field")
    page.get_by_role("link", name=re.compile("井盖破损")).click()
    page.get_by_role("button", name="接单").click()
    page.get_by_role("button", name="处置完成").click()
    form = page.get_by_role("dialog")
    form.locator("input[type=file]").set_input_files(picture())
    form.get_by_label("办理情况与证据").fill("已更换井盖")
    form.get_by_role("button", name="处置完成").click()
    expect(page.get_by_text(re.compile("已送达：处置完成"))).to_be_visible()


def picture() -> Any:
    """As a camera writes it."""
    content = BytesIO()
    Image.new("RGB", (640, 480), (90, 90, 96)).save(content, "JPEG")
    return {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def close(page: Page, number: str) -> None:
    page.goto(f"/cases/{number}")
    expect(page.get_by_role("main").get_by_role("img").first).to_be_visible()
    acts = page.get_by_role("region", name="可以进行")
    acts.get_by_role("button", name="核查通过 → 待结案").click()
    acts.get_by_role("button", name="结案 → 待回访").click()
    expect(acts.get_by_role("button", name="结案 → 待回访")).to_have_count(0)


def rate(page: Page) -> None:
    page.reload()
    page.get_by_role("radio", name="未解决").check()
    page.get_by_role("radio", name="不满意", exact=True).check()
    page.get_by_label("为什么没有解决").fill("昨晚又翘起来了")
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_role("button", name="提交评价")).to_have_count(0)
    expect(page.get_by_role("list", name="办理进度")).to_contain_text("正在安排处理单位")


def test_a_report_is_worked_through_on_phones_and_desk_rated_and_taken_up_again_and_counted(
    town: Town,
) -> None:
    resident, desk = town.screens["resident"], town.screens["wangli"]
    number = report(resident)
    dispatch(desk)
    handle(town.screens["liu"], number)
    close(desk, number)
    rate(resident)
    desk.goto(f"/cases/{number}")
    expect(desk.get_by_role("region", name="办理过程")).to_contain_text("昨晚又翘起来了")
    expect(desk.get_by_role("main")).to_contain_text("不满意")
    leads_to(town, number)


def leads_to(town: Town, number: str) -> None:
    """A measure opens the case. What the node counts every five minutes is counted at once."""
    with town.node.client() as client:
        client.post("/api/v1/indicators/compute", json={"codes": ["case.reported"]}).raise_for_status()
        values = "/api/v1/indicators/case.reported/values"
        until(lambda: any(one["value"] for one in client.get(values).json()["items"]), "the measure")
    page = town.office
    page.get_by_role("link", name="指标", exact=True).click()
    page.get_by_role("main").get_by_role("link", name="上报数", exact=True).first.click()
    counted = page.get_by_role("region", name="计入的记录").get_by_role("link", name=re.compile("井盖破损"))
    expect(counted).to_be_visible()
    counted.click()
    expect(page).to_have_url(re.compile(f"/cases/{number}"))


def test_a_rule_is_made_in_words_and_tried_before_it_is_on(town: Town, hospitals: str) -> None:
    page = town.office
    page.get_by_role("link", name="规则", exact=True).click()
    page.get_by_role("link", name="新建规则").click()
    page.get_by_label("名称", exact=True).fill("定点医院没有数据")
    pick(page.get_by_label("对象"), "医疗机构")
    pick(page.get_by_label("属性"), "机构名称")
    page.get_by_label("看什么").select_option(value="silent")
    page.get_by_role("button", name="在过去三十天上试运行").click()
    expect(page.get_by_role("region", name="试运行")).to_contain_text("会产生")
    page.get_by_role("button", name="发布（未启用）").click()
    expect(page.get_by_role("heading", name="定点医院没有数据")).to_be_visible()
    page.get_by_role("button", name="启用", exact=True).click()
    expect(page.get_by_role("button", name="停用", exact=True)).to_be_visible()


def test_the_node_is_looked_after(town: Town) -> None:
    """A pack on and off, a backup, why somebody sees something, queues and links."""
    page = town.office
    page.get_by_role("link", name="系统", exact=True).click()
    page.get_by_role("link", name="场景包").click()
    pack = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="停车与拥堵"))
    pack.get_by_role("button", name="启用").click()
    pack.get_by_role("button", name="停用").click()
    expect(pack.get_by_role("button", name="启用")).to_be_visible()
    page.get_by_role("link", name="备份", exact=True).click()
    page.get_by_role("button", name="立即备份").click()
    expect(page.get_by_role("region", name="已有的备份")).to_contain_text(".tar.zst", timeout=120_000)
    page.get_by_role("link", name="权限缘由").click()
    pick(page.get_by_label("人员", exact=True), "陈静")
    page.get_by_label("操作", exact=True).select_option("dataset.read")
    expect(page.get_by_role("region", name="判定")).to_contain_text("部门数据员")
    page.get_by_role("link", name="任务队列").click()
    expect(page.get_by_text("没有失败的任务")).to_be_visible()


def test_the_auditor_finds_what_was_done_and_verifies_it(town: Town, hospitals: str) -> None:
    page = town.screens["auditor"]
    page.get_by_role("link", name="证据", exact=True).click()
    search = page.get_by_role("searchbox", name="关键词")
    search.fill("hospitals")
    search.press("Enter")
    page.get_by_role("row").filter(has_text="hospitals").first.wait_for()
    page.get_by_role("button", name="核验证据链").click()
    expect(page.get_by_role("status").filter(has_text="证据链完整")).to_be_visible()
