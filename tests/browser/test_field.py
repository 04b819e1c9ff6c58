"""The field worker's phone: tasks are at hand without network, what is decided there happens once."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import (
    ACCEPT,
    DISPATCH,
    FILE,
    Portal,
    broken_rules,
    engaged,
    open_context,
    reported,
)
from tests.browser.test_every_page import LOOKS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def crew(portal: Portal, desk: httpx.Client) -> Portal:
    """The body's field worker, signed in."""
    return engaged(portal, "field_worker", login="crew", name="刘师傅", organisation="roads")


@pytest.fixture
def phone(chromium: Browser, crew: Portal) -> Iterator[Page]:
    context = open_context(chromium, crew, width=390)
    yield context.new_page()
    context.close()


def cut_off_with(phone: Page, title: str) -> None:
    """The list was seen, then the network went."""
    phone.goto("/field")
    phone.get_by_role("link", name=title).wait_for()
    phone.locator("[aria-busy=true]").first.wait_for(state="detached")
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.context.set_offline(True)
    expect(phone.get_by_role("status").filter(has_text="没有网络")).to_be_visible()
    phone.get_by_role("link", name=title).click()


def finish(phone: Page) -> None:
    phone.get_by_role("button", name="处置完成").click()
    form = phone.get_by_role("dialog")
    form.get_by_label("办理情况与证据").fill("已更换井盖")
    form.get_by_role("button", name="处置完成").click()
    expect(phone.get_by_role("region", name="处置完成：待发送")).to_be_visible()


def acts_of(desk: httpx.Client, number: str) -> list[str]:
    return [step["act"] for step in desk.get(f"/api/v1/cases/{number}").json()["timeline"]]


def test_each_act_says_what_follows_before_it_is_pressed(phone: Page, desk: httpx.Client) -> None:
    reported(desk, ACCEPT, FILE, DISPATCH, title="先看后果的井盖")
    phone.goto("/field")
    phone.get_by_role("link", name="先看后果的井盖").click()
    done, back = (phone.get_by_role("button", name=name) for name in ("处置完成", "回退"))
    expect(done).to_have_accessible_description("轮到监督员。限 24 小时。")
    expect(back).to_have_accessible_description(re.compile("须由派遣员批准"))


def test_what_is_done_without_network_happens_once(phone: Page, desk: httpx.Client) -> None:
    """Also after a reload, and when the first answer is lost on its way back."""
    number = reported(desk, ACCEPT, FILE, DISPATCH, title="断网处置的井盖")
    cut_off_with(phone, "断网处置的井盖")
    phone.get_by_role("button", name="接单").click()
    finish(phone)
    phone.reload()
    expect(phone.get_by_role("region", name="处置完成：待发送")).to_be_visible()
    lost: list[int] = []

    def loses(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    phone.route(f"**/api/v1/cases/{number}/acts", loses, times=1)
    phone.context.set_offline(False)
    phone.get_by_role("link", name="处置", exact=True).click()
    expect(phone.get_by_role("status").filter(has_text="在线")).to_be_visible()
    while not lost:
        phone.wait_for_event("requestfailed")
    phone.get_by_role("button", name="刷新").click()
    expect(phone.get_by_text("已送达：处置完成（断网处置的井盖）")).to_be_visible()
    assert acts_of(desk, number).count("take") == acts_of(desk, number).count("handled") == 1


def test_what_others_did_meanwhile_is_said_in_words(phone: Page, desk: httpx.Client) -> None:
    number = reported(desk, ACCEPT, FILE, DISPATCH, title="同时处置的井盖")
    cut_off_with(phone, "同时处置的井盖")
    finish(phone)
    done = {"name": "handled", "evidence": ["先到一步"]}
    desk.post(f"/api/v1/cases/{number}/acts", json=done).raise_for_status()
    phone.context.set_offline(False)
    waiting = phone.get_by_role("region", name="处置完成：未被接受")
    expect(waiting.get_by_role("alert")).to_contain_text("已不在您所在的单位")
    assert broken_rules(phone) == []
    waiting.get_by_role("button", name="放弃").click()
    expect(waiting).to_have_count(0)
    assert acts_of(desk, number).count("handled") == 1


@pytest.mark.usefixtures("districts")
def test_tasks_are_those_of_a_district(phone: Page, desk: httpx.Client) -> None:
    east = {"lon": 118.85, "lat": 32.02}
    reported(desk, ACCEPT, FILE, DISPATCH, title="西区的井盖")
    reported(desk, ACCEPT, FILE, DISPATCH, title="东区的井盖", place=east)
    phone.goto("/field")
    phone.get_by_label("区县", exact=True).select_option(label="东区")
    expect(phone.get_by_role("link", name="东区的井盖")).to_be_visible()
    expect(phone.get_by_role("link", name="西区的井盖")).to_have_count(0)
    phone.get_by_role("link", name="按距离").click()
    expect(phone).to_have_url(re.compile("district=990102"))


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS, ids=str)
def test_the_list_and_a_task_are_accessible(
    chromium: Browser, crew: Portal, desk: httpx.Client, language: str, theme: str, width: int
) -> None:
    reported(desk, ACCEPT, FILE, DISPATCH, title=f"无障碍的井盖 {language}")
    context = open_context(chromium, crew, width=width, language=language, theme=theme)
    page = context.new_page()
    page.goto("/field")
    task = page.get_by_role("link", name=f"无障碍的井盖 {language}")
    expect(task).to_be_visible()
    assert broken_rules(page) == []
    task.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"无障碍的井盖 {language}")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert broken_rules(page) == []
    context.close()
