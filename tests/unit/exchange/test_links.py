"""Who gives and gets, which links are used, and use that is not like the use before."""

from datetime import datetime, timedelta

from quanyu.exchange.delivery import ledger
from quanyu.exchange.delivery.ledger import Call, CallState
from quanyu.exchange.policy import Way
from quanyu.exchange.unusual import LEAST_CALLS, tell_unusual
from quanyu.store import Connection
from tests.unit.exchange.city import START, City


async def test_links_and_balance_are_counted_from_what_has_arrived(city: City) -> None:
    id = await city.contract(consumer="county")
    before = await sheet(city)
    await city.asks("county", "GET", f"/contracts/{id}/records", params={"limit": 4})
    after = await sheet(city)
    assert after["civil"]["given_rows"] - before.get("civil", {}).get("given_rows", 0) == 4
    assert after["county"]["taken_rows"] - before.get("county", {}).get("taken_rows", 0) == 4
    told = await city.asks("county", "GET", "/balance")
    assert ("civil", "county") in {(one["provider"], one["consumer"]) for one in told["links"]}
    month = told["months"][-1]
    possible = month["bodies"] * (month["bodies"] - 1) / 2
    assert month["index"] == round(month["links"] / possible, 4) > 0
    theirs = await city.asks("health", "GET", "/balance")
    assert all("health" in (one["provider"], one["consumer"]) for one in theirs["links"])
    await city.ends(id)


async def sheet(city: City) -> dict[str, dict[str, int]]:
    return {one["organisation"]: one for one in (await city.asks("audit", "GET", "/balance"))["bodies"]}


async def test_use_that_is_unlike_the_use_before_is_told_once(city: City) -> None:
    quiet, busy, loud = [await city.contract(consumer="health") for _ in range(3)]
    now = START + timedelta(days=5)
    async with city.node.database.tenant(city.tenant) as connection:
        for id, usual, recent in (
            (quiet, 1, 4),
            (busy, LEAST_CALLS, LEAST_CALLS + 5),
            (loud, 2, LEAST_CALLS),
        ):
            await calls(connection, city.tenant, id, usual, now - timedelta(days=2))
            await calls(connection, city.tenant, id, recent, now - timedelta(minutes=10))
        assert [
            await tell_unusual(connection, city.tenant, now),
            await tell_unusual(connection, city.tenant, now),
        ] == [1, 0]
    [told] = [
        one for one in (await city.asks("civil", "GET", "/notices"))["items"] if one["kind"] == "unusual"
    ]
    assert (told["about"], told["body"]["calls"], told["body"]["usual_calls"]) == (loud, LEAST_CALLS, 2)
    for id in (quiet, busy, loud):
        await city.ends(id)


async def calls(connection: Connection, tenant: str, contract: str, number: int, at: datetime) -> None:
    for place in range(number):
        call = Call(
            contract=contract, id=f"{contract}-{at:%d%H}-{place}", at=at, actor="a", actor_name="", consumer="health", purpose="",
            way=Way.RECORDS, query="", format="json", dataset_version=1,
        )  # fmt: skip
        await ledger.open_call(connection, tenant, call, epsilon=0.0)
        await ledger.close_call(
            connection, tenant, call.id, state=CallState.DONE, rows=1, size=1, hash="", now=at
        )
