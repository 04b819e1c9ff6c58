from datetime import date, timedelta
from math import isclose

import pytest

from quanyu.core.clock import CITY_ZONE
from quanyu.packs.testing import City
from quanyu.scenarios.parking import _sql, pack
from quanyu.scenarios.parking.causes import Cause, Evidence, Loss, ranked
from quanyu.scenarios.parking.congestion import index_of
from quanyu.scenarios.parking.evidence import spans_of
from quanyu.scenarios.parking.signals import Phase

P = "/api/v1/packs/parking"
MAY = date(2026, 5, 1)


def _loss(link: str, east: float, lost: float, ratio: float = 2.0) -> Loss:
    return Loss(link=link, lon=121.5 + east, lat=31.2, lost=lost, ratio=ratio)


def test_the_greatest_loss_is_the_first_cause_and_names_its_evidence() -> None:
    losses = [_loss("a", 0, 60, 3.0), _loss("b", 0.01, 30, 2.0), _loss("c", 0.02, 10, 1.1)]
    evidence = [
        Evidence(cause=Cause.WORKS, thing="dig", lon=121.5, lat=31.2),
        Evidence(cause=Cause.CRUISING, thing="lot", lon=121.51, lat=31.2),
        Evidence(cause=Cause.SIGNAL, thing="light", lon=121.52, lat=31.2),
    ]
    (first,) = ranked(losses, evidence)  # at b and c the street is no slower than it is anyway
    assert (first.cause, first.things, first.links, first.share) == (Cause.WORKS, ("dig",), ("a",), 0.6)


def test_without_losses_there_are_no_causes() -> None:
    assert ranked([_loss("a", 0, -5)], [Evidence(cause=Cause.WORKS, thing="dig", lon=121.5, lat=31.2)]) == ()


async def _roads(city: City) -> tuple[str, str]:
    await city.enable(pack)
    lines = {"r1": [[121.5, 31.2], [121.51, 31.2]], "r2": [[121.5, 31.3], [121.51, 31.3]]}
    one, other = [
        await city.write("RoadSegment", key, name=name, location={"type": "LineString", "coordinates": line})
        for (key, line), name in zip(lines.items(), ("人民路", "解放路"), strict=True)
    ]
    return one, other


async def _driven(city: City, day: date, ratios: dict[str, float]) -> None:
    rows = [(8, link, 1000.0, 100.0 * ratio, 1000.0, 100.0) for link, ratio in ratios.items()]
    async with city.database.tenant(city.tenant) as connection:
        await _sql.put_drives(connection, city.tenant, day, rows)


async def test_streets_have_their_index_and_causes(city: City) -> None:
    people, free = await _roads(city)
    await city.write("RoadWork", "w1", name="管网改造", location=(121.505, 31.2))
    await _driven(city, MAY, {people: 1.92, free: 1.0})
    async with city.client(pack) as client:
        days = (await client.get(f"{P}/streets")).json()
        told = (await client.get(f"{P}/streets/{MAY}")).json()
        causes = (await client.get(f"{P}/streets/{MAY}/causes", params={"street": "人民路"})).json()["items"]
    assert [(one["street"], one["index"], one["level"]) for one in told["items"]] == [
        ("人民路", round(index_of(1.92), 2), "medium"),
        ("解放路", 0.0, "free"),
    ]
    assert (causes[0]["cause"], causes[0]["things"]) == ("works", ["urn:ngsi-ld:RoadWork:w1"])
    assert causes[0]["names"] == ["管网改造"]
    assert told["curve"]["8"] == round(index_of(1.46), 2)
    assert days == {"last": str(MAY), "days": [str(MAY)]}


