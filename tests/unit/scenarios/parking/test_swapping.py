from collections import defaultdict
from datetime import datetime, timedelta
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.actor import Actor, ActorKind
from quanyu.packs import Thing
from quanyu.packs.testing import City
from quanyu.scenarios.parking import pack
from quanyu.scenarios.parking.charging import Connector, Lock, Park, Status
from quanyu.scenarios.parking.power import by_feeder
from quanyu.scenarios.parking.swapping import Inventory, Supply, stations_of

P = "/api/v1/packs/parking"
COUNT = st.integers(-3, 40)
FEEDERS = st.sampled_from(["10kV-1", "10kV-2", ""])


def thing(key: str, **values: object) -> Thing:
    told: dict[str, object] = {
        "swapStationCode": key,
        "slots": 13,
        "fullBatteries": 6,
        "chargingBatteries": 6,
        "faultyBatteries": 1,
        "status": 1,
    }
    return Thing(id=f"urn:ngsi-ld:BatterySwapStation:{key}", values=told | values, geometry=None)


@given(full=COUNT, charging=COUNT, faulty=COUNT, slots=COUNT)
def test_an_inventory_is_there_only_where_its_batteries_make_its_slots(
    full: int, charging: int, faulty: int, slots: int
) -> None:
    adds_up = min(full, charging, faulty) >= 0 and full + charging + faulty == slots
    try:
        held = Inventory(full=full, charging=charging, faulty=faulty, slots=slots)
    except ValueError:
        assert not adds_up
    else:
        assert adds_up
        assert max(held.full, held.charging, held.faulty) <= held.slots


@given(
    told=st.lists(
        st.tuples(FEEDERS, st.integers(0, 20), st.integers(0, 20), st.integers(0, 5), st.integers(0, 120))
    ),
    plugged=st.lists(st.tuples(FEEDERS, st.sampled_from(Status), st.integers(0, 240))),
)
def test_a_feeder_carries_what_its_batteries_and_its_vehicles_take_together(
    told: list[tuple[str, int, int, int, int]], plugged: list[tuple[str, Status, int]]
) -> None:
    at = datetime.fromisoformat("2026-05-01T08:00:00+08:00")
    stations = stations_of(
        thing(
            f"s{place}", feeder=feeder, fullBatteries=full, chargingBatteries=charging, faultyBatteries=faulty,
            slots=full + charging + faulty, slotPower=kw,
        )
        for place, (feeder, full, charging, faulty, kw) in enumerate(told)
    )  # fmt: skip
    connectors = [
        Connector(
            id=f"c{place}", operator="", station="s", feeder=feeder, kw=kw, status=status, park=Park.UNKNOWN, lock=Lock.UNKNOWN, at=at
        )
        for place, (feeder, status, kw) in enumerate(plugged)
    ]  # fmt: skip
    found = by_feeder([*(one.draw for one in connectors), *(one.draw for one in stations.read)])
    taken: dict[str, float] = defaultdict(float)
    for feeder, _, charging, _, kw in told:
        taken[feeder] += charging * kw
    for feeder, status, kw in plugged:
        taken[feeder] += kw if status == 3 else 0
    assert not stations.wrong
    assert {feeder: one.taken for feeder, one in found.items()} == taken
    assert all(0 <= one.taken <= one.possible for one in found.values())
    assert sum(one.slots for one in found.values()) == sum(sum(one[1:4]) for one in told)


@pytest.mark.parametrize(
    ("said", "supply"),
    [
        ({}, Supply.READY),
        ({"fullBatteries": 2, "chargingBatteries": 10}, Supply.LOW),
        ({"fullBatteries": 0, "chargingBatteries": 12}, Supply.EMPTY),
        ({"status": 2}, Supply.SHUT),
    ],
)
def test_supply_says_whether_who_comes_gets_a_battery(said: dict[str, object], supply: Supply) -> None:
    (one,) = stations_of([thing("s", **said)]).read
    assert (one.supply, one.is_able) == (supply, supply in ("ready", "low"))


