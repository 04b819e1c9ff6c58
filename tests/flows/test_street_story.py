"""A street asks its province by way of county and city (journey J2, steps 2 and 3), over four installations: each level checks it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.levels import (
    ANSWER,
    APPLICATION,
    CITY,
    COUNTY,
    PROVINCE,
    STREET,
    Level,
    join,
    lead,
    levels_in,
    officer,
    publish_residents,
)
from tests.flows.sharing_steps import items, said, shown, until, verified

REFERRALS = "/api/v1/sharing/referrals"


@dataclass(frozen=True)
class Way:
    """From the highest down; the street also as an officer of its civil affairs."""

    province: Level
    city: Level
    county: Level
    street: Level
    officer: httpx.Client

    def asks(self, title: str) -> str:
        asked = said(
            self.officer.post("/api/v1/nodes/hanjiang/requests", json={**APPLICATION, "title": title})
        )
        return f"/api/v1/asked/{asked['id']}"

    def levels(self, here: str) -> list[dict[str, Any]]:
        """The check of each level, as the street sees it."""
        found, one = [], said(self.officer.get(here))["checked"]
        while one:
            found.append(one)
            one = one["shown"] and one["shown"]["beyond"]
        return found

    def reaches(self, here: str, *states: str) -> list[dict[str, Any]]:
        def reached() -> list[dict[str, Any]] | None:
            found = self.levels(here)
            assert not any(one["fault"] for one in found), found
            return (
                found if [one["shown"] and one["shown"]["state"] for one in found] == list(states) else None
            )

        seen: list[dict[str, Any]] = until(reached)
        return seen


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    named = (PROVINCE, CITY, COUNTY, STREET)
    with levels_in(tmp_path_factory.mktemp("levels"), *named) as levels:
        province, city, county, street = levels
        for upper, lower in combinations(levels, 2):
            join(lower, upper)
        lead(street, province, county)
        lead(county, province, city)
        lead(city, street, county)
        lead(province, street, city)
        said(province.admin.put("/api/v1/organisations/civil", json={"name": "省民政厅"}))
        publish_residents(province.node)
        with closing(officer(street.node, street.admin)) as wang:
            yield Way(province, city, county, street, wang)


def decide(level: Level, act: str, reason: str) -> str:
    """What waits at that level's desk; where it is."""
    waiting = until(lambda: items(level.admin, f"{REFERRALS}?open=true"))[0]["id"]
    said(level.admin.post(f"{REFERRALS}/{waiting}/decision", json={"act": act, "reason": reason}))
    return f"{REFERRALS}/{waiting}"


def test_a_request_goes_up_level_by_level_and_is_answered_to_the_street(way: Way, tmp_path: Path) -> None:
    here = way.asks("低保边缘核对")
    (first,) = way.reaches(here, "checking")
    assert (first["node"], first["shown"]["due"] is not None) == ("qingchuan", True)
    decide(way.county, "pass_on", "辖区属实")
    first, second = way.reaches(here, "passed", "checking")
    assert (second["node"], second["shown"]["due"] is not None) == ("jiangzhou", True)
    assert items(way.province.admin, "/api/v1/sharing/requests") == []
    referral = decide(way.city, "pass_on", "情况属实")

    request = until(lambda: items(way.province.admin, "/api/v1/sharing/requests"))[0]["id"]
    path = f"/api/v1/sharing/requests/{request}"
    with way.province.node.client() as above:
        opinions = [(one["node"], one["opinion"]) for one in said(above.get(path))["referred"]]
        assert opinions == [("qingchuan", "辖区属实"), ("jiangzhou", "情况属实")]
        said(above.post(f"{path}/acts", json={"act": "forward"}))
        said(above.post(f"{path}/answer", json=ANSWER))
    text = until(lambda: shown(way.officer, here, "offered"))["commitment"]
    said(way.officer.post(f"{here}/acts", json={"act": "sign", "sm3": text["hash"]}))
    until(lambda: shown(way.officer, here, "in_use"))
    question = {"sql": "select 编号 from residents order by 编号", "purpose": "核对"}
    rows = said(way.officer.post(f"{here}/query", json=question))["items"]
    assert [one["编号"] for one in rows] == ["R1", "R2", "R3"]

    until(lambda: (said(way.city.admin.get(referral))["onward"] or {}).get("state") == "in_use")
    assert [one["node"] for one in said(way.city.admin.get(referral))["passed"]] == ["qingchuan"]
    each_can_prove_what_it_passed_on(way, tmp_path)


def each_can_prove_what_it_passed_on(way: Way, folder: Path) -> None:
    """On a machine that has no node."""
    for level, kind in (
        (way.street, "referral.ask"),
        (way.county, "referral.pass"),
        (way.city, "referral.pass"),
    ):
        with level.node.client() as client:
            listed = items(client, "/api/v1/messages?limit=100")
            sent = next(one for one in listed if (one["kind"], one["direction"]) == (kind, "out"))
            proof = folder / "proof.json"
            proof.write_bytes(client.get("/api/v1/messages/proof", params={"id": sent["id"]}).content)
        assert verified(proof)


def test_what_the_second_level_rejects_ends_there_and_the_street_is_told_why(way: Way) -> None:
    before = len(items(way.province.admin, "/api/v1/sharing/requests"))
    here = way.asks("其他用途")
    way.reaches(here, "checking")
    decide(way.county, "pass_on", "")
    way.reaches(here, "passed", "checking")
    decide(way.city, "reject", "缺少法律依据")
    *_, last = way.reaches(here, "passed", "rejected")
    assert last["shown"]["opinion"] == "缺少法律依据"
    assert len(items(way.province.admin, "/api/v1/sharing/requests")) == before


def test_a_way_that_leads_back_is_refused_in_words(way: Way) -> None:
    lead(way.city, way.province, way.county)
    here = way.asks("环路")
    way.reaches(here, "checking")
    decide(way.county, "pass_on", "")
    *_, last = until(lambda: (found := way.levels(here))[-1]["fault"] and found)
    assert "beimen → qingchuan → jiangzhou" in last["fault"]
    lead(way.city, way.province, None)
