"""A picture below the city's own layers: through the node, in its theme, with its owner's name, and not missed where it fails."""

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import (
    PARKS,
    Portal,
    anybody,
    broken_rules,
    open_context,
    sign_in_first,
    until,
    watch,
)
from tests.running import node_in
from tests.tiles import TileServer, picture, tile_server

pytestmark = pytest.mark.browser

PLACE = "/map?at=118.73,32.01,13"
RED = picture(np.full((256, 256, 3), (220, 40, 40), np.uint8))
RED_ENOUGH = 10
"""The land alone has 0, by night -14."""

OWNER = "江州测绘院 <测试> © 2026"


@pytest.fixture(scope="module")
def server() -> Iterator[TileServer]:
    with tile_server() as server:
        server.answers = lambda z, x, y: (200, "image/png", RED)
        yield server


@pytest.fixture(scope="module")
def pictured(
    chromium: Browser, server: TileServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """A city of its own whose map has a picture below it."""
    settings = {
        "QUANYU_BASEMAP": server.address,
        "QUANYU_BASEMAP_GCJ02": "true",
        "QUANYU_BASEMAP_ATTRIBUTION": OWNER,
        "QUANYU_ALLOWED_HOSTS": "127.0.0.1",
    }
    with node_in(tmp_path_factory.mktemp("pictured") / "data", environment=settings) as node:
        context = chromium.new_context(locale="zh-CN")
        sign_in_first(context.new_page(), node)
        node.import_text("parks", PARKS, "parks.csv")
        yield Portal(node, context.storage_state())
        context.close()


def redness(page: Page) -> float:
    """How much redder than blue the map is, on average of its middle."""
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    clip = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 4, "width": 300, "height": 300}
    seen = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB"), float)  # type: ignore[arg-type]
    return float((seen[..., 0] - seen[..., 2]).mean())


def brightness(page: Page) -> float:
    return float(np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"), float).mean())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_lies_below_the_layers_and_comes_from_the_node(
    chromium: Browser, pictured: Portal, theme: str
) -> None:
    context = open_context(chromium, pictured, theme=theme)
    page = context.new_page()
    seen = watch(page, pictured)
    with page.expect_response(re.compile("/api/v1/map/ground/")) as tile:
        page.goto(PLACE)
    assert tile.value.ok
    assert re.search(r"/map/ground/\d+/\d+/\d+\?v=[0-9a-f]{8}$", tile.value.url)
    expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text(OWNER)
    until(page, lambda: redness(page) > RED_ENOUGH)
    assert (brightness(page) > 128) == (theme == "light")
    assert broken_rules(page) == []
    assert (seen.outside, seen.errors) == ([], [])
    context.close()


def test_whoever_reports_points_at_the_picture_where_the_city_has_no_layers(
    chromium: Browser, pictured: Portal
) -> None:
    context = anybody(chromium, pictured, width=390)
    page = context.new_page()
    page.goto("/report")
    with page.expect_response(re.compile("/api/v1/map/ground/")) as tile:
        page.get_by_role("button", name=re.compile("地图")).click()
    assert tile.value.ok
    context.close()


def test_where_the_server_gives_no_picture_the_map_is_as_without(
    chromium: Browser, pictured: Portal, server: TileServer
) -> None:
    server.answers = lambda z, x, y: (200, "text/html", b"<html>")
    context = open_context(chromium, pictured)
    page = context.new_page()
    seen = watch(page, pictured)
    with page.expect_response(re.compile("/api/v1/map/ground/")) as tile:
        page.goto("/map?at=118.75,32.05,15")
    assert tile.value.status == 503
    expect(page.get_by_role("button", name=re.compile("定位到"))).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert redness(page) < RED_ENOUGH
    assert seen.errors == []
    context.close()
