"""Somebody asks their data with SQL, sees the answer as table, chart and map, keeps the query, and takes the rows away."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PARKS, Portal, broken_rules, watch

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lots(portal: Portal) -> Portal:
    """With 60 car parks."""
    portal.node.import_text("lots", PARKS, "lots.csv")
    return portal


def ask(page: Page, sql: str) -> None:
    page.get_by_role("textbox", name="SQL 编辑器").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(sql)
    page.get_by_role("button", name="运行").click()


def test_a_question_becomes_a_table_a_map_a_file_and_a_kept_query(page: Page, lots: Portal) -> None:
    seen = watch(page, lots)
    page.goto("/data/workbench")
    answer = page.get_by_role("region", name="查询结果")
    page.get_by_text("lots", exact=False).first.click()
    page.get_by_role("button", name="看前 100 条").click()
    expect(answer.get_by_role("row", name="江州停车场7").first).to_be_visible()
    origin = answer.get_by_role("list", name="来源")
    expect(origin.get_by_role("link")).to_have_attribute("href", "/catalogue/lots")
    with lots.node.client() as client:
        version = client.get("/api/v1/datasets/lots").json()["version"]
    expect(origin).to_contain_text(f"第 {version} 版")
    answer.get_by_role("button", name="地图").click()
    expect(answer).to_contain_text("60 行可以上图")

    ask(page, "select 名称, 没有\nfrom lots")
    expect(page.get_by_role("alert")).to_contain_text("没有")
    page.get_by_role("button", name="到该处").click()
    page.keyboard.insert_text("车位数")
    page.keyboard.press("Control+Enter")
    answer.get_by_role("button", name="图表").click()
    expect(answer.get_by_role("img", name="柱形图：横轴 名称")).to_be_visible()

    page.get_by_role("button", name="保存查询").click()
    page.get_by_label("名称", exact=True).fill("各停车场车位")
    page.get_by_role("dialog").get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("button", name="各停车场车位", exact=False).first).to_be_visible()
    with page.expect_download() as download:
        answer.get_by_role("button", name="CSV").click()
    assert Path(download.value.path()).read_text().startswith('"名称","车位数"\n')
    assert (seen.outside, seen.errors) == ([], [])


@pytest.fixture(scope="module")
def garages(portal: Portal) -> Portal:
    """As many spaces as their file says, with their unit."""
    portal.node.import_text("garages", PARKS.replace("车位数", "车位数(个)"), "garages.csv")
    return portal


def shown_as_chart(page: Page, sql: str) -> Locator:
    page.goto("/data/workbench")
    ask(page, sql)
    answer = page.get_by_role("region", name="查询结果")
    answer.get_by_role("button", name="图表").click()
    return answer


def rows_in(answer: Locator) -> Locator:
    """Without the head."""
    return answer.get_by_role("grid").locator("[aria-rowindex]:not([aria-rowindex='1'])")


SIZE = "case when 车位数 < 150 then '小' else '大' end as 规模"


def test_a_bar_opens_its_rows_with_their_unit_their_time_and_their_source(
    page: Page, garages: Portal
) -> None:
    answer = shown_as_chart(page, f"select {SIZE}, 编号, 车位数 from garages order by 编号")
    chart = answer.get_by_role("img", name="柱形图：横轴 规模")
    expect(answer.get_by_role("columnheader", name="车位数 / 个")).to_be_visible()
    expect(answer.get_by_text("查询于 ")).to_be_visible()
    expect(answer.get_by_role("list", name="来源")).to_contain_text("garages")
    box = chart.bounding_box()
    assert box is not None
    chart.click(position={"x": box["width"] - 30, "y": box["height"] / 2})  # the last of them
    records = [line.split(",") for line in PARKS.splitlines()[1:]]
    big = [int(spaces) >= 150 for *_, spaces in records]
    like_the_last = sum(one is big[-1] for one in big)
    said = "大" if big[-1] else "小"
    expect(answer.get_by_text(f"{said}：{like_the_last} 行")).to_be_visible()
    expect(answer.get_by_role("grid")).to_have_attribute("aria-rowcount", str(like_the_last + 1))
    expect(rows_in(answer).filter(has_not_text=said)).to_have_count(0)
    assert broken_rules(page) == []


DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
SPOTS = """(chart, token) => {
  const pixel = (canvas, ...place) => canvas.getContext('2d').getImageData(...place).data
  const one = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
  one.getContext('2d').fillStyle = getComputedStyle(document.documentElement).getPropertyValue(token).trim()
  one.getContext('2d').fillRect(0, 0, 1, 1)
  const [r, g, b] = pixel(one, 0, 0, 1, 1)
  const canvas = chart.querySelector('canvas')
  const { width, height } = canvas
  const data = pixel(canvas, 0, 0, width, height)
  const like = (x, y) => [r, g, b].every((said, at) => Math.abs(data[4 * (y * width + x) + at] - said) < 60) && data[4 * (y * width + x) + 3] > 150
  const found = []
  for (let y = 40; y < height - 2; y++) for (let x = 2; x < width - 2; x++)
    if ([-1, 0, 1].every((down) => [-1, 0, 1].every((right) => like(x + right, y + down)))) found.push([x * chart.clientWidth / width, y * chart.clientHeight / height])
  return found
}"""
"""Where a colour fills a chart below its legend, as it is drawn."""


def last_of_the_line(chart: Locator) -> tuple[float, float]:
    box = chart.bounding_box()
    assert box is not None
    return box["width"] - 60, box["height"] / 2


def rightmost_point(chart: Locator) -> tuple[float, float]:
    x, y = max(chart.evaluate(SPOTS, "--accent"))
    return x, y


def second_slice(chart: Locator) -> tuple[float, float]:
    spots = chart.evaluate(SPOTS, "--warn")
    x, y = spots[len(spots) // 2]
    return x, y


@pytest.mark.parametrize(
    ("mark", "place", "rest"),
    [("折线", last_of_the_line, 2), ("散点", rightmost_point, 2), ("环形", second_slice, 1)],
)
def test_a_line_a_point_and_a_slice_that_are_pointed_at_open_their_row(
    page: Page, garages: Portal, mark: str, place: Callable[[Locator], tuple[float, float]], rest: int
) -> None:
    answer = shown_as_chart(
        page, "select 车位数 % 3 as 余, count(*) as 数量 from garages group by 1 order by 1"
    )
    answer.get_by_label("图形").select_option(mark)
    chart = answer.get_by_role("img", name=re.compile(f"^{mark}"))
    expect(rows_in(answer)).to_have_count(3)
    page.evaluate(DRAWN)
    x, y = place(chart)
    chart.click(position={"x": x, "y": y})
    expect(rows_in(answer)).to_have_count(1)
    expected = sum(int(line.rsplit(",", 1)[1]) % 3 == rest for line in PARKS.splitlines()[1:])
    expect(rows_in(answer)).to_contain_text(re.compile(rf"^{rest}\s*{expected}$"))


@pytest.mark.parametrize("mark", ["柱形", "折线", "散点", "环形"])
def test_what_a_chart_shows_is_opened_by_its_name_without_a_pointer(
    page: Page, garages: Portal, mark: str
) -> None:
    answer = shown_as_chart(
        page, "select 车位数 % 3 as 余, count(*) as 数量 from garages group by 1 order by 1"
    )
    answer.get_by_label("图形").select_option(mark)
    expect(rows_in(answer)).to_have_count(3)
    answer.get_by_label("只看 余").select_option("1")
    expect(rows_in(answer)).to_have_count(1)
    expected = sum(int(line.rsplit(",", 1)[1]) % 3 == 1 for line in PARKS.splitlines()[1:])
    expect(rows_in(answer)).to_contain_text(re.compile(rf"^1\s*{expected}$"))
