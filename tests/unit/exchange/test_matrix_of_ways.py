"""The contract matrix: each constraint, within, at its edge and outside, through every way that gives data."""

from datetime import timedelta
from typing import Any

import pytest

from quanyu.exchange.policy import Anonymity, Condition, Mask, MaskKind, Noise, Operator, Rate, Span
from quanyu.exchange.policy.terms import Unit
from tests.unit.exchange.city import RESIDENTS, START, City
from tests.unit.exchange.ways import RECORDS, WAYS, check, entities, sandbox, sql

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
BY_STREET = f"select 街道, count(*) as n from {RESIDENTS} group by 街道"
STREETS = {"一街", "二街", "三街"}
every_way = pytest.mark.parametrize("way", WAYS)
every_way_of_records = pytest.mark.parametrize("way", RECORDS)


@every_way
async def test_period(city: City, way: str) -> None:
    id = await city.contract(starts=START, ends=START + HOUR)
    seen = []
    for moment in (START - SECOND, START, START + HOUR - SECOND, START + HOUR):
        await city.moves_to(moment)
        seen.append((await WAYS[way](city, id)).status)
    await city.moves_to(START)
    assert seen == [403, 200, 200, 403]
    await city.ends(id)


@every_way
async def test_number_of_calls(city: City, way: str) -> None:
    id = await city.contract(calls=2)
    came = [await WAYS[way](city, id) for _ in range(3)]
    assert [one.status for one in came] == [200, 200, 403]
    assert "All 2 calls" in came[-1].said
    await city.ends(id)


@every_way
async def test_rate(city: City, way: str) -> None:
    id = await city.contract(rate=Rate(number=2, per=Span.HOUR))
    seen = []
    for later in (timedelta(), timedelta(), HOUR - SECOND, HOUR):
        city.now = START + later
        seen.append((await WAYS[way](city, id)).status)
    told_on_the_line = 403 if way == "events" else 429
    assert seen == [200, 200, told_on_the_line, 200]
    await city.ends(id)


@every_way
async def test_what_is_suspended_ended_or_not_given_this_way(city: City, way: str) -> None:
    id = await city.contract()
    for to, expected in (("suspended", 403), ("active", 200), ("terminated", 403)):
        await city.asks("civil", "POST", f"/contracts/{id}/state", json={"to": to, "reason": "核查"})
        assert (await WAYS[way](city, id)).status == expected, to


@every_way
async def test_each_call_is_in_the_ledger_with_its_purpose(city: City, way: str) -> None:
    id = await city.contract(purpose="低保年审")
    await WAYS[way](city, id)
    (call,) = (await city.asks("civil", "GET", f"/contracts/{id}/calls"))["items"]
    assert (call["purpose"], call["state"]) == ("低保年审", "done")
    await city.ends(id)


@pytest.mark.parametrize(
    ("condition", "given"),
    [(Condition(column="收入", op=Operator.LE, value=1030), {"R001", "R002", "R003"}),
     (Condition(column="收入", op=Operator.LT, value=1030), {"R001", "R002"}),
     (Condition(column="街道", op=Operator.EQ, value="三街"), {"R001", "R002"}),
     (Condition(column="登记日期", op=Operator.LE, value="2020-01-02"), {"R001"})],
    ids=["to its edge", "below its edge", "area", "day"],
)  # fmt: skip
async def test_rows(city: City, condition: Condition, given: set[str]) -> None:
    id = await city.contract(where=(condition,))
    for way, asked in RECORDS.items():
        assert (await asked(city, id)).by_key().keys() == given, way
    for one in ("R001", "R002", "R003", "R004"):
        assert (await check(city, id, {"编号": one})).rows == ({"answer": one in given},)
    assert (await sandbox(city, id)).rows == (), "fewer than five records are behind it"
    await city.ends(id)


@every_way_of_records
async def test_columns(city: City, way: str) -> None:
    id = await city.contract(columns=("编号", "街道"))
    came = await RECORDS[way](city, id)
    assert {name for one in came.rows for name in one} - {"_change"} == {"编号", "街道"}
    assert len(came.rows) == 120
    await city.ends(id)