@pytest.mark.parametrize(
    "said",
    [
        {"slots": 14},
        {"fullBatteries": -6, "chargingBatteries": 18},
        {"status": 7},
        {"fullBatteries": "many"},
        {"fullBatteries": 6.5},
        {"slots": None},
        {"slotPower": float("nan")},
    ],
)
def test_what_does_not_add_up_is_told_with_its_reason_and_counted_nowhere(said: dict[str, object]) -> None:
    found = stations_of([thing("good"), thing("bad", **said)])
    assert [one.code for one in found.read] == ["good"]
    ((which, why),) = found.wrong
    assert which.endswith(":bad")
    assert why


def officer(city: City, organisation: str) -> Actor:
    return Actor(
        id=organisation, tenant=city.tenant, kind=ActorKind.ACCOUNT, organisation=organisation,
        organisations=frozenset({organisation}), roles=frozenset({"department_officer"}),
    )  # fmt: skip


def swap(number: int, at: datetime, **more: object) -> dict[str, object]:
    return {
        "sequence": f"MA0000001{number:018}", "station": f"s{number % 3}", "arrived": at.isoformat(),
        "begun": (at + timedelta(seconds=60 + 7 * number)).isoformat(), "ended": (at + timedelta(seconds=360 + 9 * number)).isoformat(),
        "given": f"B{number}", "taken": f"B{number + 100}", "kwh": 40.5 + number,
    } | more  # fmt: skip


async def test_a_day_of_swaps_is_what_its_orders_say(city: City) -> None:
    await city.enable(pack)
    noon = datetime.fromisoformat("2026-05-01T12:00:00+08:00")
    told = [swap(number, noon + timedelta(minutes=5 * number)) for number in range(20)]
    yesterday = swap(20, noon - timedelta(days=1))
    async with city.client(pack) as client:
        assert (await client.post(f"{P}/swap-orders", json=[*told, yesterday])).status_code == 204
        assert (await client.post(f"{P}/swap-orders", json=told[:3])).status_code == 204  # told again
        day = (await client.get(f"{P}/swaps/2026-05-01")).json()
        orders = (await client.get(f"{P}/swaps/2026-05-01/orders")).json()["items"]
        some = (await client.get(f"{P}/swaps/2026-05-01/orders", params={"station": "s1"})).json()["items"]
    waits = {one["sequence"]: 60 + 7 * number for number, one in enumerate(told)}
    assert {one["sequence"]: one["wait"] for one in orders} == waits
    assert (day["swaps"], day["wait"]) == (20, pytest.approx(mean(waits.values()), abs=0.05))
    assert day["kwh"] == pytest.approx(sum(40.5 + number for number in range(20)))
    for one in day["items"]:
        own = [number for number in range(20) if one["station"] == f"s{number % 3}"]
        assert one["swaps"] == len(own)
        assert one["wait"] == pytest.approx(mean(60 + 7 * number for number in own), abs=0.05)
        assert one["longest"] == max(60 + 7 * number for number in own)
        assert one["lasted"] == pytest.approx(mean(300 + 2 * number for number in own))
    assert {one["station"] for one in some} == {"s1"}


