"""A real node with the built portal, and Debian's Chromium in front of it."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, StorageState, expect, sync_playwright

from scripts.pictures.camera import browser_path
from tests.running import PLAIN, RunningNode, node_in

PASSWORD = "Blue-harbour-2026!"
# No test is about time: a machine with other work to do answers later, not wrongly.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
AXE = Path(__file__).parents[2] / "portal/node_modules/axe-core/axe.min.js"
COMPLAINT = re.compile(r"Content Security Policy|^\w*Error: ")
"""Of the browser: also what a part of a page threw while it was drawn, and left empty."""
STATIC = Path(__file__).parents[2] / "src/quanyu/app/static/index.html"
GRAPHICS = ("--no-sandbox", "--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist")
PLAIN_PAGES = "--disable-gpu-compositing"
"""Without a graphics card, pages laid together as if there were one cost as much as their making. Maps are drawn alike."""
PARKS = "编号,名称,经度,纬度,车位数\n" + "".join(
    f"P{number:03},江州停车场{number},{118.7 + number / 1000:.4f},{32.0 + number / 2000:.4f},{number * 7 % 300 + 20}\n"
    for number in range(1, 61)
)  # fmt: skip
POSTS = [
    "acceptor",
    "shift_chief",
    "dispatcher",
    "handler",
    "patroller",
    "callback_agent",
    "supervisor",
    "data_officer",
]
COVER = {
    "channel": "hotline",
    "description": "人民路井盖破损",
    "class": "C01003",
    "place": {"lon": 118.75, "lat": 32.02},
}
FULL = {
    "name": "every-page", "title": {"zh-CN": "车位已满", "en": "Full"}, "subject": {"type": "OffStreetParking"},
    "when": {"q": "availableSpotNumber==0"},
}  # fmt: skip
ACCEPT, FILE = {"name": "accept"}, {"name": "file"}
DISPATCH = {"name": "dispatch", "organisation": "roads"}
CLOSED = (
    ACCEPT,
    FILE,
    DISPATCH,
    {"name": "handled", "evidence": ["已更换"]},
    {"name": "pass"},
    {"name": "close"},
)
BROKEN = "P061,无位置停车场,0,0,80\nP062,同样无位置,0,0,90\n"


@dataclass
class Portal:
    """The node's address, and the cookies of the administrator who has signed in."""

    node: RunningNode
    state: StorageState
    language: str = "zh-CN"


@dataclass
class Seen:
    """What a page did beside showing itself."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = browser_path()
    if path is None:
        pytest.skip("Chromium is missing: apt-get install chromium-headless-shell fonts-noto-cjk")
    if not STATIC.is_file():
        pytest.skip("the portal is not built: make portal")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=(*GRAPHICS, PLAIN_PAGES))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StorageState]:
    """The folder of a node whose administrator came in through the page, one-time password first, then one of their own."""
    with node_in(tmp_path_factory.mktemp("signed-in") / "data") as node:
        context = chromium.new_context(locale="zh-CN")
        sign_in_first(context.new_page(), node)
        state = context.storage_state()
        context.close()
        node.stop()
    return node.data, state


@pytest.fixture(scope="module")
def portal(
    signed_in: tuple[Path, StorageState], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """A node of each file's own: what the tests of another have left, and in which order, is nothing to it."""
    prepared, state = signed_in
    data = tmp_path_factory.mktemp("browser") / "data"
    subprocess.run(["cp", "-a", prepared, data], check=True)
    with node_in(data) as node:
        yield Portal(node, state)


@pytest.fixture
def page(chromium: Browser, portal: Portal) -> Iterator[Page]:
    """Signed in, Chinese, 1440 wide."""
    context = open_context(chromium, portal)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def parks(portal: Portal) -> Portal:
    """With a data set of 60 car parks and two without place."""
    portal.node.import_text("parks", PARKS + BROKEN, "parks.csv")
    return portal


