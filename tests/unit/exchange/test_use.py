"""What the pages of sharing are made of: clocks, days, who used what, how far a correction reaches."""

import io
import json
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quanyu.core.clock import CITY_ZONE
from quanyu.core.page_token import page_token
from quanyu.exchange import notices
from tests.unit.exchange.city import RESIDENTS, City, residents
from tests.unit.exchange.test_links import calls
from tests.unit.exchange.test_request_story import application


async def test_the_clocks_are_told_as_the_city_has_published_them(city: City) -> None:
    told = await city.asks("county", "GET", "/steps")
    limits = {one["name"]: one["limit"] for one in told["request"]["states"]}
    assert limits["checking"] == {"amount": 2, "unit": "working_days"}
    assert limits["in_use"] is None
    assert {one["name"]: one["side"] for one in told["dispute"]["acts"]}["deny"] == "share.answer"


async def test_the_owner_sees_who_used_the_data_for_what_and_each_call(city: City) -> None:
    contract = await city.contract(consumer="health")
    for purpose in ("门诊核对", "门诊核对", "住院核对"):
        call = {"limit": 3, "purpose": purpose}
        await city.asks("health", "GET", f"/contracts/{contract}/records", params=call)
    told = await city.asks("civil", "GET", "/users")
    assert told["titles"][RESIDENTS] == "居民登记"
    users = told["items"]
    found = {one["purpose"]: (one["calls"], one["rows"]) for one in users if one["consumer"] == "health"}
    assert (found["门诊核对"], found["住院核对"]) == ((2, 6), (1, 3))
    narrowed = {"dataset": RESIDENTS, "consumer": "health", "purpose": "门诊核对", "limit": 1}
    first = await city.asks("civil", "GET", "/uses", params=narrowed)
    second = await city.asks("civil", "GET", "/uses", params=narrowed | {"after": first["next"]})
    assert [one["rows"] for page in (first, second) for one in page["items"]] == [3, 3]
    assert second["next"] is None
    assert (await city.asks("health", "GET", "/users"))["items"] == []  # has given nobody anything
    days = (await city.asks("health", "GET", f"/contracts/{contract}/days"))["items"]
    assert [(one["calls"], one["rows"]) for one in days] == [(3, 9)]
    await city.ends(contract)


async def test_a_day_of_the_ledger_is_the_citys_and_has_as_many_calls_as_the_days_say(city: City) -> None:
    contract = await city.contract(consumer="health")
    noon = city.now.astimezone(CITY_ZONE).replace(hour=12, minute=0) - timedelta(days=3)
    async with city.node.database.tenant(city.tenant) as connection:
        for hours, number in (
            (-12, 2),
            (11, 3),
            (12, 4),
        ):  # at midnight, an hour before the next one, and at that one
            await calls(connection, city.tenant, contract, number, noon + timedelta(hours=hours))
    days = (await city.asks("health", "GET", f"/contracts/{contract}/days"))["items"]
    assert [(one["day"], one["calls"]) for one in days] == [
        (f"{noon:%Y-%m-%d}", 5), (f"{noon + timedelta(days=1):%Y-%m-%d}", 4)
    ]  # fmt: skip
    for one in days:
        told = await city.asks("health", "GET", f"/contracts/{contract}/calls", params={"day": one["day"]})
        assert len(told["items"]) == one["calls"]
    await city.ends(contract)


@pytest.mark.parametrize(("day", "status"), [("0001-01-01", 200), ("9999-12-31", 200), ("2026-02-30", 400)])
async def test_a_day_that_no_call_was_on_has_none(city: City, day: str, status: int) -> None:
    contract = await city.contract(consumer="health")
    path, params = f"/contracts/{contract}/calls", {"day": day}
    told = await city.asks("health", "GET", path, params=params, expect=status)
    assert told.get("items", []) == []
    await city.ends(contract)


async def test_a_contract_is_told_as_odrl(city: City) -> None:
    contract = await city.contract(calls=7)
    said = await city.asks("county", "GET", f"/contracts/{contract}/odrl")
    assert (said["assigner"], said["assignee"], said["target"]) == ("civil", "county", RESIDENTS)
    counted = [one for one in said["permission"][0]["constraint"] if one["leftOperand"] == "count"]
    assert [str(one["rightOperand"]) for one in counted] == ["7"]
    await city.asks("health", "GET", f"/contracts/{contract}/odrl", expect=404)
    await city.ends(contract)