async def test_only_what_was_there_at_those_hours_explains_a_loss(city: City) -> None:
    people, _ = await _roads(city)
    place = (121.505, 31.2)
    await city.write(
        "RoadWork",
        "then",
        location=place,
        startDate="2026-04-30T00:00:00+08:00",
        endDate="2026-05-03T00:00:00+08:00",
    )
    await city.write("RoadWork", "over", location=place, endDate="2026-05-01T07:00:00+08:00")
    await city.write("RoadAccident", "before", location=place, accidentDate="2026-05-01T07:10:00+08:00")
    await city.write("RoadAccident", "long ago", location=place, accidentDate="2026-05-01T05:00:00+08:00")
    park = await city.write("OffStreetParking", "p", location=place, totalSpotNumber=100)
    await _driven(city, MAY, {people: 2.0})
    async with city.client(pack) as client:
        for hour, free in ((8, 1), (9, 80)):  # full at half past eight, not when somebody asks
            told = f"lot,time,free\n{park},2026-05-01T{hour:02}:30:00+08:00,{free}"
            assert (await client.post(f"{P}/readings/csv", content=told)).status_code == 200
        ask = {"street": "人民路", "hour": 8}
        causes = (await client.get(f"{P}/streets/{MAY}/causes", params=ask)).json()["items"]
        later = (await client.get(f"{P}/streets/{MAY}/causes", params=ask | {"hour": 9})).json()["items"]
    assert {one["cause"]: [_key(thing) for thing in one["things"]] for one in causes} == {
        "works": ["then"], "incident": ["before"], "cruising": ["p"],
    }  # fmt: skip
    assert later == []  # nothing was driven then


def test_hours_that_follow_each_other_are_one_span_of_the_citys_day() -> None:
    spans = spans_of(MAY, [18, 8, 7], CITY_ZONE)
    assert [(one.begin.hour, one.end.hour) for one in spans] == [(23, 1), (10, 11)]
    assert spans[0].begin.date() == MAY - timedelta(days=1)
    assert spans[0].meets(None, None)
    assert not spans[0].meets(spans[0].end, None)


def _key(id_: str) -> str:
    return id_.rsplit(":", 1)[1]


async def test_a_signal_explains_with_the_plan_that_runs_then_and_for_the_way_that_it_serves(
    city: City,
) -> None:
    people, _ = await _roads(city)  # from west to east; 100 s when free
    for code, east in (("S1", 121.505), ("S2", 121.5051), ("S3", 121.5049)):
        await city.write("TrafficSignal", code, signalCode=code, location=(east, 31.2))
    phases: list[tuple[str, str, dict[str, object]]] = [
        ("S1", "evening", {"begins": "17:00", "ends": "20:00", "cycle": 120, "green": 20, "heading": 90}),
        ("S1", "evening", {"begins": "17:00", "ends": "20:00", "cycle": 120, "green": 80, "heading": 0}),
        ("S1", "morning", {"begins": "07:00", "ends": "09:00", "cycle": 100, "green": 30, "heading": 270}),
        ("S1", "morning", {"begins": "07:00", "ends": "09:00", "cycle": 100, "green": 10, "heading": 80}),
        ("S2", "cross", {"cycle": 60, "green": 30, "heading": 10}),
        ("S3", "night", {"begins": "22:00", "ends": "06:00", "cycle": 60, "green": 30}),
        ("S3", "wrong", {"cycle": 60, "green": 90}),
    ]
    for number, (signal, plan, rest) in enumerate(phases):
        await city.write("SignalPhase", f"p{number}", signalCode=signal, planNo=plan, **rest)
    await _driven(city, MAY, {people: 1.5})
    async with city.client(pack) as client:
        ask = {"street": "人民路", "hour": 8}
        (cause,) = (await client.get(f"{P}/streets/{MAY}/causes", params=ask)).json()["items"]
    assert (cause["cause"], [_key(one) for one in cause["things"]]) == ("signal", ["S1"])
    (plan,) = cause["plans"]
    assert (plan["plan"], plan["cycle"], plan["green"], plan["lost"]) == ("morning", 100, 40, 50)
    assert plan["wait"] == (100 - 40) ** 2 / (2 * 100)


async def test_a_signal_whose_plans_nobody_told_explains_as_far_as_its_place_does(city: City) -> None:
    people, _ = await _roads(city)
    await city.write("TrafficSignal", "S1", signalCode="S1", location=(121.505, 31.2))
    await _driven(city, MAY, {people: 1.5})
    async with city.client(pack) as client:
        (cause,) = (await client.get(f"{P}/streets/{MAY}/causes", params={"street": "人民路"})).json()[
            "items"
        ]
    assert (cause["cause"], cause["plans"]) == ("signal", [])


