"""Each page while it waits, when its node fails, on an empty node, and for whom it is not: what is so is said, and there is a way on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.pictures.door import Door, door_before
from scripts.pictures.walk import NOWHERE, go
from scripts.pictures.words import Words
from tests.browser.conftest import (
    POSTS,
    Portal,
    Seen,
    engaged,
    open_context,
    sign_in_first,
    until,
    watch,
)
from tests.browser.pages import AT_WORK, OF_ONE, PAGES, RESIDENTS, TASK, faults_of_text
from tests.running import RunningNode, node_in

pytestmark = pytest.mark.browser

WORDS = Words("zh-CN")
FAILED = "服务暂不可用"
UNKNOWN = re.compile("不存在|没有现行记录")
LOADED = tuple(path for path in PAGES if path != NOWHERE)
TOLD_OF = {"import": "none", "entity": "urn:ngsi-ld:OffStreetParking:parks:none"}
"""Names of what is nowhere."""
NAMING = re.compile(r"/parks|=parks|every-page$|\{|/none")
FOR_EVERYBODY = {"/start", "/system", "/system?tab=roles", "/account", NOWHERE}
SHOWS_WHAT_IS_OPEN = {"/map", "/data/imports", "/catalogue", "/catalogue?tab=levels", "/data/imports/{import}"}  # fmt: skip
MOST_PARTS = 8
"""Of a page, that are asked for by themselves."""
ENOUGH = """least => {
  const head = document.querySelector('main h1')  // between two pages there is none
  return head !== null && head.closest('main').innerText.length - head.innerText.length > least
}"""
Tab = tuple[Page, Seen]


def tab_of(chromium: Browser, portal: Portal) -> Iterator[Tab]:
    context = open_context(chromium, portal)
    page = context.new_page()
    page.goto(NOWHERE)
    page.locator("main h1").wait_for()
    yield page, watch(page, portal)
    context.close()


new_tab = contextmanager(tab_of)


@pytest.fixture(scope="module")
def tab(chromium: Browser, parks: Portal) -> Iterator[Tab]:
    """The administrator's, with a dataset."""
    yield from tab_of(chromium, parks)


@pytest.fixture(scope="module")
def tab_at_work(chromium: Browser, at_desk: Portal) -> Iterator[Tab]:
    yield from tab_of(chromium, at_desk)


@pytest.fixture(scope="module")
def empty_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with node_in(tmp_path_factory.mktemp("empty") / "data") as node:
        yield node


@pytest.fixture(scope="module")
def empty_tab(chromium: Browser, empty_node: RunningNode) -> Iterator[Tab]:
    context = chromium.new_context(locale="zh-CN")
    sign_in_first(context.new_page(), empty_node)
    yield from tab_of(chromium, Portal(empty_node, context.storage_state()))
    context.close()


@pytest.fixture(scope="module")
def empty_tab_at_work(chromium: Browser, empty_tab: Tab, empty_node: RunningNode) -> Iterator[Tab]:
    yield from tab_of(chromium, engaged(Portal(empty_node, empty_tab[0].context.storage_state()), *POSTS))


@pytest.fixture(scope="module")
def tab_of_nobody(chromium: Browser, parks: Portal) -> Iterator[Tab]:
    """Signed in, without any role."""
    yield from tab_of(chromium, engaged(parks))


@contextmanager
def waiting(page: Page, path: str) -> Iterator[Door]:
    """At that page, while the node lets it wait."""
    with door_before(page) as door:
        door.hold()
        go(page, path)
        expect(page.locator("main .load[aria-busy=true]")).not_to_have_count(0)
        yield door


def said(page: Page) -> str:
    return page.locator("main").first.inner_text()


def waits_fails_and_goes_on(tab: Tab, path: str) -> None:
    page, seen = tab
    with waiting(page, path) as door:
        assert page.locator("main .load > .state").all_inner_texts() == []
        door.refuse()
        alerts = page.locator("main [role=alert]").filter(has_text=FAILED)
        expect(alerts.first).to_be_visible()
        expect(page.locator("main [aria-busy=true]")).to_have_count(0)
        assert page.locator("main .load > .state:not([role=alert])").all_inner_texts() == []
        assert faults_of_text(said(page), WORDS) == []
        door.open()
        again = page.locator("main").get_by_role("button", name=WORDS("common.retry"), exact=True)
        for _ in range(MOST_PARTS):
            again.evaluate_all(
                "all => all.forEach((one) => one.click())"
            )  # those that are there at this moment
            expect(page.locator("main [aria-busy=true]")).to_have_count(0)
        expect(again).to_have_count(0)
        assert seen.errors == []


