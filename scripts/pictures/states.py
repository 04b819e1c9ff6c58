"""The states that a page can be in, on pages that stand for all others: they come from the same parts."""

from playwright.sync_api import Page as Tab

from scripts.pictures.door import refused
from scripts.pictures.pages import Page
from scripts.pictures.words import Words


def _hang(tab: Tab) -> None:
    tab.route("**/api/v1/catalogue*", lambda route: None)


def _fail(tab: Tab) -> None:
    tab.route("**/api/v1/cases?*", lambda route: refused(route))


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
