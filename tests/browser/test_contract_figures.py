"""A figure of sharing opens the calls that it counts, and there are as many of them as the ledger says."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PASSWORD, Portal, broken_rules, engaged, entered, open_context
from tests.browser.test_sharing import Office, office, open_as

__all__ = ["office", "open_as"]
pytestmark = pytest.mark.browser
CALLS, REFUSED = 6, 2


@pytest.fixture(scope="module")
def used(office: Office) -> str:
    """A contract that was called on three days, and then more often than it allows."""
    _, contract = office.contract("按天查看", calls=CALLS)
    path = f"/contracts/{contract}/records"
    for _ in range(CALLS):
        office("county", "GET", path, params={"limit": 5})
    for _ in range(REFUSED):
        assert office.clients["county"].get(f"/api/v1/sharing{path}").status_code == 403
    for call, days in zip(told(office, contract), (1, 2, 2), strict=False):
        dated_back(office, call["id"], days)
    return contract


def told(office: Office, contract: str, **query: Any) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = office("civil", "GET", f"/contracts/{contract}/calls", params=query)[
        "items"
    ]
    return calls


def in_the_database(office: Office, sql: str, *values: object) -> list[asyncpg.Record]:
    async def ask() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(
            host=str(office.node.data / "postgres"), user="quanyu", database="quanyu"
        )
        rows: list[asyncpg.Record] = await connection.fetch(sql, *values)
        await connection.close()
        return rows

    with ThreadPoolExecutor(1) as beside_the_browser:
        return beside_the_browser.submit(asyncio.run, ask()).result()


def dated_back(office: Office, call: str, days: int) -> None:
    later = "update share_call set at = at - $2 * interval '1 day' where id = $1"
    in_the_database(office, later, call, float(days))


def given_by(office: Office, body: str) -> dict[tuple[str, str], int]:
    """How often what the body gives arrived, by dataset and consumer; other stories of this node share, too."""
    rows = in_the_database(
        office,
        """select k.dataset, k.consumer, count(*) from share_call c join share_contract k on (k.tenant, k.id) = (c.tenant, c.contract)
           where k.provider = $1 and k.consumer_node = '' and c.state = 'done' and c.at > now() - interval '1 year' group by 1, 2""",
        body,
    )
    return {(dataset, consumer): calls for dataset, consumer, calls in rows}


def called(day: str) -> str:
    return day.replace("-", "/")


def rows(page: Page, grid: str) -> Locator:
    """Without the head."""
    return page.get_by_role("grid", name=grid).locator("[aria-rowindex]:not([aria-rowindex='1'])")


def test_a_day_opens_its_calls_by_its_bar_and_by_its_name(open_as: Any, office: Office, used: str) -> None:
    page = open_as("civil")
    page.goto(f"/sharing/contracts/{used}?tab=use")
    bars = page.get_by_role("group", name="近 60 天的调用").get_by_role("link")
    ledger = page.get_by_role("region", name="账本")
    days = office("civil", "GET", f"/contracts/{used}/days")["items"]
    assert [one["calls"] for one in days] == [2, 1, 3]
    expect(rows(page, "账本")).to_have_count(CALLS)
    for place, one in enumerate(days):
        expect(bars.nth(place)).to_have_accessible_name(
            f"{called(one['day'])}: {one['calls']} 次调用、{one['rows']} 条"
        )
        bars.nth(place).click()
        expect(page).to_have_url(re.compile(f"day={one['day']}"))
        expect(ledger).to_be_focused()
        assert len(told(office, used, day=one["day"])) == one["calls"]
        expect(rows(page, "账本")).to_have_count(one["calls"])
    assert broken_rules(page) == []
    bars.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(rows(page, "账本")).to_have_count(1)
    ledger.get_by_label("日期").select_option(f"{called(days[0]['day'])} · 2 次调用")
    expect(rows(page, "账本")).to_have_count(2)


@pytest.mark.parametrize("figure", ["调用", "记录", "数据量"])
def test_a_figure_of_a_contract_opens_its_ledger(open_as: Any, used: str, figure: str) -> None:
    page = open_as("civil")
    page.goto(f"/sharing/contracts/{used}")
    block = page.locator(".figure").filter(has=page.locator(".name", has_text=re.compile(f"^{figure}$")))
    block.get_by_role("link").click()
    expect(page.get_by_role("region", name="账本")).to_be_visible()
    expect(rows(page, "账本")).to_have_count(CALLS)


@pytest.fixture
def auditor(office: Office) -> Iterator[Portal]:
    """For as long as it is needed: the first of a city is named by its administrator, which is another story."""
    person = engaged(office.portal("admin"), login="refusals", name="周正")
    engaged(office.portal("admin"), "security_admin", login="guard", name="严守")
    with entered(office.portal("admin"), "guard", PASSWORD) as guard:
        found = guard.get("/api/v1/accounts", params={"q": "refusals"}).json()["items"][0]
        roles = f"/api/v1/accounts/{found['id']}/roles"
        guard.put(roles, json={"roles": ["audit_admin"]}).raise_for_status()
        yield person
        guard.put(roles, json={"roles": []}).raise_for_status()


def test_the_refused_calls_of_a_contract_open_as_evidence(
    chromium: Browser, auditor: Portal, office: Office, used: str
) -> None:
    context = open_context(chromium, auditor)
    page = context.new_page()
    page.goto(f"/sharing/contracts/{used}")
    figure = page.locator(".figure").filter(has_text="被拒绝").get_by_role("link")
    expect(figure).to_have_text(f"{REFUSED}次")
    figure.click()
    expect(rows(page, "证据")).to_have_count(REFUSED)
    page.goto(f"/evidence?resource={told(office, used)[0]['id']}")
    expect(rows(page, "证据").filter(has_text="交付数据")).to_have_count(1)
    expect(rows(page, "证据").filter(has_text=re.compile(r"share\.\w"))).to_have_count(0)
    context.close()


def test_a_figure_of_the_balance_opens_its_lines_and_they_their_calls(
    open_as: Any, office: Office, used: str
) -> None:
    given = given_by(office, "civil")
    page = open_as("civil")
    page.goto("/sharing?tab=balance")
    balance = page.get_by_role("grid", name="贡献")
    figure = balance.get_by_role("row", name=re.compile("^民政局")).get_by_role("link").first
    expect(figure).to_contain_text(f"{sum(given.values()):,} 次调用")
    expect(balance.get_by_role("row", name=re.compile("^青川县政府")).get_by_role("link")).to_have_count(0)
    figure.click()
    lines = page.get_by_role("region", name="近一年 民政局 提供的数据")
    expect(lines).to_be_focused()
    expect(page.get_by_role("grid", name="近一年 民政局 提供的数据")).to_have_attribute(
        "aria-rowcount", str(len(given) + 1)
    )
    line = rows(page, "近一年 民政局 提供的数据").filter(has_text="居民登记").filter(has_text="青川县政府")
    line.click()
    expect(page.get_by_role("grid", name="民政局 → 青川县政府：居民登记")).to_have_attribute(
        "aria-rowcount", str(given["residents", "county"] + 1)
    )
    assert broken_rules(page) == []


@pytest.mark.parametrize(
    ("figure", "said", "keys"), [("新增", "2条", ["R900", "R901"]), ("一致", "1条", ["R001"])]
)
def test_a_figure_of_what_is_given_back_opens_its_records(
    open_as: Any, office: Office, returned: str, figure: str, said: str, keys: list[str]
) -> None:
    page = open_as("civil")
    page.goto(f"/sharing/returns/{returned}")
    link = page.locator(".figure").filter(has_text=figure).get_by_role("link")
    expect(link).to_have_text(said)
    link.click()
    expect(page.locator("#records")).to_be_focused()
    shown = page.get_by_role("region", name="记录").locator("tbody tr")
    expect(shown).to_have_count(len(keys))
    for place, key in enumerate(keys):
        expect(shown.nth(place)).to_contain_text(key)
    page.get_by_label("显示").select_option("全部")
    expect(shown).to_have_count(4)
    page.locator(".figure").filter(has_text="冲突").get_by_role("link").click()
    expect(page.locator("#conflicts")).to_be_focused()
    expect(page.get_by_role("region", name="冲突").locator("tbody tr")).to_have_count(1)
    assert broken_rules(page) == []


@pytest.fixture(scope="module")
def returned(office: Office) -> str:
    """Two records that the owner has not, one that says the same, and one that says something else."""
    _, contract = office.contract("核对居民", ways=["records"])
    records = [
        {"编号": "R900", "街道": "一街"},
        {"编号": "R001", "街道": "二街"},
        {"编号": "R901", "街道": "二街"},
        {"编号": "R002", "街道": "九街"},
    ]
    found = {"records": records, "note": "入户核查"}
    made: str = office("county", "POST", f"/contracts/{contract}/returns", json=found)["item"]["id"]
    return made