@pytest.fixture(scope="module")
def shown(parks: Portal) -> dict[str, str]:
    """A rule, a source, an import and an entity to look at: names for the paths of `pages`."""
    inbox = parks.node.data / "inbox/every-page"
    inbox.mkdir(parents=True)
    source = {
        "kind": "folder",
        "dataset": "every-page",
        "every_seconds": 3600,
        "settings": {"path": str(inbox)},
    }
    with parks.node.client() as client:
        client.post("/api/v1/rules", json=FULL).raise_for_status()
        client.put("/api/v1/sources/every-page", json=source).raise_for_status()
        lots = client.get("/api/v1/entities", params={"dataset": "parks", "limit": 1}).json()["items"]
        known = client.get("/api/v1/imports", params={"dataset": "parks"}).json()["items"]
    return {"entity": lots[0]["id"], "import": known[0]["id"]}


@contextmanager
def entered(portal: Portal, login: str, password: str) -> Iterator[httpx.Client]:
    own = {"x-requested-with": "portal", "origin": portal.node.url}
    with httpx.Client(base_url=portal.node.url, headers=own, timeout=60, verify=PLAIN) as client:
        answer = client.post("/api/v1/session", json={"login": login, "password": password})
        assert answer.status_code == 200, answer.text
        yield client


@pytest.fixture(scope="module")
def desk(portal: Portal) -> Iterator[httpx.Client]:
    """Signed in to every post of the event centre at once, in a city with one body."""
    with entered(portal, "admin", PASSWORD) as office:
        made = office.post("/api/v1/accounts", json={"login": "desk", "name": "王丽"}).json()
        office.put(
            f"/api/v1/accounts/{made['account']['id']}/roles", json={"roles": POSTS}
        ).raise_for_status()
        office.put("/api/v1/organisations/roads", json={"name": "道路养护中心"}).raise_for_status()
    with entered(portal, "desk", made["password"]) as client:
        client.post("/api/v1/session/password", json={"old": made["password"], "new": PASSWORD})
    with entered(portal, "desk", PASSWORD) as client:
        yield client


@pytest.fixture(scope="module")
def at_desk(portal: Portal, desk: httpx.Client) -> Portal:
    return Portal(portal.node, cookies_of(desk))


@pytest.fixture
def districts(at_desk: Portal) -> Iterator[None]:
    """西区 and 东区 for as long as a test goes: COVER lies in the first."""
    drawn = [
        {
            "id": f"urn:ngsi-ld:AdministrativeArea:{code}",
            "type": "AdministrativeArea",
            "name": {"type": "Property", "value": name},
            "location": {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [ring(west)]}},
        }
        for code, name, west in (("990101", "西区", 118.7), ("990102", "东区", 118.8))
    ]
    with at_desk.node.client() as client:
        client.post("/ngsi-ld/v1/entityOperations/upsert", json=drawn).raise_for_status()
        yield
        gone = [one["id"] for one in drawn]
        client.post("/ngsi-ld/v1/entityOperations/delete", json=gone).raise_for_status()


def ring(west: float) -> list[tuple[float, float]]:
    east = west + 0.1
    return [(west, 32.0), (east, 32.0), (east, 32.1), (west, 32.1), (west, 32.0)]


def engaged(
    portal: Portal, *roles: str, login: str = "newcomer", name: str = "钱宁", organisation: str | None = None
) -> Portal:
    """An account of these roles, signed in."""
    said = {"login": login, "name": name} | ({"organisation": organisation} if organisation else {})
    with entered(portal, "admin", PASSWORD) as office:
        made = office.post("/api/v1/accounts", json=said).json()
        path = f"/api/v1/accounts/{made['account']['id']}/roles"
        office.put(path, json={"roles": list(roles)}).raise_for_status()
    with entered(portal, login, made["password"]) as client:
        client.post("/api/v1/session/password", json={"old": made["password"], "new": PASSWORD})
    with entered(portal, login, PASSWORD) as client:
        return Portal(portal.node, cookies_of(client))


def scrolls_on(grid: Locator) -> None:
    """Its end is no end: what follows is fetched and drawn, three times."""
    for _ in range(3):
        before = _last_row(grid)
        grid.evaluate("grid => grid.scrollTo(0, grid.scrollHeight)")
        until(grid.page, lambda before=before: _last_row(grid) > before)


