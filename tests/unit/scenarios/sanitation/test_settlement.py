"""A firm's month: the contract that is kept, the firm's own book, and the city's beside it."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from quanyu.core.actor import Actor, ActorKind
from quanyu.packs.testing import City
from quanyu.scenarios.sanitation import _sql, pack
from quanyu.scenarios.sanitation.model import Finding, FindingKind

P = "/api/v1/packs/sanitation"
DAWN = datetime(2026, 5, 1, 22, tzinfo=UTC)
FOUND = [
    Finding(kind=kind, vehicle=vehicle, begin=DAWN, end=DAWN, section="s1", value=value)
    for kind, vehicle, value in (
        (FindingKind.MISSED, "v1", 0.0), (FindingKind.LATE, "v1", 20.0), (FindingKind.IDLE, "v1", 30.0), (FindingKind.MISSED, "v2", 0.0),
    )
]  # fmt: skip
MISSED, LATE, IDLE, OTHERS = (_sql.finding_id(DAWN.date(), one) for one in FOUND)


def _officer(city: City, firm: str) -> Actor:
    return Actor(
        id=firm, tenant=city.tenant, kind=ActorKind.ACCOUNT, name=f"{firm}的人", organisation=firm, organisations=frozenset({firm})
    )  # fmt: skip


@pytest.fixture
async def working(city: City) -> City:
    """Two firms, each with a contract of 1,000 yuan, and what was found of their vehicles in May."""
    await city.enable(pack)
    async with city.database.tenant(city.tenant) as connection:
        await _sql.put_findings(connection, city.tenant, DAWN.date(), FOUND)
    async with city.client(pack) as client:
        for firm, terminal in (("clean", "v1"), ("other", "v2")):
            told = [{"code": terminal, "terminal": terminal, "kind": "扫路车"}]
            assert (await client.put(f"{P}/firms/{firm}/vehicles", json=told)).json()["accepted"] == 1
            terms = {"firm": firm, "base": "1000", "missed": "2", "late": "0.5", "idle": 1}
            assert (await client.post(f"{P}/contracts", json=terms)).status_code == 204
    return city


async def _sheet(client: httpx.AsyncClient, firm: str = "clean", day: str = "2026-05-20") -> dict[str, Any]:
    answer = await client.get(f"{P}/settlements/{firm}/{day}")
    assert answer.status_code == 200, answer.text
    sheet: dict[str, Any] = answer.json()
    return sheet


async def test_the_city_reckons_by_the_contract_and_names_every_deduction(working: City) -> None:
    async with working.client(pack) as client:
        sheet = await _sheet(client)
        # 100 − 2 − 0.5 − 1 = 96.5 of 1,000 yuan
        assert (sheet["month"], sheet["score"], sheet["pay"]) == ("2026-05-01", "96.5", "965.00")
        assert (sheet["told"], sheet["gap"], sheet["agree"], sheet["differences"]) == (None, None, None, [])
        assert {one["id"]: one["points"] for one in sheet["deductions"]} == {
            MISSED: "2",
            LATE: "0.5",
            IDLE: "1",
        }
        assert (await _sheet(client, day="2026-06-01"))["pay"] == "1000.00"


async def test_the_firms_book_stands_beside_the_citys_and_each_difference_has_its_name(working: City) -> None:
    book = [
        {"finding": MISSED, "kind": "incomplete"}, {"finding": LATE, "kind": "late"}, {"finding": "unheard-of", "kind": "late"},
    ]  # fmt: skip
    async with working.client(pack, asker=_officer(working, "clean")) as firm:
        told = await firm.put(f"{P}/firms/clean/books/2026-05-31", json={"pay": "990.00", "book": book})
        assert told.status_code == 204
    async with working.client(pack) as client:
        sheet = await _sheet(client)
    assert (sheet["told"], sheet["gap"], sheet["agree"]) == ("990.00", "25.00", False)
    differences = {one["number"]: (one["why"], one["points"], one["day"]) for one in sheet["differences"]}
    assert differences == {
        MISSED: ("otherwise", "-2", "2026-05-01"), IDLE: ("only_city", "-1", "2026-05-01"), "unheard-of": ("only_firm", "0.5", None),
    }  # fmt: skip
    results = {one["entry"]: (one["firm_book"], one["city"], one["gap"]) for one in sheet["results"]}
    assert results == {
        "points": ("1.0", "3.5", "-2.5"),
        "score": ("99.0", "96.5", "2.5"),
        "pay": ("990.00", "965.00", "25.00"),
    }
    kinds = {one["kind"]: (one["firm_findings"], one["city_findings"]) for one in sheet["kinds"]}
    assert kinds == {"late": (2, 1), "missed": (0, 1), "incomplete": (1, 0), "idle": (0, 1)}
    assert {one["id"]: one["in_book"] for one in sheet["deductions"]} == {
        MISSED: True,
        LATE: True,
        IDLE: False,
    }


async def test_both_books_agree_once_a_ruling_has_taken_back_what_the_firm_contests(working: City) -> None:
    async with working.client(pack, asker=_officer(working, "clean")) as firm:
        book = [{"finding": LATE, "kind": "late"}, {"finding": IDLE, "kind": "idle"}]
        await firm.put(f"{P}/firms/clean/books/2026-05-31", json={"pay": "985.00", "book": book})
        assert (await firm.post(f"{P}/findings/{MISSED}/dispute", json={"reason": "封路"})).status_code == 204
        assert (await _sheet(firm))["agree"] is False
    async with working.client(pack) as client:
        assert (await client.post(f"{P}/findings/{MISSED}/ruling", json={"upheld": False})).status_code == 204
        sheet = await _sheet(client)
    assert (sheet["agree"], sheet["pay"], sheet["differences"]) == (True, "985.00", [])


async def test_a_firm_sees_its_own_contract_and_book_only_and_speaks_for_no_other(working: City) -> None:
    async with working.client(pack, asker=_officer(working, "other")) as other:
        assert [one["firm"] for one in (await other.get(f"{P}/contracts")).json()["items"]] == ["other"]
        assert [one["id"] for one in (await _sheet(other, "other"))["deductions"]] == [OTHERS]
        assert (await other.get(f"{P}/settlements/clean/2026-05-01")).status_code == 404
        told = {"pay": "1", "book": []}
        assert (await other.put(f"{P}/firms/clean/books/2026-05-01", json=told)).status_code == 404
    async with working.client(pack) as client:
        assert (await _sheet(client))["told"] is None
        assert (await client.get(f"{P}/settlements/nobody/2026-05-01")).status_code == 404


@pytest.mark.parametrize(
    "terms",
    [{"base": "-1"}, {"base": "NaN"}, {"base": "1E+9999"}, {"base": "10.001"}, {"missed": "-1"}, {"most": "101"}, {"base": "12o"}],
    ids=str,
)  # fmt: skip
async def test_sums_that_are_none_are_refused_and_change_nothing(
    working: City, terms: dict[str, str]
) -> None:
    async with working.client(pack) as client:
        before = (await client.get(f"{P}/contracts")).json()
        said = {"firm": "clean", "base": "5"} | terms
        assert (await client.post(f"{P}/contracts", json=said)).status_code == 400
        assert (await client.get(f"{P}/contracts")).json() == before


async def test_sums_are_told_in_digits(working: City) -> None:
    async with working.client(pack) as client:
        terms = {"firm": "clean", "base": 860_000, "most": 40}
        assert (await client.post(f"{P}/contracts", json=terms)).status_code == 204
        await client.put(f"{P}/firms/clean/books/2026-05-31", json={"pay": "860000", "book": []})
        sheet = await _sheet(client)
    assert (sheet["base"], sheet["most"], sheet["told"]) == ("860000", "40", "860000")
