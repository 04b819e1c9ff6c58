"""What the pages ask the node for, over HTTP: the demonstration city with a hundred thousand more things and as many more cases.

.venv/bin/python bench/bench_pages.py [THINGS] [CASES] [OF THESE OPEN]

Every page of docs/pages.md is opened once in Chromium by whoever works with it. What it read from the node, ids in paths included, is
asked for again by a session of the same person, one request after the other; p50 and p95 of each, the slowest first. It ends: a request
is asked for forty times, or as often as eight seconds allow (ten times at least), and what is never taken over is given up.
"""

import csv
import io
import json
import os
import random
import re
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

import httpx
from playwright.sync_api import Browser, Error
from playwright.sync_api import Request as Asked

from scripts.pictures.camera import LOOKS, chromium, opened, take
from scripts.pictures.city import City, demonstration
from scripts.pictures.pages import PAGES, Page
from scripts.pictures.scenes import played

ROUNDS, LEAST_ROUNDS, SECONDS_EACH = 40, 10, 8.0
TAKE_OVER_SECONDS = 1800
GOAL_MS = 100.0
BATCH = 1_000
WEST, SOUTH, WIDTH, HEIGHT = 123.6, 29.55, 0.4, 0.2
NEVER_ENDS = "/api/v1/live"
# Tiles and the like differ by their numbers only; a few of each stand for the others.
OF_A_KIND = 4
MAPPING = {
    "system": "bench",
    "columns": {
        "number": "编号", "reported": "上报", "closed": "结案", "due": "截止", "state": "状态", "class": "类别",
        "description": ["内容"], "lon": "经度", "lat": "纬度", "organisation": "单位",
    },
    "states": {"已结案": "archived", "处置中": "handling"},
}  # fmt: skip
CLASSES = ("C01001", "C01002", "C01003", "C02001")
BODIES = ("jz-urban", "jz-water", "jz-transport")


@dataclass(frozen=True, slots=True)
class Request:
    who: str
    path: str

    @property
    def kind(self) -> str:
        """Requests that differ by numbers only are of one kind."""
        return re.sub(r"\d+(\.\d+)?", "0", self.path)


def thing(number: int, chance: random.Random) -> dict[str, object]:
    place = [WEST + WIDTH * chance.random(), SOUTH + HEIGHT * chance.random()]
    return {
        "id": f"urn:ngsi-ld:Vehicle:bench:{number}", "type": "Vehicle",
        "name": {"type": "Property", "value": f"车 {number}"},
        "speed": {"type": "Property", "value": chance.randrange(60)},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": place}},
    }  # fmt: skip


def put_things(city: City, things: int) -> None:
    chance = random.Random(1)
    for start in range(0, things, BATCH):
        batch = [thing(number, chance) for number in range(start, min(start + BATCH, things))]
        answer = city.clients["admin"].post("/ngsi-ld/v1/entityOperations/upsert", json=batch)
        answer.raise_for_status()


def table_of_cases(cases: int, lying: int) -> bytes:
    """Those that lie open were reported last."""
    chance, now = random.Random(2), datetime.now(UTC)
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(("编号", "上报", "结案", "截止", "状态", "类别", "内容", "经度", "纬度", "单位"))
    lines.writerows(line_of_case(number, number < lying, now, chance) for number in range(cases))
    return text.getvalue().encode()


def line_of_case(number: int, lies_open: bool, now: datetime, chance: random.Random) -> tuple[str, ...]:
    """An open one is late or becomes due within three days."""
    came = now - timedelta(minutes=3 * number + 60)
    due = now + timedelta(minutes=chance.randrange(-600, 4000)) if lies_open else came + timedelta(days=1)
    closed = "" if lies_open else (came + timedelta(hours=20)).isoformat()
    lon, lat = WEST + WIDTH * chance.random(), SOUTH + HEIGHT * chance.random()
    return (
        f"B{number}", came.isoformat(), closed, due.isoformat(), "处置中" if lies_open else "已结案", chance.choice(CLASSES),
        f"路口井盖破损有响声，第 {number} 件", f"{lon:.6f}", f"{lat:.6f}", chance.choice(BODIES),
    )  # fmt: skip