def _last_row(grid: Locator) -> int:
    return int(grid.evaluate("grid => [...grid.querySelectorAll('[role=row]')].at(-1)?.ariaRowIndex ?? 0"))


def cookies_of(client: httpx.Client) -> StorageState:
    cookies = [
        {"name": one.name, "value": one.value, "domain": one.domain, "path": one.path, "expires": -1,
         "httpOnly": True, "secure": False, "sameSite": "Lax"}
        for one in client.cookies.jar
    ]  # fmt: skip
    state: StorageState = {"cookies": cookies, "origins": []}  # type: ignore[typeddict-item]
    return state


def anybody(chromium: Browser, portal: Portal, **look: Any) -> BrowserContext:
    return open_context(chromium, Portal(portal.node, {"cookies": [], "origins": []}), **look)


def reported(desk: httpx.Client, *acts: dict[str, Any], **more: Any) -> str:
    answer = desk.post("/api/v1/reports", json=COVER | more)
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["id"]
    for act in acts:
        done = desk.post(f"/api/v1/cases/{number}/acts", json=act)
        assert done.status_code == 200, done.text
    return number


def open_context(
    browser: Browser, portal: Portal, *, width: int = 1440, language: str = "zh-CN", theme: str = "light"
) -> BrowserContext:
    context = browser.new_context(
        base_url=portal.node.url,
        storage_state=portal.state,
        viewport={"width": width, "height": 900},
        locale=language,
    )
    chosen = f"localStorage.setItem('quanyu.language', '{language}'); localStorage.setItem('quanyu.theme', '{theme}')"
    context.add_init_script(chosen)
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture
def desk_page(chromium: Browser, at_desk: Portal) -> Iterator[Page]:
    context = open_context(chromium, at_desk)
    yield context.new_page()
    context.close()


def pick(field: Locator, words: str) -> None:
    """In a field that finds one of many by what is typed."""
    field.click()
    field.fill(words)
    field.page.get_by_role("listbox").get_by_role("option", name=words).first.click()


def until(page: Page, look: Callable[[], object]) -> None:
    """For what `expect` cannot say: looked at anew while the page goes on."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not look():
        assert time.monotonic() < deadline, "it does not come to pass"
        page.wait_for_timeout(100)


def watch(page: Page, portal: Portal) -> Seen:
    """Records requests that leave the node, and what the browser complains of."""
    seen = Seen()

    def requested(url: str) -> None:
        if not url.startswith((portal.node.url, "data:", "blob:")):
            seen.outside.append(url)

    page.on("request", lambda request: requested(request.url))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on(
        "console",
        lambda message: seen.errors.append(message.text) if COMPLAINT.search(message.text) else None,
    )
    return seen


def sign_in_first(page: Page, node: RunningNode) -> None:
    found = re.search(r"one-time password (\S+)", node.output)
    assert found, node.output
    page.goto(node.url)
    replace_one_time_password(page, "admin", found[1])


def replace_one_time_password(page: Page, login: str, password: str) -> None:
    """From the sign-in page into the portal, with a password of one's own."""
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_label("当前密码").fill(password)
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再次输入新密码").fill(PASSWORD)
    page.get_by_role("button", name="修改密码").click()
    field = page.get_by_role("heading", name="我的任务")
    page.get_by_role("navigation", name="主导航").or_(field).first.wait_for()


SETTLED = (
    "document.getAnimations().every((one) => !(one instanceof CSSTransition) || one.playState !== 'running')"
)
"""No colour is on its way to another."""


def broken_rules(page: Page) -> list[str]:
    """Each rule of axe-core that the page breaks, with the first element that breaks it."""
    if not AXE.is_file():
        pytest.skip("axe-core is missing: make portal")
    page.evaluate(AXE.read_text())
    until(page, lambda: page.evaluate(SETTLED))
    found: list[str] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations.map(one => `${one.id}: ${one.nodes[0].html}`))"
    )
    return found
