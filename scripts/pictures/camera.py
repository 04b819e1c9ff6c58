"""Takes pages as they are once they have come to rest, and keeps them as WebP."""

import io
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Request, StorageState, sync_playwright
from playwright.sync_api import Page as Tab

from scripts.pictures.city import City
from scripts.pictures.pages import Page
from scripts.pictures.words import Words

_BROWSERS = ("chromium-headless-shell", "chromium")
"""One engine: the first has no window of its own to draw, and opens a page with half the work."""
_GRAPHICS = ("--no-sandbox", "--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist")
_QUALITY = 50
_TALLEST = 6000
_PATIENCE_SECONDS = 180
# The parts that load for ever are the style guide's.
_AT_REST = """() => document.querySelector('h1') &&
  (location.pathname === '/styleguide' || !document.querySelector('[aria-busy=true]'))"""
_CALM_SECONDS, _TICK_MS = 1.0, 100
_STREAM = "/api/v1/live"
_HEIGHT = "Math.max(...[document.documentElement, ...document.querySelectorAll('main')].map(one => one.scrollHeight))"


@dataclass(frozen=True)
class Look:
    language: str
    theme: str
    width: int

    def __str__(self) -> str:
        return f"{self.width}-{self.language[:2]}-{self.theme}"

    @property
    def height(self) -> int:
        return 900 if self.width > 719 else 844


LOOKS = tuple(
    Look(language, theme, width)
    for width, language, theme in (
        (1440, "zh-CN", "light"),
        (390, "en", "dark"),
        (1440, "zh-CN", "dark"),
        (1440, "en", "dark"),
        (390, "zh-CN", "light"),
        (390, "zh-CN", "dark"),
        (390, "en", "light"),
        (1920, "zh-CN", "light"),
        (1920, "en", "dark"),
    )
)


def browser_path() -> str | None:
    """Debian's Chromium, where it is installed."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = browser_path()
    if path is None:
        raise SystemExit("Chromium is missing: apt-get install chromium-headless-shell fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_GRAPHICS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, city: City, who: str, look: Look) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=city.url,
        storage_state=_cookies(city, who),
        viewport={"width": look.width, "height": look.height},
        locale=look.language,
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        service_workers="block",
    )
    kept = {"quanyu.language": look.language, "quanyu.theme": look.theme}
    context.add_init_script(
        ";".join(f"localStorage.setItem('{key}', '{value}')" for key, value in kept.items())
    )
    context.set_default_timeout(60_000)
    yield context
    context.close()


def take(tab: Tab, page: Page, path: str, look: Look, *, whole: bool) -> bytes:
    """A PNG of the window, or of the whole page however long it is."""
    asked = Asked(tab)
    if page.before is not None:
        page.before(tab)
    tab.goto(path)
    if page.sign:
        tab.locator(page.sign).first.wait_for()
        return tab.screenshot(animations="disabled")
    asked.rest()
    if page.act is not None:
        page.act(tab, Words(look.language))
        asked.rest()
    if whole:
        tab.set_viewport_size({"width": look.width, "height": min(tab.evaluate(_HEIGHT) + 112, _TALLEST)})
        asked.rest()
    return tab.screenshot(animations="disabled")


class Asked:
    """What a page has asked the node for and not got yet."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._open: set[Request] = set()
        tab.on("request", lambda one: self._open.add(one))
        tab.on("requestfinished", lambda one: self._open.discard(one))
        tab.on("requestfailed", lambda one: self._open.discard(one))

    def rest(self) -> None:
        """Until nothing is awaited and nothing says that it is busy, for a while; the stream of news never ends."""
        self._tab.wait_for_function(_AT_REST)
        since, deadline = time.monotonic(), time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() - since < _CALM_SECONDS:
            self._tab.wait_for_timeout(_TICK_MS)
            awaited = any(_STREAM not in one.url for one in self._open)
            if awaited or not self._tab.evaluate(_AT_REST):
                since = time.monotonic()
            if time.monotonic() > deadline:
                raise Error("the page never comes to rest")


def keep(picture: bytes, path: Path) -> None:
    """As WebP or PNG, by the name's ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(picture)).convert("RGB").save(path, quality=_QUALITY, method=6)


def _cookies(city: City, who: str) -> StorageState:
    if not who:
        return {"cookies": [], "origins": []}
    state: StorageState = {
        "cookies": [
            {"name": one.name, "value": one.value or "", "domain": one.domain, "path": one.path, "expires": -1,
             "httpOnly": True, "secure": False, "sameSite": "Lax"}
            for one in city.clients[who].cookies.jar
        ],
        "origins": [],
    }  # fmt: skip
    return state