async def test_a_signal_at_the_end_of_a_long_link_explains_its_loss_one_beside_it_does_not(
    city: City,
) -> None:
    people, _ = await _roads(city)  # a kilometre long
    await city.write("TrafficSignal", "end", location=(121.51, 31.2))
    await city.write("TrafficSignal", "beside", location=(121.505, 31.201))
    await _driven(city, MAY, {people: 1.5})
    async with city.client(pack) as client:
        (cause,) = (await client.get(f"{P}/streets/{MAY}/causes", params={"street": "人民路"})).json()[
            "items"
        ]
    assert (cause["cause"], [_key(one) for one in cause["things"]]) == ("signal", ["end"])


@pytest.mark.parametrize(
    ("begins", "ends", "hours", "runs"),
    [
        (0, 0, (3, 4), True), (420, 540, (8, 9), True), (420, 540, (9, 10), False), (420, 540, (6, 7), False),
        (1320, 360, (23, 24), True), (1320, 360, (0, 1), True), (1320, 360, (6, 7), False),
    ],
)  # fmt: skip
def test_a_plan_runs_from_its_begin_until_its_end_also_over_midnight(
    begins: int, ends: int, hours: tuple[int, int], runs: bool
) -> None:
    phase = Phase(signal="s", plan="p", cycle=60, green=30, begins=begins, ends=ends)
    assert phase.runs(hours[0] * 60, hours[1] * 60) is runs


async def test_an_effect_comes_out_again_from_what_is_kept(city: City) -> None:
    people, free = await _roads(city)
    for offset, ratio, control in ((0, 2.0, 1.5), (1, 2.04, 1.52), (7, 1.5, 1.5), (8, 1.54, 1.52)):
        await _driven(city, MAY + timedelta(days=offset), {people: ratio, free: control})
    week = timedelta(days=7)
    ask = {
        "links": [people], "control": [free], "before": [str(MAY), str(MAY + week)],
        "after": [str(MAY + week), str(MAY + 2 * week)],
    }  # fmt: skip
    async with city.client(pack) as client:
        found = (await client.post(f"{P}/effects", json=ask)).json()
        assert found == (await client.post(f"{P}/effects", json=ask)).json()
        few = await client.post(
            f"{P}/effects", json=ask | {"after": [str(MAY + 2 * week), str(MAY + 3 * week)]}
        )
    wanted = (index_of(1.5) + index_of(1.54) - index_of(2.0) - index_of(2.04)) / 2
    assert isclose(found["value"], wanted, abs_tol=1e-6)
    assert found["low"] < found["value"] < found["high"] < 0
    assert few.status_code == 409


async def test_what_was_done_about_a_cause_shows_who_accepted_it_and_what_came_of_it(city: City) -> None:
    people, free = await _roads(city)
    for offset, ratio in ((0, 2.0), (1, 2.04), (7, 1.5), (8, 1.54)):
        await _driven(city, MAY + timedelta(days=offset), {people: ratio, free: 1.5 + offset % 7 / 50})
    done = {
        "street": "人民路", "control": "解放路", "cause": "signal", "measure": "widening",
        "what": "东进口拓宽一车道", "day": str(MAY + timedelta(days=7)), "hours": [8],
    }  # fmt: skip
    async with city.client(pack) as client:
        number = (await client.post(f"{P}/actions", json=done)).json()["id"]
        late = {**done, "day": str(MAY + timedelta(days=60))}
        assert (await client.post(f"{P}/actions", json=late)).status_code == 201
        refused = [
            await client.post(f"{P}/actions", json={**done, "control": one}) for one in ("人民路", "没有")
        ]
        newest, told = (await client.get(f"{P}/actions")).json()["items"]
        assert (await client.delete(f"{P}/actions/{number}")).status_code == 204
        assert (await client.delete(f"{P}/actions/{number}")).status_code == 404
    wanted = (index_of(1.5) + index_of(1.54) - index_of(2.0) - index_of(2.04)) / 2
    assert newest["effect"] is None
    assert told | done == told
    assert told["by"]
    assert isclose(told["effect"]["value"], wanted, abs_tol=1e-6)
    assert told["effect"]["high"] < 0
    assert told["effect"]["sure"] is True
    assert isclose(told["effect"]["before"], (index_of(2.0) + index_of(2.04)) / 2)
    assert isclose(told["effect"]["control_after"], (index_of(1.5) + index_of(1.52)) / 2)
    assert [one.status_code for one in refused] == [400, 400]
