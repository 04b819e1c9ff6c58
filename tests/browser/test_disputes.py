"""A firm disputes a deduction with the vehicle's track, the body rules, and the sheet of the month changes."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Portal, broken_rules, engaged, entered, open_context, pick

pytestmark = pytest.mark.browser

P = "/api/v1/packs/sanitation"
DAY = date(2026, 5, 4)
OWN = ["问题轨迹", "车辆轨迹回放", "合同结算", "扣分申诉", "接入符合性"]
"""The pages of street cleaning that a firm has."""
SIX = datetime(2026, 5, 4, 6, tzinfo=timezone(timedelta(hours=8)))
LINE = {"type": "LineString", "coordinates": [[118.75, 32.02], [118.76, 32.02]]}
TERMS = {
    "firm": "clean",
    "base": "1000",
    "begin": "2026-05-01",
    "end": "2026-06-01",
    "points": {"incomplete": "2"},
}


def _track(terminal: str, fixes: int) -> str:
    """Swept to the middle of the section, a fix every ten seconds."""
    lines = [
        f"{terminal},{(SIX + timedelta(seconds=10 * step)).isoformat()},{118.75 + 0.00025 * step:.5f},32.02,9,true"
        for step in range(fixes)
    ]
    return "\n".join(["terminal,time,longitude,latitude,speed,located", *lines])


@pytest.fixture(scope="module")
def swept(portal: Portal) -> Iterator[httpx.Client]:
    with entered(portal, "admin", PASSWORD) as office:
        office.put("/api/v1/packs/sanitation/state", json={"enabled": True}).raise_for_status()
        section = {
            "id": "urn:ngsi-ld:SanitationSection:s1", "type": "SanitationSection", "name": _value("人民路"),
            "sectionCode": _value("s1"), "grade": _value(1), "location": {"type": "GeoProperty", "value": LINE},
        }  # fmt: skip
        with portal.node.client() as client:
            assert client.post("/ngsi-ld/v1/entities", json=section).status_code == 201
            for firm, terminal in (("clean", "v1"), ("other", "v2")):
                told = [{"code": terminal, "terminal": terminal, "kind": "扫路车"}]
                client.put(f"{P}/firms/{firm}/vehicles", json=told).raise_for_status()
            plan = [
                {
                    "code": code,
                    "section": "s1",
                    "vehicle": "v1",
                    "begin": f"{hour:02}:00",
                    "end": f"{hour + 1:02}:00",
                }
                for code, hour in (("a", 6), ("b", 21))
            ]
            client.put(f"{P}/firms/clean/plan", json=plan).raise_for_status()
        for terminal in ("v1", "v2"):
            portal.node.import_text("sanitation-fleet", _track(terminal, 20), f"{terminal}.csv")
        office.post(f"{P}/days/{DAY}", json={}).raise_for_status()
        found = office.get(f"{P}/disputable", params={"day": str(DAY)}).json()["items"]
        (missed,) = (one["id"] for one in found if one["kind"] == "missed")
        office.post(f"{P}/findings/{missed}/dispute", json={"reason": "车辆送修"}).raise_for_status()
        (incomplete,) = (one["id"] for one in found if one["kind"] == "incomplete")
        terms = {"firm": "clean", "base": "1000", "incomplete": 2, "missed": 1}
        office.post(f"{P}/contracts", json=terms).raise_for_status()
        book = {"pay": "980.00", "book": [{"finding": incomplete, "kind": "incomplete"}]}
        with portal.node.client() as client:
            client.put(f"{P}/firms/clean/books/{DAY}", json=book).raise_for_status()
        yield office


def _value(value: object) -> dict[str, object]:
    return {"type": "Property", "value": value}


@pytest.fixture(scope="module")
def firm(portal: Portal, swept: httpx.Client) -> Portal:
    """An officer of the firm, who may nothing but what is their own."""
    swept.put("/api/v1/organisations/clean", json={"name": "洁城公司"}).raise_for_status()
    return engaged(portal, "department_officer", login="clean", name="赵洁", organisation="clean")


def _opened(chromium: Browser, who: Portal, path: str, language: str, width: int) -> Page:
    page = open_context(chromium, who, width=width, language=language).new_page()
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def _whole(page: Page) -> None:
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = (
        "[...document.querySelectorAll('.scroll-x')].filter(one => one.scrollWidth > one.clientWidth).length"
    )
    assert page.viewport_size
    assert page.viewport_size["width"] > 390 or page.evaluate(cut) == 0


@pytest.mark.parametrize(
    ("language", "width"), [("zh-CN", 1440), ("en", 1440), ("zh-CN", 390), ("en", 390)], ids=str
)
def test_the_pages_are_whole_in_both_languages_on_desk_and_phone(
    chromium: Browser, portal: Portal, firm: Portal, language: str, width: int
) -> None:
    pages = (
        (firm, "/packs/sanitation/disputes"), (portal, "/packs/sanitation/rulings"), (portal, f"/packs/sanitation/settlement?day={DAY}"),
    )  # fmt: skip
    for who, path in pages:
        page = _opened(chromium, who, path, language, width)
        if who is firm:
            day = page.get_by_label("日期" if language == "zh-CN" else "Day", exact=True)
            expect(day).not_to_have_value("")
            day.fill(str(DAY))
        if "settlement" not in path:
            expect(page.get_by_role("main").get_by_role("application")).to_be_visible()
        expect(page.locator("main form")).to_be_visible()
        _whole(page)
        page.context.close()


def test_a_month_shows_both_books_names_their_difference_and_each_deduction_opens_its_track(
    chromium: Browser, portal: Portal, firm: Portal
) -> None:
    for who in (firm, portal):
        page = _opened(chromium, who, f"/packs/sanitation/settlement?day={DAY}", "zh-CN", 1440)
        main = page.get_by_role("main")
        expect(main.locator(".figure", has_text="政府账应付")).to_contain_text("¥970.00")
        expect(main.locator(".figure", has_text="企业账应付")).to_contain_text("¥980.00")
        expect(main.locator(".figure", has_text="差额")).to_contain_text("¥10.00")
        expect(main.get_by_role("table", name="两本账").get_by_role("row").nth(2)).to_have_text(
            "得分98 分97 分1 分否"
        )
        rows = main.get_by_role("table", name="差异").get_by_role("row")
        expect(rows).to_have_count(2)
        row = rows.nth(1)
        for word in ("仅政府账有", "漏扫", "−1 分"):
            expect(row).to_contain_text(word)
        deductions = main.get_by_role("table", name="逐条扣分")
        expect(deductions.get_by_role("row")).to_have_count(3)
        # the day's report is the city's: a firm is led to the track only
        days = deductions.get_by_role("link", name="2026/05/04")
        assert days.count() == (0 if who is firm else 2)
        deductions.get_by_role("row").filter(has_text="未扫全").get_by_role("link").last.click()
        expect(page).to_have_url(re.compile(r"/packs/sanitation/track\?.*finding="))
        expect(main.get_by_role("application", name="地图")).to_be_visible()
        expect(main.get_by_label("问题", exact=True)).to_contain_text("未扫全")
        page.context.close()


def test_a_vehicles_day_is_replayed_with_its_sections_and_a_slider(chromium: Browser, firm: Portal) -> None:
    page = _opened(chromium, firm, f"/packs/sanitation/replay?day={DAY}&vehicle=v1", "zh-CN", 1440)
    main = page.get_by_role("main")
    slider = main.get_by_role("slider", name="时刻")
    expect(slider).to_have_attribute("aria-valuetext", "2026/05/04 06:00")
    facts = main.locator(".bar")
    slider.fill("18")  # a fix every ten seconds
    expect(slider).to_have_attribute("aria-valuetext", "2026/05/04 06:03")
    expect(facts).to_contain_text("06:03")
    expect(main.get_by_role("application", name="地图")).to_be_visible()
    expect(main.get_by_role("table", name="匹配路段").get_by_role("row").nth(1)).to_contain_text("未扫全")
    slider.fill("0")
    main.get_by_role("button", name="回放", exact=True).click()
    expect(slider).to_have_attribute("aria-valuetext", "2026/05/04 06:03")  # by itself
    page.context.close()
    for language, width in (("zh-CN", 1440), ("en", 390)):
        page = _opened(chromium, firm, f"/packs/sanitation/replay?day={DAY}&vehicle=v1", language, width)
        expect(page.get_by_role("main").get_by_role("slider")).to_be_visible()
        _whole(page)
        page.context.close()


def test_a_contract_is_set_on_the_page_and_the_sheet_follows(
    chromium: Browser, portal: Portal, swept: httpx.Client
) -> None:
    swept.put("/api/v1/organisations/other", json={"name": "远扬保洁公司"}).raise_for_status()
    page = _opened(chromium, portal, f"/packs/sanitation/settlement?day={DAY}", "zh-CN", 1440)
    form = page.get_by_role("main").locator("form")
    pick(form.get_by_label("作业企业", exact=True), "远扬保洁公司")
    form.get_by_label("月度合同额（元）", exact=True).fill("2000")
    form.get_by_role("button", name="保存条款").click()
    main = page.get_by_role("main")
    main.get_by_label("作业企业", exact=True).first.select_option(label="远扬保洁公司")
    expect(main.locator(".figure", has_text="政府账应付")).to_contain_text("¥2,000.00")
    assert swept.get(f"{P}/settlements/other/{DAY}").json()["pay"] == "2000.00"
    page.context.close()


def test_a_firm_disputes_a_deduction_with_its_track_and_the_body_takes_it_back(
    chromium: Browser, portal: Portal, firm: Portal, swept: httpx.Client
) -> None:
    assert swept.post(f"{P}/settlements", json=TERMS).json()["pay"] == "980.00"
    page = _opened(chromium, firm, "/packs", "zh-CN", 1440)
    main = page.get_by_role("main")
    expect(main.locator("a[href^='/packs/sanitation/']")).to_have_text(OWN)
    # of all pages of the packs that are on, those of a firm's own rows
    assert set(main.get_by_role("link").all_inner_texts()) <= {"充电设施", "换电站", *OWN}
    main.get_by_role("link", name="扣分申诉").click()
    expect(page.get_by_label("日期", exact=True)).not_to_have_value("")
    page.get_by_label("日期", exact=True).fill(str(DAY))
    expect(main.get_by_label("问题", exact=True)).to_contain_text("未扫全")
    expect(main).to_contain_text("20")
    expect(main.get_by_role("application", name="地图")).to_be_visible()
    expect(main).to_contain_text("21 行中有 21 行可以上图")
    main.get_by_role("button", name="提交申诉").click()
    expect(main.get_by_role("table", name="申诉与裁定")).not_to_contain_text(
        "未扫全"
    )  # no dispute without a reason
    main.get_by_label("理由", exact=True).fill("后半段占道施工，无法通行")
    main.get_by_role("button", name="提交申诉").click()
    row = main.get_by_role("table", name="申诉与裁定").get_by_role("row").filter(has_text="未扫全")
    for word in ("v1", "后半段占道施工，无法通行", "赵洁"):
        expect(row).to_contain_text(word)
    expect(main.get_by_role("button", name="提交申诉")).to_have_count(0)  # nothing is left to dispute
    page.context.close()

    portal.node.import_text("sanitation-fleet", _track("v1", 25), "later.csv")  # five fixes come late
    page = _opened(chromium, portal, "/packs/sanitation/rulings", "zh-CN", 1440)
    main = page.get_by_role("main")
    main.get_by_label("问题", exact=True).select_option(label="未扫全 · v1 · s1 · 后半段占道施工，无法通行")
    expect(main.locator(".figure", has_text="与申诉时一致")).to_contain_text("否")
    main.get_by_label("裁定", exact=True).select_option("false")
    main.get_by_label("理由", exact=True).fill("施工属实，撤销")
    main.get_by_role("button", name="裁定", exact=True).click()
    row = main.get_by_role("table", name="申诉与裁定").get_by_role("row").filter(has_text="未扫全")
    for word in ("撤销扣分", "施工属实，撤销"):
        expect(row).to_contain_text(word)
    expect(main.get_by_label("问题", exact=True)).not_to_contain_text("未扫全")
    assert swept.post(f"{P}/settlements", json=TERMS).json()["pay"] == "1000.00"
    page.context.close()
