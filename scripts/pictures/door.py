"""Between a page and its node: what the page asks for is let through, held back, or refused."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Page as Tab
from playwright.sync_api import Route

_PAGES_OWN = re.compile(r"/api/v1/(?!session|live)|/ngsi-ld/v1/types|/metrics")
"""Who asks and the stream of news belong to the frame; everything else is asked for by the page."""
_FAULT = {"type": "urn:quanyu:problem:http-503", "status": 503, "trace": "7f3a9c21"}
_TICK_MS = 50
_TITLES = {"zh": "服务暂不可用", "en": "Service unavailable"}


class Door:
    """`hold` keeps what is asked, `refuse` answers it and all that follows with 503, `open` lets everything through."""

    def __init__(self, tab: Tab, asked: str | re.Pattern[str] = _PAGES_OWN) -> None:
        self._way: Literal["through", "hold", "refuse"] = "through"
        self._held: list[Route] = []
        self._tab = tab
        tab.route(asked, self._meet)

    def hold(self) -> None:
        self._way = "hold"

    def holds_within(self, milliseconds: int) -> bool:
        """Whether anything is asked in that time."""
        deadline = time.monotonic() + milliseconds / 1000
        while not self._held and time.monotonic() < deadline:
            self._tab.wait_for_timeout(_TICK_MS)
        return bool(self._held)

    def refuse(self) -> None:
        self._answer("refuse")

    def open(self) -> None:
        self._answer("through")

    def _answer(self, way: Literal["through", "refuse"]) -> None:
        self._way, held, self._held = way, self._held, []
        for route in held:
            self._meet(route)

    def _meet(self, route: Route) -> None:
        if self._way == "hold":
            self._held.append(route)
        elif self._way == "refuse":
            refused(route)
        else:
            route.continue_()


@contextmanager
def door_before(tab: Tab) -> Iterator[Door]:
    """In the end what is held goes through, and the door is gone."""
    door = Door(tab)
    try:
        yield door
    finally:
        door.open()
        tab.unroute_all()


def refused(route: Route, status: int = 503) -> None:
    """As a node or the proxy before it answers that cannot do its work."""
    title = _TITLES["en" if route.request.headers.get("accept-language", "").startswith("en") else "zh"]
    body = json.dumps(_FAULT | {"title": title, "status": status})
    route.fulfill(status=status, content_type="application/problem+json", body=body)
