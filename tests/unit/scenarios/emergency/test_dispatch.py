"""Several calls at once: what one holds, another does not get."""

import asyncio
from datetime import timedelta

from quanyu.packs.testing import City
from quanyu.scenarios.emergency import pack
from quanyu.scenarios.emergency.held import LONGEST, held_by

P = "/api/v1/packs/emergency"
CALL = {"lon": 121.52, "lat": 31.2, "problem": "stroke"}


async def _town(city: City, *, ambulances: int, beds: int) -> None:
    await city.enable(pack)
    line = {"type": "LineString", "coordinates": [[121.5, 31.2], [121.52, 31.2]]}
    await city.write("RoadSegment", "r", location=line, maximumAllowedSpeed=36)
    for number in range(ambulances):
        await city.write("Ambulance", f"a{number}", location=(121.5, 31.2))
    able = {"capabilities": "stroke_centre", "onDuty": "stroke_centre", "capacity": beds}
    await city.write("EmergencyFacility", "near", name="近", location=(121.52, 31.2), **able)
    await city.write("EmergencyFacility", "far", name="远", location=(121.5, 31.2), **able)


async def test_of_calls_at_once_no_two_get_the_same_ambulance_and_the_others_wait(city: City) -> None:
    await _town(city, ambulances=6, beds=9)
    async with city.client(pack) as client:
        answers = await asyncio.gather(*(client.post(f"{P}/calls", json=CALL) for _ in range(8)))
        waiting = [one["state"] for one in (await client.get(f"{P}/calls")).json()["items"]]
    sent = [one.json()["ambulance"] for one in answers if one.status_code == 201]
    refused = [one.json()["detail"] for one in answers if one.status_code == 409]
    assert len(sent) == len(set(sent)) == 6
    assert len(refused) == 2
    assert all("0 of 6 ambulances are free, 2 of 2 facilities" in one for one in refused)
    assert waiting == ["waiting"] * 2 + ["rung"] * 6


async def test_who_is_on_the_way_takes_a_bed(city: City) -> None:
    await _town(city, ambulances=3, beds=1)
    async with city.client(pack) as client:
        answers = [await client.post(f"{P}/calls", json=CALL) for _ in range(3)]
    first, second = (one.json() for one in answers[:2])
    assert [one["facility"].rsplit(":", 1)[1] for one in (first, second)] == ["near", "far"]
    assert [one["reason"] for one in second["decision"]["passed"]] == ["no_capacity"]
    assert answers[2].status_code == 409


async def test_a_call_that_waits_is_decided_once_a_crew_is_free_again(city: City) -> None:
    await _town(city, ambulances=1, beds=9)
    async with city.client(pack) as client:
        await client.post(f"{P}/calls", json=CALL | {"call": "first"})
        await client.post(f"{P}/calls", json=CALL | {"call": "second"})
        still = (await client.post(f"{P}/calls/decisions")).json()["items"]
        await client.post(f"{P}/calls/first/moments", json={"moment": "handed_over"})
        decided = (await client.post(f"{P}/calls/decisions")).json()["items"]
        (left,) = (await client.get(f"{P}/calls")).json()["items"]
    assert still == []
    assert [one["call"] for one in decided] == ["second"]
    assert (left["call"], left["state"], left["name"]) == ("second", "rung", "近")


async def test_a_call_that_nobody_closed_holds_nothing_for_ever(city: City) -> None:
    await _town(city, ambulances=1, beds=9)
    async with city.client(pack) as client:
        await client.post(f"{P}/calls", json=CALL)
        assert (await client.post(f"{P}/calls", json=CALL)).status_code == 409
        city.clock.now += LONGEST
        assert (await client.post(f"{P}/calls", json=CALL)).status_code == 201


async def test_a_crew_is_free_again_by_its_own_word_after_it_was_sent(city: City) -> None:
    since = city.clock.now
    held = held_by([{"call": "c1", "ambulance": "a1", "facility": "h1", "since": since}], but=None)
    assert not held.is_free("a1", None)
    assert not held.is_free("a1", since)
    assert held.is_free("a1", since + timedelta(seconds=1))
    assert held.is_free("a2", None)
    assert held_by([{"call": "c1", "ambulance": "a1", "facility": "h1", "since": since}], but="c1").is_free(
        "a1", None
    )
