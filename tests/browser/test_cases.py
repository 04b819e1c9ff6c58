"""Cases in the portal: a resident reports and follows, the desk works through its inbox, the office looks at the scores."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import patience
from tests.browser.conftest import (
    ACCEPT,
    CLOSED,
    COVER,
    DISPATCH,
    FILE,
    PASSWORD,
    Portal,
    anybody,
    broken_rules,
    entered,
    open_context,
    pick,
    replace_one_time_password,
    reported,
    until,
    watch,
)

pytestmark = pytest.mark.browser

LOOKS = (("zh-CN", "light", 1440), ("en", "dark", 390))


def test_a_resident_reports_on_a_phone_and_follows(
    chromium: Browser, portal: Portal, desk: httpx.Client
) -> None:
    context = anybody(chromium, portal, width=390)
    page = context.new_page()
    page.goto("/report")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择位置")
    page.get_by_label("地址或附近的标志").fill("人民路 88 号")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("您看到了什么？").fill("暴露垃圾无人清理")
    page.get_by_role("radio", name="暴露垃圾").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交").dblclick()
    expect(page.get_by_role("list", name="办理进度")).to_contain_text("已收到，等待受理")
    number = page.url.split("/follow/")[1].split("#")[0]
    found = desk.get("/api/v1/cases", params={"q": "暴露垃圾"}).json()["items"]
    assert [(one["id"], one["channel"], one["address"]) for one in found] == [
        (number, "resident", "人民路 88 号")
    ]
    page.goto(f"/follow/{number}#wrong")
    expect(page.get_by_role("alert")).to_contain_text("编号或查询码不正确")
    context.close()


def test_the_desk_takes_a_case_from_the_inbox_to_the_body_in_charge(
    desk_page: Page, desk: httpx.Client
) -> None:
    number = reported(desk, title="建设路井盖松动")
    desk_page.goto(f"/cases?q={quote('建设路')}")
    expect(desk_page.get_by_role("grid").get_by_text("建设路井盖松动")).to_be_visible()
    desk_page.keyboard.press("j")
    desk_page.keyboard.press("Enter")
    expect(desk_page.get_by_role("heading", level=1)).to_have_text("建设路井盖松动")
    acts = desk_page.get_by_role("region", name="可以进行")
    acts.get_by_role("button", name="受理 → 待立案", exact=True).click()
    acts.get_by_role("button", name="立案").click()
    acts.get_by_role("button", name="派遣 → 处置中", exact=True).click()
    form = desk_page.get_by_role("dialog")
    pick(form.get_by_label("责任单位"), "道路养护中心")
    form.get_by_role("button", name="派遣").click()
    expect(desk_page.get_by_role("region", name="案件信息")).to_contain_text("道路养护中心")
    expect(desk_page.get_by_role("region", name="办理过程")).to_contain_text("王丽")
    assert desk.get(f"/api/v1/cases/{number}").json()["case"]["state"] == "handling"


def test_the_usual_next_act_stands_out_and_stays_where_it_is(desk_page: Page, desk: httpx.Client) -> None:
    number = reported(desk)
    desk_page.goto(f"/cases/{number}")
    usual = desk_page.get_by_role("region", name="可以进行").locator("button.primary")
    seen = []
    for name in ("受理", "立案", "派遣"):
        expect(usual).to_have_text(re.compile(f"^{name} ?→"))
        expect(desk_page.locator("[aria-busy=true]")).to_have_count(0)  # what stands around it has come
        seen.append(usual.bounding_box())
        usual.click()
    assert [(box["x"], box["y"]) for box in seen if box] == [(seen[0]["x"], seen[0]["y"])] * 3  # type: ignore[index]
    desk_page.keyboard.press("Escape")
    for act in (DISPATCH, CLOSED[3]):
        assert desk.post(f"/api/v1/cases/{number}/acts", json=act).is_success
    desk_page.reload()
    expect(usual).to_have_text(re.compile("^核查通过"))


def test_a_case_without_a_class_gets_it_with_the_act_that_needs_one(
    desk_page: Page, desk: httpx.Client
) -> None:
    number = reported(desk, *CLOSED[:-1], description="雨水井盖破损，未定类别", **{"class": None})
    desk_page.goto(f"/cases/{number}")
    close = desk_page.get_by_role("region", name="可以进行").get_by_role("button", name="结案 → 待回访")
    expect(close).to_have_accessible_description(re.compile("还没有类别"))
    close.click()
    form = desk_page.get_by_role("dialog")
    send = form.get_by_role("button", name="结案")
    expect(send).to_be_disabled()
    form.get_by_role("radio", name="雨水井盖").check()
    assert broken_rules(desk_page) == []
    send.click()
    expect(desk_page.get_by_role("region", name="案件信息")).to_contain_text("待回访")
    found = desk.get(f"/api/v1/cases/{number}").json()["case"]
    assert found["state"] == "closed"
    assert found["class"] is not None


def test_each_act_says_what_follows(desk_page: Page, desk: httpx.Client) -> None:
    """In the words of the workflow: whose move it is then, until when, and who must approve."""
    number = reported(desk, ACCEPT, FILE, DISPATCH)
    desk_page.goto(f"/cases/{number}")
    acts = desk_page.get_by_role("region", name="可以进行")
    handled = acts.get_by_role("button", name="处置完成 → 待核查")
    expect(handled).to_have_accessible_description("轮到监督员。限 24 小时。")
    expect(acts.get_by_role("button", name="挂账")).to_have_accessible_description(
        "须由值班长批准，批准后停止计时，直到恢复。"
    )
    expect(desk_page.get_by_role("region", name="办理过程")).not_to_contain_text("user:")


def test_a_request_is_decided_by_another_person(desk_page: Page, desk: httpx.Client) -> None:
    number = reported(desk, ACCEPT, FILE, DISPATCH)
    desk_page.goto(f"/cases/{number}")
    desk_page.get_by_role("button", name="延时").click()
    form = desk_page.get_by_role("dialog")
    form.get_by_label("延长多少小时").fill("12")
    form.get_by_label("理由").fill("备件未到")
    form.get_by_role("button", name="延时").click()
    acts = desk_page.get_by_role("region", name="可以进行")
    expect(acts).to_contain_text("王丽 申请延时")
    expect(acts).to_contain_text("须由他人审批")
    expect(acts.get_by_role("button", name="同意")).to_have_count(0)


def test_a_joint_plan_gives_each_body_its_task(desk_page: Page, desk: httpx.Client) -> None:
    number = reported(desk, ACCEPT, FILE)
    desk_page.goto(f"/cases/{number}")
    desk_page.get_by_role("button", name="联合处置").click()
    form = desk_page.get_by_role("dialog")
    for at, name in enumerate(("关闭阀门", "修复路面")):
        form.get_by_label("做什么").nth(at).fill(name)
        pick(form.get_by_label("责任单位").nth(at), "道路养护中心")
    form.get_by_label("何时开始").nth(1).select_option(label="关闭阀门")
    form.get_by_role("button", name="联合处置").click()
    facts = desk_page.get_by_role("region", name="案件信息")
    expect(facts).to_contain_text("关闭阀门")
    expect(facts).to_contain_text("等待前序任务")


def test_a_call_back_that_says_not_solved_opens_the_case_again(desk_page: Page, desk: httpx.Client) -> None:
    number = reported(desk, *CLOSED)
    desk_page.goto(f"/cases/{number}")
    desk_page.get_by_role("button", name="登记回访").click()
    form = desk_page.get_by_role("dialog")
    form.get_by_label("问题是否解决").select_option(label="未解决")
    form.get_by_label("为什么没有解决").fill("又坏了")
    form.get_by_role("button", name="保存回访").click()
    expect(desk_page.get_by_role("region", name="案件信息")).to_contain_text("待派遣")


def test_a_call_back_without_words_is_told_by_its_act_alone(desk_page: Page, desk: httpx.Client) -> None:
    number = reported(desk, *CLOSED)
    answer = {"solved": True, "satisfaction": "satisfied"}
    desk.post(f"/api/v1/cases/{number}/callback", json=answer).raise_for_status()
    desk_page.goto(f"/cases/{number}")
    timeline = desk_page.get_by_role("region", name="办理过程")
    expect(timeline.get_by_role("listitem").first).to_contain_text("→ 已归档")
    expect(timeline).not_to_contain_text("solved")


def test_the_same_problem_twice_is_merged(desk_page: Page, desk: httpx.Client) -> None:
    first, second = reported(desk), reported(desk)
    desk_page.goto(f"/cases/{second}")
    desk_page.get_by_role("button", name="并案").click()
    form = desk_page.get_by_role("dialog")
    form.get_by_label("并入哪个案件").fill(first)
    form.get_by_role("button", name="并案").click()
    desk_page.get_by_role("link", name=f"已并入案件 {first}").click()
    expect(desk_page).to_have_url(f"{str(desk.base_url).rstrip('/')}/cases/{first}")


def test_a_class_is_changed_from_the_words(desk_page: Page, desk: httpx.Client) -> None:
    number = reported(desk, description="雨水井盖破损", **{"class": None})
    desk_page.goto(f"/cases/{number}")
    desk_page.get_by_role("button", name="修改分类").click()
    form = desk_page.get_by_role("dialog")
    form.get_by_role("radio", name="雨水井盖").check()
    form.get_by_role("button", name="保存").click()
    expect(desk_page.get_by_role("region", name="办理过程")).to_contain_text("分类改为：雨水井盖")


@pytest.fixture
def pond(at_desk: Portal) -> Iterator[None]:
    """What the map of a report begins at, whatever else the city has: its lowest ground."""
    ring = [(118.74, 32.01), (118.76, 32.01), (118.76, 32.03), (118.74, 32.03), (118.74, 32.01)]
    place = {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [ring]}}
    drawn = {"id": "urn:ngsi-ld:WaterBody:pond", "type": "WaterBody", "location": place}
    with at_desk.node.client() as client:
        client.post("/ngsi-ld/v1/entities", json=drawn).raise_for_status()
        yield
        client.delete(f"/ngsi-ld/v1/entities/{drawn['id']}").raise_for_status()


@pytest.mark.usefixtures("pond")
def test_a_place_is_chosen_on_the_map(desk_page: Page) -> None:
    desk_page.goto("/report")
    desk_page.get_by_role("button", name="在地图上选").click()
    ground = desk_page.get_by_role("application")
    expect(ground.locator("canvas")).to_be_visible()
    chosen = desk_page.get_by_text("已选位置")

    def is_chosen() -> bool:
        """The map may not listen yet, or not lie at the pond."""
        ground.click()
        return chosen.is_visible() and "118.7" in chosen.inner_text()

    until(desk_page, is_chosen)


def test_an_answer_left_out_changes_the_score_of_its_body(desk_page: Page, desk: httpx.Client) -> None:
    number = reported(desk, *CLOSED)
    answer = {"valid": True, "solved": True, "satisfaction": "satisfied"}
    desk.post(f"/api/v1/cases/{number}/callback", json=answer).raise_for_status()
    desk_page.goto("/scores")
    expect(desk_page.get_by_text("来源：案件、回访和填报的经费")).to_be_visible()
    sheet = desk_page.get_by_role("region", name="评价表")
    sheet.get_by_role("button", name="道路养护中心").click()
    desk_page.get_by_role("checkbox", name=number).check()
    expect(desk_page.get_by_text("不计 1 条回访")).to_be_visible()
    expect(sheet.get_by_role("row", name="道路养护中心")).to_contain_text("→")
    with desk_page.expect_download() as download:
        desk_page.get_by_role("link", name="下载 Excel").click()
    assert download.value.suggested_filename == "scores.xlsx"


def test_who_may_not_see_scores_is_not_led_there(
    chromium: Browser, at_desk: Portal, desk: httpx.Client
) -> None:
    """The one handler has the event centre only."""
    with entered(at_desk, "admin", PASSWORD) as office:
        made = office.post(
            "/api/v1/accounts", json={"login": "roads", "name": "张工", "organisation": "roads"}
        ).json()
        office.put(
            f"/api/v1/accounts/{made['account']['id']}/roles", json={"roles": ["handler"]}
        ).raise_for_status()
    reported(desk, ACCEPT, FILE, DISPATCH, title="处置员看得到")
    reported(desk, title="处置员看不到")
    context = anybody(chromium, at_desk)
    page = context.new_page()
    page.goto("/signin?next=/cases")
    replace_one_time_password(page, "roads", made["password"])
    page.get_by_role("link", name="全部案件").click()
    expect(page.get_by_role("grid")).to_contain_text("处置员看得到")
    expect(page.get_by_role("grid")).not_to_contain_text("处置员看不到")
    expect(page.get_by_role("link", name="评价")).to_have_count(0)
    context.close()


@pytest.fixture(scope="module", params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest) -> tuple[str, str, int]:
    chosen: tuple[str, str, int] = request.param
    return chosen


def fit(page: Page, portal: Portal, paths: tuple[str, ...]) -> None:
    seen = watch(page, portal)
    for path in paths:
        page.goto(path)
        page.locator("h1").first.wait_for(state="attached")
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert (seen.outside, seen.errors) == ([], []), path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert broken_rules(page) == [], path


def test_pages_for_residents_are_accessible(
    chromium: Browser, portal: Portal, desk: httpx.Client, look: tuple[str, str, int]
) -> None:
    made = desk.post("/api/v1/reports", json=COVER).json()
    language, theme, width = look
    context = anybody(chromium, portal, width=width, language=language, theme=theme)
    fit(
        context.new_page(),
        portal,
        (
            "/report",
            "/report?simple=yes",
            "/follow",
            f"/follow/{made['id']}#{made['follow']}",
            "/nearby",
            "/nearby?at=118.75,32.02",
            "/open",
            "/signin",
        ),
    )
    context.close()


def test_pages_of_the_desk_are_accessible(
    chromium: Browser, at_desk: Portal, desk: httpx.Client, look: tuple[str, str, int]
) -> None:
    number = reported(desk, ACCEPT, FILE, DISPATCH)
    language, theme, width = look
    context = open_context(chromium, at_desk, width=width, language=language, theme=theme)
    fit(
        context.new_page(),
        at_desk,
        (
            "/cases",
            "/cases?tab=all&map=yes",
            "/cases?tab=pressing",
            f"/cases/{number}",
            "/cases/none",
            "/scores",
            "/scores?body=roads",
        ),
    )
    context.close()


def test_the_rule_that_opened_a_case_is_called_by_its_title(desk_page: Page, at_desk: Portal) -> None:
    rule = {
        "name": "lamp-out", "title": {"zh-CN": "路灯不亮", "en": "A lamp is out"}, "subject": {"type": "Lamp"},
        "when": {"q": "burning==0"}, "case": {"title": "{name}不亮", "class": "C01003"},
    }  # fmt: skip
    with at_desk.node.client() as client:
        client.post("/api/v1/rules", json=rule).raise_for_status()
        client.put("/api/v1/rules/lamp-out/state", json={"state": "on"}).raise_for_status()
        lamp = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "name": "一号灯", "burning": 0}
        client.post("/ngsi-ld/v1/entities", json=lamp).raise_for_status()
        opened = patience.until(lambda: client.get("/api/v1/cases", params={"q": "一号灯"}).json()["items"])
        desk_page.goto(f"/cases/{opened[0]['id']}")
        timeline = desk_page.get_by_role("region", name="办理过程")
        expect(timeline).to_contain_text("规则“路灯不亮”")
        expect(timeline).not_to_contain_text("lamp-out")
        client.put("/api/v1/rules/lamp-out/state", json={"state": "off"}).raise_for_status()
        case = f"/api/v1/cases/{opened[0]['id']}"
        patience.until(lambda: "lamp-out" in client.get(case).json()["timeline"][-1]["reason"])
        desk_page.reload()
        expect(timeline.locator(".written")).to_have_text("规则 路灯不亮 的事件已结束：规则已停用")
        expect(timeline.get_by_role("link", name="路灯不亮")).to_have_attribute("href", "/rules/lamp-out")
