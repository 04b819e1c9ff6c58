"""A hundred thousand live points in a browser: how smoothly the map is drawn along, what a change costs, what stays in memory.

.venv/bin/python bench/bench_portal.py [THINGS] [MINUTES]

Frames are those that the page itself is given while the map is dragged with the mouse, beside the same drag over the same map
without the points. Without a graphics card (CI, containers) all of them are drawn by the processor: read the ratio.
"""

import contextlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, Response, sync_playwright

from scripts.pictures.camera import browser_path
from tests.browser.conftest import GRAPHICS, sign_in_first
from tests.running import RunningNode, node_in

BATCH = 1_000
WEST, SOUTH, SIDE = 121.0, 31.0, 0.5
DRAGS = 6
FRAMES = """() => {
  window.frames = []
  const next = (at) => window.frames.push(at) && requestAnimationFrame(next)
  requestAnimationFrame(next)
}"""


def thing(number: int, chance: random.Random) -> dict[str, Any]:
    place = [WEST + SIDE * chance.random(), SOUTH + SIDE * chance.random()]
    return {
        "id": f"urn:ngsi-ld:Vehicle:bench:{number}", "type": "Vehicle",
        "name": {"type": "Property", "value": f"车 {number}"},
        "speed": {"type": "Property", "value": chance.randrange(60)},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": place}},
    }  # fmt: skip


def put(node: RunningNode, numbers: range, chance: random.Random) -> None:
    with node.client() as client:
        for start in range(numbers.start, numbers.stop, BATCH):
            batch = [thing(number, chance) for number in range(start, min(start + BATCH, numbers.stop))]
            client.post("/ngsi-ld/v1/entityOperations/upsert", json=batch).raise_for_status()


def dragged(page: Page) -> list[float]:
    """Milliseconds between the frames of a drag to and fro."""
    page.wait_for_load_state("networkidle")
    page.evaluate(FRAMES)
    page.mouse.move(700, 450)
    page.mouse.down()
    for turn in range(DRAGS):
        for step in range(20):
            page.mouse.move(700 + (step if turn % 2 else 20 - step) * 15, 450)
    page.mouse.up()
    at: list[float] = page.evaluate("window.frames.splice(0)")
    return [late - early for early, late in pairwise(at)]


def said(title: str, gaps: list[float]) -> None:
    worst = statistics.quantiles(gaps, n=20)[-1]
    print(
        f"{title:44} {1000 / statistics.mean(gaps):5.1f} frames/s, p95 of a frame {worst:6.1f} ms", flush=True
    )


@contextlib.contextmanager
def heard(page: Page) -> Iterator[dict[str, float]]:
    """Bytes and number of the tiles that came meanwhile; they are fetched by the map's worker."""
    total = {"bytes": 0.0, "tiles": 0.0}

    def came(response: Response) -> None:
        if "/tiles/" in response.url:
            total["bytes"] += float(response.headers.get("content-length", 0))
            total["tiles"] += 1

    page.on("response", came)
    yield total
    page.remove_listener("response", came)


def heap(wire: CDPSession) -> float:
    """MB of objects after everything that nobody holds is gone; without what the graphics hold."""
    wire.send("HeapProfiler.collectGarbage")
    found = wire.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in found if one["name"] == "JSHeapUsedSize")) / 1e6


def updated(page: Page, wire: CDPSession, node: RunningNode, things: int, minutes: float) -> None:
    """A hundredth of the things moves every second."""
    chance, begun, rounds, before = random.Random(2), time.monotonic(), 0, heap(wire)
    with heard(page) as total:
        while time.monotonic() - begun < minutes * 60:
            start = chance.randrange(max(1, things - things // 100))
            put(node, range(start, start + max(1, things // 100)), chance)
            rounds += 1
            page.wait_for_timeout(1000)
    share = total["bytes"] / 1000 / max(1.0, rounds)
    print(
        f"{rounds} changes of {max(1, things // 100)} things: {total['tiles']:.0f} tiles, {share:.0f} kB a change"
    )
    print(
        f"objects in memory: {before:.0f} MB before, {heap(wire):.0f} MB after {minutes:g} minutes",
        flush=True,
    )


def measured(page: Page, wire: CDPSession, node: RunningNode, things: int, minutes: float) -> None:
    with node.client() as client:
        layer = client.get("/api/v1/map/layers").json()["items"][0]["id"]
    middle = f"{WEST + SIDE / 2},{SOUTH + SIDE / 2}"
    for name, zoom in (("from afar, hexagons", 10.5), ("from near, points", 13.5)):
        for with_points in (False, True):
            page.goto(f"/map?at={middle},{zoom}{'' if with_points else f'&hidden={layer}'}")
            page.locator(".maplibregl-canvas").wait_for()
            said(f"{name}: {f'{things:,} things' if with_points else 'the map alone'}", dragged(page))
    page.goto(f"/map?at={middle},13.5")
    page.locator(".maplibregl-canvas").wait_for()
    updated(page, wire, node, things, minutes)


def main(things: int, minutes: float) -> None:
    path = browser_path()
    with (
        tempfile.TemporaryDirectory() as name,
        node_in(Path(name) / "data") as node,
        sync_playwright() as playwright,
    ):
        begun = time.perf_counter()
        put(node, range(things), random.Random(1))
        print(f"{things:,} things put in {time.perf_counter() - begun:.0f} s", flush=True)
        browser = playwright.chromium.launch(executable_path=path, args=GRAPHICS)
        page = browser.new_context(
            base_url=node.url, viewport={"width": 1440, "height": 900}, locale="zh-CN"
        ).new_page()
        sign_in_first(page, node)
        wire = page.context.new_cdp_session(page)
        wire.send("Performance.enable")
        measured(page, wire, node, things, minutes)
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, float(sys.argv[2]) if len(sys.argv) > 2 else 1.0)
