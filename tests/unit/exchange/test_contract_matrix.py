"""Every constraint of a contract, inside, at its edge and outside, through the doors that a consumer uses."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quanyu.core.errors import Denied
from quanyu.exchange.contracts.onward import check_onward
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.coverage import Ask
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.parties import Deal, Party
from quanyu.exchange.policy import (
    Anonymity,
    Condition,
    Mask,
    MaskKind,
    Noise,
    Operator,
    Rate,
    Span,
    Way,
)
from quanyu.govern.lineage import service as lineage
from quanyu.query import DuckEngine
from quanyu.store import Connection
from tests.patience import PATIENCE_SECONDS
from tests.unit.exchange.city import RESIDENTS, START, City
from tests.unit.exchange.policy.test_refused import ESCAPES

SECOND = timedelta(seconds=1)


async def status(city: City, id: str, path: str = "records", *, who: str = "county", **query: Any) -> int:
    answer = await city.clients[who].get(f"/api/v1/sharing/contracts/{id}/{path}", params=query)
    return answer.status_code


async def query(city: City, id: str, sql: str, *, expect: int = 200) -> Any:
    return await city.asks("county", "POST", "/query", json={"sql": sql, "contracts": [id]}, expect=expect)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(START - SECOND, 403), (START, 200), (START + timedelta(hours=1) - SECOND, 200), (START + timedelta(hours=1), 403)],
    ids=["before", "first", "last", "after"],
)  # fmt: skip
async def test_period(city: City, moment: Any, expected: int) -> None:
    id = await city.contract(starts=START, ends=START + timedelta(hours=1))
    await city.moves_to(moment)
    assert await status(city, id) == expected
    await city.ends(id)


async def test_number_of_calls_and_its_reason(city: City) -> None:
    id = await city.contract(calls=2)
    assert [await status(city, id, limit=1) for _ in range(3)] == [200, 200, 403]
    refused = await city.asks("county", "GET", f"/contracts/{id}/records", expect=403)
    assert "All 2 calls" in refused["detail"]
    usage = (await city.asks("county", "GET", f"/contracts/{id}"))["usage"]
    assert (usage["calls"], usage["refused"], usage["rows"]) == (2, 2, 2)
    await city.node.evidence.flush()
    async with city.node.database.tenant(city.tenant) as connection:
        denied = await connection.fetchval(
            "select count(*) from evidence_pending where action = 'share.use' and outcome = 'denied' and resource = $1",
            id,
        )
        allowed = await connection.fetchval(
            "select count(*) from evidence_pending as e join share_call as c on c.id = e.resource "
            "where c.contract = $1 and e.outcome in ('allowed', 'done')", id
        )  # fmt: skip
    assert (denied, allowed) == (2, 4)  # each call when it began and when it was delivered
    await city.ends(id)


async def test_rate_in_every_stretch_of_time(city: City) -> None:
    id = await city.contract(rate=Rate(number=2, per=Span.HOUR))
    seen = []
    for minutes in (0, 10, 20, 59, 60, 61, 70):
        city.now = START + timedelta(minutes=minutes)
        seen.append(await status(city, id, limit=1))
    assert seen == [200, 200, 429, 429, 200, 429, 200]
    answer = await city.clients["county"].get(f"/api/v1/sharing/contracts/{id}/records")
    assert 0 < int(answer.headers["retry-after"]) <= 3000
    await city.ends(id)


@pytest.mark.parametrize("allowed", list(Way))
async def test_ways(city: City, allowed: Way) -> None:
    id = await city.contract(ways=(allowed,))
    got = {
        Way.RECORDS: await status(city, id), Way.FILE: await status(city, id, "file"), Way.CHANGES: await status(city, id, "changes"),
        Way.SQL: (await city.clients["county"].post("/api/v1/sharing/query", json={"sql": f"select 1 as x from {RESIDENTS}", "contracts": [id]})).status_code,
        Way.CHECK: (await city.clients["county"].post(f"/api/v1/sharing/contracts/{id}/check", json={"claims": {"编号": "R001"}})).status_code,
        Way.SANDBOX: (await city.clients["county"].post(f"/api/v1/sharing/contracts/{id}/trials", json={"sql": f"select count(*) as n from {RESIDENTS}"})).status_code,
    }  # fmt: skip
    entities = f"/api/v1/sharing/entities/{id}/ngsi-ld/v1/entities?type=ServiceRequest"
    got[Way.ENTITIES] = (await city.clients["county"].get(entities)).status_code
    got[Way.SANDBOX] = 200 if got[Way.SANDBOX] == 201 else got[Way.SANDBOX]
    assert got == {way: 200 if way is allowed else 403 for way in Way}
    await city.ends(id)


async def test_columns(city: City) -> None:
    id = await city.contract(columns=("编号", "街道"))
    assert await status(city, id, column="街道") == 200
    assert await status(city, id, column="收入") == 400
    assert await status(city, id, filter="收入:gt:0") == 400
    await query(city, id, f'select "收入" from {RESIDENTS}', expect=400)
    whole = await query(city, id, f"select * from {RESIDENTS} limit 1")
    assert list(whole["items"][0]) == ["编号", "街道"]
    await city.ends(id)


async def test_rows(city: City) -> None:
    id = await city.contract(rows=3)
    assert [await status(city, id, limit=limit) for limit in (2, 3, 4)] == [200, 200, 400]
    found = await query(city, id, f"select * from {RESIDENTS}")
    assert len(found["items"]) == 3
    await city.ends(id)


async def test_row_filter(city: City) -> None:
    id = await city.contract(where=(Condition(column="收入", op=Operator.LE, value=1050),))
    found = await query(city, id, f'select max("收入") as top, count(*) as n from {RESIDENTS}')
    assert found["items"] == [{"top": 1050, "n": 5}]
    assert (await query(city, id, f'select count(*) as n from {RESIDENTS} where "收入" > 1050 or true'))[
        "items"
    ] == [{"n": 5}]
    await city.ends(id)


async def test_masks_group_and_anonymity(city: City) -> None:
    id = await city.contract(
        masks={"编号": Mask(kind=MaskKind.TRUNCATE, keep=1)}, anonymity=Anonymity(k=3, columns=("街道",))
    )
    page = await city.asks("county", "GET", f"/contracts/{id}/records", params={"limit": 500})
    assert {row["编号"] for row in page["items"]} == {"R****"}
    assert len(page["items"]) == 118  # 三街 has two
    await city.ends(id)
    id = await city.contract(group=3)
    found = await query(city, id, f'select "街道", count(*) as n from {RESIDENTS} group by "街道" order by 2')
    assert [row["n"] for row in found["items"]] == [59, 59]
    assert await status(city, id) == 400
    await city.ends(id)


@pytest.mark.parametrize(("fewest", "streets"), [(2, 3), (3, 2)])
async def test_groups_and_combinations_of_two_at_their_edge(city: City, fewest: int, streets: int) -> None:
    """三街 has two residents."""
    grouped = await city.contract(group=fewest)
    found = await query(city, grouped, f'select "街道", count(*) as n from {RESIDENTS} group by "街道"')
    assert len(found["items"]) == streets
    await city.ends(grouped)
    rare = await city.contract(anonymity=Anonymity(k=fewest, columns=("街道",)))
    page = await city.asks("county", "GET", f"/contracts/{rare}/records", params={"limit": 500})
    assert len({row["街道"] for row in page["items"]}) == streets
    await city.ends(rare)


async def test_budget_for_noise(city: City) -> None:
    id = await city.contract(noise=Noise(epsilon=1, budget=2))
    for expect in (200, 200, 403):
        answer = await query(city, id, f"select count(*) as n from {RESIDENTS}", expect=expect)
    assert "budget" in answer["detail"]
    await city.ends(id)


async def test_check_says_yes_or_no_and_nothing_else(city: City) -> None:
    id = await city.contract(masks={"状态": Mask(kind=MaskKind.HIDE)}, check_key=("编号", "街道"))
    claims = {"编号": "R001", "街道": "三街"}
    for status_, expected in (("低保边缘", True), ("正常", False)):
        answer = await city.asks(
            "county", "POST", f"/contracts/{id}/check", json={"claims": claims | {"状态": status_}}
        )
        assert answer == {"answer": expected}
    missing = await city.asks(
        "county", "POST", f"/contracts/{id}/check", json={"claims": {"编号": "R001"}}, expect=400
    )
    assert missing["faults"][0]["where"] == "街道"
    calls = await city.asks("civil", "GET", f"/contracts/{id}/calls")
    assert "低保边缘" not in str(calls)
    await city.ends(id)


async def test_suspended_ended_and_others(city: City) -> None:
    id = await city.contract()
    for to, expected in (("suspended", 403), ("active", 200), ("terminated", 403)):
        await city.asks("civil", "POST", f"/contracts/{id}/state", json={"to": to, "reason": "核查"})
        assert await status(city, id) == expected
    await city.asks(
        "civil", "POST", f"/contracts/{id}/state", json={"to": "active", "reason": "x"}, expect=409
    )
    assert [
        await status(city, id, who=who) for who in ("health", "civil", "authority", "resident", "nobody")
    ] == [404, 403, 403, 403, 401]


async def test_what_falls_below_its_quality_gate_is_paused(city: City) -> None:
    id = await city.contract()
    async with city.node.database.tenant(city.tenant) as connection:
        await connection.execute("update dataset set gate = 101 where name = $1", RESIDENTS)
    paused = await city.asks("county", "GET", f"/contracts/{id}/records", expect=403)
    async with city.node.database.tenant(city.tenant) as connection:
        await connection.execute("update dataset set gate = 0 where name = $1", RESIDENTS)
    assert "below its gate" in paused["detail"]
    assert await status(city, id) == 200
    await city.ends(id)


async def test_terms_that_ask_for_what_is_not_there_are_refused_with_every_fault(city: City) -> None:
    id = await city.contract()
    wrong = {
        "columns": ["编号", "没有"], "purpose": " ", "basis": "b", "starts": START.isoformat(), "ends": START.isoformat(),
        "ways": ["check"], "masks": {"编号": {"kind": "truncate"}}, "where": [{"column": "编号", "op": "in", "value": "x"}],
    }  # fmt: skip
    refused = await city.asks(
        "county", "POST", f"/contracts/{id}/proposals", json={"terms": wrong}, expect=400
    )
    assert {one["where"] for one in refused["faults"]} == {
        "/columns",
        "/purpose",
        "/ends",
        "/check_key",
        "/masks/编号",
        "/where/0",
    }
    misspelt = {"terms": {**wrong, "colums": []}}
    await city.asks("county", "POST", f"/contracts/{id}/proposals", json=misspelt, expect=400)
    await city.ends(id)


async def test_a_renewal_is_proposed_by_one_side_and_accepted_by_the_other(city: City) -> None:
    id = await city.contract(ends=START + timedelta(days=1), delete_after_days=5)
    view = await city.asks("county", "GET", f"/contracts/{id}")
    longer = view["contract"]["terms"] | {"ends": (START + timedelta(days=90)).isoformat()}
    proposed = await city.asks(
        "county", "POST", f"/contracts/{id}/proposals", json={"terms": longer}, expect=201
    )
    version = proposed["versions"][0]
    said = {"accept": True, "hash": version["hash"]}
    await city.asks(
        "county", "POST", f"/contracts/{id}/proposals/{version['version']}", json=said, expect=403
    )
    await city.asks(
        "civil",
        "POST",
        f"/contracts/{id}/proposals/{version['version']}",
        json=said | {"hash": "other"},
        expect=409,
    )
    renewed = await city.asks("civil", "POST", f"/contracts/{id}/proposals/{version['version']}", json=said)
    assert renewed["contract"]["version"] == version["version"]
    await city.moves_to(START + timedelta(days=80))
    assert await status(city, id) == 200
    await city.ends(id)


async def test_who_has_not_deleted_in_time_gets_no_new_contract(city: City) -> None:
    id = await city.contract(consumer="health", delete_after_days=5)
    await city.ends(id)
    limit = START + timedelta(days=5)
    for in_time in (limit - SECOND, limit):
        await city.moves_to(in_time)
        await city.ends(await city.contract(consumer="health", ends=START + timedelta(days=60)))
    await city.moves_to(limit + SECOND)
    with pytest.raises(Exception, match=id):
        await city.contract(consumer="health", ends=START + timedelta(days=60))
    await city.asks("health", "POST", f"/contracts/{id}/deletion")
    await city.ends(await city.contract(consumer="health", ends=START + timedelta(days=60)))


async def test_the_same_answer_in_every_format(city: City) -> None:
    id = await city.contract()
    sql = f'select "编号", "收入", "登记日期" from {RESIDENTS} order by "编号" limit 2'
    parts = {}
    for wanted in ("json", "csv", "parquet", "arrow"):
        body = {"sql": sql, "contracts": [id], "format": wanted}
        answer = await city.clients["county"].post("/api/v1/sharing/query", json=body)
        parts[wanted] = answer.content
        assert answer.headers["x-quanyu-contracts"] == id
    rows = pq.read_table(io.BytesIO(parts["parquet"])).to_pylist()
    assert pa.ipc.open_stream(parts["arrow"]).read_all().to_pylist() == rows
    assert (
        [row["编号"] for row in msgspec.json.decode(parts["json"])["items"]]
        == ["R001", "R002"]
        == [row["编号"] for row in rows]
    )
    assert parts["csv"].decode().splitlines() == [
        '"编号","收入","登记日期"',
        '"R001",1010,2020-01-02',
        '"R002",1020,2020-01-03',
    ]
    calls = (await city.asks("county", "GET", f"/contracts/{id}/calls"))["items"]
    assert {(one["rows"], one["bytes"], one["state"]) for one in calls} == {
        (2, len(content), "done") for content in parts.values()
    }
    await city.ends(id)


@pytest.mark.parametrize("sql", [*ESCAPES, "select 1", "select 1 as x from (select 2) t"])
async def test_no_attempt_is_ever_a_fault_of_the_node(city: City, sql: str) -> None:
    """Also not to somebody who holds a contract; the dataset is called otherwise here, so most are refused for its name."""
    answer = await city.clients["county"].post(
        "/api/v1/sharing/query", json={"sql": sql.replace("people", RESIDENTS).replace("shops", RESIDENTS)}
    )
    assert answer.status_code in (400, 403)
    assert answer.json()["detail"]


async def test_pages_lead_through_all_records_once(city: City) -> None:
    id = await city.contract()
    seen: list[str] = []
    after: str | None = None
    while True:
        query = {"limit": 50, "column": "编号"} | ({"after": after} if after else {})
        page = await city.asks("county", "GET", f"/contracts/{id}/records", params=query)
        seen += [row["编号"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 120
    await city.asks("county", "GET", f"/contracts/{id}/records", params={"after": "nonsense"}, expect=400)
    await city.ends(id)


async def test_a_running_delivery_is_cut_when_the_contract_ends(city: City) -> None:
    id = await city.contract(where=())
    actor = city.actors["county"]
    deliveries = Deliveries(
        city.node.database, city.node.folder, Engines(DuckEngine(city.node.folder)), city.node.clock
    )
    endless = f"select a.* from {RESIDENTS} a, {RESIDENTS} b, {RESIDENTS} c, {RESIDENTS} d"
    ask = Ask(party=Party(organisation="county"), sql=endless, datasets=(RESIDENTS,), way=Way.SQL)
    stream = deliveries.stream(await deliveries.begin(actor, ask))
    assert await anext(stream)
    async with city.node.database.tenant(city.tenant) as connection:
        await Contracts(connection, city.actors["civil"], city.now).suspend(id, "泄露")
    with pytest.raises(Denied):
        await asyncio.wait_for(_drained(stream), PATIENCE_SECONDS)
    (call,) = (await city.asks("county", "GET", f"/contracts/{id}/calls"))["items"]
    assert call["state"] == "cut"
    await city.ends(id)


async def test_a_query_that_takes_too_long_to_begin_ends_with_its_contract_too(city: City) -> None:
    id = await city.contract()
    deliveries = Deliveries(
        city.node.database, city.node.folder, Engines(DuckEngine(city.node.folder)), city.node.clock
    )
    names = "abcdef"
    tables, joined = (
        ", ".join(f"{RESIDENTS} {one}" for one in names),
        " || ".join(f'{one}."编号"' for one in names),
    )
    slow = f"select count(*) as n from {tables} where {joined} = 'x'"
    ask = Ask(party=Party(organisation="county"), sql=slow, datasets=(RESIDENTS,), way=Way.SQL)
    begun = asyncio.create_task(deliveries.begin(city.actors["county"], ask))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (await city.asks("county", "GET", f"/contracts/{id}/calls"))["items"]:  # noqa: ASYNC110 (only the ledger knows)
            await asyncio.sleep(0.01)
    await city.ends(id)
    with pytest.raises(Denied):
        await asyncio.wait_for(begun, PATIENCE_SECONDS)


async def _drained(stream: AsyncIterator[bytes]) -> None:
    async for _ in stream:
        pass


async def test_what_was_made_of_data_without_onward_transfer_is_offered_to_nobody(city: City) -> None:
    id = await city.contract()
    async with city.node.database.tenant(city.tenant) as connection, undone(connection):
        for made, origin in (("onward-a", RESIDENTS), ("onward-b", "onward-a")):
            edges = lineage.derived(made, [origin], at=city.now, how="sql")
            await lineage.record(connection, city.tenant, edges)
        desk = Contracts(connection, city.actors["county"], city.now)
        deal = Deal(provider="county", consumer=Party(organisation="health"))
        for dataset in (RESIDENTS, "onward-a", "onward-b"):
            with pytest.raises(Denied) as refused:
                await desk.draft(deal, dataset, city.node.folder)
            said = refused.value.key, refused.value.values["source"]
            assert said == ("exchange.contract.onward", RESIDENTS)
        await check_onward(connection, "onward-a", "civil")  # the owner may
        await check_onward(connection, "something-else", "county")
    await city.ends(id)


@asynccontextmanager
async def undone(connection: Connection) -> AsyncIterator[None]:
    """The city is that of other tests too."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()
