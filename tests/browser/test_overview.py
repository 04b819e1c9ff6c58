"""The city on one screen: it moves by itself, comes back after a cut, and shows how the day went."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Portal, broken_rules, open_context, reported

pytestmark = pytest.mark.browser


def put_bus(portal: Portal, number: int, lon: float) -> None:
    entity = {
        "id": f"urn:ngsi-ld:Bus:{number}",
        "type": "Bus",
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, 32.02]}},
    }
    with portal.node.client() as client:
        answer = client.post("/ngsi-ld/v1/entityOperations/upsert", json=[entity])
        assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def overview(chromium: Browser, at_desk: Portal) -> Iterator[Page]:
    put_bus(at_desk, 1, 118.75)
    context = open_context(chromium, at_desk)
    page = context.new_page()
    page.goto("/overview")
    expect(page.get_by_role("status").filter(has_text="实时")).to_be_visible()
    expect(buses(page)).to_have_text("1")
    buses(page).click()  # what others have put on the map may lie elsewhere
    yield page
    context.close()


def buses(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^定位到 Bus，"))


def version(portal: Portal) -> int:
    with portal.node.client() as client:
        layers = client.get("/api/v1/map/layers").json()["items"]
    return next(one["version"] for one in layers if one["type"] == "Bus")


def test_the_map_moves_by_itself_after_an_entity_has_changed(overview: Page, at_desk: Portal) -> None:
    before = f"?v={version(at_desk)}"
    with overview.expect_response(
        lambda one: "/layers/Bus/tiles/" in one.url and not one.url.endswith(before)
    ) as drawn:
        put_bus(at_desk, 1, 118.80)
    assert drawn.value.ok
    put_bus(at_desk, 2, 118.81)
    expect(buses(overview)).to_have_text("2")


def test_after_a_cut_the_page_says_so_and_then_shows_what_it_missed(overview: Page, at_desk: Portal) -> None:
    overview.context.set_offline(True)
    expect(overview.get_by_text("连接中断，正在重试")).to_be_visible()
    put_bus(at_desk, 3, 118.82)
    overview.context.set_offline(False)
    expect(overview.get_by_role("status").filter(has_text="实时")).to_be_visible()
    expect(buses(overview)).to_have_text("3")


def test_the_day_is_played_back_with_its_cases(overview: Page, desk: httpx.Client) -> None:
    reported(desk, title="回放里的案件")
    slider = overview.get_by_role("slider", name="回放时刻")
    slider.focus()
    overview.keyboard.press("ArrowLeft")
    expect(overview).to_have_url(re.compile("at=20"))
    expect(overview.get_by_role("status").filter(has_text="回放")).to_be_visible()
    assert broken_rules(overview) == []
    overview.get_by_role("button", name="回到现在").click()
    expect(overview.get_by_role("status").filter(has_text="实时")).to_be_visible()


def test_a_wall_has_the_city_and_nothing_to_press(overview: Page) -> None:
    overview.goto("/overview?wall=1")
    expect(overview.get_by_role("heading", name="需要决定")).to_be_visible()
    for gone in ("navigation", "search", "slider", "combobox"):
        expect(overview.get_by_role(gone)).to_have_count(0)  # type: ignore[arg-type]


def test_one_search_finds_places_cases_data_and_pages(
    desk_page: Page, desk: httpx.Client, parks: Portal
) -> None:
    number = reported(desk, title="江州停车场二号门口积水")
    desk_page.goto("/cases")
    search = desk_page.get_by_role("combobox", name="全局搜索")
    found = desk_page.get_by_role("listbox", name="搜索结果")
    search.fill("江州停车场")
    expect(found.get_by_role("option", name=re.compile(f"{number}.*案件"))).to_be_visible()
    expect(found.get_by_role("option", name=re.compile("江州停车场.*实体")).first).to_be_visible()
    search.fill("评价")
    found.get_by_role("option", name=re.compile("评价.*页面")).click()
    expect(desk_page.get_by_role("heading", level=1)).to_contain_text("评价")


def test_the_search_knows_tabs_and_bodies_and_enter_opens_what_was_typed_last(
    desk_page: Page, desk: httpx.Client
) -> None:
    desk_page.goto("/cases?tab=all")
    search = desk_page.get_by_role("combobox", name="全局搜索")
    found = desk_page.get_by_role("listbox", name="搜索结果")
    search.fill("道路养护")
    expect(found.get_by_role("option", name=re.compile("道路养护中心.*单位"))).to_be_visible()
    search.fill("代码表")
    search.press("Enter")
    expect(desk_page).to_have_url(re.compile("/rules.tab=codes$"))
