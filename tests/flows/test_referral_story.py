"""A county asks its province by way of its city (journey J2, steps 2 and 3), over three installations; each has it in its evidence."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.flows.levels import (
    ANSWER,
    APPLICATION,
    CITY,
    COUNTY,
    PROVINCE,
    join,
    lead,
    levels_in,
    officer,
    publish_residents,
)
from tests.flows.sharing_steps import items, said, shown, until, verified


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
    with levels_in(tmp_path_factory.mktemp("levels"), PROVINCE, CITY, COUNTY) as (province, city, county):
        join(city, province)
        join(county, city)
        join(county, province)
        lead(county, province, city)
        lead(province, county, city)
        said(province.admin.put("/api/v1/organisations/civil", json={"name": "省民政厅"}))
        publish_residents(province.node)
        with (
            closing(officer(county.node, county.admin)) as wang,
            province.node.client() as above,
            city.node.client() as between,
            county.node.client() as below,
        ):
            yield Levels(above, between, below, county.admin, wang)


def test_a_request_goes_from_the_county_by_way_of_the_city_to_the_province(
    levels: Levels, tmp_path: Path
) -> None:
    here = f"/api/v1/asked/{said(levels.officer.post('/api/v1/nodes/hanjiang/requests', json=APPLICATION))['id']}"
    checked = until(lambda: said(levels.officer.get(here))["checked"]["shown"])
    assert (checked["state"], checked["due"] is not None) == ("checking", True)
    assert items(levels.province, "/api/v1/sharing/requests") == []

    referral = passed_on(levels)
    request = until(lambda: items(levels.province, "/api/v1/sharing/requests"))[0]["id"]
    view = said(levels.province.get(f"/api/v1/sharing/requests/{request}"))
    assert view["request"]["consumer"] == {"organisation": "civil", "node": "qingchuan"}
    assert [(one["node"], one["opinion"]) for one in view["referred"]] == [("jiangzhou", "情况属实")]
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
    asked = said(
        levels.officer.post("/api/v1/nodes/hanjiang/requests", json={**APPLICATION, "title": "其他用途"})
    )
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
    asked = said(levels.officer.post("/api/v1/nodes/hanjiang/requests", json=APPLICATION))
    fault = until(lambda: said(levels.officer.get(f"/api/v1/asked/{asked['id']}"))["fault"])
    assert "jiangzhou" in fault
