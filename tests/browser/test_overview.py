"""The city on one screen: it moves by itself, comes back after a cut, and shows how the day went."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Portal, broken_rules, open_context, reported, sign_in_first, until
from tests.running import node_in

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


def test_where_cases_lie_close_together_is_seen_at_a_glance(overview: Page, desk: httpx.Client) -> None:
    for _ in range(3):
        reported(desk, title="热力里的案件", place={"lon": 118.752, "lat": 32.021})
    heat = overview.get_by_role("checkbox", name="案件热力")
    cold = red_share(overview)
    heat.check()
    until(overview, lambda: red_share(overview) > cold + RED_ENOUGH)
    heat.uncheck()


def red_share(page: Page) -> float:
    """Of the map, how much of it is clearly redder than it is green or blue."""
    seen = Image.open(io.BytesIO(page.get_by_role("application").screenshot())).convert("RGB")
    red, green, blue = np.moveaxis(np.asarray(seen, int), -1, 0)
    return float(((red > green + 20) & (red > blue + 20)).mean())


RED_ENOUGH = 0.003
"""A disc of some 30 pixels' radius on a map of a million."""


@pytest.mark.usefixtures("districts")
def test_the_name_of_a_district_is_read_beside_the_light_that_lies_where_it_would(
    desk_page: Page, desk: httpx.Client, at_desk: Portal
) -> None:
    put_bus(at_desk, 1, 118.72)
    reported(desk, title="区名处的案件", place={"lon": 118.75, "lat": 32.05})
    desk_page.goto("/overview?district=990101")
    lights = desk_page.get_by_role("checkbox", name="未结案件")
    until(desk_page, lambda: coloured(desk_page))
    lights.uncheck()
    until(desk_page, lambda: written(desk_page) and not coloured(desk_page))
    alone = written(desk_page)
    lights.check()
    until(desk_page, lambda: coloured(desk_page) and written(desk_page) >= 0.95 * alone)


def written(page: Page) -> int:
    """Dark pixels in the middle of the district: its name, on light ground."""
    return int((middle(page) < 96).all(-1).sum())


def coloured(page: Page) -> int:
    seen = middle(page)
    return int((seen.max(-1) - seen.min(-1) > 60).sum())


def middle(page: Page) -> "np.ndarray[Any, np.dtype[np.int_]]":
    """Of what the map leaves free between the list of layers and the bar of the day."""
    seen = Image.open(io.BytesIO(page.get_by_role("application").screenshot())).convert("RGB")
    return np.asarray(seen.crop((570, 290, 690, 410)), int)


def test_the_day_is_played_back_with_its_cases(overview: Page, desk: httpx.Client) -> None:
    reported(desk, title="回放里的案件")
    slider = overview.get_by_role("slider", name="回放时刻")
    hours = overview.get_by_role("region", name="最近一天").locator(".hours span")
    expect(hours.first).to_have_text(re.compile(r"^(00|04|08|12|16|20):00$"))
    assert hours.count() >= 5
    slider.focus()
    overview.keyboard.press("ArrowLeft")
    expect(overview).to_have_url(re.compile("at=20"))
    expect(overview.get_by_role("status").filter(has_text="回放")).to_be_visible()
    expect(overview.get_by_text("回放中，本栏仍是现在的情况")).to_be_visible()
    assert broken_rules(overview) == []
    overview.get_by_role("button", name="回到现在").click()
    expect(overview.get_by_role("status").filter(has_text="实时")).to_be_visible()
    expect(overview.get_by_text("本栏仍是现在的情况")).to_have_count(0)


