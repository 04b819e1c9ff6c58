"""Street cleaning switched on in a city of its own."""

from quanyu.connect.sources.service import require_source
from quanyu.packs.checking import Grade, judge
from quanyu.packs.testing import City
from quanyu.scenarios.sanitation import pack

DAY = "/api/v1/packs/sanitation/days/2026-05-01"
LINE = {"type": "LineString", "coordinates": [[121.5, 31.2], [121.51, 31.2]]}


async def _planned(city: City) -> None:
    await city.enable(pack)
    await city.write("SanitationSection", "s1", sectionCode="s1", street="人民路", grade=1, location=LINE)
    await city.write(
        "SanitationShift",
        "a",
        shiftCode="a",
        sectionCode="s1",
        vehicleCode="v1",
        beginTime="06:00",
        endTime="08:00",
    )


def test_the_pack_is_gold() -> None:
    verdict = judge(pack)
    assert verdict.grade is Grade.GOLD, verdict.faults


async def test_what_its_vehicles_send_has_a_title_before_the_first_has_come(city: City) -> None:
    await city.enable(pack)
    async with city.database.tenant(city.tenant) as connection:
        source = await require_source(connection, city.tenant, "sanitation-fleet")
    assert source["title"] == "环卫作业车辆轨迹"


async def test_a_day_nobody_came_is_missed_and_costs_points(city: City) -> None:
    await _planned(city)
    async with city.client(pack) as client:
        day = (await client.post(DAY)).json()
        assert (day["sections"], day["share"], day["findings"]) == (1, 0.0, 1)
        assert (await client.get(DAY)).json()["findings"] == 1
        (covered,) = (await client.get(f"{DAY}/coverage")).json()["items"]
        assert (covered["street"], round(covered["length"], -1)) == ("人民路", 950)
        terms = {
            "firm": "一公司",
            "base": "1000",
            "begin": "2026-05-01",
            "end": "2026-06-01",
            "points": {"missed": "2"},
            "area": 4_000_000,
        }
        sheet = (await client.post("/api/v1/packs/sanitation/settlements", json=terms)).json()
        assert (sheet["score"], sheet["pay"]) == ("98", "980.00")
        assert (sheet["cost_per_km2"], sheet["cost_per_km"], sheet["kilometres"]) == ("245.00", None, 0.0)


async def test_sums_and_days_beyond_all_bounds_are_refused(city: City) -> None:
    await _planned(city)
    async with city.client(pack) as client:
        terms = {
            "firm": "一公司",
            "base": "1E+9999",
            "begin": "2026-05-01",
            "end": "2026-06-01",
            "points": {},
        }
        assert (await client.post("/api/v1/packs/sanitation/settlements", json=terms)).status_code == 400
        late = await client.get("/api/v1/packs/sanitation/findings?day=9999-12-31")
        assert late.json() == {"items": []}
