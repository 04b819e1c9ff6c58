import asyncio
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from quanyu.core.errors import Conflict, Invalid
from quanyu.packs.checking import Grade, judge
from quanyu.packs.testing import City
from quanyu.scenarios.parking import booking, pack

EVENING = datetime(2026, 5, 1, 11, tzinfo=UTC)  # 19:00 in China
MORNING = EVENING + timedelta(hours=12)
YARDS = "/api/v1/packs/parking/yards"


async def _yard(city: City, spaces: int) -> None:
    await city.enable(pack)
    async with city.database.tenant(city.tenant) as connection:
        await booking.put_yard(
            connection, city.tenant, yard="office", name="机关大院", spaces=spaces,
            opens=time(18), closes=time(8), yuan=Decimal(3),
        )  # fmt: skip


async def _book(city: City, plate: str, begin: datetime = EVENING, end: datetime = MORNING) -> bool:
    async with city.database.tenant(city.tenant) as connection:
        try:
            await booking.book(
                connection, city.tenant, yard="office", plate=plate, begin=begin, end=end, now=begin, by="li"
            )
        except Conflict:
            return False
    return True


def test_the_pack_is_gold() -> None:
    verdict = judge(pack)
    assert verdict.grade is Grade.GOLD, verdict.faults


async def test_of_a_hundred_who_book_at_once_as_many_get_a_space_as_there_are(city: City) -> None:
    await _yard(city, spaces=7)
    got = await asyncio.gather(*(_book(city, f"沪A{number:05d}") for number in range(100)))
    assert sum(got) == 7


async def test_stays_that_follow_each_other_share_a_space(city: City) -> None:
    await _yard(city, spaces=1)
    midnight = EVENING + timedelta(hours=5)
    assert await _book(city, "沪A00001", EVENING, midnight)
    assert await _book(city, "沪A00002", midnight, MORNING)
    assert not await _book(city, "沪A00003", midnight - timedelta(hours=1), midnight)
    async with city.database.tenant(city.tenant) as connection:
        assert await booking.income(connection, city.tenant, "office", EVENING, MORNING) == Decimal("36.00")


async def test_a_yard_is_not_booked_while_its_owner_needs_it(city: City) -> None:
    await _yard(city, spaces=1)
    with pytest.raises(Invalid):
        await _book(city, "沪A00001", MORNING, MORNING + timedelta(hours=3))


async def test_a_time_without_its_zone_books_nothing(city: City) -> None:
    await _yard(city, spaces=1)
    with pytest.raises(Invalid, match="zone"):
        await _book(city, "沪A00001", EVENING.replace(tzinfo=None), MORNING)


async def test_the_gate_opens_for_the_plate_that_has_booked_as_long_as_it_has(city: City) -> None:
    await _yard(city, spaces=2)
    assert await _book(city, "沪A00001")
    async with city.client(pack) as client:
        city.clock.now = EVENING + timedelta(hours=1)
        gate = [
            (await client.get(f"{YARDS}/office/gate", params={"plate": plate})).json()
            for plate in ("沪A00001", "沪A00002")
        ]
        (yard,) = (await client.get(YARDS)).json()["items"]
        city.clock.now = MORNING
        later = (await client.get(f"{YARDS}/office/gate", params={"plate": "沪A00001"})).json()
    assert [one["opens"] for one in gate] == [True, False]
    assert datetime.fromisoformat(gate[0]["until"]) == MORNING
    assert (yard["free"], yard["spaces"], yard["opens"]) == (1, 2, "18:00:00")
    assert later == {"opens": False, "until": None}


async def test_the_census_is_read_from_the_city(city: City) -> None:
    await city.enable(pack)
    for source, east in (("register", 0.0), ("field", 0.0001)):
        await city.write(
            "ParkingRecord", source, recordCode=source, sourceKind=source, name="人民广场停车场", street="人民街道",
            totalSpotNumber=100, location=(121.5 + east, 31.2),
        )  # fmt: skip
    async with city.client(pack) as client:
        answer = (await client.get("/api/v1/packs/parking/census")).json()
    assert [one["kind"] for one in answer["lots"]] == ["confirmed"]
    assert answer["streets"][0]["real"] == 100
    assert (answer["lots"][0]["name"], answer["lots"][0]["told"]) == (
        "人民广场停车场",
        {"register": 100, "field": 100},
    )


async def test_free_spaces_of_a_yard_come_from_its_bookings_and_plates_are_told_in_part(city: City) -> None:
    await city.enable(pack)
    now = city.clock.now
    yard = {"name": "机关大院", "spaces": 3, "opens": "00:00:00", "closes": "00:00:00", "yuan_an_hour": "3"}
    async with city.client(pack) as client:
        await client.put("/api/v1/packs/parking/yards/office", json=yard)
        for plate, begins, hours in (
            ("沪A12345", -1, 2),
            ("沪A99999", -2, 3),
            ("沪B12345", 3, 2),
            ("沪B00001", -5, 1),
        ):
            said = {
                "plate": plate,
                "begin": (now + timedelta(hours=begins)).isoformat(),
                "end": (now + timedelta(hours=begins + hours)).isoformat(),
            }
            assert (
                await client.post("/api/v1/packs/parking/yards/office/bookings", json=said)
            ).status_code == 201
        (told,) = (await client.get("/api/v1/packs/parking/yards")).json()["items"]
        found = (await client.get("/api/v1/packs/parking/bookings")).json()["items"]
    assert told["spaces"] - told["free"] == sum(one["running"] for one in found) == 2
    assert [one["plate"] for one in found] == ["沪A***45", "沪A***99", "沪B***45", "沪B***01"]
    assert [one["yuan"] for one in found] == ["6.00", "9.00", "6.00", "3.00"]


async def test_ten_thousand_bookings_come_page_by_page_those_first_that_are_not_over(city: City) -> None:
    await city.enable(pack)
    async with city.database.tenant(city.tenant) as connection:
        await connection.execute(
            """insert into parking_yard (tenant, yard, name, spaces, opens, closes, yuan_an_hour) values ($1, 'office', '机关大院', 9, '00:00', '00:00', 3)""",
            city.tenant,
        )
        await connection.execute(
            """insert into parking_booking (tenant, id, yard, plate, begun, ended, booked, author)
            select $1, 'b' || n, 'office', '沪A' || lpad(n::text, 5, '0'), $2::timestamptz + (n - 5000) / 2 * interval '1 hour',
              $2::timestamptz + ((n - 5000) / 2 + 1) * interval '1 hour', $2, 'x' from generate_series(1, 10000) n""",
            city.tenant, city.clock.now,
        )  # fmt: skip
    found, asked = list[dict[str, Any]](), {"limit": "1000"}
    async with city.client(pack) as client:
        while "after" not in asked or asked["after"]:
            page = (await client.get("/api/v1/packs/parking/bookings", params=asked)).json()
            found += page["items"]
            asked["after"] = page["next"] or ""
    moments = [(datetime.fromisoformat(one["begin"]), datetime.fromisoformat(one["end"])) for one in found]
    order = [(end <= city.clock.now, abs(begin - city.clock.now)) for begin, end in moments]
    assert order == sorted(order)
    assert len({(one["plate"], one["begin"]) for one in found}) == len(found) == 10_000
