"""What a data officer does in the portal, from the file to the mended record."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Position, Route, expect

from tests.browser.conftest import BROKEN, PARKS, PASSWORD, Portal, open_context, until

pytestmark = pytest.mark.browser


def test_a_wrong_password_is_refused_in_words(chromium: Browser, portal: Portal) -> None:
    page = chromium.new_context(base_url=portal.node.url, locale="zh-CN").new_page()
    page.goto("/signin")
    page.get_by_label("账号", exact=True).fill("nobody")
    page.get_by_label("密码", exact=True).fill("wrong")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.context.close()


def test_a_page_that_needs_a_session_comes_back_after_sign_in(chromium: Browser, portal: Portal) -> None:
    page = chromium.new_context(base_url=portal.node.url, locale="zh-CN").new_page()
    page.goto("/quality?tab=defects")
    page.get_by_label("账号", exact=True).fill("admin")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url(f"{portal.node.url}/quality?tab=defects")
    page.context.close()


def test_a_file_becomes_a_report_that_leads_to_quarantine(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "停车场.csv"
    file.write_text(PARKS + BROKEN, encoding="gb18030")
    page.goto("/data/imports")
    page.set_input_files("input[type=file]", file)
    expect(page.get_by_label("数据集", exact=True)).to_have_value("停车场")
    page.get_by_role("button", name="开始导入").click()
    page.get_by_role("link", name="查看报告").click()
    expect(page.get_by_role("region", name="导入结果")).to_contain_text("62")
    expect(page.get_by_role("region", name="读取的文件")).to_contain_text("GB18030", ignore_case=True)


def test_a_refused_record_is_mended_in_place_and_released(page: Page, parks: Portal) -> None:
    page.goto("/quality/parks/quarantine")
    grid = page.get_by_role("grid", name="隔离区")
    grid.get_by_text("P061").click()
    panel = page.get_by_role("complementary", name="记录")
    panel.get_by_label("经度").fill("118.75")
    panel.get_by_label("纬度").fill("32.05")
    panel.get_by_role("button", name="保存并检查").click()
    expect(panel).to_contain_text("全部通过")
    panel.get_by_role("button", name="放行").click()
    expect(page.get_by_role("status").filter(has_text="已放行 1 条")).to_be_visible()


def test_a_rule_for_many_records_is_looked_at_before_it_is_done(page: Page, portal: Portal) -> None:
    portal.node.import_text(
        "stands", "编号,名称,经度,纬度\nS1,甲,118.7,32.0\nS2,乙,0,0\nS3,丙,0,0\n", "stands.csv"
    )
    page.goto("/quality/stands/quarantine")
    grid = page.get_by_role("grid", name="隔离区")
    expect(grid).to_contain_text("S3")
    page.get_by_role("button", name="批量修正").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("列", exact=True).select_option("经度")
    dialog.get_by_label("修改方式").select_option(label="设为固定值")
    dialog.get_by_label("新值").fill("118.71")
    dialog.get_by_role("button", name="预览").click()
    expect(dialog.get_by_role("status")).to_have_text("匹配 2 条，将改变 2 条。")
    expect(dialog.get_by_role("region", name="预览").get_by_role("row")).to_have_count(3)
    with portal.node.client() as client:
        kept = client.get("/api/v1/datasets/stands/quarantine").json()["items"]
    assert [one["state"] for one in kept] == ["open", "open"]
    dialog.get_by_role("button", name="修改 2 条").click()
    expect(dialog).to_have_count(0)
    expect(grid).to_contain_text("118.71")
    page.get_by_role("button", name="放行合格的").click()
    expect(page.get_by_role("status").filter(has_text="已放行 2 条")).to_be_visible()


def test_the_catalogue_finds_words_of_two_characters(page: Page, parks: Portal) -> None:
    page.goto("/catalogue")
    page.get_by_label("搜索目录").fill("车位")
    expect(page.get_by_role("row", name="parks")).to_be_visible()
    expect(page).to_have_url(f"{parks.node.url}/catalogue?q={quote('车位')}")


def test_an_entity_on_the_map_names_its_file_and_line(page: Page, parks: Portal) -> None:
    with parks.node.client() as client:
        entity = client.get("/api/v1/entities", params={"dataset": "parks", "limit": 1}).json()["items"][0][
            "id"
        ]
    page.goto(f"/map?entity={quote(entity)}")
    card = page.get_by_role("region", name="实体", exact=True)
    expect(card).to_contain_text("parks.csv")
    card.get_by_role("link", name="追溯到源文件").click()
    expect(page.get_by_role("heading", name="源文件中的行")).to_be_visible()


def test_a_click_on_a_point_opens_its_card(page: Page, parks: Portal) -> None:
    page.goto("/map?at=118.73,32.015,16")
    canvas = page.locator("canvas").first
    canvas.wait_for()
    size = canvas.bounding_box()
    assert size is not None
    card = page.get_by_role("region", name="实体", exact=True)
    middle = Position(x=size["width"] / 2, y=size["height"] / 2)

    def is_opened() -> bool:
        """Once the tile is drawn."""
        canvas.click(position=middle)
        return card.is_visible()

    until(page, is_opened)
    expect(card).to_contain_text("江州停车场30")


def test_a_corrected_mapping_makes_the_entities_anew(page: Page, portal: Portal) -> None:
    done = portal.node.import_text("lots", PARKS)
    page.goto(f"/data/imports/{done['id']}")
    page.get_by_label("“车位数”列对应的属性").select_option(label="不进入实体")
    page.get_by_role("button", name="保存映射").click()
    page.get_by_role("button", name="重新处理").click()
    expect(page.get_by_text("重新处理现有内容")).to_be_visible()
    portal.node.finished(page.url.rsplit("/", 1)[1])
    expect(page.get_by_role("region", name="导入结果")).to_contain_text("60")
    with portal.node.client() as client:
        entity = client.get("/api/v1/entities", params={"dataset": "lots", "limit": 1}).json()["items"][0]
    assert "totalSpotNumber" not in entity["attributes"]
    assert "name" in entity["attributes"]


def test_a_rule_of_the_report_leads_to_its_records(page: Page, parks: Portal) -> None:
    with parks.node.client() as client:
        done = client.get("/api/v1/imports", params={"dataset": "parks"}).json()["items"][-1]
    page.goto(f"/data/imports/{done['id']}")
    rules = page.get_by_role("region", name="违反的规则")
    expect(rules.get_by_role("row").nth(1)).to_contain_text("隔离")
    rules.get_by_role("link").first.click()
    expect(page.get_by_role("grid", name="隔离区")).to_contain_text("P062")
    assert "rule=" in page.url


@pytest.mark.parametrize(
    ("language", "command"),
    [("curl", ["sh", "-c"]), ("Python", [sys.executable, "-c"]), ("JavaScript", ["node", "--input-type=module", "-e"])],
)  # fmt: skip
def test_an_example_works_when_pasted(page: Page, parks: Portal, language: str, command: list[str]) -> None:
    if shutil.which(command[0]) is None or (language == "curl" and shutil.which("curl") is None):
        pytest.skip(f"{language} is missing")
    page.goto("/catalogue/parks?tab=use")
    page.get_by_label("语言").select_option(label=language)
    code = page.locator("pre").inner_text()
    token = (parks.node.data / "run" / "operator.token").read_text()
    ran = subprocess.run(
        [*command, code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "QUANYU_TOKEN": token},
    )
    assert "江州停车场1" in ran.stdout, ran.stderr


def test_slash_and_enter_lead_from_words_to_the_dataset(page: Page, parks: Portal) -> None:
    page.goto("/evidence")
    page.get_by_role("navigation", name="主导航").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("parks")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{parks.node.url}/catalogue/parks")


def test_an_officer_begins_at_the_map_and_its_address_says_where(page: Page, parks: Portal) -> None:
    page.goto("/")
    # The page writes the place that it shows into its address once the map stands still.
    expect(page).to_have_url(re.compile(rf"^{re.escape(parks.node.url)}/map\?at=\d+\.\d+,\d+\.\d+,\d+\.\d+$"))


def test_language_and_theme_are_one_press_each(chromium: Browser, portal: Portal) -> None:
    context = open_context(chromium, portal)
    page = context.new_page()
    page.goto("/system")
    page.get_by_role("button", name="Switch to English").click()
    expect(page.get_by_role("heading", name="System", level=1)).to_be_visible()
    page.get_by_role("button", name="Switch to dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_a_search_that_is_still_typed_does_not_call_back_who_goes_elsewhere(
    page: Page, parks: Portal
) -> None:
    """The page that is wanted has to be fetched first, and the typing pauses meanwhile."""
    held: list[Route] = []
    page.route(re.compile(r"/assets/QualityPage-.*\.js"), lambda route: held.append(route))
    page.goto("/catalogue")
    page.get_by_label("搜索目录").press_sequentially("江州")
    page.get_by_role("link", name="质量", exact=True).click()
    until(page, lambda: held)
    page.wait_for_timeout(500)  # longer than the typing pauses
    for route in held:
        route.continue_()
    expect(page).to_have_url(f"{parks.node.url}/quality")
