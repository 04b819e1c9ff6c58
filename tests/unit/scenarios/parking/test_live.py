import csv
from datetime import UTC, datetime, timedelta
from math import isclose
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from httpx import AsyncClient

from quanyu.core.errors import Invalid
from quanyu.packs import errors, keep_speeds, learn
from quanyu.packs.testing import City
from quanyu.scenarios.parking import _sql, pack
from quanyu.scenarios.parking.live import DAY, LEARNED_DAYS, SLOT, confidence_of, learned, outlooks, table_of
from quanyu.scenarios.parking.readings import Format, Reading, of_csv, of_entities, of_messages

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
AT = NOON.isoformat()
P = "/api/v1/packs/parking"


def test_three_formats_say_the_same() -> None:
    wanted = (Reading(lot="p1", at=NOON, free=12, spaces=80),)
    message = {"message": "空位信息", "parkId": "p1", "time": AT, "freeSpaces": 12, "totalSpaces": 80}
    entity = {
        "id": "p1", "type": "OffStreetParking", "totalSpotNumber": {"type": "Property", "value": 80},
        "availableSpotNumber": {"type": "Property", "value": 12, "observedAt": AT},
    }  # fmt: skip
    assert of_messages([message]).readings == wanted
    assert of_entities([entity]).readings == wanted
    assert of_csv(f"lot,time,free,spaces\np1,{AT},12,80\n").readings == wanted


def test_every_message_of_the_set_is_known() -> None:
    moves = [
        {"message": "车辆入场", "停车场编号": "p1", "时间": AT, "车牌号": "沪A1"},
        {"message": "道路泊位出入场", "路段编号": "r1", "时间": AT, "车牌号": "沪A1", "出入": "出场"},
    ]
    told = of_messages([*moves, {"message": "登录"}, {"message": "停车位预约共享订单上传"}])
    assert [(one.lot, one.enters) for one in told.moves] == [("p1", True), ("r1", False)]
    assert told.passed_over == 2


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        of_csv(f"lot,time,free\np1,{AT},-3\np2,2026-05-01T10:00,5\np3,{AT},5\n")
    assert [fault.where for fault in caught.value.faults] == ["/2", "/3"]


def test_news_is_trusted_half_after_half_an_hour() -> None:
    assert confidence_of(timedelta(0)) == 1
    assert isclose(confidence_of(timedelta(minutes=30)), 0.5)


def _history(days: int) -> list[Reading]:
    """Full at noon, empty at night."""
    found = []
    for slot in range(days * DAY):
        at = NOON - slot * SLOT
        share = 0.5 - 0.4 * np.cos(2 * np.pi * slot / DAY)
        found.append(Reading(lot="p1", at=at, free=round(100 * share)))
    return found


def test_what_was_learned_tells_the_coming_hour() -> None:
    table = table_of(_history(LEARNED_DAYS), {"p1": 100}, NOON)
    known = learned(table)
    hour = outlooks(table, known)["p1"][-1]
    assert hour.learned
    assert hour.low <= hour.free <= hour.high
    assert isclose(hour.free, 100 * (0.5 - 0.4 * np.cos(2 * np.pi * 4 / DAY)), abs_tol=2)
    assert [one.minutes for one in known.qualities] == [15, 30, 60]


def test_who_has_told_little_is_foretold_as_now() -> None:
    table = table_of(_history(2), {"p1": 100}, NOON)
    told = outlooks(table, learned(table))
    assert [(one.free, one.learned) for one in told["p1"]] == [(10, False)] * 3


def test_birmingham_is_foretold_better_than_by_last_week(real_data: Path) -> None:
    """Half an hour and an hour ahead, on the last quarter of ten weeks."""
    rows = []
    with (real_data / "parking-birmingham-2016" / "dataset.csv").open() as file:
        for lot, capacity, taken, at in csv.reader(file):
            moment = datetime.fromisoformat(at.strip()).replace(tzinfo=UTC)
            rows.append((lot, moment, min(1.0, max(0.0, int(taken) / int(capacity)))))
    first = min(at for _, at, _ in rows).date()
    lots = {lot: place for place, lot in enumerate(sorted({lot for lot, _, _ in rows}))}
    values = np.full((len(lots), 77 * 20), np.nan)
    for lot, at, share in rows:
        slot = round((at.hour + at.minute / 60 - 7.5) * 2)
        values[lots[lot], (at.date() - first).days * 20 + slot] = share
    for ahead, most in ((1, 0.5), (2, 0.6)):
        told = errors(learn(values[:, :1140], ahead=ahead, day=20), values, 1140)
        assert told.forecast < most * told.last_week


