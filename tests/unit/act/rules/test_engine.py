"""What rules open and close as the city reports."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from quanyu.act.cases.definitions import built_in
from quanyu.act.cases.finding import CaseQuery, find
from quanyu.act.cases.service import case
from quanyu.act.rules import rule as shown
from quanyu.act.rules import switch
from quanyu.store import Database
from quanyu.workflow import publish as publish_workflow
from quanyu.workflow import publish_calendar, timeline
from tests.unit.act.rules.city import STATION, City, place, rule

CASE = {
    "title": "{name} PM2.5 {pm25}",
    "text": "{id}",
    "class": None,
    "dispatch": True,
    "organisation": "epb",
}


@pytest.fixture
def city(database: Database, tenant: str) -> City:
    return City(database, tenant)


async def test_a_breach_opens_one_event_with_its_facts_and_recovery_closes_it(city: City) -> None:
    await city.begin(rule(recovery={"when": {"q": "pm25<60"}}))
    for value in (70, 80, 90, 70):
        await city.tell(name="一号站", pm25=value)
    (event,) = await city.events()
    assert (event.closed, event.subject, event.key) == (None, STATION, STATION)
    assert event.facts["attributes"]["pm25"]["value"] == 80
    assert event.facts["changes"] == [2]
    assert event.facts["name"] == "一号站"
    await city.tell(pm25=50)
    (event,) = await city.events()
    assert (event.closed, event.ending) == (city.now, "recovered")
    assert event.closing is not None
    assert event.closing["attributes"]["pm25"]["value"] == 50


async def test_the_case_is_dispatched_and_learns_of_the_recovery(city: City) -> None:
    await city.begin(rule(case=CASE))
    await city.tell(name="一号站", pm25=80.5, location=place(120.1, 30.2))
    (event,) = await city.events()
    async with city.database.tenant(city.tenant) as connection:
        found = await case(connection, event.case or "")
    assert (found.state, found.organisation, found.title) == ("handling", "epb", "一号站 PM2.5 80.5")
    assert found.facts == {"rule": "pm25-high", "event": event.id}
    assert found.place is not None
    assert (found.place.lon, found.place.lat) == (120.1, 30.2)
    await city.tell(pm25=10)
    city.wait(minutes=1)
    await city.tell(pm25=100)
    async with city.database.tenant(city.tenant) as connection:
        steps = await timeline(connection, found.instance)
        assert len((await find(connection, CaseQuery())).items) == 1
    again, first = await city.events()
    assert again.case == first.case == found.id
    assert [step.reason for step in steps if step.act == "remark"] == [
        f"规则 pm25-high 的事件 {first.id} 已结束：条件已恢复",
        f"规则 pm25-high 就同一事项再次触发事件 {again.id}",
    ]


async def test_what_holds_long_enough_opens_by_the_clock_also_after_a_restart(city: City) -> None:
    await city.begin(rule(**{"for": "PT30M"}))
    await city.tell(pm25=80)
    city.wait(minutes=20)
    city.restart()
    await city.settle()
    assert await city.events() == ()
    city.wait(minutes=11)
    for _ in range(3):
        city.restart()
        await city.settle()
    (event,) = await city.events()
    assert (event.facts["changes"], event.opened) == ([], city.now)


async def test_what_breaks_off_meanwhile_begins_anew(city: City) -> None:
    await city.begin(rule(**{"for": "PT30M"}))
    for value in (80, 70, 80):
        await city.tell(pm25=value)
        city.wait(minutes=20)
        await city.settle()
    assert await city.events() == ()


async def test_a_sensor_that_falls_silent_is_noticed_once_and_comes_back(city: City) -> None:
    await city.begin(rule({"silent": {"over": "PT1H", "attributes": ["pm25"]}}))
    await city.tell(pm25=10)
    for _ in range(3):
        city.wait(minutes=40)
        await city.tell(pm25=10, other=1)
    city.wait(minutes=59)
    await city.tell(other=2)
    assert await city.events() == ()
    assert await city.next_timer() == city.now + timedelta(minutes=1)
    city.wait(minutes=1)
    await city.settle()
    city.wait(minutes=30)
    await city.settle()
    (event,) = await city.events()
    assert event.facts["silent"]["over"] == "PT1H"
    await city.tell(pm25=11)
    assert [one.ending for one in await city.events()] == ["recovered"]


async def test_nobody_is_silent_while_nobody_listens(city: City) -> None:
    await city.begin(rule({"silent": {"over": "PT1H", "attributes": ["pm25"]}}))
    await city.tell(pm25=10)
    city.wait(minutes=1)
    await city.settle()
    city.wait(hours=5)
    city.restart()
    await city.settle()
    city.wait(minutes=58)
    await city.settle()
    assert await city.events() == ()
    city.wait(minutes=2)
    await city.settle()
    assert len(await city.events()) == 1


@pytest.mark.parametrize("hours", [1, -1, 400 * 24, -400 * 24])
async def test_a_clock_that_jumps_neither_hastens_nor_delays(city: City, hours: int) -> None:
    silent = rule({"silent": {"over": "PT1H", "attributes": ["pm25"]}}, name="silent")
    await city.begin(rule(**{"for": "PT30M"}), silent)
    await city.tell(pm25=80)
    city.wait(minutes=10)
    await city.settle()
    ticks = city.ticks
    city.wait(hours=hours)
    city.ticks = ticks
    await city.settle()
    city.wait(minutes=19)
    await city.settle()
    assert await city.events() == ()
    city.wait(minutes=1)
    await city.settle()
    assert [one.rule for one in await city.events()] == ["pm25-high"]


async def test_windows_and_rates_look_back_also_after_a_restart(city: City) -> None:
    window = {"window": {"attribute": "pm25", "over": "PT1H", "value": "avg", "above": 75, "least": 3}}
    rate = {"rate": {"attribute": "pm25", "over": "PT20M", "per": "PT1H", "above": 29}}
    await city.begin(rule(window, name="window"), rule(rate, name="rate"))
    for value in (70, 80, 90):
        city.wait(minutes=20)
        city.restart()
        await city.tell(pm25=value)
    found = {one.rule: one.facts["windows"][0] for one in await city.events()}
    assert (found["window"]["result"], found["window"]["changes"]) == (80, [1, 2, 3])
    assert (found["rate"]["result"], found["rate"]["ends"]) == (30, [70, 80])


async def test_n_of_m_sensors_are_one_event(city: City) -> None:
    await city.begin(rule(group={"at_least": 2, "share": 0.5, "recovers_below": 1}))
    names = [f"urn:ngsi-ld:AirQualityObserved:{number}" for number in range(4)]
    for id in names:
        await city.tell(id, pm25=10)
    await city.tell(names[0], pm25=80)
    assert await city.events() == ()
    await city.tell(names[1], pm25=90)
    (event,) = await city.events()
    assert (event.facts["group"]["holding"], event.facts["group"]["of"]) == (2, 4)
    assert [one["id"] for one in event.facts["group"]["members"]] == names[:2]
    await city.tell(names[0], pm25=10)
    assert (await city.events())[0].closed is None
    await city.remove(names[1])
    assert (await city.events())[0].ending == "recovered"


async def test_who_does_not_fit_the_subject_is_none_of_the_m(city: City) -> None:
    east = {"type": "AirQualityObserved", "q": 'district=="East"'}
    await city.begin(rule(subject=east, group={"at_least": 1, "share": 0.5}))
    for number in range(6):
        id = f"urn:ngsi-ld:AirQualityObserved:{number}"
        await city.tell(id, pm25=10 if number else 80, district="East" if number < 2 else "West")
    (event,) = await city.events()
    assert (event.facts["group"]["holding"], event.facts["group"]["of"], event.closed) == (1, 1, None)
    await city.tell("urn:ngsi-ld:AirQualityObserved:0", district="West")
    assert (await city.events())[0].ending == "recovered"


async def test_a_fence_is_crossed_not_only_seen(city: City) -> None:
    square = {
        "georel": "within", "geometry": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]],
    }  # fmt: skip
    await city.begin(rule({"enters": square}))
    await city.tell(location=place(0.5, 0.5))
    await city.tell(location=place(2, 2))
    assert await city.events() == ()
    city.restart()
    await city.tell(location=place(0.5, 0.5))
    (event,) = await city.events()
    assert event.closed is None
    await city.tell(location=place(2, 2))
    assert (await city.events())[0].ending == "recovered"


async def test_quiet_hours_hold_an_event_back_until_they_end(city: City) -> None:
    await city.begin(rule(quiet={"hours": "11:00-13:00", "zone": "Asia/Shanghai"}))
    await city.tell(pm25=80)
    assert await city.events() == ()
    city.wait(hours=1)
    await city.settle()
    assert len(await city.events()) == 1


async def test_a_working_calendar_keeps_quiet_and_its_next_version_counts(city: City) -> None:
    async def lay_down(hours: str) -> None:
        office = {"name": "office", "weeks": [{"valid_from": "2026-01-01", "hours": [hours] * 7}]}
        async with city.database.tenant(city.tenant) as connection:
            await publish_calendar(connection, city.tenant, office, by="li", now=city.now)

    await lay_down("08:00-11:00")
    await city.begin(rule(quiet={"calendar": "office", "outside": True}))
    await city.tell(pm25=80)
    assert await city.events() == ()
    await lay_down("08:00-18:00")
    city.wait(minutes=2)
    await city.tell(pm25=81)
    assert len(await city.events()) == 1


async def test_subjects_with_one_key_share_an_event_until_the_last_recovers(city: City) -> None:
    await city.begin(rule(key="{district}"))
    ids = [f"urn:ngsi-ld:AirQualityObserved:{number}" for number in range(2)]
    for id in ids:
        await city.tell(id, pm25=80, district="East")
    await city.tell(ids[0], pm25=10)
    (event,) = await city.events()
    assert (event.key, event.closed) == ("East", None)
    await city.tell(ids[1], pm25=10)
    assert (await city.events())[0].closed is not None


async def test_what_is_so_already_is_seen_when_a_rule_is_switched_on(city: City) -> None:
    for number in range(3):
        await city.write(f"urn:ngsi-ld:AirQualityObserved:{number}", pm25=80 if number else 10)
    await city.begin(rule())
    assert len(await city.events()) == 2


async def test_an_entity_that_is_no_more_ends_its_event(city: City) -> None:
    await city.begin(rule())
    await city.tell(pm25=80)
    await city.remove()
    assert [one.ending for one in await city.events()] == ["gone"]


async def test_a_rule_that_fails_stops_alone_and_says_why(city: City) -> None:
    broken: dict[str, Any] = {"title": "x", "address": "{name}", "class": None, "grid": "{name}"}
    await city.begin(rule(name="bad", case=broken), rule())
    async with city.database.tenant(city.tenant) as connection:
        await connection.execute("delete from workflow_definition where name = 'case'")
    await city.tell(name="n", pm25=80)
    async with city.database.tenant(city.tenant) as connection:
        bad, good = await shown(connection, "bad", "en"), await shown(connection, "pm25-high", "en")
    assert (bad.state, good.state) == ("broken", "on")
    assert bad.reason
    assert [one.rule for one in await city.events()] == ["pm25-high"]


async def test_switched_off_means_over_and_on_again_begins_anew(city: City) -> None:
    await city.begin(rule())
    await city.tell(pm25=80)
    async with city.database.tenant(city.tenant) as connection:
        await switch(connection, city.tenant, "pm25-high", on=False, by="li", now=city.now)
    await city.tell(pm25=90)
    assert [one.ending for one in await city.events()] == ["off"]
    city.wait(minutes=1)
    async with city.database.tenant(city.tenant) as connection:
        await switch(connection, city.tenant, "pm25-high", on=True, by="li", now=city.now)
    await city.settle()
    assert [one.ending for one in await city.events()] == [None, "off"]


async def test_each_of_several_changes_of_one_commit_counts(city: City) -> None:
    await city.begin(rule())
    await asyncio.gather(*(city.write(pm25=value) for value in (10, 80, 20)))
    await city.settle()
    (event,) = await city.events()
    assert (event.facts["changes"], event.ending) == ([2], "recovered")


async def test_a_storm_is_committed_in_parts_and_nothing_of_it_is_lost(city: City) -> None:
    await city.begin(rule())
    await asyncio.gather(*(city.write(f"urn:ngsi-ld:AirQualityObserved:{n}", pm25=80) for n in range(130)))
    assert await city.engine.look()
    assert len(await city.events(limit=500)) == 50
    city.restart()
    await city.settle()
    found = await city.events(limit=500)
    assert len({one.subject for one in found}) == len(found) == 130


async def test_a_definition_that_cannot_be_read_any_more_is_broken_and_mended_by_the_next(city: City) -> None:
    await city.begin(rule())
    async with city.database.tenant(city.tenant) as connection:
        await connection.execute("update act_rule_version set body = body - 'when'")
    city.restart()
    await city.settle()
    async with city.database.tenant(city.tenant) as connection:
        assert (
            await shown(connection, "pm25-high", "en")
        ).reason == "The form is wrong: The field when is missing"
    await city.begin(rule())
    await city.tell(pm25=80)
    assert len(await city.events()) == 1


async def test_a_city_whose_workflow_goes_another_way_gets_the_case_at_its_desk(city: City) -> None:
    await city.begin(rule(case=CASE))
    async with city.database.tenant(city.tenant) as connection:
        other = built_in("case")
        next(one for one in other["actions"] if one["name"] == "dispatch")["name"] = "entrust"
        await publish_workflow(connection, city.tenant, other, roles=None, by="li", now=city.now)
    await city.tell(pm25=80)
    (event,) = await city.events()
    async with city.database.tenant(city.tenant) as connection:
        assert (await case(connection, event.case or "")).state == "reported"


async def test_a_round_that_fails_is_done_again_and_nothing_twice(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    await city.begin(rule(case=CASE))
    await city.write(pm25=80)
    with monkeypatch.context() as patched:
        patched.setattr("quanyu.act.rules.engine.log.advance", _fails)
        with pytest.raises(RuntimeError):
            await city.settle()
    assert await city.events() == ()
    await city.settle()
    await city.settle()
    assert len(await city.events()) == 1


async def _fails(*_: object) -> None:
    raise RuntimeError
