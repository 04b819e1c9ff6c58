"""The node that was empty, with 10,000 of each, and its lists then: one sheet."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Browser

from scripts.pictures.camera import Look
from scripts.pictures.city import City
from scripts.pictures.every_state import Sheets, at_rest
from scripts.pictures.pages import PAGES, Page
from scripts.pictures.scenes import filled, imported
from tests.many_rows import MANY, RULE, copy_case, fill

_PARKS = "编号,名称,经度,纬度,车位数\n" + "".join(
    f"P{number:03},江州停车场{number},{123.8 + number / 1000:.4f},{29.6 + number / 2000:.4f},{number * 7 % 300 + 20}\n"
    for number in range(1, 61)
)  # fmt: skip
_CREW = "jz-roads"
_LAMPS = "编号,名称,经度,纬度,功率\n" + "".join(
    f"L{number:05},江州路灯{number},{123.8 + number % 100 / 1000:.4f},{29.6 + number // 100 / 1000:.4f},{number % 5 * 50 + 100}\n"
    for number in range(1, MANY + 1)
)  # fmt: skip
_AS_THEY_ARE = (
    "overview", "field", "cases-inbox", "cases-map", "cases-pressing", "cases-all", "handover", "rules", "rules-limits",
    "imports", "sources", "workbench", "catalogue", "catalogue-levels", "open", "quality", "quality-defects", "fusion",
    "scores", "sharing-notices", "nodes", "nodes-proofs", "pack-charging", "evidence", "system-accounts",
    "system-organisations", "system-links", "system-queues", "account",
)  # fmt: skip
LISTS: tuple[Page, ...] = (
    *(one for one in PAGES if one.name in _AS_THEY_ARE),
    Page("map", "/map"),
    Page("rule-events", f"/rules/{RULE}#events"),
    Page("import", "/data/imports/{many}"),
    Page("entry-records", "/catalogue/lamps?tab=records"),
    Page("quarantine", "/quality/many/quarantine"),
    Page("scores-boards", "/scores/boards?by=person&month=2026-01"),
    Page("pack-swapping", "/packs/parking/swapping?day=2026-05-01"),
)
"""The pages whose lists may have 10,000 rows."""
_STAFF = {"crew": "desk", "provider": "admin"}
"""Who has bodies in the demonstration is not there: these look instead."""


def many(browser: Browser, city: City, look: Look, names: Mapping[str, str]) -> Sheets:
    """`many`: each list of a city that is crowded."""
    return {"many": at_rest(browser, city, look, LISTS, names, lambda page: _STAFF.get(page.who, page.who))}


def crowd(city: City) -> dict[str, str]:
    """10,000 of each; returns the ids that the pages need."""
    imported(city, "parks", "停车场.csv", _PARKS)
    imported(city, "lamps", "路灯.csv", _LAMPS)
    names = filled(city)
    city.tell(f"/organisations/{_CREW}", {"name": "道路养护中心"}, method="PUT")
    reported = [_reported(city, "井盖破损"), _reported(city, "路灯不亮", "accept", "file", "dispatch")]
    # The browser's own loop runs in this thread.
    with ThreadPoolExecutor(1) as beside_the_browser:
        beside_the_browser.submit(asyncio.run, fill(city.data)).result()
        for one in reported:
            beside_the_browser.submit(asyncio.run, copy_case(city.data, one)).result()
    return names | {"query": ""}


def _reported(city: City, title: str, *acts: str) -> str:
    said = {"channel": "hotline", "title": title, "description": f"人民路{title}", "class": "C01003", "place": {"lon": 123.86, "lat": 29.65}}  # fmt: skip
    number = str(city.tell("/reports", said, who="desk")["id"])
    for act in acts:
        body = {"name": act} | ({"organisation": _CREW} if act == "dispatch" else {})
        city.tell(f"/cases/{number}/acts", body, who="desk")
    return number
