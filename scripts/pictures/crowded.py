"""The node that was empty, with 10,000 of each, and its lists then: one sheet."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Browser

from scripts.pictures.city import City
from scripts.pictures.every_state import Sheets, at_rest
from scripts.pictures.pages import PAGES, Page
from tests.many_rows import RULE, copy_case, fill

_PARKS = "编号,名称,经度,纬度,车位数\n" + "".join(
    f"P{number:03},江州停车场{number},{123.8 + number / 1000:.4f},{29.6 + number / 2000:.4f},{number * 7 % 300 + 20}\n"
    for number in range(1, 61)
)  # fmt: skip
_CREW = "jz-roads"
_LISTS = (
    "field", "cases-inbox", "cases-map", "cases-pressing", "cases-all", "handover", "rules", "imports", "workbench",
    "catalogue", "quality", "quality-defects", "fusion", "sharing-notices", "nodes", "evidence", "system-accounts",
    "system-organisations", "system-queues",
)  # fmt: skip
_EVENTS = Page("rule-events", f"/rules/{RULE}#events")
_STAFF = {"crew": "desk", "provider": "admin"}
"""Who has bodies in the demonstration is not there: these look instead."""


def crowded(browser: Browser, city: City) -> Sheets:
    """`many`: each list with 10,000 rows."""
    _crowd(city)
    pages = [*(one for one in PAGES if one.name in _LISTS), _EVENTS]
    return {"many": at_rest(browser, city, pages, {"query": ""}, lambda page: _STAFF.get(page.who, page.who))}


def _crowd(city: City) -> None:
    city.clients["admin"].post(
        "/api/v1/datasets/parks/imports", params={"filename": "停车场.csv"}, content=_PARKS.encode()
    ).raise_for_status()
    while not any(one["name"] == "parks" and one["records"] for one in city.get("/datasets")["items"]):
        time.sleep(0.5)
    city.tell(f"/organisations/{_CREW}", {"name": "道路养护中心"}, method="PUT")
    reported = [_reported(city, "井盖破损"), _reported(city, "路灯不亮", "accept", "file", "dispatch")]
    # The browser's own loop runs in this thread.
    with ThreadPoolExecutor(1) as beside_the_browser:
        beside_the_browser.submit(asyncio.run, fill(city.data)).result()
        for one in reported:
            beside_the_browser.submit(asyncio.run, copy_case(city.data, one)).result()


def _reported(city: City, title: str, *acts: str) -> str:
    said = {"channel": "hotline", "title": title, "description": f"人民路{title}", "class": "C01003", "place": {"lon": 123.86, "lat": 29.65}}  # fmt: skip
    number = str(city.tell("/reports", said, who="desk")["id"])
    for act in acts:
        body = {"name": act} | ({"organisation": _CREW} if act == "dispatch" else {})
        city.tell(f"/cases/{number}/acts", body, who="desk")
    return number
