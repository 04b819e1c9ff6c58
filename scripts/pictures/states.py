"""The states that a page can be in, on pages that stand for all others: they come from the same parts."""

import json

from playwright.sync_api import Page as Tab
from playwright.sync_api import Route

from scripts.pictures.pages import Page
from scripts.pictures.words import Words

_FAULT = {"type": "urn:quanyu:problem:http-500", "status": 500, "trace": "7f3a9c21"}
_TITLES = {"zh": "内部错误", "en": "Internal error"}


def _hang(tab: Tab) -> None:
    tab.route("**/api/v1/catalogue*", lambda route: None)


def _answer_500(route: Route) -> None:
    title = _TITLES["en" if route.request.headers.get("accept-language", "").startswith("en") else "zh"]
    body = json.dumps(_FAULT | {"title": title})
    route.fulfill(status=500, content_type="application/problem+json", body=body)


def _fail(tab: Tab) -> None:
    tab.route("**/api/v1/cases?*", _answer_500)


def _refuse_everything(tab: Tab) -> None:
    tab.route("**/api/v1/session", lambda route: route.abort())


def _cut(tab: Tab, words: Words) -> None:
    tab.context.set_offline(True)
    tab.get_by_text(words("overview.cut")).wait_for()


STATES: tuple[Page, ...] = (
    Page("state-loading", "/catalogue", before=_hang, sign=".skeleton"),
    Page("state-error", "/cases?tab=all", "desk", before=_fail),
    Page("state-unreachable", "/indicators", before=_refuse_everything, sign="[role=alert]"),
    Page("state-cut", "/overview", "desk", _cut),
    Page("state-denied", "/evidence", "viewer"),
    Page("state-empty-start", "/start", needs="empty"),
    Page("state-empty-overview", "/overview", needs="empty"),
    Page("state-empty-map", "/map", needs="empty"),
    Page("state-empty-cases", "/cases", needs="empty"),
    Page("state-empty-imports", "/data/imports", needs="empty"),
    Page("state-empty-catalogue", "/catalogue", needs="empty"),
    Page("state-empty-sharing", "/sharing", needs="empty"),
    Page("state-10000-quarantine", "/quality/many/quarantine", needs="many"),
    Page("state-10000-import", "/data/imports/{many}", needs="many"),
)
