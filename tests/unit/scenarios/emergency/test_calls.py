from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from quanyu.core.actor import Actor, ActorKind
from quanyu.packs.testing import City
from quanyu.scenarios.emergency import _sql, pack
from quanyu.scenarios.emergency.helping import Helper, nearest_help
from quanyu.scenarios.emergency.matching import Problem, Scene
from quanyu.scenarios.emergency.summary import WINDOW, How, Treatment, access
from quanyu.store import Connection
from quanyu.twin import Stored
from quanyu.twin.branches import PREFIX, Branches
from quanyu.twin.branches.model import Fate

P = "/api/v1/packs/emergency"
CALL = {"call": "c1", "lon": 121.52, "lat": 31.2, "problem": "chest_pain", "patient": "p1"}


async def _town(city: City) -> None:
    await city.enable(pack)
    for key, west, east in (("r1", 121.5, 121.52), ("r2", 121.52, 121.54)):
        line = {"type": "LineString", "coordinates": [[west, 31.2], [east, 31.2]]}
        await city.write("RoadSegment", key, location=line, maximumAllowedSpeed=36)
    for key, east in (("a1", 121.52), ("a2", 121.5)):
        await city.write("Ambulance", key, vehicleCode=key, serviceStatus="free", location=(east, 31.2))
    for key, east in (("h1", 121.5), ("h2", 121.54)):
        await city.write(
            "EmergencyFacility", key, name=key, capabilities="chest_pain_centre", onDuty="chest_pain_centre",
            capacity=2, load=0.5 if key == "h2" else 0.0, location=(east, 31.2),
        )  # fmt: skip


def _key(id_: str) -> str:
    return id_.rsplit(":", 1)[1]


async def test_a_call_is_decided_again_when_the_city_has_changed(city: City) -> None:
    await _town(city)
    async with city.client(pack) as client:
        first = (await client.post(f"{P}/calls", json=CALL)).json()
        same = (await client.post(f"{P}/calls/c1/decision")).json()
        await client.post(f"{P}/calls/c1/moments", json={"moment": "dispatched"})
        await city.write("EmergencyFacility", "h1", open=False)
        await city.write("Ambulance", "a1", serviceStatus="busy")
        moved = (await client.post(f"{P}/calls/c1/decision")).json()
        await city.write("EmergencyFacility", "h1", open=True)
        await city.write("RoadSegment", "r2", status="closed")
        back = (await client.post(f"{P}/calls/c1/decision")).json()
        all_of_them = (await client.get(f"{P}/calls/c1/decisions")).json()["items"]
    assert (_key(first["ambulance"]), _key(first["facility"]), first["changed"]) == ("a1", "h1", True)
    assert (same["number"], same["changed"]) == (1, False)
    assert (_key(moved["ambulance"]), _key(moved["facility"])) == ("a1", "h2")  # the crew that was sent stays
    assert (_key(back["facility"]), [one["number"] for one in all_of_them]) == ("h1", [1, 2, 3])


async def test_the_hospital_sees_who_comes_and_when(city: City) -> None:
    await _town(city)
    async with city.client(pack) as client:
        decided = (await client.post(f"{P}/calls", json=CALL)).json()
        for moment in ("left", "arrived"):
            await client.post(f"{P}/calls/c1/moments", json={"moment": moment})
        city.clock.move(hours=1)
        (at_the_scene,) = (await client.get(f"{P}/screens/{decided['facility']}")).json()["items"]
        await client.post(f"{P}/calls/c1/moments", json={"moment": "boarded"})
        city.clock.move(minutes=1)
        (coming,) = (await client.get(f"{P}/screens/{decided['facility']}")).json()["items"]
        await client.post(f"{P}/calls/c1/moments", json={"moment": "handed_over", "hand_over": {"ecg": "ST"}})
        later = (await client.get(f"{P}/screens/{decided['facility']}")).json()["items"]
    assert at_the_scene["seconds"] == round(decided["decision"]["to_facility"])
    assert coming["seconds"] == round(decided["decision"]["to_facility"] - 60)
    assert (coming["boarded"], later) == (True, [])


