"""A hundred thousand live points in a browser: how smoothly the map is drawn along, what a change costs, what stays in memory.

.venv/bin/python bench/bench_portal.py [THINGS] [MINUTES]

Frames are those that the page itself is given while 城市总览 is dragged with the mouse and zoomed with its wheel, beside the same
moves over the same map without the points, and again while a thousand things a second move. Without a graphics card (CI, containers)
the processor draws all of them: read the ratio, and the milliseconds of a processor that the page's own program took of each frame
(script), which no graphics card makes shorter and no other work on the machine longer.
"""

import contextlib
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
SETTLED_MS = 5_000
NEAR = 4
WHEELS = 4
UPDATES_A_SECOND = 1_000
FRAMES = """() => {
  if (window.drawn) return window.drawn.splice(0), window.held.splice(0)
  window.drawn = []
  window.held = []
  const next = (at) => window.drawn.push(at) && requestAnimationFrame(next)
  requestAnimationFrame(next)
  new PerformanceObserver((seen) => window.held.push(...seen.getEntries().map((one) => one.duration))).observe({ type: 'longtask' })
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


@dataclass(frozen=True, slots=True)
class Moved:
    """Milliseconds: between frames, of a processor for the page's own program in all, of tasks longer than 50."""

    gaps: list[float]
    script: float
    long: list[float]

    def __str__(self) -> str:
        half, worst = statistics.median(self.gaps), statistics.quantiles(self.gaps, n=20)[-1]
        return (
            f"{1000 / statistics.mean(self.gaps):5.1f} frames/s, p50 {half:6.1f} ms, p95 {worst:6.1f} ms; "
            f"script {self.script / len(self.gaps):5.1f} ms a frame; {len(self.long)} long tasks, {sum(self.long):.0f} ms"
        )


def moved(page: Page, wire: CDPSession) -> Moved:
    """Dragged to and fro, nearer and away again."""
    page.evaluate(FRAMES)
    begun = metric(wire, "ScriptDuration")
    page.mouse.move(700, 450)
    page.mouse.down()
    for turn in range(DRAGS):
        for step in range(20):
            page.mouse.move(700 + (step if turn % 2 else 20 - step) * 15, 450)
    page.mouse.up()
    for turn in range(WHEELS):
        page.mouse.wheel(0, 240 if turn % 2 else -240)
        page.wait_for_timeout(500)
    at: list[float] = page.evaluate("window.drawn.splice(0)")
    long: list[float] = page.evaluate("window.held.splice(0)")
    script = (metric(wire, "ScriptDuration") - begun) * 1000
    return Moved([late - early for early, late in pairwise(at)], script, long)


def metric(wire: CDPSession, name: str) -> float:
    found = wire.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in found if one["name"] == name))


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
    return metric(wire, "JSHeapUsedSize") / 1e6


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


@contextlib.contextmanager
def moving(node: RunningNode, things: int) -> Iterator[Callable[[], int]]:
    """A thousand things move every second; tells how many have."""
    over, count, chance = threading.Event(), [0], random.Random(3)

    def work() -> None:
        due = time.monotonic()
        while not over.is_set():
            start = chance.randrange(max(1, things - UPDATES_A_SECOND))
            put(node, range(start, min(things, start + UPDATES_A_SECOND)), chance)
            count[0] += min(things, UPDATES_A_SECOND)
            due += 1
            over.wait(max(0.0, due - time.monotonic()))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield lambda: count[0]
    finally:
        over.set()
        worker.join()


def measured(page: Page, wire: CDPSession, node: RunningNode, things: int, minutes: float) -> None:
    with node.client() as client:
        layer = client.get("/api/v1/map/layers").json()["items"][0]["id"]
    for name, nearer in (("from afar, hexagons", 0), ("from near, points", NEAR)):
        for title, hidden in (("the map alone", f"?hidden={layer}"), (f"{things:,} things", "")):
            shown(page, f"/overview{hidden}", nearer)
            print(f"{name}: {title:24} {moved(page, wire)}", flush=True)
        with moving(node, things) as count, heard(page) as total:
            begun, already = time.monotonic(), count()
            told = moved(page, wire)
            pace = (count() - already) / (time.monotonic() - begun)
        kilobytes = total["bytes"] / 1000
        print(f"{name}: {f'{pace:,.0f} moves a second':24} {told}; {kilobytes:.0f} kB of tiles", flush=True)
    updated(page, wire, node, things, minutes)


def shown(page: Page, path: str, nearer: int) -> None:
    """The whole city first, then so many zooms nearer."""
    page.goto(path)
    page.locator(".maplibregl-canvas").wait_for()
    page.wait_for_timeout(SETTLED_MS)
    for _ in range(nearer):
        page.locator(".maplibregl-ctrl-zoom-in").click()
        page.wait_for_timeout(1000)
    page.wait_for_timeout(SETTLED_MS)


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
        wire.send("Performance.enable", {"timeDomain": "threadTicks"})
        print(f"load {os.getloadavg()[0]:.1f}", flush=True)
        measured(page, wire, node, things, minutes)
        print(f"load {os.getloadavg()[0]:.1f}")
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, float(sys.argv[2]) if len(sys.argv) > 2 else 1.0)
