"""Somebody asks their data with SQL, sees the answer as table, chart and map, keeps the query, and takes the rows away."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PARKS, Portal, watch

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lots(portal: Portal) -> Portal:
    """With 60 car parks, in whichever version other tests have left them."""
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
