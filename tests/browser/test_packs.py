"""What an officer does on the pages of a pack: why a street is slow, what is done about it, and what came of that."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import PASSWORD, Portal, broken_rules, entered, open_context, pick, until

pytestmark = pytest.mark.browser

FIRST = date(2026, 5, 1)
STREETS = {"人民路": 32.02, "解放路": 32.12}
METRES_A_DEGREE = 95_200.0  # of longitude, at this latitude
WEST, EAST = 118.75, 118.76


def _drive(day: date, street: str, kmh: float) -> Iterator[str]:
    """A fix every five seconds from one end to the other, at eight in the morning."""
    begin = datetime.combine(day, time(8), timezone(timedelta(hours=8)))
    degrees_a_step = kmh / 3.6 * 5 / METRES_A_DEGREE
    for step in range(int((EAST - WEST) / degrees_a_step)):
        at = begin + timedelta(seconds=5 * step)
        yield f"{street}-{day},{at.isoformat()},{WEST + degrees_a_step * step:.6f},{STREETS[street]}"


def _tracks() -> str:
    """One street was slow for two days and is quicker since; the other is as it was."""
    lines = ["vehicle,time,longitude,latitude"]
    for offset, kmh in ((0, 20.0), (1, 21.0), (7, 34.0), (8, 35.0)):
        day = FIRST + timedelta(days=offset)
        lines += [*_drive(day, "人民路", kmh), *_drive(day, "解放路", 40.0 + offset % 2)]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def driven(portal: Portal) -> Portal:
    with entered(portal, "admin", PASSWORD) as office:
        office.put("/api/v1/packs/parking/state", json={"enabled": True}).raise_for_status()
        for name, lat in STREETS.items():
            road = {"type": "LineString", "coordinates": [[WEST, lat], [EAST, lat]]}
            _entity(portal, "RoadSegment", name, name, road)
        _entity(
            portal, "RoadWork", "dig", "人民路管网改造", {"type": "Point", "coordinates": [118.755, 32.02]}
        )
        portal.node.import_text("floating-cars", _tracks(), "floating-cars.csv")
        for offset in (0, 1, 7, 8):
            day = FIRST + timedelta(days=offset)
            office.post(f"/api/v1/packs/parking/streets/{day}", json={}).raise_for_status()
    return portal


def _entity(portal: Portal, kind: str, key: str, name: str, place: dict[str, object]) -> None:
    said = {
        "id": f"urn:ngsi-ld:{kind}:{key}", "type": kind, "name": {"type": "Property", "value": name},
        "maximumAllowedSpeed": {"type": "Property", "value": 50}, "location": {"type": "GeoProperty", "value": place},
    }  # fmt: skip
    with portal.node.client() as client:
        assert client.post("/ngsi-ld/v1/entities", json=said).status_code == 201


def _opened(chromium: Browser, portal: Portal, path: str, *look: object) -> Page:
    language, theme, width = look or ("zh-CN", "light", 1440)
    page = open_context(
        chromium, portal, width=int(str(width)), language=str(language), theme=str(theme)
    ).new_page()
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def _choose(page: Page, day: str) -> None:
    """Once the page has found its own: what is typed meanwhile would stand beside it."""
    chosen = page.get_by_label("日期", exact=True)
    expect(chosen).not_to_have_value("")
    chosen.fill(day)


def test_a_measure_is_accepted_where_the_cause_is_shown_and_its_effect_is_beside_the_control_street(
    chromium: Browser, driven: Portal
) -> None:
    page = _opened(chromium, driven, "/packs/parking/causes")
    _choose(page, str(FIRST))
    main = page.get_by_role("main")
    main.get_by_label("街道", exact=True).select_option("人民路")
    causes = main.get_by_role("table", name="拥堵成因")
    expect(causes.get_by_role("row").nth(1)).to_contain_text("占道施工")
    expect(causes.get_by_role("link", name="人民路管网改造")).to_be_visible()
    causes.get_by_role("row").nth(1).get_by_role("link").first.click()
    expect(main.get_by_role("table", name="损失时间所在路段").get_by_role("row").nth(1)).to_contain_text(
        "占道施工"
    )
    main.get_by_label("成因", exact=True).select_option("works")
    main.get_by_label("措施", exact=True).select_option("widening")
    main.get_by_label("内容", exact=True).fill("东进口拓宽一车道")
    main.get_by_label("起始日", exact=True).fill(str(FIRST + timedelta(days=7)))
    expect(main.get_by_label("对照街道", exact=True).get_by_role("option")).to_have_text(["解放路"])
    main.get_by_label("对照街道", exact=True).select_option("解放路")
    main.get_by_role("button", name="采纳").click()
    row = main.get_by_role("table", name="已采纳措施").get_by_role("row").nth(1)
    for word in ("道路拓宽", "东进口拓宽一车道", "解放路"):
        expect(row).to_contain_text(word)
    effect = main.get_by_role("table", name="措施成效").get_by_role("row").nth(1)
    for word in ("−", "有显著变化"):
        expect(effect).to_contain_text(word)
    assert broken_rules(page) == []
    row.get_by_role("button", name="撤回").click()
    page.get_by_role("dialog").get_by_role("button", name="撤回").click()
    expect(main).to_contain_text("尚未采纳措施")
    page.context.close()


def test_a_number_leads_to_its_records_and_keeps_what_was_chosen(chromium: Browser, driven: Portal) -> None:
    page = _opened(chromium, driven, f"/packs/parking/streets?day={FIRST}")
    main = page.get_by_role("main")
    hours = main.get_by_role("list", name="全市各小时指数")
    hours.get_by_role("link").first.click()
    expect(main.get_by_label("时段", exact=True)).to_have_value("8")
    slow = main.get_by_role("table", name="各街道拥堵").get_by_role("row").filter(has_text="人民路")
    slow.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("拥堵成因")
    expect(main.get_by_label("街道", exact=True)).to_have_value("人民路")
    expect(main.get_by_label("时段", exact=True)).to_have_value("8")
    expect(page.get_by_label("日期", exact=True)).to_have_value("2026/05/01")
    assert broken_rules(page) == []
    page.context.close()


def test_on_a_phone_no_table_of_a_pack_is_cut(chromium: Browser, driven: Portal) -> None:
    for name in ("causes", "streets", "free", "census"):
        page = _opened(chromium, driven, f"/packs/parking/{name}", "en", "dark", 390)
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        cut = page.evaluate(
            "[...document.querySelectorAll('.scroll-x')].filter(one => one.scrollWidth > one.clientWidth).length"
        )
        assert (name, cut, broken_rules(page)) == (name, 0, [])
        page.context.close()


def test_a_day_that_nobody_counted_says_so_and_offers_no_form(chromium: Browser, driven: Portal) -> None:
    page = _opened(chromium, driven, "/packs/parking/causes")
    _choose(page, "2026-01-01")
    expect(page.get_by_role("main")).to_contain_text("这一天没有统计")
    expect(page.get_by_role("button", name="采纳")).to_have_count(0)
    page.context.close()


def test_a_page_on_which_no_day_is_chosen_proposes_no_other_one(chromium: Browser, driven: Portal) -> None:
    page = _opened(chromium, driven, "/packs/parking/census")
    expect(page.get_by_role("heading", name="各停车场与依据")).to_be_visible()
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    expect(page.get_by_role("main")).not_to_contain_text("换一天")
    page.context.close()


def test_a_day_that_is_chosen_before_the_first_one_is_known_stays(chromium: Browser, driven: Portal) -> None:
    context = open_context(chromium, driven)
    page, held = context.new_page(), list[Route]()
    page.route("**/api/v1/packs/parking/streets", lambda route: held.append(route))
    page.goto("/packs/parking/causes")
    page.get_by_label("日期", exact=True).fill(str(FIRST))
    page.get_by_label("日期", exact=True).press("Tab")
    until(page, lambda: held)
    with page.expect_response("**/api/v1/packs/parking/streets"):
        held[0].continue_()
    expect(page.get_by_label("日期", exact=True)).to_have_value("2026/05/01")
    expect(page.get_by_role("main").get_by_label("街道", exact=True)).to_have_value("人民路")
    expect(page.get_by_label("日期", exact=True)).to_have_value("2026/05/01")
    context.close()


def test_what_a_city_made_of_a_pack_is_a_file_and_what_is_not_here_is_told_before_it_is_taken(
    chromium: Browser, portal: Portal, tmp_path: Path
) -> None:
    page = _opened(chromium, portal, "/system?tab=packs")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="院前急救"))
    with page.expect_download() as download:
        card.get_by_role("link", name="导出").click()
    assert download.value.suggested_filename == "emergency.json"
    told = json.loads(download.value.path().read_text())
    theirs = {"city": "海州市", "settings": {"body": "their-health", "help": 700}}
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps(told | theirs))
    card.get_by_label("导入").set_input_files(file)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("来自海州市")
    adapted = dialog.get_by_role("region", name="需要在本城适配")
    expect(adapted).to_contain_text("本城没有单位 their-health")
    expect(dialog.get_by_role("region", name="导入后生效")).to_contain_text("设置 · 呼叫志愿者的半径")
    assert broken_rules(page) == []
    with entered(portal, "admin", PASSWORD) as office:
        assert _set_of(office, "emergency") == told["settings"]
        dialog.get_by_role("button", name="确认导入").click()
        expect(page.get_by_role("status").filter(has_text="已采用")).to_contain_text("项需要适配")
        assert _set_of(office, "emergency") == told["settings"] | {"help": 700}
        file.write_text("{}")
        card.get_by_label("导入").set_input_files(file)
        expect(page.get_by_role("alert")).to_be_visible()
        office.put("/api/v1/packs/emergency/settings", json={}).raise_for_status()
    page.context.close()


def _set_of(office: httpx.Client, pack: str) -> dict[str, object]:
    items = office.get(f"/api/v1/packs/{pack}/settings").raise_for_status().json()["items"]
    return {one["name"]: one["value"] for one in items}


def test_a_pack_is_given_to_the_body_in_charge_and_its_thresholds_are_set(
    chromium: Browser, driven: Portal
) -> None:
    with entered(driven, "admin", PASSWORD) as office:
        office.put("/api/v1/organisations/carriage", json={"name": "交通运输管理处"}).raise_for_status()
        page = _opened(chromium, driven, "/system?tab=packs")
        card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="停车与拥堵"))
        card.get_by_role("button", name="设置").click()
        dialog = page.get_by_role("dialog")
        pick(dialog.get_by_label("主管部门"), "交通运输管理处")
        number = dialog.locator("input[inputmode=decimal]").first
        expect(number).not_to_have_value("")
        usual = number.input_value()
        number.fill("many")
        dialog.get_by_role("button", name="保存").click()
        expect(dialog.get_by_role("alert")).to_be_visible()
        assert broken_rules(page) == []
        number.fill(usual)
        dialog.get_by_role("button", name="保存").click()
        expect(dialog).to_be_hidden()
        kept = office.get("/api/v1/packs/parking/settings").json()["items"]
        assert {one["name"]: one["value"] for one in kept if one["value"] != one["usual"]} == {
            "body": "carriage"
        }
        office.put("/api/v1/packs/parking/settings", json={}).raise_for_status()