async def test_only_the_owner_sees_how_far_a_correction_reaches(city: City) -> None:
    contracts = {who: await city.contract(consumer=who) for who in ("county", "health")}
    for who, contract in contracts.items():
        await city.asks(who, "GET", f"/contracts/{contract}/records", params={"limit": 1})
    wrong = {
        "contract": contracts["county"],
        "record": {"编号": "R009"},
        "field": "收入",
        "claimed": "77",
        "evidence": "回执",
    }
    id = (await city.asks("county", "POST", "/disputes", json=wrong, expect=201))["dispute"]["id"]
    before = await city.asks("civil", "GET", f"/disputes/{id}")
    assert {one["organisation"] for one in before["reach"]} == {"county", "health"}
    assert all(one["told"] is None for one in before["reach"])
    assert (await city.asks("county", "GET", f"/disputes/{id}"))["reach"] == []
    await city.asks("civil", "POST", f"/disputes/{id}/acts", json={"act": "confirm"})
    await city.imports(residents(R009="77"))
    after = await city.asks("civil", "POST", f"/disputes/{id}/acts", json={"act": "correct"})
    assert all(one["told"] for one in after["reach"])
    assert "civil" in after["people"].values()
    await city.imports(residents())
    for contract in contracts.values():
        await city.ends(contract)


async def test_the_desk_of_the_authority_holds_what_waits_for_it(city: City) -> None:
    asked = await city.asks("county", "POST", "/requests", json=application(), expect=201)
    id = asked["request"]["id"]

    async def waits() -> bool:
        page = await city.asks("authority", "GET", "/requests", params={"desk": "true", "limit": 500})
        return id in {one["id"] for one in page["items"]}

    assert await waits()
    await city.asks("authority", "POST", f"/requests/{id}/acts", json={"act": "forward"})
    assert not await waits()


async def test_an_answer_says_of_which_version_of_whose_data_it_is(city: City) -> None:
    contract = await city.contract()
    dataset = (await city.clients["civil"].get(f"/api/v1/datasets/{RESIDENTS}")).json()
    told = [
        {
            "dataset": RESIDENTS,
            "owner": "civil",
            "version": dataset["version"],
            "as_of": dataset["modified"],
        }
    ]
    records = await city.clients["county"].get(f"/api/v1/sharing/contracts/{contract}/records")
    assert json.loads(records.headers["x-quanyu-origins"]) == records.json()["origins"] == told
    file = await city.asks("county", "GET", f"/contracts/{contract}/file")
    metadata = pq.read_schema(io.BytesIO(file.content)).metadata
    assert json.loads(metadata[b"x-quanyu-origins"]) == told
    arrow = await city.asks(
        "county", "POST", "/query", json={"sql": f"select 1 from {RESIDENTS}", "format": "arrow"}
    )
    assert json.loads(pa.ipc.open_stream(arrow.content).schema.metadata[b"x-quanyu-origins"]) == told
    before = (await city.asks("county", "GET", f"/contracts/{contract}/changes"))["origins"]
    await city.imports(residents(R009="78"))
    after = (await city.asks("county", "GET", f"/contracts/{contract}/changes"))["origins"]
    assert (before, after[0]["version"]) == (told, dataset["version"] + 1)
    await city.imports(residents())
    await city.ends(contract)


async def test_who_may_not_see_a_dataset_reads_what_it_is_called(city: City) -> None:
    """A consumer's lists of disputes, returns and notices name it by its title."""
    contract = await city.contract()
    wrong = {
        "contract": contract,
        "record": {"编号": "R010"},
        "field": "收入",
        "claimed": "9",
        "evidence": "回执",
    }
    await city.asks("county", "POST", "/disputes", json=wrong, expect=201)
    given = {"records": [{"编号": "R010", "收入": "9"}]}
    await city.asks("county", "POST", f"/contracts/{contract}/returns", json=given, expect=201)
    assert (await city.clients["county"].get(f"/api/v1/datasets/{RESIDENTS}")).status_code == 403
    for path in ("disputes", "returns", "notices"):
        assert (await city.asks("county", "GET", f"/{path}"))["titles"][RESIDENTS] == "居民登记"
    for path, one in (("disputes", "id"), ("returns", "id")):
        first = (await city.asks("county", "GET", f"/{path}"))["items"][0][one]
        assert (await city.asks("county", "GET", f"/{path}/{first}"))["entry_title"] == "居民登记"
    await city.ends(contract)


