"""Swap stations come by file and by NGSI-LD: what does not add up waits in quarantine with its reason, the rest is on the map, on its
feeder, in the indicators, and watched."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.running import RunningNode, node_in

P = "/api/v1/packs/parking"
BY_ATTRIBUTE = """swapStationCode,name,operator,feeder,slots,fullBatteries,chargingBatteries,faultyBatteries,queueLength,swapCount,slotPower,status,observedAt,longitude,latitude
S1,东门换电站,volt,10kV-1,13,6,6,1,2,40,60,1,AGO,121.501,31.201
S2,西门换电站,volt,10kV-1,13,0,12,1,5,31,60,1,AGO,121.502,31.202
S3,南门换电站,amp,10kV-2,7,5,2,0,0,12,40,2,AGO,121.503,31.203
S4,北门换电站,amp,10kV-2,7,5,3,0,0,12,40,1,AGO,121.504,31.204
S5,中环换电站,amp,10kV-2,7,-5,12,0,0,12,40,1,AGO,121.505,31.205
S6,外环换电站,amp,10kV-2,7,5,2,0,0,12,40,9,AGO,121.506,31.206
S7,内环换电站,amp,10kV-2,7,,2,0,0,12,40,1,AGO,121.507,31.207
"""
BY_TITLE = BY_ATTRIBUTE.replace(
    BY_ATTRIBUTE.splitlines()[0],
    "换电站编号,名称,运营单位,馈线,电池仓位数,满电电池数,充电中电池数,故障电池数,排队车辆数,当日换电次数,单仓额定功率,营业状态,观测时间,longitude,latitude",
)
HELD = {"slots": 5, "fullBatteries": 1, "chargingBatteries": 4, "faultyBatteries": 0, "slotPower": 50, "status": 1, "feeder": "10kV-1", "swapStationCode": "S8"}  # fmt: skip


@pytest.fixture(scope="module")
def ago() -> str:
    """Twenty minutes before the stations come, however long after its loading this file is run."""
    return (datetime.now(UTC) - timedelta(minutes=20)).isoformat(timespec="seconds")


@pytest.fixture(scope="module", params=[BY_ATTRIBUTE, BY_TITLE], ids=["attributes", "titles"])
def city(
    request: pytest.FixtureRequest, ago: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningNode]:
    with node_in(tmp_path_factory.mktemp("swaps") / "data") as node:
        with node.client() as client:
            assert client.put("/api/v1/packs/parking/state", json={"enabled": True}).status_code == 200
        ended = node.import_text("swap-stations", request.param.replace("AGO", ago))
        assert (ended["state"], ended["report"]["accepted"], ended["report"]["quarantined"]) == ("done", 3, 4)
        yield node


@pytest.fixture
def client(city: RunningNode) -> Iterator[httpx.Client]:
    with city.client() as opened:
        yield opened


def test_each_bad_station_waits_with_the_reason(client: httpx.Client) -> None:
    rows = client.get("/api/v1/datasets/swap-stations/quarantine").json()["items"]
    reasons = {
        one["values"].get("swapStationCode", one["values"].get("换电站编号")): str(one["faults"])
        for one in rows
    }
    assert reasons.keys() == {"S4", "S5", "S6", "S7"}
    for station, kind in (("S4", "sum"), ("S5", "range"), ("S6", "code_list"), ("S7", "not_null")):
        assert kind in reasons[station], reasons


def test_stations_of_both_doors_are_counted_and_what_adds_up_nowhere_is_told(
    client: httpx.Client, ago: str
) -> None:
    told = [one | {"id": f"urn:ngsi-ld:BatterySwapStation:{one['swapStationCode']}", "type": "BatterySwapStation"} for one in (HELD, HELD | {"swapStationCode": "S9", "slots": 9})]  # fmt: skip
    made = client.post("/ngsi-ld/v1/entityOperations/upsert", json=told)
    assert made.status_code in {201, 204}, made.text
    found = client.get(f"{P}/swap-stations").json()
    assert {one["station"]: one["supply"] for one in found["items"]} == {"S1": "ready", "S2": "empty", "S3": "shut", "S8": "low"}  # fmt: skip
    ages = {one["station"]: one["age"] for one in found["items"]}
    assert ages.pop("S8") is None  # the broker was not told when
    passed = (datetime.now(UTC) - datetime.fromisoformat(ago)).total_seconds()
    assert all(1200 <= age <= passed + 1 for age in ages.values()), ages
    assert (found["full"], found["charging"], found["faulty"], found["slots"]) == (12, 24, 2, 38)
    assert (found["able"], found["available"]) == (2, pytest.approx(12 / 38))
    assert [one["thing"].rpartition(":")[2] for one in found["wrong"]] == ["S9"]
    states = [{"connector": "C1", "station": "Z", "feeder": "10kV-1", "kw": 120, "status": 3, "at": ago}]
    assert client.post(f"{P}/connectors", json=states).status_code == 204
    loads = {one["feeder"]: one["taken"] for one in client.get(f"{P}/feeders").json()["items"]}
    assert loads == {"10kV-1": 6 * 60 + 12 * 60 + 4 * 50 + 120, "10kV-2": 2 * 40}


def test_indicators_count_what_the_stations_say(city: RunningNode, client: httpx.Client) -> None:
    counted = city.command("indicators", "compute")
    assert counted.returncode == 0, counted.stderr

    def value(code: str) -> Any:
        return client.get(f"/api/v1/indicators/parking.{code}/values").json()["items"][-1]["value"]

    held = client.get(f"{P}/swap-stations").json()
    told = client.get("/ngsi-ld/v1/entities", params={"type": "BatterySwapStation", "limit": 100, "options": "simplified"}).json()  # fmt: skip
    assert value("swaps") == sum(one.get("swapCount", 0) for one in told) == 83
    assert value("swap_empty") == 1
    assert value("swap_available") == pytest.approx(
        sum(one["fullBatteries"] for one in told) / sum(one["slots"] for one in told)
    )
    assert value("swap_queue") == pytest.approx(7 / 3)
    assert held["queue"] == 7


def test_a_station_without_a_full_battery_for_ten_minutes_is_an_event(client: httpx.Client) -> None:
    states = {one["name"]: one["state"] for one in client.get("/api/v1/rules").json()["items"]}
    assert (states["swap-empty"], states["swap-silent"]) == ("on", "on")
    in_a_while = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
    tried = client.post("/api/v1/rules/dry-run", json={"name": "swap-empty", "to": in_a_while}).json()
    assert [one["subject"].rpartition(":")[2] for one in tried["items"]] == ["S2"], tried


def test_stations_are_a_layer_of_the_map(client: httpx.Client) -> None:
    layers = client.get("/api/v1/map/layers").json()["items"]
    assert sum(one["count"] for one in layers if one["type"] == "BatterySwapStation") == 3
