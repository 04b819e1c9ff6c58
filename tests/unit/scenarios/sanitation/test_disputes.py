"""A deduction disputed with its track, and ruled upon."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from quanyu.core.actor import Actor, ActorKind
from quanyu.packs.testing import City
from quanyu.scenarios.sanitation import disputes, pack
from quanyu.scenarios.sanitation.model import Fix

P = "/api/v1/packs/sanitation"
DAY = "2026-05-01"
LINE = {"type": "LineString", "coordinates": [[121.5, 31.2], [121.51, 31.2]]}
SIX = datetime(2026, 4, 30, 22, tzinfo=UTC)


def _officer(city: City, firm: str) -> Actor:
    return Actor(
        id=firm, tenant=city.tenant, kind=ActorKind.ACCOUNT, name=f"{firm}的人", organisation=firm, organisations=frozenset({firm})
    )  # fmt: skip


@pytest.fixture
async def counted(city: City) -> City:
    """A day of which one shift of the firm "clean" was not driven."""
    await city.enable(pack)
    await city.write("SanitationSection", "s1", sectionCode="s1", street="人民路", grade=1, location=LINE)
    async with city.client(pack) as client:
        mine = [{"code": "v1", "terminal": "v1", "kind": "扫路车"}]
        plan = [{"code": "a", "section": "s1", "vehicle": "v1", "begin": "06:00", "end": "08:00"}]
        for kind, told in (("vehicles", mine), ("plan", plan)):
            assert (await client.put(f"{P}/firms/clean/{kind}", json=told)).json()["accepted"] == 1
        await client.put(
            f"{P}/firms/other/vehicles", json=[{"code": "v2", "terminal": "v2", "kind": "扫路车"}]
        )
        assert (await client.post(f"{P}/days/{DAY}")).json()["findings"] == 1
    return city


async def _asked(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"{P}/{path}")).json()["items"]
    return found


async def test_a_disputed_deduction_is_taken_back_by_a_ruling_and_stays_so_when_the_day_is_counted_again(
    counted: City,
) -> None:
    async with counted.client(pack) as client:
        (found,) = await _asked(client, f"disputable?day={DAY}")
        place = f"{P}/findings/{found['id']}"
        assert (await client.post(f"{place}/ruling", json={"upheld": False})).status_code == 404
        assert (await client.post(f"{place}/dispute", json={"reason": "道路封闭"})).status_code == 204
        assert await _asked(client, f"disputable?day={DAY}") == []
        (waiting,) = await _asked(client, "disputes?open=true")
        assert (waiting["dispute"], waiting["disputed_by"], waiting["upheld"]) == ("道路封闭", "test", None)
        said = {"upheld": False, "reason": "当日封路属实"}
        assert (await client.post(f"{place}/ruling", json=said)).status_code == 204
        assert await _asked(client, "disputes?open=true") == []
        assert (await client.post(f"{place}/dispute", json={"reason": "再次"})).status_code == 404
        await client.post(f"{P}/days/{DAY}")
        (again,) = await _asked(client, f"findings?day={DAY}")
        assert (again["id"], again["upheld"], again["ruling"]) == (found["id"], False, "当日封路属实")


async def test_a_firm_sees_and_disputes_what_was_found_of_its_own_vehicles_only(counted: City) -> None:
    async with counted.client(pack, asker=_officer(counted, "clean")) as firm:
        (found,) = await _asked(firm, f"disputable?day={DAY}")
    place = f"{P}/findings/{found['id']}"
    async with counted.client(pack, asker=_officer(counted, "other")) as other:
        assert (
            await _asked(other, f"disputable?day={DAY}") == await _asked(other, f"findings?day={DAY}") == []
        )
        assert (await other.get(f"{place}/track")).status_code == 404
        assert (await other.post(f"{place}/dispute", json={"reason": "不是我们"})).status_code == 404
    async with counted.client(pack, asker=_officer(counted, "health")) as neither:
        assert (await neither.post(f"{place}/dispute", json={"reason": "不是我们"})).status_code == 404
    async with counted.client(pack, asker=_officer(counted, "clean")) as firm:
        assert (await firm.post(f"{place}/dispute", json={"reason": "道路封闭"})).status_code == 204
        assert [one["id"] for one in await _asked(firm, "disputes")] == [found["id"]]
    async with counted.client(pack, asker=_officer(counted, "other")) as other:
        assert await _asked(other, "disputes") == []


def test_a_digest_is_of_every_value_of_every_fix() -> None:
    fix = Fix("v1", SIX, 121.5, 31.2, 9.0)
    others = [
        Fix("v1", SIX + timedelta(seconds=1), 121.5, 31.2, 9.0),
        Fix("v1", SIX, 121.6, 31.2, 9.0),
        Fix("v1", SIX, 121.5, 31.3, 9.0),
        Fix("v1", SIX, 121.5, 31.2, 9.1),
        Fix("v1", SIX, 121.5, 31.2, 9.0, on=False),
    ]
    assert len({disputes.digest(track) for track in ([], [fix], [fix, fix], *([one] for one in others))}) == 8
