from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from quanyu.core.actor import Actor, ActorKind
from quanyu.core.clock import utc_now
from quanyu.govern.fusion import service
from quanyu.govern.fusion.http import routes
from quanyu.govern.fusion.model import Compared, Job, Pair, Record, Source
from quanyu.store import Database
from tests.doors import door

JOB = Job(
    name="lots", type="OffStreetParking",
    sources=(Source(dataset="a", key="k", name="n"), Source(dataset="b", key="k", name="n")),
)  # fmt: skip
SAID = (Compared(comparison="name", level="same_name", weight=15.0),)


@pytest_asyncio.fixture
async def client(database: Database, tenant: str) -> AsyncIterator[httpx.AsyncClient]:
    """A reviewer with three open pairs before them."""
    records = [
        Record(dataset=name, key=key, name=key, values={"name": key}) for name in "ab" for key in "123"
    ]
    pairs = [
        Pair(left=f"a/{key}", right=f"b/{key}", confidence=0.9 - int(key) / 10, compared=SAID)
        for key in "123"
    ]
    async with database.tenant(tenant) as connection:
        await service.save_job(connection, tenant, JOB, at=utc_now())
        await service.take_pairs(connection, tenant, JOB, records, pairs, at=utc_now())
    actor = Actor(id="zhang", tenant=tenant, kind=ActorKind.ACCOUNT, roles=frozenset({"data_officer"}))
    fusion = "http://node/api/v1/fusion"
    async with door(routes, base_url=fusion, actor=actor, database=database, clock=utc_now) as opened:
        yield opened


async def test_pairs_come_most_confident_first_page_by_page(client: httpx.AsyncClient) -> None:
    first = (await client.get("/candidates", params={"limit": 2})).json()
    second = (await client.get("/candidates", params={"limit": 2, "after": first["next"]})).json()
    confidences = [one["confidence"] for one in first["items"] + second["items"]]
    assert confidences == sorted(confidences, reverse=True)
    assert second["next"] is None
    assert first["items"][0]["compared"] == [{"comparison": "name", "level": "same_name", "weight": 15.0}]


async def test_a_pair_is_decided_once_and_the_decision_is_evidence(
    client: httpx.AsyncClient, database: Database, tenant: str
) -> None:
    number = (await client.get("/candidates")).json()["items"][0]["id"]
    decided = await client.post(f"/candidates/{number}/decide", json={"decision": "same", "reason": "同址"})
    assert (decided.json()["state"], decided.json()["decided_by"]) == ("same", "zhang")
    assert (
        await client.post(f"/candidates/{number}/decide", json={"decision": "different"})
    ).status_code == 409
    merged = (await client.get("/entities")).json()["items"]
    assert [record["key"] for record in merged[0]["members"]] == ["1", "1"]


async def test_an_undone_merge_is_open_again(client: httpx.AsyncClient) -> None:
    number = (await client.get("/candidates")).json()["items"][0]["id"]
    await client.post(f"/candidates/{number}/decide", json={"decision": "same"})
    entity = (await client.get("/entities")).json()["items"][0]["id"]
    assert (await client.post(f"/entities/{entity}/undo")).status_code == 200
    assert (await client.get(f"/entities/{entity}")).status_code == 404
    assert (await client.get("/candidates")).json()["items"][0]["id"] == number


async def test_wrong_input_is_answered_with_what_is_wrong(client: httpx.AsyncClient) -> None:
    assert (await client.get("/candidates", params={"after": "x"})).status_code == 400
    assert (await client.get("/candidates", params={"min": 2})).status_code == 400
    assert (await client.post("/candidates/999999/decide", json={"decision": "same"})).status_code == 404
    once = {
        "name": "x",
        "type": "Lot",
        "keep": 0.9,
        "merge": 0.5,
        "sources": [{"dataset": "a", "key": "k", "name": "n"}],
    }
    wheres = [fault["where"] for fault in (await client.put("/jobs/x", json=once)).json()["faults"]]
    assert wheres == ["/keep", "/sources"]
