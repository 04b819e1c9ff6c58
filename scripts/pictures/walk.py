"""From page to page inside one window, as who presses links: the frame stays, and each page is new."""

from playwright.sync_api import Page as Tab

NOWHERE = "/no-such-page"
_IN_PLACE = (
    "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate', {state: {}})) }"
)


def go(tab: Tab, path: str) -> None:
    """Also where only the address has changed the page begins anew."""
    for one in (NOWHERE, path):
        tab.evaluate(_IN_PLACE, one)
    tab.locator("main h1").first.wait_for(state="attached")
