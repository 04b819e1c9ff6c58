"""An English reader is told the names that are there in English; Chinese stays where there is none."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import patience
from tests.browser.conftest import (
    ACCEPT,
    FILE,
    PASSWORD,
    Portal,
    cookies_of,
    engaged,
    entered,
    open_context,
    reported,
)

pytestmark = pytest.mark.browser
RECEIVED = "post.accepted_on_time_rate"


@pytest.fixture(scope="module")
def english(chromium: Browser, parks: Portal) -> Iterator[Page]:
    """A measure with another name, a village with its pinyin, a body with an English name, a dataset with a Chinese title."""
    entities = [
        {"id": "urn:ngsi-ld:Measure:1", "type": "Measure", "name": said("停车饱和度"), "alternateName": said("Parking occupancy")},
        {"id": "urn:ngsi-ld:AdministrativeArea:990101001", "type": "AdministrativeArea", "name": said("停云街道"), "pinyinName": said("Tingyun Jiedao")},
        {"id": "urn:ngsi-ld:Measure:2", "type": "Measure", "name": said("停车无英文名")},
    ]  # fmt: skip
    with parks.node.client() as client:
        client.post("/ngsi-ld/v1/entityOperations/upsert", json=entities).raise_for_status()
    with entered(parks, "admin", PASSWORD) as office:
        body = {"name": "停车管理局", "name_en": "Parking Bureau"}
        office.put("/api/v1/organisations/parking", json=body).raise_for_status()
        entry = office.get("/api/v1/catalogue/parks").json()["entry"]
        seen = {"if-match": f'"{entry["version"]}"'}
        office.patch("/api/v1/catalogue/parks", json={"title": "停车场台账"}, headers=seen).raise_for_status()
    context = open_context(chromium, parks, language="en")
    page = context.new_page()
    yield page
    context.close()


def said(value: str) -> dict[str, str]:
    return {"type": "Property", "value": value}


def test_the_search_calls_what_it_finds_in_english(english: Page) -> None:
    english.goto("/catalogue")
    search = english.get_by_role("combobox", name="Search everywhere")
    search.fill("停")
    found = english.get_by_role("listbox")
    for name in ("Parking occupancy", "Tingyun Jiedao", "Parks", "停车无英文名"):
        expect(found.get_by_role("option", name=name).first).to_be_visible()
    search.fill("parking bureau")
    expect(found.get_by_role("option", name="Parking Bureau")).to_be_visible()


def test_the_card_of_a_thing_has_its_english_name(english: Page) -> None:
    english.goto("/map?entity=urn:ngsi-ld:Measure:1")
    expect(english.get_by_role("heading", name="Parking occupancy")).to_be_visible()


def test_what_may_be_asked_by_sql_is_listed_in_english(english: Page) -> None:
    english.goto("/data/workbench")
    tables = english.get_by_role("region", name="Datasets to query")
    expect(tables.get_by_text("Parks", exact=True)).to_be_visible()
    english.get_by_role("heading", name="Algorithms").click()
    expect(english.get_by_text("The quickest way")).to_be_visible()


def test_the_board_of_quality_names_datasets_in_english(english: Page) -> None:
    english.goto("/quality")
    expect(english.get_by_role("row", name="Parks")).to_be_visible()


def test_a_source_is_called_as_what_it_brings_with_its_own_name_beside(english: Page, parks: Portal) -> None:
    inbox = parks.node.data / "inbox/parks-feed"
    inbox.mkdir(parents=True)
    source = {"kind": "folder", "dataset": "parks", "every_seconds": 3600, "settings": {"path": str(inbox)}}
    with parks.node.client() as client:
        client.put("/api/v1/sources/parks-feed", json=source).raise_for_status()
        english.goto("/data/sources")
        english.get_by_role("gridcell", name="Parks parks-feed").click()
        expect(english.get_by_role("dialog", name="Parks · parks-feed")).to_contain_text("Parks · parks")
        english.goto("/system?tab=links")
        expect(english.get_by_role("link", name="Parks parks-feed")).to_be_visible()
        client.delete("/api/v1/sources/parks-feed").raise_for_status()


def test_the_way_back_of_a_thing_calls_it_by_its_name_and_its_type(
    english: Page, shown: dict[str, str]
) -> None:
    english.goto(f"/trace/{shown['entity']}")
    steps = english.get_by_role("listitem").filter(has=english.get_by_role("heading", name="Entity"))
    expect(steps.get_by_role("link")).to_have_text(re.compile(r"^.*停车场.* · Car park$"))
    expect(english.get_by_role("main")).to_contain_text(shown["entity"])
    sent = english.get_by_role("listitem").filter(has=english.get_by_role("heading", name="Import"))
    expect(sent.get_by_role("link")).to_have_text(
        re.compile(rf"^“.+\.csv”, sent by .+ \(import {shown['import']}\)$")
    )


def test_one_is_no_plural(english: Page) -> None:
    english.goto("/catalogue?q=parks")
    found = english.get_by_role("main").get_by_role("status")
    expect(found.get_by_text("1 dataset", exact=True)).to_be_visible()
    english.goto("/catalogue?q=no-such-thing")
    expect(found.get_by_text("0 datasets", exact=True)).to_be_visible()


def test_a_figure_of_one_has_its_unit_for_one(english: Page, parks: Portal) -> None:
    parks.node.import_text("lone-lamp", "编号,名称\nL1,路灯\n", "lone-lamp.csv")
    english.goto("/catalogue/lone-lamp")
    expect(english.locator(".figure").filter(has_text="Records").first).to_contain_text(
        re.compile(r"1\s*record(?!s)")
    )
    expect(english.locator(".figure").filter(has_text="Quarantined").first).to_contain_text(
        re.compile(r"0\s*records")
    )


def test_what_the_node_made_of_a_file_is_told_in_whole_sentences(
    english: Page, shown: dict[str, str]
) -> None:
    english.goto(f"/data/imports/{shown['import']}")
    expect(english.get_by_text(re.compile(r"^Taken for Car park: \d+ of \d+ columns fit \("))).to_be_visible()
    expect(english.get_by_text("The position is no placeholder")).to_be_visible()


def test_the_first_administrator_is_called_so_in_english_until_renamed(english: Page, parks: Portal) -> None:
    english.goto("/system?tab=accounts&q=admin")
    named = english.locator("main").get_by_text("Administrator", exact=True)
    expect(named).to_be_visible()
    english.get_by_role("button", name="Account", exact=True).click()
    expect(english.get_by_role("menu")).to_contain_text("Administrator")
    english.keyboard.press("Escape")
    with entered(parks, "admin", PASSWORD) as office:
        own = f"/api/v1/accounts/{office.get('/api/v1/session').json()['id']}"
        office.patch(own, json={"name": "周明"}).raise_for_status()
        english.reload()
        expect(english.locator("main").get_by_text("周明", exact=True)).to_be_visible()
        expect(named).to_have_count(0)
        office.patch(own, json={"name": "管理员"}).raise_for_status()


@pytest.mark.parametrize(
    ("language", "note"),
    [("en", r"Taken for Car park: \d of \d columns fit \(.*车位数 → Total spaces"), ("zh-CN", r"判定为 停车场：\d 列中有 \d 列相符（.*车位数 → 总泊位数")],
)  # fmt: skip
def test_what_a_file_was_taken_for_is_told_by_titles(
    chromium: Browser, parks: Portal, shown: dict[str, str], language: str, note: str
) -> None:
    context = open_context(chromium, parks, language=language)
    page = context.new_page()
    page.goto(f"/data/imports/{shown['import']}")
    expect(page.get_by_role("listitem").filter(has_text="→")).to_have_text(re.compile(note))
    context.close()


def test_a_long_name_of_a_body_stands_whole_in_the_list_of_cases(
    chromium: Browser, at_desk: Portal, desk: httpx.Client
) -> None:
    body = {"name": "住房和城乡建设局", "name_en": "Housing and Construction Bureau"}
    with entered(at_desk, "admin", PASSWORD) as office:
        office.put("/api/v1/organisations/housing", json=body).raise_for_status()
    reported(desk, ACCEPT, FILE, {"name": "dispatch", "organisation": "housing"})
    context = open_context(chromium, at_desk, language="en")
    page = context.new_page()
    page.goto("/cases?tab=all")
    name = page.get_by_role("gridcell", name="Housing and Construction Bureau").first
    expect(name).to_be_visible()
    assert name.evaluate("one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight")
    context.close()


def test_who_has_the_first_administrators_name_is_called_alike_on_the_board_of_people(
    chromium: Browser, at_desk: Portal
) -> None:
    engaged(at_desk, "acceptor", login="namesake", name="管理员")
    with entered(at_desk, "namesake", PASSWORD) as acceptor:
        reported(acceptor, ACCEPT)
    with entered(at_desk, "admin", PASSWORD) as office:
        office.post("/api/v1/indicators/compute", json={"codes": [RECEIVED]}).raise_for_status()
        patience.until(lambda: judged(office), "the measure of the board")
        context = open_context(chromium, Portal(at_desk.node, cookies_of(office)), language="en")
    page = context.new_page()
    for path in ("/scores/boards?by=person", f"/indicators/{RECEIVED}?by=person"):
        page.goto(path)
        expect(page.locator("main").get_by_text("Administrator · ").first).to_be_visible()
    context.close()


def judged(office: httpx.Client) -> bool:
    values = office.get(f"/api/v1/indicators/{RECEIVED}/values", params={"dimension": "person"}).json()
    return any("管理员" in one["name"] for one in values["items"])
