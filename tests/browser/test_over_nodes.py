"""A county asks its province by way of its city over real nodes, in the browser (journey J2): found, asked for, checked and passed on,
answered, signed, used; disputed and corrected; given back; told what it achieved."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Portal, broken_rules, cookies_of, open_context
from tests.flows import sharing_steps as steps
from tests.flows.levels import CITY, COUNTY, PROVINCE, join, known, lead, levels_in, officer, signed_in
from tests.flows.sharing_steps import items, said, shown, until
from tests.running import RunningNode

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Sides:
    """The province as its operator calls it; civil affairs of province and county and the city's data officer as they see it."""

    province: RunningNode
    above: httpx.Client
    below: httpx.Client
    owner: Portal
    county: Portal
    city: Portal


@pytest.fixture(scope="module")
def register(real_data: Path) -> str:
    return (real_data / "hospitals-beijing-designated" / "designated_institutions.csv").read_text("utf-8")


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory, register: str) -> Iterator[Sides]:
    with levels_in(tmp_path_factory.mktemp("levels"), PROVINCE, CITY, COUNTY) as (province, city, county):
        join(city, province)
        join(county, city)
        join(county, province)
        lead(county, province, city)
        lead(province, county, city)
        said(county.admin.put("/api/v1/nodes/hanjiang/subscription", json={"on": True}))
        with (
            closing(officer(province.node, province.admin, body="省民政厅")) as owner,
            province.node.client() as above,
            closing(officer(city.node, city.admin, role="data_officer")) as desk,
            closing(officer(county.node, county.admin)) as below,
        ):
            steps.publish(province.node, above, register)
            owned = {"owner": "civil", "title": "定点医疗机构"}
            said(above.patch(f"/api/v1/datasets/{steps.INSTITUTIONS}", json=owned))
            until(lambda: items(below, "/api/v1/cascade?q=ddyljg"))
            yield Sides(
                province.node,
                above,
                below,
                Portal(province.node, cookies_of(owner)),
                Portal(county.node, cookies_of(below)),
                Portal(city.node, cookies_of(desk)),
            )


def test_a_county_uses_what_its_province_has_from_the_search_to_the_effect(
    chromium: Browser, sides: Sides, register: str, tmp_path: Path
) -> None:
    context, above = open_context(chromium, sides.county), open_context(chromium, sides.owner)
    page, owner = context.new_page(), above.new_page()
    finds(page)
    asks(page)
    passed_on(chromium, page, sides)
    request = until(lambda: next(iter(items(sides.above, "/api/v1/sharing/requests")), None))["id"]
    said(sides.above.post(f"/api/v1/sharing/requests/{request}/acts", json={"act": "forward"}))
    answers(owner, request)
    signs(page)
    knows_what_hangs_on_the_county(chromium, sides)
    knows_what_hangs_on_the_province(chromium, sides)
    uses(page, sides)
    disputes(page)
    corrects(owner, register, tmp_path / "institutions.csv")
    sees_the_correction(page)
    gives_back(page)
    takes_back(owner)
    sees_what_was_taken(page)
    ends(owner)
    reports(page, sides)
    said(sides.above.post(f"/api/v1/sharing/requests/{request}/acts", json={"act": "accept_report"}))
    effect_is_told(owner)
    context.close()
    above.close()