def test_a_wall_has_the_city_and_nothing_to_press(overview: Page) -> None:
    overview.goto("/overview?wall=1")
    expect(overview.get_by_role("heading", name="需要决定")).to_be_visible()
    expect(overview.get_by_role("time")).to_have_text(re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d$"))
    for gone in ("navigation", "search", "slider", "combobox"):
        expect(overview.get_by_role(gone)).to_have_count(0)  # type: ignore[arg-type]
    expect(overview.get_by_role("button", name="退出大屏")).to_have_css("opacity", "0")
    overview.keyboard.press("Escape")
    expect(overview.get_by_role("navigation", name="主导航")).to_be_visible()
    assert "wall" not in overview.url


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


def test_the_search_finds_people_for_whom_may_see_accounts_alone(page: Page, desk_page: Page) -> None:
    found = "搜索结果"
    page.goto("/system")
    page.get_by_role("combobox", name="全局搜索").fill("王丽")
    page.get_by_role("listbox", name=found).get_by_role("option", name=re.compile("王丽.*人员")).click()
    expect(page).to_have_url(re.compile("tab=accounts&q=desk$"))
    expect(page.get_by_role("grid")).to_contain_text("王丽")
    desk_page.goto("/cases")
    desk_page.get_by_role("combobox", name="全局搜索").fill("王丽")
    expect(desk_page.get_by_text("没有找到")).to_be_visible()
    expect(desk_page.get_by_role("listbox", name=found)).to_have_count(0)


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
    search.fill("交班")
    expect(found.get_by_role("option", name=re.compile("^交接班"))).to_be_visible()


def test_open_cases_are_one_number_wherever_it_stands_and_it_opens_them(
    overview: Page, desk: httpx.Client
) -> None:
    """Also one that has an address and no place on the map."""
    reported(desk, title="只有地址的案件", address="某某路 1 号", place=None)
    overview.goto("/overview")
    whole = desk.get("/api/v1/cases/pressing").json()["whole"]["open"]
    legend = overview.get_by_role("link", name=f"未结案件 {whole:,} 件，查看全部")
    expect(overview.get_by_role("region", name="需要决定")).to_contain_text(f"在办 {whole:,}")
    expect(overview.get_by_text(re.compile("件没有位置，不在图上"))).to_be_visible()
    legend.click()
    expect(overview.get_by_role("grid")).to_contain_text("只有地址的案件")
    overview.goto("/cases?tab=pressing")
    bodies = overview.get_by_role("navigation", name="责任单位")
    expect(bodies.get_by_role("link", name=f"在办 {whole:,}", exact=True).first).to_be_visible()


def test_a_bar_of_the_day_opens_what_came_in_it(overview: Page, desk: httpx.Client) -> None:
    reported(desk, title="刚刚这一刻的案件")
    overview.goto("/overview")
    slider = overview.get_by_role("slider", name="回放时刻")
    expect(overview.locator("rect.came").last).to_be_visible()
    slider.focus()
    overview.keyboard.press("ArrowLeft")
    overview.get_by_role("link", name=re.compile(r"此时段新案件 \d+ 件")).click()
    expect(overview.get_by_role("grid")).to_contain_text("刚刚这一刻的案件")
    expect(overview.get_by_text(re.compile("^上报于 .+ 至 "))).to_be_visible()


def test_without_boundaries_the_first_view_holds_every_layer(chromium: Browser, tmp_path: Path) -> None:
    rows = "编号,名称,经度,纬度\n" + "".join(f"N{n},近处{n},118.7{n % 10},32.02\n" for n in range(30))
    with node_in(tmp_path / "data") as node:
        node.import_text("near", rows, "near.csv")
        node.import_text("far", "编号,名称,经度,纬度\nF1,远处,119.9,32.3\n", "far.csv")
        context = chromium.new_context(
            base_url=node.url, locale="zh-CN", viewport={"width": 1440, "height": 900}
        )
        page = context.new_page()
        sign_in_first(page, node)
        page.goto("/overview")
        expect(page.locator(".maplibregl-ctrl-scale")).to_have_text(re.compile(r"^[1-9]0\s?(km|公里)$"))
        context.close()


def test_in_the_replay_a_thing_stands_where_its_history_says(overview: Page, at_desk: Portal) -> None:
    put_bus(at_desk, 9, 118.71)
    then = datetime.now(UTC).isoformat()
    put_bus(at_desk, 9, 118.79)
    with overview.expect_response(lambda one: "/layers/Bus/past" in one.url) as shown:
        overview.goto(f"/overview?at={quote(then)}")
    expect(overview.get_by_role("status").filter(has_text="回放")).to_be_visible()
    asked = {
        "timerel": "before",
        "timeAt": then.replace("+00:00", "Z"),
        "timeproperty": "modifiedAt",
        "lastN": 1,
    }
    with at_desk.node.client() as client:
        known = client.get("/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:Bus:9", params=asked)
    assert known.is_success, known.text
    place = known.json()["location"]
    (place,) = place if isinstance(place, list) else (place,)
    drawn = {id: [lon, lat] for id, _, lon, lat in shown.value.json()["items"]}
    assert drawn["urn:ngsi-ld:Bus:9"] == place["value"]["coordinates"] == [118.71, 32.02]