async def test_what_came_through_a_door_is_free_with_its_age(city: City) -> None:
    await city.enable(pack)
    at = (city.clock.now - timedelta(minutes=30)).isoformat()
    csv_text = f"lot,time,free,spaces\nroadside,{at},3,10\n"
    await city.write(
        "OffStreetParking", "p1", name="人民广场", totalSpotNumber=80, location=(121.5, 31.2),
        availableSpotNumber=12,
    )  # fmt: skip
    async with city.client(pack) as client:
        taken = await client.post(f"{P}/readings/csv", content=csv_text.encode())
        assert taken.json() == {"readings": 1, "moves": 0, "passed_over": 0}
        (only,) = (await client.get(f"{P}/free")).json()["items"]  # the twin does not say when p1 was counted
    assert (only["lot"], only["free"], only["age"], only["confidence"]) == ("roadside", 3, 1800, 0.5)


async def test_a_car_park_without_a_name_is_called_by_its_address_and_one_that_only_tells_by_its_code(
    city: City,
) -> None:
    await city.enable(pack)
    named = {"p1": {"name": "人民广场"}, "p2": {"address": "钟鼓街道科技路279号"}, "p3": {}}
    for key, values in named.items():
        await city.write("OffStreetParking", key, totalSpotNumber=80, location=(121.5, 31.2), **values)
    lots = [f"urn:ngsi-ld:OffStreetParking:{key}" for key in (*named, "990101P0002")]
    told = "".join(f"{lot},{city.clock.now.isoformat()},3,80\n" for lot in lots)
    async with city.client(pack) as client:
        await client.post(f"{P}/readings/csv", content=f"lot,time,free,spaces\n{told}".encode())
        found = {one["lot"]: one for one in (await client.get(f"{P}/free")).json()["items"]}
    assert [found[lot]["name"] for lot in lots] == ["人民广场", "钟鼓街道科技路279号", "p3", "990101P0002"]
    assert [found[lot]["thing"] for lot in lots] == [*lots[:3], None]


async def test_one_is_guided_to_where_a_space_will_be(city: City) -> None:
    await city.enable(pack)
    line = {"type": "LineString", "coordinates": [[121.5, 31.2], [121.505, 31.2], [121.51, 31.2]]}
    await city.write("RoadSegment", "r1", location=line, maximumAllowedSpeed=36)
    now = city.clock.now.isoformat()
    for key, east, free in (("full", 121.5099, 0), ("near", 121.508, 20), ("far", 121.504, 20)):
        await city.write("OffStreetParking", key, totalSpotNumber=50, location=(east, 31.2))
        text = f"lot,time,free,spaces\nurn:ngsi-ld:OffStreetParking:{key},{now},{free},50\n"
        async with city.client(pack) as client:
            await client.post(f"{P}/readings/csv", content=text.encode())
    async with city.client(pack) as client:
        ask = {"begin": [121.5, 31.2], "goal": [121.51, 31.2]}
        best = (await client.post(f"{P}/guidance", json=ask)).json()["items"]
        places = {one["name"]: one["spot"] for one in (await client.get(f"{P}/places")).json()["items"]}
        asked = {"origin": "121.5,31.2", "goal": "121.51,31.2"}
        assert (await client.get(f"{P}/guidance", params=asked)).json()["items"] == best
    assert [one["lot"].rsplit(":", 1)[1] for one in best] == ["near", "far", "full"]
    assert places == {"near": "121.508,31.2", "far": "121.504,31.2", "full": "121.5099,31.2"}
    assert best[0]["geometry"] == {"type": "Point", "coordinates": [121.508, 31.2]}


@pytest.mark.parametrize("said", ["", "here", "121.5", "121.5,31.2,4", "nan,31.2", "inf,31.2", "31.2,121.5"])
async def test_a_place_that_is_none_is_refused_in_words(city: City, said: str) -> None:
    await city.enable(pack)
    async with city.client(pack) as client:
        answer = await client.get(f"{P}/guidance", params={"origin": said, "goal": said})
    assert answer.status_code == 400
    assert f"“{said}” is no “longitude,latitude”" in answer.text