async def test_ten_thousand_orders_come_page_by_page_the_newest_first(city: City) -> None:
    await city.enable(pack)
    async with city.database.tenant(city.tenant) as connection:
        for statement in (
            """insert into parking_order (tenant, operator, sequence, connector, status, kwh, at)
            select $1, 'volt', lpad(n::text, 27, '0'), 'c1', 4, 8, timestamptz '2026-05-01T00:00+08' + n / 2 * interval '1 second' from generate_series(1, 10000) n""",
            """insert into parking_swap (tenant, operator, sequence, station, arrived, begun, given, taken, kwh)
            select $1, 'volt', lpad(n::text, 27, '0'), 's1', at, at, 'a', 'b', 8
            from (select n, timestamptz '2026-05-01T00:00+08' + n / 2 * interval '1 second' as at from generate_series(1, 10000) n) told""",
        ):
            await connection.execute(statement, city.tenant)
    newest_first = sorted(range(1, 10_001), key=lambda n: (-(n // 2), n))
    async with city.client(pack) as client:
        for door in ("charging-orders", "swaps/2026-05-01/orders"):
            found, asked = list[int](), {"limit": "1000"}
            while "after" not in asked or asked["after"]:
                page = (await client.get(f"{P}/{door}", params=asked)).json()
                found += (int(one["sequence"]) for one in page["items"])
                asked["after"] = page["next"] or ""
            assert found == newest_first, door
            assert (await client.get(f"{P}/{door}", params={"after": "none"})).status_code == 400


async def test_a_swap_that_runs_is_told_again_with_its_end_and_does_not_begin_again(city: City) -> None:
    await city.enable(pack)
    noon = datetime.fromisoformat("2026-05-01T12:00:00+08:00")
    ended = swap(1, noon)
    runs = ended | {"ended": None}
    found = []
    async with city.client(pack) as client:
        for said in (runs, ended, runs):
            await client.post(f"{P}/swap-orders", json=[said])
            (one,) = (await client.get(f"{P}/swaps/2026-05-01/orders")).json()["items"]
            found.append(one["ended"] is not None)
    assert found == [False, True, True]


async def test_of_swaps_that_are_wrong_none_is_taken(city: City) -> None:
    await city.enable(pack)
    noon = datetime.fromisoformat("2026-05-01T12:00:00+08:00")
    good = swap(1, noon)
    wrong = (
        {"begun": (noon - timedelta(hours=1)).isoformat()},
        {"ended": noon.isoformat()},
        {"given": "B1", "taken": "B1"},
        {"kwh": -1},
        {"arrived": "2026-05-01T12:00:00"},
        {"sequence": "short"},
    )
    async with city.client(pack) as client:
        for one in wrong:
            assert (await client.post(f"{P}/swap-orders", json=[good, good | one])).status_code == 400, one
        assert (await client.get(f"{P}/swaps/2026-05-01")).json()["swaps"] == 0


async def test_a_company_sees_and_tells_of_its_own_stations_only(city: City) -> None:
    await city.enable(pack)
    now = city.clock.now.isoformat()
    held = {
        "slots": 13,
        "fullBatteries": 6,
        "chargingBatteries": 6,
        "faultyBatteries": 1,
        "status": 1,
        "feeder": "f",
    }
    for key, operator in (("s1", "volt"), ("s2", "amp")):
        await city.write(
            "BatterySwapStation", key, swapStationCode=key, operator=operator, slotPower=60, **held
        )
    connector = {"connector": "c1", "station": "z", "feeder": "f", "kw": 120, "status": 3, "at": now}
    order = {"sequence": "MA0000001" + "1" * 18, "connector": "c1", "status": 2, "kwh": 8, "at": now}
    noon = datetime.fromisoformat("2026-05-01T12:00:00+08:00")
    asked = ("connectors", "charging-orders", "swap-stations", "swaps/2026-05-01", "swaps/2026-05-01/orders")

    async def seen(who: Actor | None) -> tuple[list[int], dict[str, float]]:
        async with city.client(pack, asker=who) as client:
            answers = [(await client.get(f"{P}/{one}")).json() for one in asked]
            feeders = (await client.get(f"{P}/feeders")).json()["items"]
        return [len(one["items"]) for one in answers], {one["feeder"]: one["taken"] for one in feeders}

    for name in ("volt", "amp"):
        async with city.client(pack, asker=officer(city, name)) as client:
            assert (await client.post(f"{P}/connectors", json=[connector])).status_code == 204
            assert (await client.post(f"{P}/charging-orders", json=order)).status_code == 204
            assert (await client.post(f"{P}/swap-orders", json=[swap(1, noon)])).status_code == 204
            other = "amp" if name == "volt" else "volt"
            for door, said in (
                ("connectors", [connector | {"operator": other}]), ("charging-orders", order | {"operator": other}),
                ("swap-orders", [swap(1, noon) | {"operator": other}]),
            ):  # fmt: skip
                assert (await client.post(f"{P}/{door}", json=said)).status_code == 404, door
    assert await seen(officer(city, "volt")) == ([1] * 5, {"f": 480.0})
    assert await seen(officer(city, "third")) == ([0] * 5, {})
    assert await seen(None) == ([2] * 5, {"f": 960.0})
