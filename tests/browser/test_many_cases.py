"""Ten thousand cases in the inbox: scrolled, found and moved as if there were ten."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import (
    ACCEPT,
    DISPATCH,
    FILE,
    PARKS,
    PASSWORD,
    POSTS,
    Portal,
    engaged,
    entered,
    open_context,
    reported,
    scrolls_on,
    sign_in_first,
)
from tests.many_rows import copy_case
from tests.running import node_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def crowded(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    data: Path = tmp_path_factory.mktemp("crowded") / "data"
    with node_in(data) as node:
        context = chromium.new_context(locale="zh-CN")
        sign_in_first(context.new_page(), node)
        portal = engaged(Portal(node, context.storage_state()), *POSTS)
        context.close()
        with entered(portal, "admin", PASSWORD) as office:
            office.put("/api/v1/organisations/roads", json={"name": "道路养护中心"}).raise_for_status()
        with entered(portal, "newcomer", PASSWORD) as desk:
            copied = (
                reported(desk, title="井盖破损"),
                reported(desk, ACCEPT, FILE, DISPATCH, title="路灯不亮"),
            )
        with ThreadPoolExecutor(1) as beside_the_browser:
            for one in copied:
                beside_the_browser.submit(asyncio.run, copy_case(node.data, one)).result()
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
    scrolls_on(grid)
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


@pytest.mark.parametrize("path", ["/cases?tab=pressing&late=active", "/cases?tab=all"])
def test_cases_by_the_time_that_is_left_and_all_cases_are_scrolled_without_an_end(
    chromium: Browser, crowded: Portal, path: str
) -> None:
    page = open_context(chromium, crowded).new_page()
    page.goto(path)
    grid = page.get_by_role("grid")
    grid.get_by_role("row").nth(10).wait_for()
    scrolls_on(grid)
    assert grid.get_by_role("row").count() < 100
    page.context.close()


def test_the_cases_behind_a_score_are_scrolled_without_an_end(chromium: Browser, crowded: Portal) -> None:
    page = open_context(chromium, crowded).new_page()
    page.goto("/scores?body=roads")
    behind = page.get_by_role("region", name="道路养护中心")
    grid = behind.get_by_role("grid")
    grid.get_by_role("row").nth(10).wait_for()
    expect(behind).to_contain_text("前 1,000 件")
    scrolls_on(grid)
    assert grid.get_by_role("row").count() < 100
    page.context.close()


def test_who_has_ten_thousand_tasks_sees_the_most_pressing_and_is_told_of_the_others(
    chromium: Browser, crowded: Portal
) -> None:
    page = open_context(chromium, crowded).new_page()
    page.goto("/field")
    cards = page.get_by_role("main").get_by_role("listitem")
    expect(page.get_by_text("件，后面还有。")).to_be_visible()
    before = cards.count()
    assert 200 <= before < 1000
    page.get_by_role("button", name="更多", exact=True).click()
    expect(cards.nth(before)).to_be_attached()
    expect(page.get_by_text("件，后面还有。")).to_contain_text(f"{cards.count()}")
    page.context.close()


def test_the_overview_says_that_it_draws_the_most_pressing_of_so_many(
    chromium: Browser, crowded: Portal
) -> None:
    crowded.node.import_text("parks", PARKS, "parks.csv")
    page = open_context(chromium, crowded).new_page()
    page.goto("/overview")
    told = page.get_by_text("图上是最紧迫的 500 件，共 20,002 件")
    expect(told).to_be_attached()
    expect(page.get_by_text("没有位置")).to_have_count(0)
    page.context.close()
