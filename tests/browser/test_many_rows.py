"""Ten thousand bodies, accounts, imports, failed jobs and lines of evidence: each list is scrolled and found in as if there were ten."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import asyncpg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PARKS, Portal, engaged, open_context, sign_in_first
from tests.running import RunningNode, node_in

pytestmark = pytest.mark.browser

MANY = 10_000
NUMBERED = "lpad(n::text, 5, '0')"
FILLED = (
    f"insert into organisation (tenant, id, name) select 'local', 'body-' || {NUMBERED}, '第' || {NUMBERED} || '号单位' from generate_series(1, {MANY}) n",
    f"insert into account (tenant, id, login, name, state) select 'local', 'person-' || n, 'person-' || {NUMBERED}, '第' || {NUMBERED} || '位', 'active' from generate_series(1, {MANY}) n",
    f"""insert into dataset_import select made.* from dataset_import one, generate_series(1, {MANY}) n, jsonb_populate_record(one, jsonb_build_object(
        'id', one.id || {NUMBERED}, 'fingerprint', one.fingerprint || n, 'arrived', one.arrived - n * interval '1 minute')) made where one.dataset = 'parks'""",
    f"insert into job (tenant, kind, body, state, fault, finished) select 'local', 'many.rows', '{{}}', 'dead', '第' || {NUMBERED} || '次没有办成', now() from generate_series(1, {MANY}) n",
    f"""insert into evidence_pending (tenant, actor, actor_name, action, kind, resource, outcome, reason, detail)
        select 'local', 'many', '第' || {NUMBERED} || '位', 'dataset.read', 'dataset', 'parks', 'allowed', '', '{{}}' from generate_series(1, {MANY}) n""",
)
"""As if the city had grown; what is due to these comes by itself (evidence is sealed line by line)."""


@dataclass(frozen=True)
class List:
    path: str
    called: str
    search: str = ""
    wanted: str = ""
    found: str = ""


LISTS = (
    List("/system?tab=organisations", "组织机构", "搜索", "第09876号单位", "第09876号单位"),
    List("/system?tab=accounts", "账号", "搜索", "person-09876", "第09876位"),
    List("/data/imports", "导入记录", "按数据集筛选", "parks", "parks"),
    List("/system?tab=queues", "队列与失败"),
    List("/evidence", "证据链", "操作者", "many", "第09"),
)


async def fill(node: RunningNode) -> None:
    connection = await asyncpg.connect(host=str(node.data / "postgres"), user="quanyu", database="quanyu")
    for statement in FILLED:
        await connection.execute(statement)
    await connection.execute("analyze")
    await connection.close()


@pytest.fixture(scope="module")
def grown(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with node_in(tmp_path_factory.mktemp("grown") / "data") as node:
        context = chromium.new_context(locale="zh-CN")
        sign_in_first(context.new_page(), node)
        portal = Portal(node, context.storage_state())
        context.close()
        node.import_text("parks", PARKS, "parks.csv")
        with ThreadPoolExecutor(1) as beside_the_browser:
            beside_the_browser.submit(asyncio.run, fill(node)).result()
        yield portal


def seen_by(portal: Portal, path: str) -> Portal:
    return engaged(portal, "audit_admin") if path == "/evidence" else portal


def opened(chromium: Browser, portal: Portal, path: str) -> Page:
    page = open_context(chromium, seen_by(portal, path)).new_page()
    page.goto(path)
    page.get_by_role("grid").first.get_by_role("row").nth(20).wait_for()
    return page


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.path)
def test_a_list_of_ten_thousand_draws_what_is_seen_fetches_what_is_scrolled_to_and_finds_one(
    chromium: Browser, grown: Portal, one: List
) -> None:
    page = opened(chromium, grown, one.path)
    grid = page.get_by_role("grid").first
    before = int(grid.get_attribute("aria-rowcount") or 0)
    for _ in range(3):
        grid.evaluate("grid => grid.scrollTo(0, grid.scrollHeight)")
        expect(grid).not_to_have_attribute("aria-rowcount", str(before))
        before = int(grid.get_attribute("aria-rowcount") or 0)
    assert grid.get_by_role("row").count() < 100
    grid.focus()
    page.keyboard.press("Home")
    expect(grid.locator("[aria-rowindex='2']")).to_be_visible()
    if one.search:
        page.get_by_label(one.search, exact=True).fill(one.wanted)
        page.keyboard.press("Enter")
        expect(grid).to_contain_text(one.found)
    page.context.close()