async def test_each_door_tells_an_operator_how_its_deliveries_fit(city: City) -> None:
    await city.enable(pack)
    at = (city.clock.now - timedelta(minutes=1)).isoformat()
    good = {"message": "空位信息", "ParkID": 4401, "time": at, "freeSpaces": 3}
    async with city.client(pack) as client:
        await client.post(f"{P}/readings/t133", json=[good])
        await client.post(
            f"{P}/readings/t133", json=[good, good | {"freeSpaces": -2}, good | {"freeSpaces": -7}]
        )
        await client.post(f"{P}/readings/csv", content=f"lot,time,free\nroadside,{at},3\n".encode())
        items = (await client.get(f"{P}/conformance")).json()["items"]
        each = (await client.get(f"{P}/deliveries")).json()
    told = {one["format"]: one for one in items}
    assert (told["csv"]["accepted"], told["csv"]["lag"], told["csv"]["fits"]) == (1, 60, True)
    assert (told["t133"]["accepted"], told["t133"]["refused"], told["t133"]["fits"]) == (1, 2, False)
    assert list(told["t133"]["faults"].values()) == [2]
    assert each["deliveries"] == sum(one["deliveries"] for one in items) == 3
    for name in ("accepted", "refused"):
        assert sum(one[name] for one in each["items"] if one["format"] == "t133") == told["t133"][name]
    (wrong,) = [one["faults"] for one in each["items"] if one["refused"]]
    assert wrong == list(told["t133"]["faults"])


async def test_guidance_knows_how_long_the_drive_takes_at_the_hour_of_arrival(city: City) -> None:
    await city.enable(pack)
    line = {"type": "LineString", "coordinates": [[121.5, 31.2], [121.51, 31.2]]}
    road = await city.write("RoadSegment", "r1", location=line, maximumAllowedSpeed=36)
    await city.write("OffStreetParking", "p1", totalSpotNumber=50, location=(121.51, 31.2))
    at = city.clock.now.isoformat()
    async with city.database.tenant(city.tenant) as connection:
        await keep_speeds(connection, city.tenant, [(18, road, 500.0, 200.0)], now=city.clock.now)
    async with city.client(pack) as client:
        text = f"lot,time,free,spaces\nurn:ngsi-ld:OffStreetParking:p1,{at},20,50\n"
        await client.post(f"{P}/readings/csv", content=text.encode())
        ask = {"begin": [121.5, 31.2], "goal": [121.51, 31.2]}
        drives = []
        for arrive in (None, "2026-05-01T18:10:00+08:00"):
            (only,) = (await client.post(f"{P}/guidance", json=ask | {"arrive": arrive})).json()["items"]
            drives.append(only["drive"])
    assert drives == [95, 380]


async def test_use_is_counted_from_who_came_and_went(city: City) -> None:
    await city.enable(pack)
    begin = city.clock.now - timedelta(hours=10)
    messages: list[dict[str, object]] = [
        {"message": kind, "parkId": "p1", "time": (begin + timedelta(hours=hour)).isoformat(), "plate": plate}
        for kind, hour, plate in (("车辆入场", 0, "沪A1"), ("车辆出场", 5, "沪A1"), ("车辆入场", 4, "沪A2"))
    ]
    messages.append(
        {"message": "空位信息", "parkId": "p1", "time": begin.isoformat(), "freeSpaces": 1, "totalSpaces": 1}
    )
    async with city.client(pack) as client:
        await client.post(f"{P}/readings/t133", json=messages)
        span = {"from": begin.isoformat(), "until": (begin + timedelta(hours=10)).isoformat()}
        (use,) = (await client.get(f"{P}/use", params=span)).json()["items"]
        stays = (await client.get(f"{P}/stays", params=span | {"lot": "p1"})).json()
    assert (use["utilisation"], use["saturation"], use["gap"]) == (1.1, 2.0, 1)
    assert (stays["stays"], [one["minutes"] for one in stays["items"]]) == (2, [360, 300])
    assert sum(one["minutes"] for one in stays["items"]) / 600 == pytest.approx(
        use["utilisation"] * use["spaces"]
    )


async def test_a_car_park_has_as_many_spaces_as_its_newest_reading_that_says_it(city: City) -> None:
    """Not as one of after the end, nor as one of long ago, nor as one that says nothing of it."""
    await city.enable(pack)
    end, hour = city.clock.now, timedelta(hours=1)
    told = [
        Reading(lot="p1", at=end - 900 * hour, free=1, spaces=5),
        Reading(lot="p1", at=end - 3 * hour, free=1, spaces=10),
        Reading(lot="p1", at=end - 2 * hour, free=1, spaces=20),
        Reading(lot="p1", at=end - hour, free=1, spaces=None),
        Reading(lot="p1", at=end + hour, free=1, spaces=30),
        Reading(lot="p2", at=end - 900 * hour, free=1, spaces=5),
        Reading(lot="p3", at=end, free=1, spaces=40),
    ]
    async with city.database.tenant(city.tenant) as connection:
        await _sql.put_readings(connection, city.tenant, told, Format.CSV)
        found = await _sql.spaces_told(connection, city.tenant, ["p1", "p2"], end - 720 * hour, end)
    assert found == {"p1": 20}


