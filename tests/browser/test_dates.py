"""A day is asked for in the reader's language: written, or chosen in a calendar with the keyboard."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Portal, broken_rules, entered, open_context

pytestmark = pytest.mark.browser

LOOKS = [("zh-CN", 1440), ("en", 1440), ("zh-CN", 390), ("en", 390)]
LABEL = {"zh-CN": "日期", "en": "Day"}
SHOWN = {"zh-CN": "2026/05/04", "en": "4 May 2026"}
NEXT = {"zh-CN": "2026/05/12", "en": "12 May 2026"}
NO_DAY = {"zh-CN": "请按“年/月/日”填写日期", "en": "Write a date as day month year"}


@pytest.fixture(scope="module")
def parking(portal: Portal) -> Portal:
    with entered(portal, "admin", PASSWORD) as office:
        office.put("/api/v1/packs/parking/state", json={"enabled": True}).raise_for_status()
    return portal


def _page(chromium: Browser, portal: Portal, language: str, width: int) -> Page:
    page = open_context(chromium, portal, language=language, width=width).new_page()
    page.goto("/packs/parking/streets")
    expect(page.get_by_label(LABEL[language], exact=True)).not_to_have_value("")
    return page


@pytest.mark.parametrize(("language", "width"), LOOKS, ids=str)
def test_a_day_is_written_in_the_form_of_the_language_and_chosen_with_keys(
    chromium: Browser, parking: Portal, language: str, width: int
) -> None:
    page = _page(chromium, parking, language, width)
    day = page.get_by_label(LABEL[language], exact=True)
    for said in ("2026-5-4", "2026/05/04", "2026.5.4", "20260504", "2026年5月4日", "4 May 2026"):
        day.fill(said)
        day.press("Tab")
        expect(day).to_have_value(SHOWN[language])
    day.fill("2026-02-30")
    day.press("Tab")
    expect(page.get_by_text(NO_DAY[language])).to_be_visible()
    expect(day).to_have_attribute("aria-invalid", "true")
    assert broken_rules(page) == []
    day.fill("2026-05-04")
    day.press("Alt+ArrowDown")
    expect(page.get_by_role("dialog").get_by_role("button", name="4", exact=False).first).to_be_visible()
    assert broken_rules(page) == []
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(day).to_have_value(NEXT[language])
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()


def test_the_form_follows_the_language(chromium: Browser, parking: Portal) -> None:
    page = _page(chromium, parking, "zh-CN", 1440)
    page.get_by_label(LABEL["zh-CN"], exact=True).fill("2026-05-04")
    page.get_by_role("button", name="EN").click()
    expect(page.get_by_label(LABEL["en"], exact=True)).to_have_value(SHOWN["en"])
    page.context.close()
