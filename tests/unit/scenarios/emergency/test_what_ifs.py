from typing import Any

import pytest

from quanyu.packs.testing import City
from quanyu.scenarios.emergency import pack
from quanyu.scenarios.emergency.siting import MOST_SQUARES, squares

P = "/api/v1/packs/emergency"
CALLS = {"west": 121.503, "middle": 121.523, "east": 121.539, "far": 121.5392}


async def _town(city: City) -> dict[str, Any]:
    """Two roads of 2 km, an ambulance that waits in the west, and calls along them; what is asked of them."""
    await city.enable(pack)
    for key, west, east in (("r1", 121.5, 121.52), ("r2", 121.52, 121.54)):
        line = {"type": "LineString", "coordinates": [[west, 31.2], [east, 31.2]]}
        await city.write("RoadSegment", key, location=line, maximumAllowedSpeed=36)
    await city.write(
        "EmergencyFacility", "h1", name="h1", capabilities="chest_pain_centre", onDuty="chest_pain_centre",
        capacity=9, location=(121.5, 31.2),
    )  # fmt: skip
    day = city.clock.now.date().isoformat()
    return {"name": "east", "more": 1, "minutes": 2, "since": day, "till": day}


async def _ring(client: Any) -> None:
    for call, lon in CALLS.items():
        await client.post(f"{P}/calls", json={"call": call, "lon": lon, "lat": 31.2, "problem": "chest_pain"})


async def test_a_what_if_stands_on_a_branch_is_listed_shown_and_dropped(city: City) -> None:
    ask = await _town(city)
    async with city.client(pack) as client:
        await _ring(client)
        made = (await client.post(f"{P}/what-ifs", json=ask)).json()
        other = (await client.post(f"{P}/what-ifs", json=ask | {"name": "both", "more": 2})).json()
        listed = (await client.get(f"{P}/what-ifs")).json()["items"]
        shown = (await client.get(f"{P}/what-ifs/east")).json()
        dropped = await client.delete(f"{P}/what-ifs/east")
        left = (await client.get(f"{P}/what-ifs")).json()["items"]
        gone = [
            (await client.get(f"{P}/what-ifs/east")).status_code,
            (await client.delete(f"{P}/what-ifs/east")).status_code,
        ]
    assert (made["calls"], made["before"], made["after"], made["gained"]) == (4, 0.25, 0.75, 2)
    assert other["after"] == 1
    assert {one["branch"] for one in listed} == {"east", "both"}
    parts = [one["part"] for one in shown["items"]]
    assert (parts.count("standing"), parts.count("proposed")) == (1, 1)
    assert sum(one["calls"] or 0 for one in shown["items"]) == 4
    assert (dropped.status_code, [one["branch"] for one in left], gone) == (204, ["both"], [404, 404])


async def test_one_of_the_same_name_takes_its_place(city: City) -> None:
    ask = await _town(city)
    async with city.client(pack) as client:
        await _ring(client)
        await client.post(f"{P}/what-ifs", json=ask)
        await client.post(f"{P}/what-ifs", json=ask | {"more": 2})
        (only,) = (await client.get(f"{P}/what-ifs")).json()["items"]
    assert (only["branch"], only["more"]) == ("east", 2)


async def test_without_calls_or_places_of_ambulances_it_says_so(city: City) -> None:
    ask = await _town(city)
    async with city.client(pack) as client:
        refused = await client.post(f"{P}/what-ifs", json=ask)
        assert (refused.status_code, refused.json()["detail"]) == (409, "No call came in that time")
        assert (await client.get(f"{P}/what-ifs")).json()["items"] == []


async def test_a_siting_of_a_time_without_calls_has_no_shares(city: City) -> None:
    await _town(city)
    ask = {
        "standing": [], "candidates": [[121.5, 31.2]], "seconds": 60, "more": 1,
        "begin": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z",
    }  # fmt: skip
    async with city.client(pack) as client:
        assert (await client.post(f"{P}/sitings", json=ask)).json() == {
            "chosen": [], "before": None, "after": None, "calls": 0,
        }  # fmt: skip


@pytest.mark.parametrize("count", [1, 500])
def test_squares_hold_every_call_once_and_are_few(count: int) -> None:
    found = squares([(121 + 0.01 * number, 31.2) for number in range(count)])
    assert len(found) <= MOST_SQUARES
    assert sorted(place for one in found for place in one.calls.tolist()) == list(range(count))