async def test_a_column_that_is_not_given_can_be_asked_in_no_way(city: City) -> None:
    id = await city.contract(columns=("编号", "街道"))
    asked = (
        sql(city, id, f"select count(*) from {RESIDENTS} where 收入 > 5"), check(city, id, {"编号": "R001", "收入": "1010"}),
        sandbox(city, id, f"select avg(收入) as m from {RESIDENTS}"), entities(city, id, "&q=收入>5"), entities(city, id, "&attrs=收入"),
    )  # fmt: skip
    assert [(await one).status for one in asked] == [400] * 5
    await city.ends(id)


def month(day: Any) -> bool:
    return str(day).endswith("-01")


MASKS: dict[str, tuple[str, Mask, Any]] = {
    "hide": ("状态", Mask(kind=MaskKind.HIDE), lambda found: found <= {None}),
    "hash": ("状态", Mask(kind=MaskKind.HASH), lambda found: len(found) == 2 and all(len(one) == 32 for one in found)),
    "token": ("街道", Mask(kind=MaskKind.TOKEN), lambda found: len(found) == 3 and all(one.startswith("tk_") for one in found)),
    "truncate": ("街道", Mask(kind=MaskKind.TRUNCATE, keep=1), lambda found: found == {"一****", "二****", "三****"}),
    "truncate at the length": ("街道", Mask(kind=MaskKind.TRUNCATE, keep=2), lambda found: found == STREETS),
    "a step": ("收入", Mask(kind=MaskKind.GENERALISE, step=500), lambda found: found == {1000, 1500, 2000}),
    "a month": ("登记日期", Mask(kind=MaskKind.GENERALISE, unit=Unit.MONTH), lambda found: all(map(month, found)) and len(found) == 4),
    "shift": ("登记日期", Mask(kind=MaskKind.SHIFT, days=9), lambda found: len(found) == 120 and not found >= {"2020-01-02", "2020-04-30"}),
    "redact": ("街道", Mask(kind=MaskKind.REDACT, content="person_name"), lambda found: found == {"一*", "二*", "三*"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", MASKS)
async def test_masks(city: City, kind: str) -> None:
    """The same in every way, and what the mask says."""
    await city.mends()  # other tests give somebody another income
    column, mask, holds = MASKS[kind]
    id = await city.contract(masks={column: mask})
    came = {way: await asked(city, id) for way, asked in RECORDS.items()}
    assert holds(came["records"].column(column)), came["records"].rows[:2]
    shown = {way: {key: row.get(column) for key, row in one.by_key().items()} for way, one in came.items()}
    assert {way: one for way, one in shown.items() if one != shown["records"]} == {}
    await city.ends(id)


@pytest.mark.parametrize("kind", ["hash", "truncate", "a step", "a month"])
async def test_masks_hold_behind_figures_of_the_sandbox(city: City, kind: str) -> None:
    """To group by a masked column is to see what the mask leaves of it."""
    column, mask, _ = MASKS[kind]
    id = await city.contract(masks={column: mask})
    seen = (await RECORDS["records"](city, id)).column(column)
    came = await sandbox(city, id, f"select {column}, count(*) as n from {RESIDENTS} group by {column}")
    assert came.rows
    assert came.column(column) <= seen
    await city.ends(id)


async def test_the_owner_turns_tokens_back_and_nobody_else(city: City) -> None:
    id = await city.contract(masks={"街道": Mask(kind=MaskKind.TOKEN)})
    tokens = sorted((await RECORDS["file"](city, id)).column("街道"))
    asked = {"json": {"tokens": tokens}}
    values = (await city.asks("civil", "POST", f"/contracts/{id}/tokens", **asked))["values"]
    assert set(values.values()) == STREETS
    await city.asks("county", "POST", f"/contracts/{id}/tokens", **asked, expect=403)
    await city.ends(id)


@every_way
async def test_fewest_records_behind_an_answer(city: City, way: str) -> None:
    """Records one by one are never given; figures where the group is as large as it has to be, 核验 as it tells no figure."""
    id = await city.contract(group=120)
    assert (await WAYS[way](city, id)).status == (200 if way in ("check", "sandbox") else _refusal(way))
    await city.ends(id)


@pytest.mark.parametrize(("fewest", "groups"), [(2, 3), (3, 2), (59, 2), (60, 0)])
async def test_groups_at_their_edge(city: City, fewest: int, groups: int) -> None:
    """三街 has two residents, the others 59 each. In the sandbox five is the least."""
    id = await city.contract(group=fewest)
    assert len((await sql(city, id, BY_STREET)).rows) == groups
    assert len((await sandbox(city, id, BY_STREET)).rows) == min(groups, 2)
    await city.ends(id)


@pytest.mark.parametrize(("fewest", "streets"), [(2, 3), (3, 2), (59, 2), (60, 0)])
async def test_anonymity_at_its_edge(city: City, fewest: int, streets: int) -> None:
    id = await city.contract(anonymity=Anonymity(k=fewest, columns=("街道",)))
    for way in ("records", "sql", "file"):
        assert len((await RECORDS[way](city, id)).column("街道")) == streets, way
    assert [(await RECORDS[way](city, id)).status for way in ("changes", "events", "entities")] == [403] * 3
    assert len((await sandbox(city, id, BY_STREET)).rows) == min(streets, 2)
    await city.ends(id)


async def test_noise_and_its_budget_are_one_for_all_ways(city: City) -> None:
    id = await city.contract(noise=Noise(epsilon=1, budget=3))
    seen = [
        (await asked(city, id, f"select count(*) as n from {RESIDENTS}")).status
        for asked in (sql, sandbox, sql, sandbox, sql)
    ]
    assert seen == [200, 200, 200, 403, 403]
    for way, asked in RECORDS.items():
        assert (await asked(city, id)).status in (400, 403), way
    await city.ends(id)


@pytest.mark.parametrize(
    ("most", "way"), [(most, way) for most in (119, 120, 121) for way in ("sql", "file", "changes", "events")]
)
async def test_most_rows_of_an_answer(city: City, most: int, way: str) -> None:
    id = await city.contract(rows=most)
    assert len((await RECORDS[way](city, id)).rows) == min(most, 120)
    await city.ends(id)


@pytest.mark.parametrize(("limit", "expected", "came"), [(2, 200, 2), (3, 200, 3), (4, 400, 3)])
async def test_a_page_holds_no_more_rows_than_an_answer_may(
    city: City, limit: int, expected: int, came: int
) -> None:
    """A longer one is refused; a broker may answer with fewer entities than were asked for, and does."""
    id = await city.contract(rows=3)
    client, entity = city.clients["county"], f"/api/v1/sharing/entities/{id}/ngsi-ld/v1/entities"
    paged = await client.get(f"/api/v1/sharing/contracts/{id}/records", params={"limit": limit})
    listed = await client.get(entity, params={"type": "ServiceRequest", "limit": limit})
    assert (paged.status_code, len(listed.json())) == (expected, came)
    await city.ends(id)


async def test_a_broker_asked_too_often_says_when_to_come_again(city: City) -> None:
    id = await city.contract(rate=Rate(number=1, per=Span.HOUR))
    door = f"/api/v1/sharing/entities/{id}/ngsi-ld/v1/entities?type=ServiceRequest"
    first, second = [await city.clients["county"].get(door) for _ in range(2)]
    assert (first.status_code, second.status_code, second.headers["retry-after"]) == (200, 429, "3600")
    assert second.json()["type"].endswith("/TooManyRequests")
    await city.ends(id)


@pytest.mark.parametrize("missing", ["purpose", "basis"])
async def test_no_contract_without_purpose_and_legal_basis(city: City, missing: str) -> None:
    id = await city.contract()
    agreed = (await city.asks("county", "GET", f"/contracts/{id}"))["contract"]["terms"]
    refused = await city.asks(
        "county", "POST", f"/contracts/{id}/proposals", json={"terms": {**agreed, missing: " "}}, expect=400
    )
    assert [one["where"] for one in refused["faults"]] == [f"/{missing}"]
    await city.ends(id)


def _refusal(way: str) -> int:
    return 403 if way in ("changes", "events", "entities") else 400
