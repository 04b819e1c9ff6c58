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


async def test_each_figure_of_the_balance_is_the_sum_of_its_lines_and_they_of_their_calls(city: City) -> None:
    contracts = {who: await city.contract(consumer=who) for who in ("county", "health")}
    for who, id in contracts.items():
        for _ in range(2):
            await city.asks(who, "GET", f"/contracts/{id}/records", params={"limit": 3})
    for who in ("audit", "civil"):
        told = await city.asks(who, "GET", "/balance")
        given = next(one for one in told["bodies"] if one["organisation"] == "civil")
        lines = [
            one for one in (await city.asks(who, "GET", "/links"))["items"] if one["provider"] == "civil"
        ]
        assert sum(one["calls"] for one in lines) == given["given_calls"] >= 4
        assert sum(one["rows"] for one in lines) == given["given_rows"]
        assert len({one["dataset"] for one in lines}) == given["given_datasets"]
        for one in lines:
            line = {name: one[name] for name in ("provider", "consumer", "dataset")} | {"limit": 500}
            calls = (await city.asks(who, "GET", "/links/calls", params=line))["items"]
            assert (len(calls), sum(call["rows"] for call in calls)) == (one["calls"], one["rows"])
    month = told["months"][-1]
    pairs = (await city.asks("audit", "GET", "/links", params={"month": month["month"]}))["items"]
    assert len({frozenset((one["provider"], one["consumer"])) for one in pairs}) == month["links"]
    for path in ("/links", "/links/calls"):
        theirs = (await city.asks("health", "GET", path))["items"]
        assert {one["consumer"] for one in theirs} == {"health"}
        assert (await city.asks("audit", "GET", path, params={"month": "9999-12-01"}))["items"] == []
    assert (told["own"], (await city.asks("audit", "GET", "/balance"))["own"]) == (["civil"], None)
    for id in contracts.values():
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
