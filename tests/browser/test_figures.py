"""A figure opens the records that it was counted from, and there are as many of them."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, Portal, broken_rules, entered

pytestmark = pytest.mark.browser
HOMES = "编号,名称,床位数,登记日期\n" + "".join(
    f"H{number:03},江州养老院{number},{number * 13 % 97 + 8},2026-0{number % 6 + 1}-{number % 27 + 1:02}\n"
    for number in range(1, 61)
)  # fmt: skip


@pytest.fixture(scope="module")
def homes(portal: Portal) -> Portal:
    """60 records, none of them broken."""
    portal.node.import_text("homes", HOMES, "homes.csv")
    return portal


def opened(page: Page, link: Locator) -> int:
    """How many records stand on the page that the figure leads to."""
    link.click()
    expect(page).to_have_url(re.compile("tab=records"))
    found = page.get_by_role("main").get_by_text(re.compile(r"^共 [\d,]+ 条$"))
    expect(found).to_be_visible()
    expect(page.get_by_role("grid", name="记录")).to_be_visible()
    return int(re.sub(r"\D", "", found.inner_text()))


def count_in(words: str) -> int:
    return int(words.rsplit(":", 1)[1].replace(",", ""))


def card(page: Page, column: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.locator("strong", has_text=re.compile(f"^{column}$")))


@pytest.mark.parametrize("column", ["床位数", "登记日期"])
def test_each_bar_opens_as_many_records_as_it_stands_for(page: Page, homes: Portal, column: str) -> None:
    page.goto("/catalogue/homes?tab=profile")
    bars = card(page, column).get_by_role("group").get_by_role("link")
    expect(bars.first).to_be_visible()
    for place in (0, bars.count() // 2, bars.count() - 1):
        bar = bars.nth(place)
        stands_for = count_in(bar.get_attribute("aria-label") or "")
        assert opened(page, bar) == stands_for > 0
        page.go_back()
        expect(bars.first).to_be_visible()
    assert broken_rules(page) == []


def test_bars_are_reached_by_keys(page: Page, homes: Portal) -> None:
    page.goto("/catalogue/homes?tab=profile")
    bars = card(page, "床位数").get_by_role("group").get_by_role("link")
    bars.first.focus()
    page.keyboard.press("ArrowRight")
    expect(bars.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("tab=records.*where="))


def test_a_value_opens_its_record_and_the_condition_can_be_taken_away(page: Page, homes: Portal) -> None:
    page.goto("/catalogue/homes?tab=profile")
    assert opened(page, card(page, "名称").get_by_role("link").first) == 1
    assert "名称:eq:江州养老院" in unquote(page.url)
    assert broken_rules(page) == []
    page.get_by_role("link", name="名称 =").click()
    expect(page.get_by_text("共 60 条", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("path", "figure"),
    [
        (lambda _: "/catalogue/homes", "记录数"),
        (lambda one: f"/data/imports/{one}", "入库"),
    ],
    ids=["entry", "import"],
)
def test_the_number_of_records_opens_them(
    page: Page, homes: Portal, path: Callable[[str], str], figure: str
) -> None:
    with homes.node.client() as client:
        (done,) = client.get("/api/v1/imports", params={"dataset": "homes"}).json()["items"]
    page.goto(path(done["id"]))
    block = page.locator(".figure").filter(has_text=figure).first
    assert opened(page, block.get_by_role("link")) == 60


def test_a_dimension_opens_its_rules_and_the_gate_the_datasets_below_it(page: Page, homes: Portal) -> None:
    page.goto("/quality/homes")
    page.locator(".figure").filter(has_text="唯一性").get_by_role("link").click()
    rows = page.get_by_role("region", name="违反的规则").locator("tbody tr")
    expect(rows.filter(has_not_text="唯一性")).to_have_count(0)
    expect(rows.first).to_be_visible()
    page.goto("/quality")
    page.locator(".figure").filter(has_text="低于门槛").get_by_role("link").click()
    expect(page.get_by_label("显示")).to_have_value("below")
    expect(page.get_by_role("row", name="homes")).to_have_count(0)


def test_of_thousands_one_is_not_none_and_all_others_are_not_all(page: Page, portal: Portal) -> None:
    lines = [f"R{number},{118.7 + number / 100_000},32.0" for number in range(3_000)]
    portal.node.import_text("rests", "\n".join(["编号,经度,纬度", *lines, "R3000,0,0"]), "rests.csv")
    page.goto("/quality/rests")
    expect(page.locator(".figure").filter(has_text="隔离")).to_contain_text("<0.1%")
    with portal.node.client() as client:
        (done,) = client.get("/api/v1/imports", params={"dataset": "rests"}).json()["items"]
    page.goto(f"/data/imports/{done['id']}")
    expect(page.locator(".figure").filter(has_text="入库")).to_contain_text(">99.9%")


@pytest.fixture(scope="module")
def shelters(portal: Portal) -> Portal:
    """Of a body of its own: eight records, two more in quarantine, whose defects are overdue."""
    with entered(portal, "admin", PASSWORD) as office:
        office.put("/api/v1/organisations/care", json={"name": "江州民政局"}).raise_for_status()
        rows = "".join(f"S{number},避难所{number},118.7{number},32.0\n" for number in range(1, 9))
        text = "编号,名称,经度,纬度\n" + rows + "S9,无位置,0,0\nS10,也无位置,0,0\n"
        path, owned = "/api/v1/datasets/shelters/imports", {"filename": "shelters.csv", "owner": "care"}
        sent = office.post(path, params=owned, content=text.encode()).raise_for_status()
        portal.node.finished(sent.json()["import"])
        for one in office.get("/api/v1/quality/ledger", params={"owner": "care"}).json()["items"]:
            line = f"/api/v1/quality/ledger/shelters/{quote(one['rule'], safe='')}"
            office.patch(line, json={"deadline": "2020-01-01"}).raise_for_status()
    return portal


@pytest.mark.parametrize(
    ("figure", "grid", "rows"), [("数据集", "数据集", "江州民政局"), ("记录数", "数据集", "江州民政局"), ("隔离", "数据集", "江州民政局"), ("未解决", "问题台账", "江州民政局"), ("超期", "问题台账", "江州民政局")]
)  # fmt: skip
def test_a_figure_of_a_bodys_board_opens_what_it_counts(
    page: Page, shelters: Portal, figure: str, grid: str, rows: str
) -> None:
    page.goto("/quality?tab=departments")
    link = page.get_by_role("row", name=rows).get_by_role("link", name=re.compile(figure))
    said = int(re.sub(r"\D", "", link.inner_text()))
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("owner=care"))
    found = page.get_by_role("grid", name=grid).get_by_role("row")
    expect(found.filter(has_text=rows).first).to_be_visible()
    expect(found.filter(has_not_text=rows)).to_have_count(1)  # the head
    if figure == "隔离":  # so many records, of the dataset that has them
        page.get_by_role("link", name="隔离 2").click()
        expect(page.get_by_role("grid", name="隔离区").get_by_role("row")).to_have_count(said + 1)
    elif figure == "记录数":
        assert opened(page, found.get_by_role("link", name=figure)) == said
    else:
        expect(found).to_have_count(said + 1)
    assert broken_rules(page) == []


@pytest.mark.parametrize("figure", ["数据集", "记录数"])
def test_the_line_of_no_body_opens_what_it_counts(page: Page, homes: Portal, figure: str) -> None:
    with entered(homes, "admin", PASSWORD) as office:
        departments = office.get("/api/v1/quality/overview").json()["departments"]
        counted = next(one["datasets"] for one in departments if one["owner"] is None)
    page.goto("/quality?tab=departments")
    row = page.get_by_role("row", name="未指定部门")
    row.get_by_role("link", name=re.compile(figure)).click()
    expect(page.get_by_label("提供部门")).to_have_value("未指定部门")
    grid = page.get_by_role("grid", name="数据集")
    expect(grid).to_have_attribute("aria-rowcount", str(counted + 1))
    page.go_back()
    row.get_by_text("未指定部门").click()
    expect(page).to_have_url(re.compile("owner=-"))


def test_a_figure_in_a_list_opens_its_records_and_its_row_the_thing(page: Page, shelters: Portal) -> None:
    page.goto("/catalogue?q=shelters")
    row = page.get_by_role("row", name="shelters")
    assert opened(page, row.get_by_role("link", name="记录数 8")) == 8
    page.go_back()
    row.get_by_text("shelters").click()
    expect(page).to_have_url(re.compile("/catalogue/shelters$"))


def test_the_month_on_paper_is_white(page: Page, homes: Portal) -> None:
    page.goto("/scores/report")
    paper = page.get_by_role("article", name="月度报告")
    section = paper.get_by_role("region", name="主要指标")
    ground = "one => getComputedStyle(one).backgroundColor"
    expect(section).to_be_visible()
    assert section.evaluate(ground) == paper.evaluate(ground)


def test_duplicates_open_the_lines_that_repeat_an_earlier_one(page: Page, portal: Portal) -> None:
    rows = [f"D{number % 7},垃圾桶{number % 7}\n" for number in range(9)]
    done = portal.node.import_text("bins", "编号,名称\n" + "".join(rows), "bins.csv")
    page.goto(f"/data/imports/{done['id']}")
    figure = page.locator(".figure").filter(has_text="重复").get_by_role("link")
    expect(figure).to_have_text("2条")
    figure.click()
    expect(page.locator("#repeated")).to_be_focused()
    lines = page.get_by_role("region", name="重复的记录").locator("tbody tr")
    first = {row: line for line, row in reversed(list(enumerate(rows, start=2)))}
    repeats = [(line, first[row]) for line, row in enumerate(rows, start=2) if first[row] != line]
    said = [re.compile(rf"^第 {line} 行\s*第 {earlier} 行$") for line, earlier in repeats]
    expect(lines).to_have_text(said)
    assert broken_rules(page) == []


def test_what_an_import_refused_opens_just_those(page: Page, portal: Portal) -> None:
    def sent(first: int, *spaces: str) -> dict[str, Any]:
        rows = "".join(f"Q{number},码头{number},{said}\n" for number, said in enumerate(spaces, first))
        return portal.node.import_text("quays", "编号,名称,泊位数\n" + rows, "quays.csv")

    fine = [str(number) for number in range(1, 101)]
    sent(1, *fine, "many")
    done = sent(201, *fine, "few", "none")
    page.goto("/quality/quays/quarantine")
    grid = page.get_by_role("grid", name="隔离区")
    everything = grid.get_by_role("row").filter(has_text="待处理")
    expect(everything).to_have_count(3)
    page.goto(f"/data/imports/{done['id']}")
    page.locator(".figure").filter(has_text="隔离").get_by_role("link").click()
    expect(grid.get_by_role("row")).to_have_count(1 + done["report"]["quarantined"])
    expect(page.get_by_label("状态").locator("option", has_text="(2)")).to_have_count(1)
    assert broken_rules(page) == []
    page.get_by_role("button", name=re.compile("导入批次")).click()
    expect(grid.get_by_role("row")).to_have_count(4)


def test_a_defect_that_another_body_settles_is_counted_and_listed_under_it(
    page: Page, portal: Portal
) -> None:
    with entered(portal, "admin", PASSWORD) as office:
        for code, name in (("piers", "江州港务局"), ("docks", "江州船闸站")):
            office.put(f"/api/v1/organisations/{code}", json={"name": name}).raise_for_status()
        rows = "".join(f"B{number},泊位{number},118.7{number},32.0\n" for number in range(1, 9))
        text = "编号,名称,经度,纬度\n" + rows + "B9,无位置,0,0\n"
        path, owned = "/api/v1/datasets/berths/imports", {"filename": "berths.csv", "owner": "piers"}
        sent = office.post(path, params=owned, content=text.encode()).raise_for_status()
        portal.node.finished(sent.json()["import"])
        found = office.get("/api/v1/quality/ledger", params={"dataset": "berths"}).json()["items"]
        for one in found:
            line = f"/api/v1/quality/ledger/berths/{quote(one['rule'], safe='')}"
            office.patch(line, json={"owner": "docks"}).raise_for_status()
    page.goto("/quality?tab=departments")
    expect(
        page.get_by_role("row", name="江州港务局").get_by_role("link", name=re.compile("未解决"))
    ).to_have_count(0)
    figure = page.get_by_role("row", name="江州船闸站").get_by_role("link", name=re.compile("未解决"))
    assert int(re.sub(r"\D", "", figure.inner_text())) == len(found) > 0
    figure.click()
    listed = page.get_by_role("grid", name="问题台账").get_by_role("row")
    expect(listed.filter(has_text="江州船闸站")).to_have_count(len(found))
    expect(listed).to_have_count(len(found) + 1)
