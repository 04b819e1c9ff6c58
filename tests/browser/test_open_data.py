"""Files of open data on the page of their entry: what is shown is what is taken."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, Portal, broken_rules, entered

pytestmark = pytest.mark.browser

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


def test_each_version_shows_its_files_with_checksums_and_whom_to_name(page: Page, portal: Portal) -> None:
    made = released(portal)
    page.goto("/catalogue/toilets?tab=use")
    section = page.get_by_role("region", name="开放数据文件", exact=True)
    expect(section).to_contain_text("cc-by-4.0 · 署名 江州环卫局 · 下载 0 次")
    for file in made["files"]:
        row = section.get_by_role("row").filter(has_text=file["sha256"])
        expect(row).to_contain_text(file["sm3"])
        with page.expect_download() as download:
            row.get_by_role("link").click()
        content = Path(download.value.path()).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    page.reload()
    expect(section).to_contain_text("下载 3 次")
    assert broken_rules(page) == []


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