@pytest.mark.parametrize(
    ("path", "filtered"),
    [
        ("/data/imports", "dataset=none"), ("/catalogue", "q=none"), ("/quality", "q=none"), ("/sharing?tab=mine", "open=true"),
        ("/sharing?tab=contracts", "state=expired"), ("/nodes?tab=proofs", "about=none"), ("/system?tab=organisations", "q=none"),
    ],
)  # fmt: skip
def test_where_there_never_was_anything_no_filters_stand_until_one_is_set(
    empty_tab: Tab, path: str, filtered: str
) -> None:
    page, _ = empty_tab
    filters = page.locator("main .toolbar .field").filter(visible=True)
    go(page, path)
    expect(page.locator("main .load > .state")).to_have_count(1)
    expect(filters).to_have_count(0)
    go(page, f"{path}{'&' if '?' in path else '?'}{filtered}")
    expect(page.locator("main .load > .state")).to_have_count(1)
    expect(filters).not_to_have_count(0)


@pytest.mark.parametrize("path", LOADED)
def test_a_page_waits_says_what_failed_and_goes_on_when_asked(
    tab: Tab, shown: dict[str, str], path: str
) -> None:
    waits_fails_and_goes_on(tab, path.format_map(shown))


@pytest.mark.parametrize("path", [*AT_WORK, *OF_ONE, *RESIDENTS])
def test_a_page_of_the_desk_of_one_thing_or_of_residents_waits_says_what_failed_and_goes_on_when_asked(
    tab_at_work: Tab, path: str
) -> None:
    waits_fails_and_goes_on(tab_at_work, path)


def is_in_words(tab: Tab, path: str) -> None:
    """Something under the heading, in words of people, and something to go on with."""
    page, seen = tab
    go(page, path)
    until(page, lambda: page.evaluate(ENOUGH, 10))
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    assert faults_of_text(said(page), WORDS) == []
    assert page.locator("a:visible, button:visible").count() > 0
    assert seen.errors == []


@pytest.mark.parametrize("path", PAGES)
def test_on_an_empty_node_a_page_says_that_nothing_is_there(empty_tab: Tab, path: str) -> None:
    is_in_words(empty_tab, path.format_map(TOLD_OF))
    faults = empty_tab[0].locator("main .load > .state[role=alert]").all_inner_texts()
    if NAMING.search(path):
        assert all(UNKNOWN.search(one) for one in faults)
    else:
        assert faults == []


@pytest.mark.parametrize("path", [*OF_ONE, *RESIDENTS, TASK])
def test_on_an_empty_node_a_page_of_one_thing_or_of_residents_says_that_nothing_is_there(
    empty_tab: Tab, path: str
) -> None:
    is_in_words(empty_tab, path)


@pytest.mark.parametrize("path", [*AT_WORK, "/handover", "/overview"])
def test_on_an_empty_node_a_page_of_the_desk_says_that_nothing_is_there(
    empty_tab_at_work: Tab, path: str
) -> None:
    is_in_words(empty_tab_at_work, path)
    assert empty_tab_at_work[0].locator("main .load > .state[role=alert]").all_inner_texts() == []


@pytest.mark.parametrize("path", [*PAGES, *AT_WORK])
def test_who_may_not_see_a_page_is_told_so_and_whom_to_ask(
    tab_of_nobody: Tab, shown: dict[str, str], path: str
) -> None:
    page, _ = tab_of_nobody
    is_in_words(tab_of_nobody, path.format_map(shown))
    faults = page.locator("main .load > .state[role=alert]").all_inner_texts()
    assert all(UNKNOWN.search(one) for one in faults)
    if path not in FOR_EVERYBODY | SHOWS_WHAT_IS_OPEN:
        expect(page.get_by_text(re.compile("您没有此权限|不能查看这一部分|不存在")).first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "role"),
    [("/evidence", "审计管理员"), ("/rules/new", "值班长"), ("/sharing/ask?dataset=parks", "部门数据员")],
)
def test_who_may_not_see_a_page_or_fill_in_its_form_is_told_which_roles_may(
    tab_of_nobody: Tab, path: str, role: str
) -> None:
    page, _ = tab_of_nobody
    go(page, path)
    told = page.locator("main .load > .state")
    expect(told).to_contain_text(re.compile(f"此账号的角色都没有“.+”的权限；有此权限的角色：.*{role}"))