async def test_everybody_who_used_the_data_is_listed_however_many(city: City) -> None:
    """Page by page; what is called meanwhile moves nobody from one page to another."""
    contract = await city.contract(consumer="health")
    for number in range(5):
        for _ in range(1 + number % 2):
            call = {"limit": 1, "purpose": f"第{number}次核对"}
            await city.asks("health", "GET", f"/contracts/{contract}/records", params=call)
    sought = {"consumer": "health", "named": "HEAL", "limit": 2}
    page = await city.asks("civil", "GET", "/users", params=sought)
    assert page["total"]["calls"] >= 7
    assert {"organisation": "county", "node": ""} in page["among"]["consumers"]  # though the list is narrowed
    seen = page["items"]
    city.now += timedelta(seconds=1)
    await city.asks("health", "GET", f"/contracts/{contract}/records", params={"purpose": "第0次核对"})
    while page["next"]:
        page = await city.asks("civil", "GET", "/users", params=sought | {"after": page["next"]})
        assert page["total"] is page["among"] is None
        seen += page["items"]
    found = [(one["purpose"], one["calls"]) for one in seen if one["purpose"].endswith("次核对")]
    assert sorted(found) == [(f"第{number}次核对", 1 + number % 2) for number in range(5)]
    assert (await city.asks("civil", "GET", "/users", params={"consumer": "health@elsewhere"}))["items"] == []
    await city.ends(contract)


@pytest.mark.parametrize(
    "place", ["0001-01-01T00:00:00+14:00", "2026-03-02T01:00:00", "9999-12-31T00:00:00Z", 7]
)
async def test_a_page_of_users_that_nobody_gave_out_is_refused(city: City, place: object) -> None:
    token = page_token([place, 1, "a", "b", "c", "", "d", "e"])
    await city.asks("civil", "GET", "/users", params={"after": token}, expect=400)


async def test_calls_of_one_moment_are_all_on_a_page_of_the_ledger(city: City) -> None:
    contract = await city.contract()
    for _ in range(5):
        await city.asks("county", "GET", f"/contracts/{contract}/records", params={"limit": 1})
    path, seen = f"/contracts/{contract}/calls", list[str]()
    page = await city.asks("civil", "GET", path, params={"limit": 2})
    seen += [one["id"] for one in page["items"]]
    while page["next"]:
        page = await city.asks("civil", "GET", path, params={"limit": 2, "after": page["next"]})
        seen += [one["id"] for one in page["items"]]
    assert len(seen) == len(set(seen)) == 5
    await city.ends(contract)


async def test_what_is_told_anew_is_the_newest_and_no_notice_is_on_two_pages(city: City) -> None:
    async with city.node.database.tenant(city.tenant) as connection:
        for minute, about in enumerate(("C-a", "C-b", "C-c", "C-a")):
            at = city.now + timedelta(days=1, minutes=minute)
            await notices.tell(connection, city.tenant, "audit-office", "unusual", about, RESIDENTS, at)
        await notices.tell(connection, city.tenant, "audit-office", "unusual", "C-d", RESIDENTS, at)
        pages, place = list[str](), None
        while found := await notices.listed(connection, ["audit-office"], unread=True, before=place, limit=2):
            pages += [one.about for one in found]
            place = notices.Place(found[-1].at, found[-1].id)
    assert pages == ["C-d", "C-a", "C-c", "C-b"]


@pytest.mark.parametrize(
    "path", ["requests", "contracts", "disputes", "returns", "notices", "uses", "trials"]
)
@pytest.mark.parametrize(
    "place", ["0001-01-01T00:00:00+14:00", "2026-03-02T01:00:00", "9999-12-31T23:59:59-14:00"]
)
async def test_a_place_in_time_that_no_list_has_is_no_fault_of_the_node(
    city: City, path: str, place: str
) -> None:
    answer = await city.clients["civil"].get(
        f"/api/v1/sharing/{path}", params={"after": page_token([place, "a"])}
    )
    assert answer.status_code in (200, 400), answer.text
