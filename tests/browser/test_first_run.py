"""The first ten minutes with an empty node: from the one-time password to a dataset on the map and a case that is closed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Portal as Seen
from tests.browser.conftest import broken_rules, pick, replace_one_time_password, sign_in_first, until, watch
from tests.running import RunningNode, node_in

pytestmark = pytest.mark.browser
POSTS = ("受理员", "值班长", "派遣员", "处置员", "监督员", "回访员")
STEPS = ("登记部门", "添加人员和角色", "导入第一份数据", "在地图上看到它", "上报第一个案件", "办完第一个案件")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[RunningNode]:
    with node_in(tmp_path / "data") as node:
        yield node


def at_a_desk(chromium: Browser, node: RunningNode) -> BrowserContext:
    return chromium.new_context(base_url=node.url, locale="zh-CN", viewport={"width": 1440, "height": 900})


def guide(page: Page) -> None:
    page.get_by_role("button", name="账号").click()
    page.get_by_role("menuitem", name="开始使用").click()


def step_done(page: Page, title: str) -> None:
    step = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title))
    expect(step).to_contain_text("已完成")


def register_bodies(page: Page, table: Path) -> None:
    """As a spreadsheet of a Chinese office saves it; more than a page of them, and those that are chosen later come last."""
    streets = "".join(f"a{number:03},第{number:03}街道,bureau\n" for number in range(1, 601))
    table.write_text(
        f"编码,名称,上级\nbureau,城市管理局,\nroads,道路养护中心,bureau\n{streets}", encoding="gb18030"
    )
    page.get_by_role("link", name="登记部门").click()
    page.get_by_label("上传表格").set_input_files(table)
    expect(page.get_by_role("grid")).to_contain_text("第001街道")
    page.get_by_role("link", name="全域", exact=True).click()
    step_done(page, "登记部门")


def add_somebody_with_all_posts(page: Page) -> str:
    """Returns the one-time password."""
    page.get_by_role("link", name="添加人员").click()
    page.get_by_role("button", name="新建账号").click()
    form = page.get_by_role("dialog")
    form.get_by_label("登录名").fill("wangli")
    form.get_by_label("姓名").fill("王丽")
    pick(form.get_by_label("所属机构"), "道路养护中心")
    for post in POSTS:
        form.get_by_label(post, exact=True).check()
    form.get_by_role("button", name="新建账号").click()
    password = form.locator("code").inner_text()
    page.keyboard.press("Escape")
    return password


def import_a_file(page: Page, file: Path) -> None:
    page.get_by_role("link", name="导入数据").click()
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="开始导入").click()
    page.get_by_role("link", name="查看报告").click()
    taken_for = page.get_by_label("“name”列对应的属性", exact=True).locator("option:checked")
    expect(taken_for).to_have_text("机构名称 (hospitalName)")
    page.get_by_role("link", name="在地图上看 44 个实体").click()
    expect(page).to_have_url(re.compile("/map"))
    expect(page.get_by_role("checkbox", name=re.compile("tertiary"))).to_be_checked()


def report(page: Page) -> str:
    """Returns the number of the case."""
    page.get_by_role("link", name="上报", exact=True).click()
    page.get_by_label("地址或附近的标志").fill("王府井大街 53 号门前")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("您看到了什么？").fill("医院门前人行道井盖破损，老人差点绊倒")
    page.get_by_role("radio", name="雨水井盖").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("list", name="办理进度")).to_contain_text("已收到，等待受理")
    return page.url.split("/follow/")[1].split("#")[0]


def work_through(page: Page) -> None:
    page.get_by_role("link", name="事件", exact=True).click()
    page.get_by_role("grid").get_by_text("井盖破损").click()
    acts, form = page.get_by_role("region", name="可以进行"), page.get_by_role("dialog")
    acts.get_by_role("button", name="受理 → 待立案", exact=True).click()
    acts.get_by_role("button", name="立案 → 待派遣", exact=True).click()
    acts.get_by_role("button", name="派遣 → 处置中", exact=True).click()
    pick(form.get_by_label("责任单位"), "道路养护中心")
    form.get_by_role("button", name="派遣").click()
    acts.get_by_role("button", name="处置完成 → 待核查").click()
    form.get_by_label("办理情况与证据").fill("已更换井盖")
    form.get_by_role("button", name="处置完成").click()
    acts.get_by_role("button", name="核查通过 → 待结案").click()
    acts.get_by_role("button", name="结案 → 待回访").click()
    page.get_by_role("button", name="登记回访").click()
    form.get_by_label("是否接通").select_option(label="已接通")
    form.get_by_label("办理人员是否联系过上报人").select_option(label="是")
    form.get_by_label("问题是否解决").select_option(label="已解决")
    form.get_by_label("满意程度").select_option(label="满意")
    form.get_by_role("button", name="保存回访").click()
    expect(page.get_by_role("region", name="案件信息")).to_contain_text("归档")


def test_from_an_empty_node_to_the_first_dataset_and_the_first_case(
    chromium: Browser, empty: RunningNode, real_data: Path, tmp_path: Path
) -> None:
    office, desk = at_a_desk(chromium, empty), at_a_desk(chromium, empty)
    page = office.new_page()
    seen = watch(page, Seen(empty, {"cookies": [], "origins": []}))
    sign_in_first(page, empty)
    expect(page).to_have_url(f"{empty.url}/start")
    expect(page.get_by_role("listitem").get_by_role("heading")).to_have_text(STEPS)
    register_bodies(page, tmp_path / "机构.csv")
    password = add_somebody_with_all_posts(page)
    page.get_by_role("link", name="全域", exact=True).click()
    step_done(page, "添加人员和角色")
    import_a_file(page, real_data / "hospitals-beijing-designated" / "tertiary_coords.csv")
    guide(page)
    step_done(page, "导入第一份数据")
    number = report(page)
    hers = desk.new_page()
    hers.goto(empty.url)
    replace_one_time_password(hers, "wangli", password)
    expect(hers).to_have_url(f"{empty.url}/overview")
    work_through(hers)
    page.goto("/start")
    for title in (*STEPS[:3], *STEPS[4:]):
        step_done(page, title)
    expect(page.get_by_role("main")).to_contain_text("已经可以开始工作")
    assert broken_rules(page) == []
    page.goto(f"/cases/{number}")
    expect(page.get_by_role("region", name="办理过程")).to_contain_text("王丽")
    assert (seen.outside, seen.errors) == ([], [])
    office.close()
    desk.close()


def test_before_there_is_a_map_a_place_is_found_by_the_device_and_moved_on_degrees(
    chromium: Browser, empty: RunningNode
) -> None:
    context = chromium.new_context(
        base_url=empty.url, locale="zh-CN", viewport={"width": 390, "height": 844},
        geolocation={"longitude": 118.75, "latitude": 32.02}, permissions=["geolocation"],
    )  # fmt: skip
    page = context.new_page()
    page.goto("/report")
    expect(page.get_by_text("本市还没有公开的地图")).to_be_visible()
    expect(page.get_by_role("button", name="在地图上选")).to_have_count(0)
    expect(page.get_by_role("banner")).not_to_contain_text("local")
    page.get_by_role("button", name="使用我现在的位置").click()
    placed = page.get_by_role("status").filter(has_text="已选位置")
    expect(placed).to_contain_text("118.75000")
    page.get_by_role("button", name="在坐标图上微调").click()
    chart = page.get_by_role("application")
    expect(chart.locator(".maplibregl-ctrl-scale")).to_have_text(re.compile(r"\d+\s?(m|米)"))
    assert broken_rules(page) == []
    chart.locator("canvas").focus()
    page.keyboard.press("ArrowRight")

    def is_moved() -> bool:
        """The ground glides, and is taken where it lies then."""
        page.keyboard.press("Enter")
        return "118.75000" not in placed.inner_text()

    until(page, is_moved)
    context.close()


def test_one_click_leaves_the_demonstration_city_and_leads_to_the_guide(
    chromium: Browser, tmp_path: Path
) -> None:
    with node_in(tmp_path / "data", "--demo") as node:
        context = at_a_desk(chromium, node)
        page = context.new_page()
        sign_in_first(page, node)
        page.get_by_role("link", name="演示数据").click()
        page.get_by_role("button", name="离开演示城市").click()
        page.get_by_role("dialog").get_by_role("button", name="离开", exact=True).click()
        expect(page.get_by_text("正在离开")).to_be_visible()
        expect(page.get_by_role("region", name="演示城市")).to_have_count(0, timeout=240_000)
        expect(page.get_by_role("link", name="演示数据")).to_have_count(0)
        page.get_by_role("link", name="全域", exact=True).click()
        expect(page.get_by_role("listitem").filter(has_text="已完成")).to_have_count(0)
        context.close()
