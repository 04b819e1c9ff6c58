"""Files of open data on the page of their entry: what is shown is what is taken."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import PASSWORD, Portal, broken_rules, entered, open_context, until

pytestmark = pytest.mark.browser

NOBODY: StorageState = {"cookies": [], "origins": []}
RELEASES = "/api/v1/catalogue/toilets/releases"
OPENED = {
    "title": "江州公厕",
    "abstract": "公厕名录",
    "organisation": "sanitation",
    "share_type": 1,
    "is_open": True,
    "licence": "cc-by-4.0",
}


TOILETS = "编号,名称,街道\n" + "".join(
    f"T{number},公厕{number},{'一二'[number % 2]}街\n" for number in range(1, 9)
)


@pytest.fixture(scope="module")
def made(portal: Portal) -> dict[str, Any]:
    return released(portal)


@pytest.mark.parametrize("look", [("zh-CN", 1440), ("en", 390)], ids=str)
def test_who_has_no_account_finds_and_takes_what_is_open(
    chromium: Browser, portal: Portal, made: dict[str, Any], look: tuple[str, int]
) -> None:
    language, width = look
    context = open_context(chromium, Portal(portal.node, NOBODY), width=width, language=language)
    page = context.new_page()
    page.goto("/open")
    search = page.get_by_role("searchbox")
    search.fill("没有这样的数据")
    expect(
        page.get_by_text({"zh-CN": "没有符合条件的数据集", "en": "No dataset matches"}[language])
    ).to_be_visible()
    search.fill("jzgc")
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    is_sound(page)
    page.get_by_role("main").get_by_role("listitem").get_by_role("link").click()
    expect(page.get_by_role("main")).to_contain_text("公厕名录")
    file = made["files"][0]
    row = page.get_by_role("row").filter(has_text=file["sha256"])
    with page.expect_download() as download:
        row.get_by_role("link").click()
    assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == file["sha256"]
    is_sound(page)
    for document in page.get_by_role("main").get_by_role("link", name=re.compile("DCAT|CKAN")).all():
        assert context.request.get(str(document.get_attribute("href"))).ok
    context.close()


def is_sound(page: Page) -> None:
    """Accessible, and not wider than the screen."""
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert broken_rules(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_each_version_shows_its_files_with_checksums_and_whom_to_name(
    page: Page, made: dict[str, Any]
) -> None:
    page.goto("/catalogue/toilets?tab=use")
    section = page.get_by_role("region", name="开放数据文件", exact=True)
    taken = downloads(page)
    expect(section).to_contain_text(f"cc-by-4.0 · 署名 江州环卫局 · 下载 {taken} 次")
    for file in made["files"]:
        row = section.get_by_role("row").filter(has_text=file["sha256"])
        expect(row).to_contain_text(file["sm3"])
        with page.expect_download() as download:
            row.get_by_role("link").click()
        content = Path(download.value.path()).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    until(page, lambda: downloads(page) == taken + 3)
    page.reload()
    expect(section).to_contain_text(f"下载 {taken + 3} 次")
    assert broken_rules(page) == []


def downloads(page: Page) -> int:
    return sum(one["downloads"] for one in page.request.get(RELEASES).json()["items"])


def released(portal: Portal) -> dict[str, Any]:
    path = "/api/v1/catalogue/toilets"
    assert portal.node.import_text("toilets", TOILETS, "toilets.csv")["state"] == "done"
    with entered(portal, "admin", PASSWORD) as admin:
        admin.put("/api/v1/organisations/sanitation", json={"name": "环卫局"}).raise_for_status()
        admin.post(f"{path}/grade/confirm", json={}).raise_for_status()
        seen = {"if-match": admin.get(path).headers["etag"]}
        changed = admin.patch(path, json=OPENED, headers=seen).raise_for_status()
        published = {"if-match": changed.headers["etag"]}
        admin.post(f"{path}/publish", headers=published).raise_for_status()
        plan = {"licence": "cc-by-4.0", "attribution": "江州环卫局"}
        made: dict[str, Any] = admin.post(f"{path}/releases", json=plan).raise_for_status().json()
    return made
