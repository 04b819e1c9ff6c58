"""What the city is called and the picture below its maps are chosen on a page, and hold at once."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PARKS, Portal, broken_rules, open_context, sign_in_first, watch
from tests.running import node_in
from tests.tiles import picture, tile_server

pytestmark = pytest.mark.browser

SETTINGS = "/system?tab=settings"
RED = picture(np.full((256, 256, 3), (220, 40, 40), np.uint8))
ALLOWED = {"QUANYU_ALLOWED_HOSTS": "127.0.0.1"}


@pytest.fixture(scope="module")
def unnamed(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A city that nobody has named, without districts or roads."""
    with node_in(tmp_path_factory.mktemp("unnamed") / "data", environment=ALLOWED) as node:
        context = chromium.new_context(locale="zh-CN")
        sign_in_first(context.new_page(), node)
        node.import_text("parks", PARKS, "parks.csv")
        yield Portal(node, context.storage_state())
        context.close()


def test_a_city_is_named_and_gets_a_base_map_without_a_shell(chromium: Browser, unnamed: Portal) -> None:
    context = open_context(chromium, unnamed)
    page = context.new_page()
    seen = watch(page, unnamed)
    with tile_server() as server:
        server.answers = lambda z, x, y: (200, "image/png", RED)
        page.goto("/map")
        page.get_by_role("link", name="设置底图").click()
        expect(page).to_have_url(re.compile(re.escape(SETTINGS)))
        page.get_by_label("城市名称", exact=True).fill("江州市")
        page.get_by_label("英文名称", exact=True).fill("Jiangzhou")
        page.get_by_label("底图瓦片地址", exact=True).fill("ftp://tiles/{z}")
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_text("不是瓦片地址")).to_be_visible()
        page.get_by_label("底图瓦片地址", exact=True).fill(server.address)
        page.get_by_label("底图来源", exact=True).fill("江州测绘院")
        assert broken_rules(page) == []
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_text("设置已保存，立即生效")).to_be_visible()
        expect(page.get_by_role("banner").get_by_text("江州市")).to_be_visible()
        expect(page.get_by_text(server.address.partition("?")[0]).first).to_be_visible()
        assert "secret-of-the-city" not in page.content()
        with page.expect_response(re.compile("/api/v1/map/ground/")) as tile:
            page.goto("/map")
        assert tile.value.ok
        expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("江州测绘院")
        expect(page.get_by_role("link", name="设置底图")).to_have_count(0)
    assert (seen.outside, seen.errors) == ([], [])
    context.close()


def test_on_a_phone_every_setting_is_whole_and_in_words(chromium: Browser, unnamed: Portal) -> None:
    context = open_context(chromium, unnamed, width=390, language="en", theme="dark")
    page = context.new_page()
    page.goto(SETTINGS)
    settings = page.get_by_role("table", name="Settings")
    expect(settings.get_by_role("row").first).to_be_attached()
    assert settings.evaluate("table => table.parentElement.scrollWidth <= table.parentElement.clientWidth")
    expect(settings.get_by_role("cell", name=re.compile("^(True|False)"))).to_have_count(0)
    assert broken_rules(page) == []
    context.close()