def take_over(city: City, cases: int, lying: int) -> None:
    """Until the last one is there."""
    desk = city.clients["admin"]
    form = {"mapping": (None, json.dumps(MAPPING)), "file": ("cases.csv", table_of_cases(cases, lying))}
    begun = desk.post("/api/v1/cases/imports", files=form).raise_for_status().json()
    deadline = time.monotonic() + TAKE_OVER_SECONDS
    while not (known := desk.get(f"/api/v1/cases/imports/{begun['id']}").json())["finished"]:
        if time.monotonic() > deadline:
            raise SystemExit(f"the cases are not taken over within {TAKE_OVER_SECONDS} s: {known}")
        time.sleep(1)
    if known["made"] != cases:
        raise SystemExit(f"{known['made']:,} of {cases:,} cases were taken over: {known}")


def asked_by(browser: Browser, city: City, page: Page, names: dict[str, str]) -> Iterator[Request]:
    """What the page reads from the node when it is opened."""
    heard: list[Asked] = []
    with opened(browser, city, page.who, LOOKS[0]) as context:
        context.on("request", lambda one: heard.append(one))
        try:
            take(context.new_page(), page, page.path.format_map(names), LOOKS[0], whole=False)
        except (Error, KeyError) as fault:
            print(f"{page.name} is left out: {fault!r:.200}", file=sys.stderr)
    for one in heard:
        place = urlsplit(one.url)
        if one.method == "GET" and place.path.startswith(("/api/", "/ngsi-ld/")) and place.path != NEVER_ENDS:
            yield Request(page.who, f"{place.path}?{place.query}" if place.query else place.path)


def few_of_each_kind(requests: Iterable[Request]) -> list[Request]:
    kept: dict[tuple[str, str], set[Request]] = {}
    for one in requests:
        of_its_kind = kept.setdefault((one.who, one.kind), set())
        if len(of_its_kind) < OF_A_KIND:
            of_its_kind.add(one)
    return [one for kind in kept.values() for one in kind]


def timed(client: httpx.Client, path: str) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    times: list[float] = []
    while len(times) < LEAST_ROUNDS or (len(times) < ROUNDS and sum(times) < SECONDS_EACH * 1000):
        begun = time.perf_counter()
        client.get(path)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def measured(city: City, names: dict[str, str]) -> None:
    pages = [page for page in PAGES if page.needs == "city"]
    with chromium() as browser:
        requests = few_of_each_kind(one for page in pages for one in asked_by(browser, city, page, names))
    print(
        f"{len(pages)} pages, {len(requests)} requests, up to {ROUNDS} times each, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    with httpx.Client(base_url=city.url, timeout=60) as nobody:
        told = [(*timed(city.clients.get(one.who, nobody), one.path), one) for one in requests]
    for half, most, one in sorted(told, key=lambda line: -line[1]):
        print(f"p50 {half:7.1f} ms  p95 {most:7.1f} ms  {one.who or 'nobody':8} {unquote(one.path)[:150]}")
    print(f"load {os.getloadavg()[0]:.1f}")
    within = sum(most < GOAL_MS for _, most, _ in told)
    print(f"{within} of {len(told)} requests have a p95 under {GOAL_MS:g} ms (goal: all)")


def main(things: int, cases: int, lying: int) -> None:
    with demonstration(None) as city:
        names = played(city)
        begun = time.perf_counter()
        put_things(city, things)
        take_over(city, cases, lying)
        print(f"{things:,} things and {cases:,} cases in {time.perf_counter() - begun:.0f} s", flush=True)
        measured(city, names)


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    main(*(numbers + [100_000, 100_000, 10_000][len(numbers) :]))