async def test_chargers_have_the_codes_of_the_standard(city: City) -> None:
    await city.enable(pack)
    now = city.clock.now.isoformat()

    def connector(number: int, status: int) -> dict[str, object]:
        return {
            "connector": f"c{number}",
            "station": "s1",
            "feeder": "f1",
            "kw": 60,
            "status": status,
            "at": now,
        }

    async with city.client(pack) as client:
        states = [connector(place, status) for place, status in enumerate((0, 1, 2, 3, 4, 255, 3))]
        assert (await client.post(f"{P}/connectors", json=states)).status_code == 204
        found = (await client.get(f"{P}/charging")).json()
        assert found["stations"][0]["states"] == {"0": 1, "1": 1, "2": 1, "3": 2, "4": 1, "255": 1}
        (feeder,) = (await client.get(f"{P}/feeders")).json()["items"]
        assert (feeder["taken"], feeder["possible"]) == (120, 420)
        assert (await client.post(f"{P}/connectors", json=[connector(9, 5)])).status_code == 400


async def test_a_month_is_read_once_in_a_quarter_of_an_hour_and_news_count_at_once(city: City) -> None:
    await city.enable(pack)

    async def told(
        lot: str, minutes_ago: int, free: int, spaces: int | None = 50
    ) -> dict[str, tuple[int, int]]:
        at = (city.clock.now - timedelta(minutes=minutes_ago)).isoformat()
        async with city.client(pack) as client:
            text = f"lot,time,free,spaces\n{lot},{at},{free},{spaces or ''}\n"
            await client.post(f"{P}/readings/csv", content=text.encode())
            items = (await client.get(f"{P}/free")).json()["items"]
        return {one["lot"]: (one["free"], one["spaces"]) for one in items}

    assert await told("a", 50, 20) == {"a": (20, 50)}
    assert await told("a", 40, 10, None) == {"a": (10, 50)}  # who tells no spaces has those of before
    assert await told("a", 45, 15) == {"a": (10, 50)}  # came late, is older
    assert await told("a", 40, 12) == {"a": (12, 50)}  # the same moment told again
    assert await told("b", 5, 3) == {"a": (12, 50), "b": (3, 50)}
    city.clock.now += timedelta(days=1)
    assert await told("b", 1, 4) == {"b": (4, 50)}


async def test_ten_thousand_deliveries_and_stays_come_page_by_page_each_once_the_newest_first(
    city: City,
) -> None:
    await city.enable(pack)
    async with city.database.tenant(city.tenant) as connection:
        for statement in (
            """insert into parking_delivery (tenant, sender, format, received, accepted, refused, lag, faults)
            select $1, 'volt', case when n % 5 = 0 then 'csv' else 't133' end, $2::timestamptz - n / 2 * interval '1 minute', n, 0, 1, '{}' from generate_series(1, 10000) n""",
            """insert into parking_stay (tenant, lot, plate, begun, ended)
            select $1, 'p1', 'v' || n, $2::timestamptz - n / 2 * interval '1 minute', $2::timestamptz from generate_series(1, 10000) n""",
        ):
            await connection.execute(statement, city.tenant, city.clock.now)
    span = {"from": (city.clock.now - timedelta(days=7)).isoformat(), "until": city.clock.now.isoformat()}
    async with city.client(pack) as client:
        each = await paged(client, "deliveries", {})
        of_one_door = await paged(client, "deliveries", {"format": "csv"})
        stays = await paged(client, "stays", span | {"lot": "p1"})
        assert (await client.get(f"{P}/deliveries", params={"after": "none"})).status_code == 400
    assert sorted(one["accepted"] for one in each) == list(range(1, 10_001))
    assert [one["received"] for one in each] == sorted((one["received"] for one in each), reverse=True)
    assert sorted(one["accepted"] for one in of_one_door) == list(range(5, 10_001, 5))
    assert [one["minutes"] for one in stays] == [n // 2 for n in range(2, 10_001)]


async def paged(client: AsyncClient, door: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    found, after = list[dict[str, Any]](), ""
    while not found or after:
        page = (await client.get(f"{P}/{door}", params=asked | ({"after": after} if after else {}))).json()
        found += page["items"]
        after = page["next"]
    assert page[door] == len(found)
    return found
