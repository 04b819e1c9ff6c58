"""A county asks its province by way of its city (journey J2, steps 2 and 3), over three installations; each has it in its evidence."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.flows.sharing_steps import items, said, shown, until, verified
from tests.running import RunningNode, node_in

ALLOWED = {"QUANYU_ALLOWED_HOSTS": "127.0.0.1"}
PASSWORD = "Blue-harbour-2026!"
LEVELS = (
    ("hanjiang", "汉江省", "province"),
    ("jiangzhou", "江州市", "city"),
    ("qingchuan", "青川县", "county"),
)
RESIDENTS = "编号,街道,收入\nR1,一街,900\nR2,一街,800\nR3,二街,700\n"
WANTED = {
    "dataset": "residents", "title": "低保边缘核对", "items": [{"name": "编号"}, {"name": "街道"}, {"name": "收入"}],
    "purpose": "低保边缘家庭核对", "basis": "社会救助暂行办法 第十七条", "organisation": "civil", "ways": ["sql"],
    "starts": "2026-01-01T00:00:00+08:00", "ends": "2099-01-01T00:00:00+08:00",
}  # fmt: skip
ANSWER = {
    "items": [
        {"name": "编号", "granted": True},
        {"name": "街道", "granted": True},
        {"name": "收入", "granted": False, "reason": "超出用途"},
    ]
}


@dataclass(frozen=True)
class Levels:
    """Each as its operator calls it; the county also as its administrator, and an officer of its civil affairs."""

    province: httpx.Client
    city: httpx.Client
    county: httpx.Client
    admin: httpx.Client
    officer: httpx.Client


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Levels]:
    """By the API, as each start of a command takes seconds."""
    folder = tmp_path_factory.mktemp("levels")
    with ExitStack() as stack:
        nodes = [stack.enter_context(node_in(folder / name, environment=ALLOWED)) for name, *_ in LEVELS]
        administrators = [stack.enter_context(closing(administrator(one))) for one in nodes]
        for client, (name, title, level) in zip(administrators, LEVELS, strict=True):
            address = {} if level == "county" else {"url": str(client.base_url).rstrip("/")}
            identity = {"id": name, "name": title, "level": level, **address}
            said(client.post("/api/v1/nodes/self", json=identity))
        province, city, county = administrators
        for lower, upper, level in (
            (city, province, "city"),
            (county, city, "county"),
            (county, province, "county"),
        ):
            invited = said(upper.post("/api/v1/nodes/invitations", json={"level": level}))
            said(lower.post("/api/v1/nodes/join", json=invited))
        said(county.put("/api/v1/nodes/hanjiang/through", json={"node": "jiangzhou"}))
        said(province.put("/api/v1/nodes/qingchuan/through", json={"node": "jiangzhou"}))
        said(province.put("/api/v1/organisations/civil", json={"name": "省民政厅"}))
        publish(nodes[0])
        wang = stack.enter_context(closing(officer(nodes[2], county)))
        yield Levels(*(stack.enter_context(one.client()) for one in nodes), county, wang)


def administrator(node: RunningNode) -> httpx.Client:
    once = re.search(r"one-time password (\S+)", node.output)
    assert once
    return signed_in(node, "admin", once[1])


def officer(node: RunningNode, admin: httpx.Client) -> httpx.Client:
    said(admin.put("/api/v1/organisations/civil", json={"name": "县民政局"}))
    person = {"login": "wang", "name": "王丽", "organisation": "civil", "roles": ["department_officer"]}
    return signed_in(node, "wang", said(admin.post("/api/v1/accounts", json=person))["password"])


def signed_in(node: RunningNode, login: str, password: str) -> httpx.Client:
    """With a password of their own from now on."""
    client = httpx.Client(base_url=node.url, headers={"x-requested-with": "quanyu"}, timeout=60)
    said(client.post("/api/v1/session", json={"login": login, "password": password}))
    said(client.post("/api/v1/session/password", json={"old": password, "new": PASSWORD}))
    return client


def publish(node: RunningNode) -> None:
    assert node.import_text("residents", RESIDENTS, "residents.csv")["state"] == "done"
    path = "/api/v1/catalogue/residents"
    entry = {
        "title": "居民登记", "abstract": "登记", "organisation": "civil", "share_type": 2, "share_condition": "核对",
    }  # fmt: skip
    with node.client() as client:
        changed = client.patch(path, json=entry, headers={"if-match": client.get(path).headers["etag"]})
        said(client.post(f"{path}/publish", headers={"if-match": changed.headers["etag"]}))


def test_a_request_goes_from_the_county_by_way_of_the_city_to_the_province(
    levels: Levels, tmp_path: Path
) -> None:
    here = f"/api/v1/asked/{said(levels.officer.post('/api/v1/nodes/hanjiang/requests', json=WANTED))['id']}"
    checked = until(lambda: said(levels.officer.get(here))["checked"]["shown"])
    assert (checked["state"], checked["due"] is not None) == ("checking", True)
    assert items(levels.province, "/api/v1/sharing/requests") == []

    referral = passed_on(levels)
    request = until(lambda: items(levels.province, "/api/v1/sharing/requests"))[0]["id"]
    view = said(levels.province.get(f"/api/v1/sharing/requests/{request}"))
    assert view["request"]["consumer"] == {"organisation": "civil", "node": "qingchuan"}
    assert (view["referred"]["node"], view["referred"]["opinion"]) == ("jiangzhou", "情况属实")
    said(levels.province.post(f"/api/v1/sharing/requests/{request}/acts", json={"act": "forward"}))
    said(levels.province.post(f"/api/v1/sharing/requests/{request}/answer", json=ANSWER))

    text = until(lambda: shown(levels.officer, here, "offered"))["commitment"]
    said(levels.officer.post(f"{here}/acts", json={"act": "sign", "sm3": text["hash"]}))
    contract = until(lambda: shown(levels.officer, here, "in_use"))["contract"]["id"]
    question = {"sql": "select 编号, 街道 from residents order by 编号", "purpose": "核对"}
    rows = said(levels.officer.post(f"{here}/query", json=question))["items"]
    assert [one["编号"] for one in rows] == ["R1", "R2", "R3"]

    city_sees(levels, referral, contract)
    each_can_prove_it(levels, tmp_path)


def passed_on(levels: Levels) -> str:
    (waiting,) = items(levels.city, "/api/v1/sharing/referrals?open=true")
    decision = {"act": "pass_on", "reason": "情况属实"}
    path = f"/api/v1/sharing/referrals/{waiting['id']}"
    assert said(levels.city.post(f"{path}/decision", json=decision))["referral"]["state"] == "passed"
    again = levels.city.post(f"{path}/decision", json=decision)
    assert again.status_code == 409
    return path


def city_sees(levels: Levels, referral: str, contract: str) -> None:
    """How it ended, and no record: nothing of the contract is open to it."""
    until(lambda: (said(levels.city.get(referral))["onward"] or {}).get("state") == "in_use")
    onward = said(levels.city.get(referral))["onward"]
    assert onward["contract"] == contract
    assert [one["granted"] for one in onward["answer"]["items"]] == [True, True, False]
    assert levels.city.get("/api/v1/asked").json()["items"] == []


def each_can_prove_it(levels: Levels, folder: Path) -> None:
    """What it sent or took, on a machine that has no node."""
    for client, kinds in (
        (levels.county, ("referral.ask", "share.act")),
        (levels.city, ("referral.ask", "referral.pass")),
        (levels.province, ("share.act", "referral.pass")),
    ):
        listed = items(client, "/api/v1/messages?limit=100")
        taken = {one["kind"]: one["id"] for one in listed if one["state"] == "accepted"}
        assert taken.keys() >= set(kinds)
        proof = folder / "proof.json"
        proof.write_bytes(client.get("/api/v1/messages/proof", params={"id": taken[kinds[1]]}).content)
        assert verified(proof)


def test_what_the_city_rejects_ends_there_with_its_reason(levels: Levels) -> None:
    asked = said(levels.officer.post("/api/v1/nodes/hanjiang/requests", json={**WANTED, "title": "其他用途"}))
    waiting = until(lambda: items(levels.city, "/api/v1/sharing/referrals?open=true"))[0]["id"]
    decision = {"act": "reject", "reason": "缺少法律依据"}
    said(levels.city.post(f"/api/v1/sharing/referrals/{waiting}/decision", json=decision))
    here = f"/api/v1/asked/{asked['id']}"
    ended = until(
        lambda: (one := said(levels.officer.get(here))["checked"]["shown"]) and one["outcome"] and one
    )
    assert (ended["outcome"], ended["opinion"]) == ("rejected", "缺少法律依据")
    assert len(items(levels.province, "/api/v1/sharing/requests")) == 1


def test_asked_directly_the_province_says_by_way_of_whom(levels: Levels) -> None:
    said(levels.admin.put("/api/v1/nodes/hanjiang/through", json={"node": None}))
    asked = said(levels.officer.post("/api/v1/nodes/hanjiang/requests", json=WANTED))
    fault = until(lambda: said(levels.officer.get(f"/api/v1/asked/{asked['id']}"))["fault"])
    assert "jiangzhou" in fault