@pytest.mark.parametrize(
    "path", ["/cases?tab=all", "/quality?tab=defects", "/evidence", "/quality/parks/quarantine"]
)
def test_who_may_not_see_a_list_is_shown_no_filters(tab_of_nobody: Tab, path: str) -> None:
    page, _ = tab_of_nobody
    go(page, path)
    expect(page.get_by_text("您没有此权限").first).to_be_visible()
    expect(page.locator("main .toolbar").filter(visible=True)).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "title", "code"),
    [
        ("/catalogue/parks", "imports.dataset", "parks"), ("/quality/parks", "imports.dataset", "parks"),
        ("/quality/parks/quarantine", "quarantine.title", "parks"), ("/rules/every-page", "evidence.kind.rule", "every-page"),
        ("/indicators/case.closing_rate", "evidence.kind.indicator", "case.closing_rate"),
    ],
)  # fmt: skip
def test_a_page_whose_thing_may_not_be_seen_is_headed_by_what_it_is_with_the_code_beside(
    tab_of_nobody: Tab, shown: dict[str, str], path: str, title: str, code: str
) -> None:
    page, _ = tab_of_nobody
    go(page, path)
    expect(page.locator("main h1")).to_have_text(WORDS(title))
    expect(page.locator("main .head code")).to_have_text(code)


def test_while_the_title_of_a_thing_has_not_come_its_code_does_not_stand_for_it(
    chromium: Browser, parks: Portal
) -> None:
    with new_tab(chromium, parks) as (page, _):  # a window that was at other pages knows the title
        with waiting(page, "/quality/parks"):
            expect(page.locator("main h1")).to_have_text(WORDS("imports.dataset"))
        expect(page.locator("main h1")).not_to_have_text(WORDS("imports.dataset"))
        expect(page.locator("main .head code")).to_have_count(0)


def test_who_may_not_see_cases_is_offered_no_map_of_them(tab_of_nobody: Tab) -> None:
    page, _ = tab_of_nobody
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, "/cases?tab=all")
    expect(page.get_by_text("您没有此权限").first).to_be_visible()
    expect(page.get_by_role("button", name=WORDS("cases.showMap"), exact=True)).to_have_count(0)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_dataset_that_is_not_there_has_no_filters(tab: Tab) -> None:
    page, _ = tab
    go(page, "/quality/parks/quarantine")
    expect(page.locator("main .toolbar")).to_be_visible()
    go(page, "/quality/none/quarantine")
    expect(page.get_by_text(UNKNOWN).first).to_be_visible()
    expect(page.locator("main .toolbar")).to_be_hidden()


def test_the_number_of_an_unknown_case_stands_on_its_page_once(tab_at_work: Tab) -> None:
    page, _ = tab_at_work
    go(page, "/cases/20200101000001")
    expect(page.locator("main [role=alert]")).to_contain_text("20200101000001")
    assert said(page).count("20200101000001") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/data/imports?dataset=none", "/system?tab=organisations&q=none", "/rules?tab=limits&q=none", "/fusion?state=same",
        "/rules/every-page?open=false", "/quality/parks/quarantine?q=none",
    ],
)  # fmt: skip
def test_where_nothing_fits_the_filters_no_list_says_that_there_is_nothing_at_all(
    tab: Tab, shown: dict[str, str], path: str
) -> None:
    page, seen = tab
    go(page, path)
    told = page.locator("main .load > .state")
    expect(told).to_have_count(1)
    expect(told).to_contain_text(WORDS("state.noneFoundNote"))
    assert told.get_by_role("link").count() == 0
    assert seen.errors == []


@pytest.mark.parametrize(
    ("path", "act"), [("/system?tab=backup", "backup.makeNow"), ("/scores", "scores.workbook"), ("/scores/report", "monthly.print"), ("/nodes?tab=proofs", "nodes.verify")]
)  # fmt: skip
def test_who_may_not_do_it_is_not_offered_to(tab_of_nobody: Tab, path: str, act: str) -> None:
    page, _ = tab_of_nobody
    go(page, path)
    expect(page.get_by_text("您没有此权限").first).to_be_visible()
    expect(page.locator("main").get_by_text(WORDS(act), exact=True)).to_have_count(0)


@pytest.mark.parametrize("path", ["/cases", "/cases?map=yes", "/cases?tab=pressing"])
def test_before_anything_has_come_no_list_of_cases_says_that_there_are_none(
    tab_at_work: Tab, path: str
) -> None:
    page, _ = tab_at_work
    with waiting(page, path):
        assert re.findall(r"\b0 [项件]|全部 0|在办 0", said(page)) == []


def test_before_anything_has_come_the_city_is_not_called_empty(tab_at_work: Tab) -> None:
    page, _ = tab_at_work
    with waiting(page, "/overview"):
        assert WORDS("overview.connected") not in said(page)