def test_a_county_reads_who_is_the_source_at_its_province(chromium: Browser, sides: Sides) -> None:
    carried = {"dataset": steps.INSTITUTIONS, "item": "机构类别"}
    with closing(known(sides.province, "wang")) as wang:
        steps.settle_element(sides.above, wang, "institution-kind", "医疗机构类别", carried)
    until(lambda: any(one["element"] for one in listed_items(sides)))
    for width in (1440, 390):
        context = open_context(chromium, sides.county, width=width)
        page = context.new_page()
        page.goto("/catalogue?tab=levels&q=医疗机构类别")
        if width == 1440:
            expect(page.get_by_role("grid")).to_contain_text("医疗机构类别：省民政厅")
        page.get_by_role("grid").get_by_text("定点医疗机构").click()
        told = page.get_by_role("row").filter(has_text="机构类别").first
        expect(told).to_contain_text("数据元“医疗机构类别”的数源部门是 省民政厅")
        assert broken_rules(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        context.close()


def test_figures_and_links_of_a_node_open_its_messages_and_its_entries(
    chromium: Browser, sides: Sides
) -> None:
    page = open_context(chromium, administrator_of(sides.county.node)).new_page()
    page.goto("/nodes")
    line = page.get_by_role("grid").get_by_role("row").filter(has_text="汉江省")
    line.get_by_role("link", name=re.compile("最近报文")).click()
    expect(page.get_by_role("combobox", name="节点", exact=True)).to_have_value(re.compile("汉江省"))
    only_with(page, "汉江省")
    page.goto("/nodes")
    line.get_by_text("汉江省").click()
    page.get_by_role("dialog").get_by_role("link", name="与它的往来报文").click()
    only_with(page, "汉江省")
    page.goto("/nodes")
    line.get_by_text("汉江省").click()
    page.get_by_role("dialog").get_by_role("link", name="它告知的目录条目").click()
    expect(page.get_by_role("grid").get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("grid")).to_contain_text("定点医疗机构")
    page.context.close()


def only_with(page: Page, node: str) -> None:
    """There are messages, and none with others."""
    lines = (
        page.get_by_role("grid", name="往来与证明")
        .get_by_role("row")
        .filter(has=page.get_by_role("gridcell"))
    )
    expect(lines.first).to_be_visible()
    expect(lines.filter(has_not_text=node)).to_have_count(0)


def listed_items(sides: Sides) -> list[dict[str, Any]]:
    """Of the province's entry, as the county knows it."""
    found = said(sides.below.get(f"/api/v1/cascade/hanjiang/{steps.INSTITUTIONS}"))
    told: list[dict[str, Any]] = found["entry"]["items"]
    return told


def finds(page: Page) -> None:
    """Two levels up, by the initials of its title."""
    page.goto("/catalogue?tab=levels")
    expect(page.get_by_role("grid")).to_contain_text("定点医疗机构")
    page.get_by_label("搜索目录").fill("ddyljg")
    page.wait_for_url(re.compile("q=ddyljg"))
    page.get_by_role("grid").get_by_text("定点医疗机构").click()
    expect(page.get_by_role("region", name="信息项")).to_contain_text("政府信息公开条例 第十四条")
    expect(page.get_by_role("main")).to_contain_text("汉江省")


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
    expect(check).to_contain_text("经节点 江州市 转报节点 汉江省")
    expect(check).to_contain_text("转报审查")
    expect(check).to_contain_text("到期")
    context = open_context(chromium, sides.city)
    desk = context.new_page()
    desk.goto("/sharing?tab=referrals")
    desk.get_by_role("grid").get_by_text("定点医疗机构核对").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("社会救助暂行办法 第十七条")
    expect(dialog.get_by_text("定点医疗机构", exact=True)).to_be_visible()  # the city does not have the entry
    assert broken_rules(desk) == []
    dialog.get_by_role("button", name="转报", exact=True).click()
    dialog.get_by_label("说明").fill("情况属实")
    dialog.get_by_role("button", name="转报", exact=True).click()
    expect(dialog).to_contain_text("已转报")
    finds_its_messages(desk)
    context.close()
    expect(check).to_contain_text("意见：情况属实")
    expect(page.get_by_role("region", name="办理过程")).to_contain_text("合规性审查")


def finds_its_messages(desk: Page) -> None:
    """What messages are about is said in words, and typed so."""
    desk.goto("/nodes?tab=proofs")
    subject = desk.get_by_role("gridcell", name=re.compile("^转报 [A-Z]")).first
    subject.wait_for()
    desk.get_by_label("关于").fill(subject.inner_text())
    expect(desk.get_by_role("gridcell", name="目录", exact=True)).to_have_count(0)
    expect(subject).to_be_visible()


def answers(owner: Page, request: str) -> None:
    """By the province: one item is withheld by law, whatever it would say."""
    owner.goto(f"/sharing/requests/{request}")
    expect(owner.get_by_role("region", name="转报")).to_contain_text("情况属实")
    owner.get_by_role("button", name="答复", exact=True).click()
    dialog = owner.get_by_role("dialog")
    expect(dialog.get_by_label("对“机构类别”的答复")).to_be_disabled()
    dialog.get_by_role("button", name="答复", exact=True).click()
    expect(dialog).to_have_count(0)


def signs(page: Page) -> None:
    """What is refused stands with its law."""
    expect(page.get_by_role("region", name="逐项答复")).to_contain_text("政府信息公开条例 第十四条")
    page.get_by_role("button", name="签署承诺书").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("医疗救助定点核对")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="签署", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^合同 C"))).to_be_visible()


def knows_what_hangs_on_the_county(chromium: Browser, sides: Sides) -> None:
    """Before its trust would be revoked: what each figure counts, and that opens itself."""
    with closing(known(sides.province, "admin")) as admin:
        said(admin.put("/api/v1/nodes/qingchuan/bodies", json={"organisations": ["civil"]}))
    danger = would_revoke(chromium, administrator_of(sides.province), "青川县")
    opened = {
        kind: behind(danger, figure, kind)
        for figure, kind in (
            ("1 份有效合同中的数据", "有效合同"),
            ("它提出的 1 件申请", "它提出的申请"),
            ("交给它的 1 个单位", "交给它的单位"),
        )
    }
    for one in (opened["有效合同"], opened["它提出的申请"]):
        expect(one).to_contain_text("定点医疗机构 · civil")
    expect(opened["交给它的单位"]).to_have_text("省民政厅")
    assert broken_rules(danger.page) == []
    opened["有效合同"].get_by_role("link").click()
    expect(danger.page.get_by_role("heading", name="合同：定点医疗机构")).to_be_visible()
    danger.page.context.close()


def knows_what_hangs_on_the_province(chromium: Browser, sides: Sides) -> None:
    danger = would_revoke(chromium, administrator_of(sides.county.node), "汉江省")
    asked = behind(danger, "向它提出的 1 件申请", "向它提出的申请")
    expect(asked).to_contain_text("定点医疗机构 · 民政局")
    expect(asked.get_by_role("link")).to_have_attribute("href", re.compile("/sharing/asked/X"))
    behind(danger, "它告知的 1 个目录条目", "它告知的目录条目").get_by_role("link").click()
    expect(danger.page.get_by_role("heading", name="定点医疗机构")).to_be_visible()
    danger.page.context.close()
    danger = would_revoke(chromium, system_administrator(sides.county.node), "汉江省")
    asked = behind(danger, "向它提出的 1 件申请", "向它提出的申请")
    expect(asked).to_contain_text("定点医疗机构")
    expect(asked.get_by_role("link")).to_have_count(0)  # who has no part in sharing
    danger.page.context.close()


def administrator_of(node: RunningNode) -> Portal:
    """Who came first, and has the data too."""
    with closing(known(node, "admin")) as admin:
        return Portal(node, cookies_of(admin))


def system_administrator(node: RunningNode) -> Portal:
    """Who is nothing else, as the security administrator has granted it."""
    safety = {"login": "safety", "name": "孙洁", "roles": ["security_admin"]}
    with closing(known(node, "admin")) as admin:
        first = said(admin.post("/api/v1/accounts", json=safety))
        made = said(admin.post("/api/v1/accounts", json={"login": "keeper", "name": "赵敏"}))
    with closing(signed_in(node, "safety", first["password"])) as guard:
        roles = f"/api/v1/accounts/{made['account']['id']}/roles"
        said(guard.put(roles, json={"roles": ["system_admin"]}))
    with closing(signed_in(node, "keeper", made["password"])) as keeper:
        return Portal(node, cookies_of(keeper))


def would_revoke(chromium: Browser, portal: Portal, name: str) -> Locator:
    """What is told before."""
    page = open_context(chromium, portal).new_page()
    page.goto("/nodes")
    page.get_by_role("grid").get_by_text(name).click()
    page.get_by_role("button", name="撤销信任").click()
    return page.get_by_role("region", name="撤销信任")


def behind(danger: Locator, figure: str, called: str) -> Locator:
    """The one line that it counts."""
    danger.get_by_text(figure).click()
    line = danger.get_by_role("list", name=called).get_by_role("listitem")
    expect(line).to_have_count(1)
    return line


def uses(page: Page, sides: Sides) -> None:
    assert len(said(sides.below.get(f"{asked_here(page)}/records?limit=2"))["items"]) == 2
    figures = page.get_by_role("region", name="使用情况")
    expect(figures).to_contain_text(re.compile(r"调用\s*1\s*/ 20"))


def disputes(page: Page) -> None:
    """A field of a record, with a document."""
    page.get_by_role("button", name="提出异议").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("用哪一项指明记录").select_option(label="机构编码")
    dialog.get_by_label("该记录的机构编码").fill(steps.RECORD)
    dialog.get_by_label("有误的字段").select_option(label="所属区")
    dialog.get_by_label("“所属区”应当是").fill(steps.RIGHT)
    dialog.get_by_label("证据", exact=True).fill("执业许可证")
    proof = {"name": "proof.pdf", "mimeType": "application/pdf", "buffer": steps.PDF}
    dialog.locator("input[type=file]").set_input_files(proof)
    expect(dialog.get_by_text("proof.pdf")).to_be_visible()
    assert broken_rules(page) == []
    dialog.get_by_role("button", name="提出异议").click()
    expect(dialog).to_have_count(0)
    raised = page.get_by_role("region", name="异议")
    expect(raised).to_contain_text(f"{steps.WRONG} → {steps.RIGHT}")
    expect(raised).to_contain_text("待核实")


def corrects(owner: Page, register: str, file: Path) -> None:
    """What the owner found to be true is imported; only then is it corrected."""
    owner.goto("/sharing?tab=disputes")
    owner.get_by_role("grid").get_by_text("定点医疗机构 · 所属区").click()
    expect(owner.get_by_role("heading", name="对 定点医疗机构 的“所属区”的异议")).to_be_visible()
    expect(owner.get_by_role("main")).to_contain_text("civil（节点 青川县）")
    expect(owner.get_by_role("link", name="proof.pdf")).to_be_visible()
    assert broken_rules(owner) == []
    here = owner.url
    does(owner, "属实")
    line = next(one for one in register.splitlines() if one.startswith(steps.RECORD))
    file.write_text(register.replace(line, line.replace(steps.WRONG, steps.RIGHT)), encoding="utf-8")
    owner.get_by_role("link", name="导入更正后的数据").click()
    owner.set_input_files("input[type=file]", file)
    expect(owner.get_by_label("数据集", exact=True)).to_have_value(steps.INSTITUTIONS)
    owner.get_by_role("button", name="开始导入").click()
    owner.get_by_role("link", name="查看报告").click()
    expect(owner.get_by_role("region", name="导入结果")).to_be_visible()
    owner.goto(here)
    does(owner, "已更正", reason="已核实")
    expect(owner.get_by_role("region", name="更正传达")).to_contain_text("civil（节点 青川县）")


def does(page: Page, act: str, reason: str = "") -> None:
    page.get_by_role("button", name=act, exact=True).click()
    dialog = page.get_by_role("dialog")
    if reason:
        dialog.get_by_label("说明").fill(reason)
    dialog.get_by_role("button", name=act, exact=True).click()
    expect(dialog).to_have_count(0)


def sees_the_correction(page: Page) -> None:
    """Without being asked, where the request stands."""
    raised = page.get_by_role("region", name="异议")
    expect(raised).to_contain_text("已更正")
    expect(raised).to_contain_text("已核实")
    expect(page.get_by_role("main")).to_contain_text("所有方在版本")


def gives_back(page: Page) -> None:
    """What the county has found out, and one that the province does not have."""
    page.get_by_role("button", name="回流", exact=True).click()
    dialog = page.get_by_role("dialog")
    pasted = f"机构编码\t机构名称\t机构等级\n{steps.RECORD}\t\t二级\nQ0000001\t青川县新院\t"
    dialog.get_by_label("记录", exact=True).fill(pasted)
    expect(dialog).to_contain_text("2 条记录")
    dialog.get_by_role("button", name="回流", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("region", name="回流")).to_contain_text("待处理")


def takes_back(owner: Page) -> None:
    owner.goto("/sharing?tab=returns")
    owner.get_by_role("grid").get_by_text("civil（节点 青川县）").click()
    expect(owner.get_by_role("heading", name="定点医疗机构 的回流")).to_be_visible()
    expect(owner.get_by_role("region", name="冲突").get_by_role("row").last).to_contain_text("二级")
    owner.get_by_label("1 处冲突，以谁为准？").select_option(label="以对方为准")
    owner.get_by_role("button", name="采纳", exact=True).click()
    expect(owner.get_by_text("已采纳").first).to_be_visible()


def sees_what_was_taken(page: Page) -> None:
    expect(page.get_by_role("region", name="回流")).to_contain_text("已有 2 条记录并入数据集")


def ends(owner: Page) -> None:
    """What it was asked for is done."""
    owner.goto("/sharing?tab=contracts")
    owner.get_by_role("grid").get_by_text("civil（节点 青川县）").click()
    owner.get_by_role("button", name="终止", exact=True).click()
    dialog = owner.get_by_role("dialog")
    dialog.get_by_label("理由").fill("核对完成")
    dialog.get_by_role("button", name="终止", exact=True).click()
    expect(owner.get_by_text("已终止").first).to_be_visible()


def reports(page: Page, sides: Sides) -> None:
    until(lambda: shown(sides.below, asked_here(page), "feedback"))
    page.get_by_role("button", name="提交成效").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("数据取得了什么成效").fill("核对 4279 家机构")
    dialog.get_by_label("指标 1").fill("更正")
    dialog.get_by_label("数值").fill("1")
    dialog.get_by_label("单位").fill("处")
    dialog.get_by_role("button", name="提交成效").click()
    expect(dialog).to_have_count(0)
    until(lambda: shown(sides.below, asked_here(page), "reviewing"))


def asked_here(page: Page) -> str:
    return f"/api/v1/asked/{page.url.rpartition('/')[2]}"


def effect_is_told(owner: Page) -> None:
    """On the entry's page: by whom, and not as if it were the province's own body of the same code."""
    owner.goto(f"/catalogue/{steps.INSTITUTIONS}?tab=effects")
    effect = owner.get_by_role("main")
    expect(effect).to_contain_text("核对 4279 家机构")
    expect(effect).to_contain_text("civil（节点 青川县）")


def test_a_node_with_an_english_name_is_called_by_it_where_english_is_read(
    chromium: Browser, sides: Sides
) -> None:
    with closing(known(sides.province, "admin")) as admin:
        own = said(admin.get("/api/v1/nodes"))["own"]
        identity = {name: own[name] for name in ("id", "name", "level", "region", "url")}
        said(admin.post("/api/v1/nodes/self", json=identity | {"name_en": "Hanjiang Province"}))
    portal = administrator_of(sides.county.node)
    with sides.county.node.client() as county:
        until(lambda: [one for one in items(county, "/api/v1/nodes") if one["name_en"]])
    context = open_context(chromium, portal, language="en")
    page = context.new_page()
    page.goto("/nodes")
    page.get_by_role("button", name="Hanjiang Province").click()
    expect(page.get_by_role("dialog", name="Hanjiang Province")).to_be_visible()
    page.goto("/catalogue?tab=levels&q=ddyljg")
    expect(page.get_by_role("grid")).to_contain_text("Hanjiang Province")
    context.close()