async def test_a_response_is_told_in_its_four_parts(city: City) -> None:
    await _town(city)
    begin = city.clock.now
    async with city.client(pack) as client:
        await client.post(f"{P}/calls", json=CALL)
        for seconds, moment in (
            (8, "answered"),
            (68, "accepted"),
            (88, "dispatched"),
            (133, "left"),
            (533, "arrived"),
        ):
            at = (begin + timedelta(seconds=seconds)).isoformat()
            await client.post(f"{P}/calls/c1/moments", json={"moment": moment, "at": at})
        span = {"from": begin.isoformat(), "until": (begin + timedelta(hours=1)).isoformat()}
        figures = (await client.get(f"{P}/figures", params=span)).json()
        records = (await client.get(f"{P}/runs", params=span)).json()
    assert figures["parts"] == {"accepting": 60, "passing_on": 20, "leaving": 45, "driving": 400}
    assert (figures["runs"], figures["answered"], figures["dispatched"]) == (1, 1, 1)
    assert datetime.fromisoformat(figures["until"]) == begin + timedelta(hours=1)
    (run,) = records["items"]
    assert (records["runs"], run["call"], run["answering"], run["whole"]) == (1, "c1", 8, 525)


async def test_a_time_without_runs_has_no_shares_and_no_means(city: City) -> None:
    await _town(city)
    span = {"from": city.clock.now.isoformat(), "until": (city.clock.now + timedelta(hours=1)).isoformat()}
    async with city.client(pack) as client:
        await client.post(f"{P}/calls", json=CALL)  # rung, and not answered yet
        figures = (await client.get(f"{P}/figures", params=span)).json()
    told = [figures[name] for name in ("answered", "dispatched", "mean_minutes", "median_drive")]
    assert (figures["runs"], told, set(figures["parts"].values())) == (0, [None] * 4, {None})


async def _siting(city: City, client: httpx.AsyncClient) -> dict[str, Any]:
    """Asked of two calls, of which a station can reach the eastern one."""
    await client.post(f"{P}/calls", json=CALL)
    await client.post(f"{P}/calls", json=CALL | {"call": "c2", "lon": 121.54})
    return {
        "standing": [[121.5, 31.2]], "candidates": [[121.5, 31.2], [121.54, 31.2]], "seconds": 100, "more": 1,
        "begin": city.clock.now.isoformat(), "end": (city.clock.now + timedelta(hours=1)).isoformat(),
    }  # fmt: skip


async def test_more_stations_reach_more_of_the_calls(city: City) -> None:
    await _town(city)
    async with city.client(pack) as client:
        found = (await client.post(f"{P}/sitings", json=await _siting(city, client))).json()
    assert found == {"chosen": [1], "before": 0.0, "after": 0.5, "calls": 2}


async def test_proposed_stations_stand_on_a_branch_and_the_live_city_knows_nothing_of_them(
    city: City,
) -> None:
    await _town(city)
    branches = Branches(city.database, city.writer)
    branch = await branches.create(city.tenant, f"{PREFIX}stations")
    before = await _live(city)
    async with city.client(pack) as client:
        ask = await _siting(city, client)
        plain = (await client.post(f"{P}/sitings", json=ask)).json()
        found = (await client.post(f"{P}/branches/stations/sitings", json=ask)).json()
    station = "urn:ngsi-ld:AmbulanceStation:proposed-1"
    assert found == plain | {"branch": "stations", "stations": [station]}
    (told,) = await branches.differences(branch, _as_it_is)
    assert (told.id, told.fate) == (station, Fate.CREATED)
    assert told.attributes["location"]["value"]["coordinates"] == [121.54, 31.2]
    assert await _live(city) == before
    await branches.drop(branch)
    async with city.database.tenant(branch.space) as connection:
        assert await connection.fetchval("select count(*) from entity where tenant = $1", branch.space) == 0


async def test_a_siting_on_a_branch_takes_the_place_of_the_one_before(city: City) -> None:
    await _town(city)
    branches = Branches(city.database, city.writer)
    branch = await branches.create(city.tenant, f"{PREFIX}stations")
    async with city.client(pack) as client:
        ask = await _siting(city, client) | {"standing": [], "seconds": 220, "more": 2}
        first = await client.post(f"{P}/branches/stations/sitings", json=ask | {"seconds": 100})
        await client.post(f"{P}/branches/stations/sitings", json=ask | {"more": 1})
        west = ask | {"more": 1, "candidates": [[121.5, 31.2]]}
        last = (await client.post(f"{P}/branches/stations/sitings", json=west)).json()
    assert first.status_code == 200
    (told,) = await branches.differences(branch, _as_it_is)
    assert [told.id] == last["stations"]
    assert told.attributes["location"]["value"]["coordinates"] == [121.5, 31.2]