@pytest.mark.parametrize("path", ["/rules/every-page", "/catalogue/parks"])
def test_a_code_is_no_heading_of_a_page_that_waits_for_its_name(tab_at_work: Tab, path: str) -> None:
    page, _ = tab_at_work
    with waiting(page, path):
        assert page.locator("main h1").inner_text() in {WORDS("evidence.kind.rule"), WORDS("catalogue.entry")}


def test_a_dataset_that_is_not_there_has_no_rules_and_nothing_to_mend(tab: Tab) -> None:
    page, _ = tab
    go(page, "/quality/none")
    expect(page.locator("main .load > .state")).to_have_count(1)
    expect(page.get_by_role("link", name=WORDS("quarantine.title"))).to_have_count(0)


@pytest.mark.parametrize("path", ["/overview", "/scores/report", "/quality"])
def test_parts_that_fail_by_the_same_cause_say_so_once_and_are_asked_for_again_together(
    tab_at_work: Tab, path: str
) -> None:
    page, seen = tab_at_work
    with door_before(page) as door:
        door.refuse()
        go(page, path)
        expect(page.locator("main .load .same").first).to_be_visible()
        expect(page.locator("main [aria-busy=true]")).to_have_count(0)
        again = page.locator("main").get_by_role("button", name=WORDS("common.retry"), exact=True)
        expect(again).to_have_count(1)
        door.open()
        again.click()
        expect(page.locator("main [aria-busy=true]")).to_have_count(0)
        expect(page.locator("main .load .same")).to_have_count(0)
        expect(again).to_have_count(0)
        assert seen.errors == []


def test_a_task_that_is_asked_for_anew_does_not_show_the_fault_of_before(
    chromium: Browser, at_desk: Portal
) -> None:
    with new_tab(chromium, at_desk) as (page, _), waiting(page, "/field") as door:
        door.refuse()
        fault = page.locator("main [role=alert]").filter(has_text=FAILED)
        expect(fault).to_be_visible()
        door.hold()
        go(page, TASK)
        expect(page.locator("main .load[aria-busy=true]")).to_be_visible()
        expect(fault).to_have_count(0)


def test_the_city_is_called_live_only_with_something_on_the_map(empty_tab: Tab, tab_at_work: Tab) -> None:
    page, _ = empty_tab
    go(page, "/overview")
    expect(page.get_by_role("status").filter(has_text=WORDS("overview.connected"))).to_be_visible()
    vitals = page.get_by_role("region", name=WORDS("overview.vitals")).locator(".figure")
    open_cases = vitals.filter(has=page.locator("a[href='/indicators/vital.open_cases']"))
    expect(open_cases.locator(".value")).to_have_text(re.compile("^0"))
    expect(open_cases).not_to_contain_text("没有数据")
    page, _ = tab_at_work
    with door_before(page) as door:
        door.refuse()
        go(page, "/overview")
        expect(page.get_by_role("status").filter(has_text=WORDS("overview.connected"))).to_be_visible()
        door.open()
        page.locator("main").get_by_role("button", name=WORDS("common.retry"), exact=True).click()
        expect(page.get_by_role("status").filter(has_text=re.compile("^实时 · [^—]"))).to_be_visible()


def test_an_empty_map_says_what_can_be_done(empty_tab: Tab) -> None:
    page, _ = empty_tab
    for path in ("/map", "/overview"):
        go(page, path)
        empty = page.locator("main .load > .state").filter(has_text=WORDS("map.empty"))
        for name, leads in (
            ("imports.first", "/data/imports"),
            ("map.connect", "/data/sources"),
            ("map.begin", "/start"),
        ):
            expect(empty.get_by_role("link", name=WORDS(name), exact=True)).to_have_attribute("href", leads)
        expect(empty).to_contain_text("quanyu start --demo")


@pytest.mark.parametrize(
    ("path", "before"), [
        ("/cases/20200101000001", "/cases"), ("/rules/none", "/rules"), ("/sharing/contracts/C0", "/sharing?tab=contracts"),
        ("/trace/none", "/map"), ("/open/none", "/open"), ("/quality/none", "/quality"),
    ],
)  # fmt: skip
def test_where_there_is_no_such_record_the_page_leads_back_to_the_list(
    tab_at_work: Tab, path: str, before: str
) -> None:
    page, _ = tab_at_work
    page.goto(path)
    unknown = page.locator("main .state[role=alert]")
    expect(unknown).to_have_count(1)
    expect(unknown).not_to_contain_text("发生于")
    expect(unknown.get_by_text(WORDS("common.retry"), exact=True)).to_have_count(0)
    unknown.get_by_role("link", name=WORDS("common.back"), exact=True).click()
    expect(page).to_have_url(re.compile(re.escape(before) + "$"))
