"""A vehicle's day, replayed: what is known of a drive that is written down here."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from quanyu.core.actor import Actor, ActorKind
from quanyu.packs.testing import City
from quanyu.scenarios.sanitation import pack
from quanyu.scenarios.sanitation.model import Fix, Limits, Section, Shift
from quanyu.scenarios.sanitation.replay import Event, State, replay_of

P = "/api/v1/packs/sanitation"
SIX = datetime(2026, 5, 1, 22, tzinfo=UTC)
STEP = 0.0002
"""Degrees of longitude: 19.0 m on this parallel, in ten seconds 6.9 km/h."""


def _section(id_: str, begin: float) -> Section:
    return Section(id=id_, street="人民路", grade=1, line=((begin, 31.2), (begin + 0.01, 31.2)))


def _drive(begin: float, steps: int, *, since: int = 0) -> list[Fix]:
    return [
        Fix("v1", SIX + timedelta(seconds=since + 10 * n), begin + STEP * n, 31.2, 6.86) for n in range(steps)
    ]


def _shift(section: str) -> Shift:
    return Shift(id=section, section=section, vehicle="v1", begin=SIX, end=SIX + timedelta(hours=2))


def test_sections_are_coloured_by_what_the_vehicle_swept_of_them() -> None:
    sections = [
        _section("whole", 121.50),
        _section("half", 121.51),
        _section("none", 121.53),
        _section("others", 121.55),
    ]
    found = replay_of(
        _drive(121.50, 76), sections, [_shift(one) for one in ("whole", "half", "none")], Limits()
    )
    assert {one.section.id: one.state for one in found.sections} == {
        "whole": State.SWEPT, "half": State.PARTLY, "none": State.MISSED,
    }  # fmt: skip
    assert found.metres == pytest.approx(75 * 19.03, rel=0.01)
    (half,) = (one for one in found.sections if one.section.id == "half")
    assert half.swept == pytest.approx(25 * 19.03, rel=0.05)
    assert found.events == ()


def test_standing_idling_and_jumps_are_told_with_where_and_how_long() -> None:
    first = _drive(121.50, 10)
    stood = [Fix("v1", SIX + timedelta(seconds=100 + 10 * n), 121.502, 31.2, 0.0) for n in range(13)]
    waited = [
        Fix("v1", SIX + timedelta(seconds=230 + 10 * n), 121.502, 31.2, 5.0 if n == 0 else 0.0)
        for n in range(6)
    ]
    idled = [
        Fix("v1", SIX + timedelta(seconds=300 + 30 * n), 121.51, 31.2, 5.0 if n == 0 else 0.0)
        for n in range(50)
    ]
    after = SIX + timedelta(seconds=300 + 30 * 50)
    jumped = [
        Fix("v1", after, 121.51, 31.2, 6.0),
        Fix("v1", after + timedelta(seconds=10), 121.53, 31.2, 6.0),
    ]
    found = replay_of([*first, *stood, *waited, *idled, *jumped], [], [], Limits())
    told = [(one.event, (one.end - one.begin).total_seconds(), one.lon) for one in found.events]
    assert told == [(Event.STOP, 120.0, 121.502), (Event.IDLE, 48 * 30.0, 121.51), (Event.JUMP, 10.0, 121.53)]
    assert found.events[-1].metres == pytest.approx(1902, rel=0.01)
    assert found.metres < 1200  # without the jump


def test_a_vehicle_that_never_drove_has_a_day_of_missed_sections() -> None:
    found = replay_of([], [_section("s1", 121.5)], [_shift("s1")], Limits())
    assert ([one.state for one in found.sections], found.metres, found.events) == ([State.MISSED], 0, ())


async def test_a_firm_replays_its_own_vehicles_only(city: City) -> None:
    await city.enable(pack)
    line = {"type": "LineString", "coordinates": [[121.5, 31.2], [121.51, 31.2]]}
    await city.write("SanitationSection", "s1", sectionCode="s1", street="人民路", grade=1, location=line)
    async with city.client(pack) as client:
        for firm, terminal in (("clean", "v1"), ("other", "v2")):
            told = [{"code": terminal, "terminal": terminal, "kind": "扫路车"}]
            await client.put(f"{P}/firms/{firm}/vehicles", json=told)
        plan = [{"code": "a", "section": "s1", "vehicle": "v1", "begin": "06:00", "end": "08:00"}]
        await client.put(f"{P}/firms/clean/plan", json=plan)
        assert await _vehicles(client) == ["v1", "v2"]
        day = (await client.get(f"{P}/vehicles/v1/{date(2026, 5, 1)}")).json()
    assert [one["part"] for one in day["matched"]] == ["missed"]
    assert (day["fixes"], day["items"], day["events"]) == (0, [], [])
    officer = Actor(
        id="other", tenant=city.tenant, kind=ActorKind.ACCOUNT, name="某人", organisation="other", organisations=frozenset({"other"})
    )  # fmt: skip
    async with city.client(pack, asker=officer) as other:
        assert await _vehicles(other) == ["v2"]
        assert (await other.get(f"{P}/vehicles/v2/2026-05-01")).status_code == 200
        assert (await other.get(f"{P}/vehicles/v1/2026-05-01")).status_code == 404
        assert (await other.get(f"{P}/vehicles/nobody/2026-05-01")).status_code == 404
        assert (await other.get(f"{P}/vehicles/v2/9999-12-31")).status_code == 400


async def _vehicles(client: Any) -> list[str]:
    return [one["vehicle"] for one in (await client.get(f"{P}/vehicles/2026-05-01")).json()["items"]]