async def test_stations_are_proposed_on_a_branch_that_is_there_by_who_sees_the_whole_twin(city: City) -> None:
    await _town(city)
    branches = Branches(city.database, city.writer)
    await branches.create(city.tenant, f"{PREFIX}stations")
    await branches.create(city.tenant, f"{PREFIX}still", frozen=True)
    officer = Actor(
        id="officer", tenant=city.tenant, kind=ActorKind.ACCOUNT, organisation="health", organisations=frozenset({"health"}),
        roles=frozenset({"department_officer"}),
    )  # fmt: skip
    async with city.client(pack) as client, city.client(pack, asker=officer) as narrow:
        ask = await _siting(city, client)
        unknown = await client.post(f"{P}/branches/nowhere/sitings", json=ask)
        still = await client.post(f"{P}/branches/still/sitings", json=ask)
        denied = await narrow.post(f"{P}/branches/stations/sitings", json=ask)
    assert [one.status_code for one in (unknown, still, denied)] == [404, 409, 403]


async def _live(city: City) -> tuple[int, int]:
    """How many entities and changes of them."""
    async with city.database.tenant(city.tenant) as connection:
        counted = [
            await connection.fetchval(f"select count(*) from {table} where tenant = $1", city.tenant)
            for table in ("entity", "change")
        ]
    return counted[0], counted[1]


async def _as_it_is(_: Connection, entities: Sequence[Stored]) -> Sequence[Stored]:
    return entities


def _person(id_: str, metres: float) -> Helper:
    return Helper(id=id_, name=id_, lon=121.5, lat=31.2 + metres / 111_195)


def test_who_is_near_comes_by_way_of_the_defibrillator() -> None:
    scene = Scene(121.5, 31.2, Problem.CARDIAC_ARREST)
    (near,) = nearest_help(
        scene, [_person("v1", 300), _person("far", 3000)], [_person("aed", 100)], reach=800
    )
    assert (near.volunteer, near.aed) == ("v1", "aed")
    assert near.with_aed is not None
    assert abs(near.with_aed - near.seconds) < 1  # it lies on the way
    assert nearest_help(Scene(121.5, 31.2, Problem.OTHER), [_person("v1", 1)], [], reach=800) == ()


async def test_the_summary_opens_for_who_treats_and_the_patient_sees_every_look(city: City) -> None:
    await _town(city)
    me = city.actor.id
    async with city.client(pack) as client:
        kept: dict[str, Any] = {
            "summary": {"allergies": ["青霉素"], "medications": ["华法林"]},
            "account": me,
        }
        assert (await client.put(f"{P}/summaries/p1", json=kept)).status_code == 204
        await client.post(f"{P}/calls", json=CALL)
        assert (await client.post(f"{P}/summaries/p1/open", json={"call": "c1"})).status_code == 403
        broken = (await client.post(f"{P}/summaries/p1/open", json={"reason": "昏迷无家属在场急救"})).json()
        await client.post(f"{P}/calls/c1/moments", json={"moment": "arrived", "treating": [me]})
        treated = (await client.post(f"{P}/summaries/p1/open", json={"call": "c1"})).json()
        looks = (await client.get(f"{P}/summaries/p1/looks")).json()["items"]
        await client.put(f"{P}/summaries/p1", json=kept | {"account": "somebody else"})
        assert (await client.get(f"{P}/summaries/p1/looks")).status_code == 404
    assert (broken["how"], broken["summary"]["allergies"]) == ("break_glass", ["青霉素"])
    assert treated["how"] == "treating"
    assert [one["how"] for one in looks] == ["treating", "break_glass", "denied"]


async def test_a_relation_ends_with_its_window(city: City) -> None:
    now = city.clock.now
    ended = Treatment(patient="p1", treating=frozenset({"li"}), rang=now, closed=now)
    assert access("p1", "li", ended, reason="", now=now + WINDOW) is How.TREATING
    assert access("p1", "li", ended, reason="", now=now + WINDOW + timedelta(seconds=1)) is How.DENIED
    assert access("p2", "li", ended, reason="", now=now) is How.DENIED
    assert access("p1", "wang", ended, reason="", now=now) is How.DENIED


async def test_the_first_word_on_a_moment_stands(city: City) -> None:
    await _town(city)
    async with city.client(pack) as client:
        await client.post(f"{P}/calls", json=CALL)
        for minute in (1, 2):
            city.clock.move(minutes=minute)
            await client.post(f"{P}/calls/c1/moments", json={"moment": "answered"})
        assert (await client.post(f"{P}/calls/c1/moments", json={"moment": "lunch"})).status_code == 400
    async with city.database.tenant(city.tenant) as connection:
        row = await _sql.call_of(connection, city.tenant, "c1")
    assert row is not None
    assert row["moments"]["answered"] == (row["rang"] + timedelta(minutes=1)).isoformat()
