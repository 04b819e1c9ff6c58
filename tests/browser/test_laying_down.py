"""规则与流程: limits, calendars and code lists are changed by hand, from a day on, after a look at what changes."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ACCEPT, FILE, Portal, broken_rules, pick, reported

pytestmark = pytest.mark.browser
CHANGE = "保存后的变化"


def test_a_limit_is_laid_down_for_a_later_day(desk_page: Page) -> None:
    desk_page.goto("/rules?tab=limits")
    desk_page.get_by_role("button", name="新增时限").first.click()
    form = desk_page.get_by_role("dialog")
    form.get_by_label("分类").select_option("C01003")
    form.get_by_label("区域").fill("320199")
    form.get_by_label("时限", exact=True).fill("6")
    form.get_by_role("textbox", name="生效日").fill("2999-01-01")
    expect(form.get_by_role("region", name=CHANGE)).to_contain_text("+ 2999-01-01 起 6 小时")
    assert broken_rules(desk_page) == []
    form.get_by_role("button", name="保存").click()
    expect(desk_page.get_by_role("row").filter(has_text="320199")).to_contain_text("2999-01-01 起 6 小时")


def test_a_class_is_given_to_a_body_and_the_desk_reads_why(desk_page: Page, desk: httpx.Client) -> None:
    number = reported(desk, ACCEPT, FILE)
    desk_page.goto("/rules?tab=duties")
    desk_page.get_by_role("button", name="新增权责").first.click()
    form = desk_page.get_by_role("dialog")
    form.get_by_label("分类").select_option("C01003")
    pick(form.get_by_label("责任单位"), "道路养护中心")
    assert broken_rules(desk_page) == []
    form.get_by_role("button", name="保存").click()
    row = desk_page.get_by_role("row").filter(has_text="雨水井盖")
    expect(row).to_contain_text("道路养护中心")
    desk_page.goto(f"/cases/{number}")
    expect(desk_page.get_by_text("权责清单：全市的类别 雨水井盖 由该单位负责")).to_be_visible()
    desk_page.goto("/rules?tab=duties")
    row.dblclick()
    form.get_by_role("button", name="从清单中删除").click()
    expect(desk_page.get_by_text("还没有权责清单")).to_be_visible()


def test_a_calendar_is_changed_by_pressing_a_day(desk_page: Page) -> None:
    desk_page.goto("/rules?tab=calendars&year=2026")
    desk_page.get_by_role("button", name="修改日历").click()
    desk_page.get_by_role("button", name="十二月 24", exact=True).click()
    change = desk_page.get_by_role("region", name=CHANGE)
    expect(change).to_contain_text("+ 2026-12-24 节假日")
    assert broken_rules(desk_page) == []
    desk_page.get_by_role("button", name="十二月 24休", exact=True).click()
    expect(change).to_have_count(0)
    table = {"name": "2027.csv", "mimeType": "text/csv", "buffer": b"date,name,isOffDay\n2027-01-01,,true\n"}
    desk_page.locator("input[type=file]").set_input_files(table)  # type: ignore[arg-type]
    expect(change).to_contain_text("+ 2027-01-01 节假日")
    desk_page.get_by_role("button", name="发布新版本").click()
    expect(desk_page.get_by_text("节假日已公布至 2027")).to_be_visible()


def test_a_code_list_gets_a_version_for_a_later_day(desk_page: Page) -> None:
    desk_page.goto("/rules?tab=codes&list=case-stages")
    desk_page.get_by_role("button", name="编辑为新版本").click()
    form = desk_page.get_by_role("dialog")
    lines = form.get_by_label("每行一个代码")
    lines.wait_for()
    lines.fill(f"{lines.input_value()}\n9,复核,review,,,,")
    form.get_by_label("版本号").fill("9.9")
    form.get_by_role("textbox", name="生效日").fill("2999-01-01")
    expect(form.get_by_role("region", name=CHANGE)).to_contain_text("+ 9,复核,review")
    assert broken_rules(desk_page) == []
    form.get_by_role("button", name="发布新版本").click()
    desk_page.get_by_label("版本", exact=True).select_option("9.9")
    expect(desk_page.get_by_role("cell", name="复核", exact=True)).to_be_visible()


def test_a_second_rule_about_the_same_reading_takes_the_place_of_none(desk_page: Page, parks: Portal) -> None:
    for title in ("车位不多", "车位很少"):
        desk_page.goto("/rules/new")
        desk_page.get_by_label("名称", exact=True).fill(title)
        pick(desk_page.get_by_label("对象"), "停车场")
        pick(desk_page.get_by_label("属性"), "总泊位数")
        desk_page.get_by_label("数值", exact=True).fill("12;name")
        expect(desk_page.get_by_text("请填写数字")).to_be_visible()
        desk_page.get_by_label("数值", exact=True).fill("12")
        desk_page.get_by_role("button", name="发布（未启用）").click()
        expect(desk_page.get_by_role("heading", name=title)).to_be_visible()
        expect(desk_page.get_by_text("第 1 版")).to_be_visible()


def test_a_rule_may_look_at_whatever_the_twin_holds_on_the_map_or_not(desk_page: Page, parks: Portal) -> None:
    meter = {
        "id": "urn:ngsi-ld:WaterMeter:1",
        "type": "WaterMeter",
        "pressure": {"type": "Property", "value": 3},
    }
    with parks.node.client() as client:
        client.post("/ngsi-ld/v1/entities", json=meter).raise_for_status()
    desk_page.goto("/rules/new")
    desk_page.get_by_label("名称", exact=True).fill("水压不足")
    expect(desk_page.get_by_label("属性")).to_be_disabled()
    pick(desk_page.get_by_label("对象"), "watermeter")
    pick(desk_page.get_by_label("属性"), "pressure")
    desk_page.get_by_label("数值", exact=True).fill("2")
    assert broken_rules(desk_page) == []
    desk_page.get_by_role("button", name="发布（未启用）").click()
    expect(desk_page.get_by_role("heading", name="水压不足")).to_be_visible()


def test_the_unit_of_a_reading_stands_beside_its_limit(desk_page: Page, portal: Portal) -> None:
    air = {
        "id": "urn:ngsi-ld:AirQualityObserved:1",
        "type": "AirQualityObserved",
        "pm25": {"type": "Property", "value": 31, "unitCode": "GQ"},
    }
    with portal.node.client() as client:
        client.post("/ngsi-ld/v1/entities", json=air).raise_for_status()
    desk_page.goto("/rules/new")
    desk_page.get_by_label("名称", exact=True).fill("空气不好")
    pick(desk_page.get_by_label("对象"), "空气质量观测")
    pick(desk_page.get_by_label("属性"), "细颗粒物")
    desk_page.get_by_label("数值 µg/m³", exact=True).fill("75")
    expect(desk_page.get_by_role("main")).to_contain_text("细颗粒物 > 75 µg/m³")
    assert broken_rules(desk_page) == []
    desk_page.get_by_role("button", name="发布（未启用）").click()
    expect(desk_page.get_by_role("heading", name="空气不好")).to_be_visible()
    expect(desk_page.get_by_role("main")).to_contain_text("细颗粒物 > 75 µg/m³")
