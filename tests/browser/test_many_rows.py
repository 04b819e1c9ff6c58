"""Ten thousand of each: every list is scrolled, gone on with and found in as if there were ten."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import (
    PARKS,
    PASSWORD,
    Portal,
    broken_rules,
    engaged,
    entered,
    open_context,
    pick,
    scrolls_on,
    sign_in_first,
)
from tests.many_rows import RULE, fill
from tests.running import node_in

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class List:
    path: str
    called: str
    search: str = ""
    wanted: str = ""
    found: str = ""
    part: str = "main"


GRIDS = (
    List("/system?tab=organisations", "组织机构", "搜索", "第09876号单位", "第09876号单位"),
    List("/system?tab=accounts", "账号", "搜索", "person-09876", "第09876位"),
    List("/data/imports", "导入记录", "按数据集筛选", "parks", "parks"),
    List("/data/sources", "数据源", "搜索", "source-09876", "source-09876"),
    List("/system?tab=queues", "队列与失败"),
    List("/evidence", "证据链", "操作者", "many", "第09"),
    List("/catalogue", "数据目录", "搜索目录", "data-09876", "第09876份数据"),
    List("/quality", "数据集"),
    List("/quality?tab=defects", "问题台账"),
    List("/nodes", "互联节点", "搜索", "第09876县", "county-09876"),
    List("/nodes?tab=proofs", "存证"),
    List("/catalogue?tab=levels", "级联目录"),
)
"""Drawn row by row, as they are scrolled to."""
GROWING = (
    List("/rules", "规则", "搜索", "第09876条规则", "第09876条规则"),
    List(f"/rules/{RULE}", "事件"),
    List("/handover", "以往交接班"),
    List(
        "/data/workbench",
        "已存查询",
        "查找已存查询",
        "第09876张",
        "第09876张表",
        "details:has(> summary:has-text('已存查询'))",
    ),
    List(
        "/data/workbench", "可查的数据集", "查找数据集或字段", "data-09876", "第09876份数据", "section.tables"
    ),
    List("/fusion", "候选"),
    List("/sharing?tab=notices", "通知"),
    List("/account", "访问令牌"),
    List("/open", "开放数据", "搜索目录", "open-09876", "第09876份开放数据"),
)
"""Drawn whole, and gone on with by a press."""
READERS = {"/evidence": "audit_admin", "/handover": "shift_chief"}


@pytest.fixture(scope="module")
def grown(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with node_in(tmp_path_factory.mktemp("grown") / "data") as node:
        context = chromium.new_context(locale="zh-CN")
        sign_in_first(context.new_page(), node)
        portal = Portal(node, context.storage_state())
        context.close()
        node.import_text("parks", PARKS, "parks.csv")
        with entered(portal, "admin", PASSWORD) as office:
            office.put("/api/v1/packs/parking/state", json={"enabled": True}).raise_for_status()
        with ThreadPoolExecutor(1) as beside_the_browser:
            beside_the_browser.submit(asyncio.run, fill(node.data)).result()
        yield portal


def opened(chromium: Browser, portal: Portal, path: str) -> Page:
    seen_by = engaged(portal, READERS[path], login=READERS[path]) if path in READERS else portal
    page = open_context(chromium, seen_by).new_page()
    page.goto(path)
    return page


def search_for(page: Page, one: List, within: Locator) -> None:
    page.get_by_label(one.search, exact=True).fill(one.wanted)
    page.keyboard.press("Enter")
    expect(within).to_contain_text(one.found)


@pytest.mark.parametrize("one", GRIDS, ids=lambda one: one.path)
def test_a_grid_of_ten_thousand_draws_what_is_seen_fetches_what_is_scrolled_to_and_finds_one(
    chromium: Browser, grown: Portal, one: List
) -> None:
    page = opened(chromium, grown, one.path)
    grid = page.get_by_role("grid").first
    grid.get_by_role("row").nth(10).wait_for()
    scrolls_on(grid)
    assert grid.get_by_role("row").count() < 100
    grid.focus()
    page.keyboard.press("Home")
    expect(grid.locator("[aria-rowindex='2']")).to_be_visible()
    if one.search:
        search_for(page, one, grid)
    page.context.close()


@pytest.mark.parametrize("one", GROWING, ids=lambda one: f"{one.path} {one.called}")
def test_a_list_of_ten_thousand_goes_on_when_asked_to_and_finds_one(
    chromium: Browser, grown: Portal, one: List
) -> None:
    page = opened(chromium, grown, one.path)
    part = page.locator(one.part)
    more = part.get_by_role("button", name="更多", exact=True)
    for _ in range(2):
        more.wait_for()
        before = part.get_by_role("listitem").count()
        assert before < 1000
        more.click()
        expect(part.get_by_role("listitem").nth(before)).to_be_attached()
    if one.search:
        search_for(page, one, part)
        expect(more).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize(
    ("path", "field", "wanted"),
    [
        ("/nodes?tab=proofs", "节点", "第09876县"),
        ("/catalogue?tab=levels", "所在节点", "第09876县"),
        ("/quality", "提供部门", "第09876号单位"),
        ("/quality?tab=defects", "责任人", "第09876号单位"),
        ("/system?tab=why", "人员", "第09876位"),
    ],
)
def test_one_of_ten_thousand_is_chosen_by_what_is_typed(
    chromium: Browser, grown: Portal, path: str, field: str, wanted: str
) -> None:
    page = opened(chromium, grown, path)
    chosen = page.get_by_label(field, exact=True)
    chosen.click()
    expect(page.get_by_text("还有更多，请再输入几个字")).to_be_visible()
    assert page.get_by_role("option").count() < 100
    pick(chosen, wanted)
    expect(chosen).to_have_value(re.compile(wanted))
    page.context.close()


def test_of_ten_thousand_names_those_that_are_shown_are_asked_for(chromium: Browser, grown: Portal) -> None:
    page = open_context(chromium, grown).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(unquote(request.url)))
    page.goto("/data/imports")
    expect(page.get_by_role("grid")).to_contain_text("parks")
    page.goto("/data/workbench")
    page.get_by_role("button", name="更多", exact=True).first.wait_for()
    of_datasets = [one for one in asked if "/api/v1/datasets" in one]
    assert of_datasets
    assert all("name=" in one and "after=" not in one for one in of_datasets)
    assert [one for one in asked if "/workbench/tables" in one and "after=" in one] == []
    page.context.close()


@pytest.mark.parametrize(
    ("path", "wanted"), [("/data/sources", "source-09876"), ("/rules?tab=limits", "320109876")]
)
def test_of_ten_thousand_that_are_counted_those_that_are_looked_at_are_drawn_and_one_is_found(
    chromium: Browser, grown: Portal, path: str, wanted: str
) -> None:
    page = opened(chromium, grown, path)
    grid = page.get_by_role("grid").first
    expect(grid).to_have_attribute("aria-rowcount", "10001")
    assert grid.get_by_role("row").count() < 100
    page.get_by_label("搜索", exact=True).fill(wanted)
    expect(grid).to_have_attribute("aria-rowcount", "2")
    expect(grid).to_contain_text(wanted)
    page.context.close()


def test_one_of_ten_thousand_sources_is_opened_by_its_link_wherever_it_stands(
    chromium: Browser, grown: Portal
) -> None:
    page = opened(chromium, grown, "/data/sources?source=source-09876")
    dialog = page.get_by_role("dialog", name="source-09876")
    expect(dialog).to_contain_text("parks")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert "source=" not in page.url
    page.context.close()


@pytest.mark.parametrize(
    ("path", "part", "called", "wanted"),
    [
        ("/system?tab=links", "section", "进来的数据", "source-09876"),
        ("/system?tab=links", "section", "发出的通知：事件回调", "desk.example/09876"),
        ("/scores/boards?by=person&month=2026-01", "main", "排行榜", "第09876位"),
        ("/packs/parking/charging", "section", "各充电枪", "charger-09876"),
        ("/packs/parking/charging", "section", "充电订单", ""),
    ],
)
def test_of_a_table_of_ten_thousand_the_first_are_drawn_others_on_demand_and_one_is_found(
    chromium: Browser, grown: Portal, path: str, part: str, called: str, wanted: str
) -> None:
    page = opened(chromium, grown, path)
    table = page.get_by_role("region", name=called, exact=True)
    rows = table.get_by_role("row")
    expect(rows.nth(50)).to_be_attached()
    around = page.locator(part).filter(has=table).last
    for _ in range(2):
        before = rows.count()
        assert before < 1000
        around.get_by_role("button", name="更多", exact=True).click()
        expect(rows.nth(before)).to_be_attached()
    if wanted:
        around.get_by_label("搜索", exact=True).fill(wanted)
        expect(rows).to_have_count(2)
        expect(table).to_contain_text(wanted)
    page.context.close()


def test_what_was_given_up_on_its_way_to_an_address_is_opened_by_its_number(
    chromium: Browser, grown: Portal
) -> None:
    page = opened(chromium, grown, "/system?tab=links")
    page.get_by_role("button", name="10,000 条未能送达", exact=True).click()
    dialog = page.get_by_role("dialog", name="未能送达的通知")
    rows = dialog.get_by_role("row")
    expect(rows).to_have_count(101)
    expect(rows.last).to_contain_text("quanyu.case.closed")
    dialog.get_by_role("button", name="更多", exact=True).click()
    expect(rows).to_have_count(201)
    assert broken_rules(page) == []
    page.context.close()


def test_what_a_figure_of_a_pack_opens_is_looked_for_in_all_ten_thousand(
    chromium: Browser, grown: Portal
) -> None:
    page = opened(chromium, grown, "/packs/parking/swapping?day=2026-05-01&name=west")
    table = page.get_by_role("region", name="逐笔换电订单", exact=True)
    expect(table.get_by_role("row")).to_have_count(11)
    expect(page.get_by_role("button", name="更多", exact=True)).to_have_count(0)
    page.context.close()
