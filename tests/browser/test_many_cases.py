"""Ten thousand cases in the inbox: scrolled, found and moved as if there were ten."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import (
    PASSWORD,
    POSTS,
    Portal,
    engaged,
    entered,
    open_context,
    reported,
    sign_in_first,
)
from tests.running import RunningNode, node_in

pytestmark = pytest.mark.browser

MANY = 10_000
NUMBERED = "lpad(n::text, 5, '0')"
BODY = f"'body', one.body || jsonb_build_object('id', one.id || n, 'subject', one.subject || {NUMBERED})"
CHANGED = {
    "case_record": f"'id', one.id || {NUMBERED}, 'instance', one.instance || n, 'title', one.title || {NUMBERED}, 'words', one.words || {NUMBERED}",
    "workflow_instance": f"'id', one.id || n, 'subject', one.subject || {NUMBERED}, 'opening', null, {BODY}",
    "workflow_step": "'instance', one.instance || n, 'key', null",
    "workflow_task": f"'instance', one.instance || n, 'subject', one.subject || {NUMBERED}",
}
"""What tells a copy from the case that was reported, by table."""
OF_THE_CASE = {"case_record": "one.id = $1", "workflow_step": "one.instance = (select r.instance from case_record r where r.id = $1)"}  # fmt: skip


async def copied(node: RunningNode, id: str, times: int) -> None:
    """As if the same had been reported so often."""
    connection = await asyncpg.connect(host=str(node.data / "postgres"), user="quanyu", database="quanyu")
    for table, changes in CHANGED.items():
        await connection.execute(
            f"""insert into {table} select made.* from {table} one, generate_series(1, $2::int) n,
                jsonb_populate_record(one, jsonb_build_object({changes})) made where {OF_THE_CASE.get(table, "one.subject = $1")}""",
            id, times,
        )  # fmt: skip
    await connection.execute("analyze case_record, workflow_task")
    await connection.close()


@pytest.fixture(scope="module")
def crowded(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    data: Path = tmp_path_factory.mktemp("crowded") / "data"
    with node_in(data) as node:
        context = chromium.new_context(locale="zh-CN")
        sign_in_first(context.new_page(), node)
        portal = engaged(Portal(node, context.storage_state()), *POSTS)
        context.close()
        with entered(portal, "newcomer", PASSWORD) as desk:
            first = reported(desk, title="井盖破损")
        with ThreadPoolExecutor(1) as beside_the_browser:
            beside_the_browser.submit(asyncio.run, copied(node, first, MANY)).result()
        yield portal


@pytest.fixture
def inbox(chromium: Browser, crowded: Portal) -> Iterator[Page]:
    context = open_context(chromium, crowded)
    page = context.new_page()
    page.goto("/cases")
    page.get_by_role("grid").get_by_text("井盖破损").first.wait_for()
    yield page
    context.close()


def test_the_inbox_draws_what_is_seen_and_fetches_what_is_scrolled_to(inbox: Page) -> None:
    grid = inbox.get_by_role("grid")
    before = int(grid.get_attribute("aria-rowcount") or 0)
    for _ in range(3):
        grid.evaluate("grid => grid.scrollTo(0, grid.scrollHeight)")
        expect(grid).not_to_have_attribute("aria-rowcount", str(before))
        before = int(grid.get_attribute("aria-rowcount") or 0)
    assert before > 150
    assert grid.get_by_role("row").count() < 100


def test_one_of_ten_thousand_is_found_and_moved_after_a_look(inbox: Page, crowded: Portal) -> None:
    inbox.get_by_role("searchbox").last.fill("井盖破损07654")
    grid = inbox.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", "2")
    expect(grid).to_contain_text("井盖破损07654")
    grid.focus()
    inbox.keyboard.press("j")
    inbox.keyboard.press("x")
    inbox.get_by_role("region", name="批量办理").get_by_role("button", name="受理", exact=True).click()
    dialog = inbox.get_by_role("dialog")
    expect(dialog.get_by_role("row", name="井盖破损07654")).to_contain_text("待立案")
    dialog.get_by_role("button", name="受理 1 件").click()
    expect(dialog).to_have_count(0)
    with entered(crowded, "newcomer", PASSWORD) as desk:
        accepted = desk.get("/api/v1/cases", params={"state": "accepted"}).json()["items"]
    assert [one["title"] for one in accepted] == ["井盖破损07654"]
