"""What goes wrong around a case: strange reports, definitions that change, clocks that jump."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quanyu.act.cases.definitions import built_in, ensure_definitions
from quanyu.act.cases.following import keep_in_step
from quanyu.act.cases.model import Channel, Report
from quanyu.act.cases.service import Cases, view
from quanyu.store import Connection, Database
from quanyu.workflow import Act, Step, Works, publish
from tests.unit.act.cases.people import ACCEPTOR, CHIEF, CITIZEN, DISPATCHER, ROADS
from tests.unit.act.conftest import As

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
YEAR = timedelta(days=400)
HTML = "<script>alert(1)</script><img src=x onerror=alert(2)> 井盖 &amp; 灯"


async def begun(connection: Connection, tenant: str, now: datetime = NOON) -> str:
    await ensure_definitions(connection, tenant, now=now)
    said = Report(channel=Channel.RESIDENT, description="hole")
    return (await Cases(connection, tenant, now).report(said, CITIZEN)).id


async def rung(connection: Connection, tenant: str, now: datetime) -> int:
    return await Works(connection, tenant, now, keep_in_step).ring_due()


async def steps(connection: Connection, id: str) -> tuple[Step, ...]:
    return (await view(connection, id, ACCEPTOR)).timeline


async def test_a_hundred_of_the_same_at_once_are_one_case(asking: As) -> None:
    client, report = asking(), {"channel": "resident", "description": "the same"}

    async def sent() -> Any:
        return (await client.post("/api/v1/reports", json=report, headers={"idempotency-key": "7"})).json()

    answers = await asyncio.gather(*(sent() for _ in range(100)))
    assert (len({one["id"] for one in answers}), sum(one["new"] for one in answers)) == (1, 1)
    assert len({one["follow"] for one in answers}) == 1
    assert len((await asking("acceptor").get("/api/v1/cases")).json()["items"]) == 1


async def test_the_same_words_without_a_key_are_one_case_for_somebody_unknown_and_two_for_a_desk(
    asking: As,
) -> None:
    report = {"channel": "resident", "description": "the same"}

    async def sent(*roles: str, **more: str) -> str:
        return str((await asking(*roles).post("/api/v1/reports", json=report | more)).json()["id"])

    answers = await asyncio.gather(*(sent() for _ in range(100)))
    assert len({*answers, await sent()}) == 1
    assert (
        len({answers[0], await sent(address="Main Street 1"), await sent("acceptor"), await sent("acceptor")})
        == 4
    )


async def test_the_same_words_are_another_case_once_the_first_is_over(asking: As) -> None:
    report, desk = {"channel": "resident", "description": "the bin is full"}, asking("acceptor")
    ids = []
    for _ in range(3):
        ids += [(await asking().post("/api/v1/reports", json=report)).json()["id"] for _ in range(2)]
        await desk.post(f"/api/v1/cases/{ids[-1]}/acts", json={"name": "reject", "reason": "emptied"})
    assert [len(set(ids)), ids[::2]] == [3, ids[1::2]]


async def test_what_is_reported_elsewhere_does_not_reopen_a_case(asking: As) -> None:
    report = {"channel": "resident", "description": "hole", "place": {"lon": 120.15, "lat": 30.25}}
    first = (await asking().post("/api/v1/reports", json=report)).json()["id"]

    async def reopens(number: str, lon: float) -> str | None:
        again = report | {"reopens": number, "place": {"lon": lon, "lat": 30.25}}
        made = (await asking().post("/api/v1/reports", json=again)).json()
        reopened: str | None = (await asking("acceptor").get(f"/api/v1/cases/{made['id']}")).json()["case"][
            "reopens"
        ]
        return reopened

    assert await reopens(first, 120.151) == first
    assert await reopens(first, 120.2) is None
    assert await reopens("nothing", 120.15) is None


async def test_a_report_without_place_is_a_case_that_the_desk_asks_about(asking: As) -> None:
    made = (
        await asking().post("/api/v1/reports", json={"channel": "resident", "description": "noise"})
    ).json()
    shown = (await asking("acceptor").get(f"/api/v1/cases/{made['id']}")).json()
    assert (shown["case"]["place"], shown["case"]["address"], shown["case"]["state"]) == (
        None,
        None,
        "reported",
    )


async def test_a_place_in_the_sea_is_refused_in_words(asking: As) -> None:
    extent = {"west": 120.0, "south": 30.0, "east": 121.0, "north": 31.0}
    await asking("data_officer").put("/api/v1/case-rules", json={"extent": extent})
    report = {"channel": "resident", "description": "hole", "place": {"lon": 124.5, "lat": 30.5}}
    answer = await asking().post("/api/v1/reports", json=report, headers={"accept-language": "en"})
    assert (answer.status_code, answer.json()["faults"][0]["where"]) == (400, "place")
    assert "not in this city" in answer.json()["detail"]
    form = {"service_code": "C01003", "lat": "30.5", "long": "124.5", "description": "hole"}
    assert (await asking().post("/open311/v2/requests.json", data=form)).status_code == 400
    report["place"] = {"lon": 120.5, "lat": 30.5}
    assert (await asking().post("/api/v1/reports", json=report)).status_code == 201
    sensor = report | {"channel": "sensor", "place": {"lon": 124.5, "lat": 30.5}}
    assert (await asking("operator").post("/api/v1/reports", json=sensor)).status_code == 201


async def test_nobody_stands_where_a_device_is_that_does_not_know_its_place(asking: As) -> None:
    report = {"channel": "resident", "description": "hole", "place": {"lon": 0, "lat": 0}}
    assert (await asking().post("/api/v1/reports", json=report)).status_code == 400
    report["place"] = {"lon": 120.5, "lat": 30.5}
    assert (await asking().post("/api/v1/reports", json=report)).status_code == 201


async def test_html_in_a_report_is_text_everywhere(asking: As) -> None:
    made = (await asking().post("/api/v1/reports", json={"channel": "resident", "description": HTML})).json()
    shown = await asking("acceptor").get(f"/api/v1/cases/{made['id']}")
    assert shown.headers["content-type"].startswith("application/json")
    assert shown.json()["case"]["description"] == HTML
    form = {"service_code": "C01003", "address_string": HTML, "description": HTML}
    id = (await asking().post("/open311/v2/requests.json", data=form)).json()[0]["service_request_id"]
    xml = (await asking().get(f"/open311/v2/requests/{id}.xml")).text
    assert "<script" not in xml
    assert "&lt;script&gt;" in xml


async def test_work_stays_on_its_version_when_the_definition_is_edited(
    database: Database, tenant: str
) -> None:
    """The next version renames an action and drops a state's limit; forty cases run on the first."""
    source = json.loads(json.dumps(built_in("case")).replace('"accept"', '"welcome"'))
    async with database.tenant(tenant) as connection:
        old = [await begun(connection, tenant) for _ in range(40)]
        await publish(connection, tenant, source, roles=None, by="tester", now=NOON)
        new = await begun(connection, tenant)
        cases = Cases(connection, tenant, NOON)
        for id in old:
            assert (await cases.act(id, Act(name="accept"), ACCEPTOR)).state == "accepted"
        assert (await cases.act(new, Act(name="welcome"), ACCEPTOR)).state == "accepted"
        assert (await view(connection, new, CHIEF)).work.version == 2


@pytest.mark.parametrize("jump", [timedelta(hours=-1), -YEAR, timedelta(hours=1), YEAR])
async def test_when_the_clock_jumps_nothing_is_lost_and_nothing_happens_twice(
    database: Database, tenant: str, jump: timedelta
) -> None:
    async with database.tenant(tenant) as connection:
        id = await begun(connection, tenant)
        for doer, act in ((ACCEPTOR, "accept"), (CHIEF, "file"), (DISPATCHER, "dispatch")):
            wanted = Act(name=act, organisation="roads" if act == "dispatch" else None)
            await Cases(connection, tenant, NOON).act(id, wanted, doer)
        then = NOON + jump
        for _ in range(3):
            await rung(connection, tenant, then)
        moved = await Cases(connection, tenant, then).act(id, Act(name="handled", evidence=("seen",)), ROADS)
        for now in (NOON, then, NOON + timedelta(hours=2), NOON):
            await rung(connection, tenant, now)
        found = await steps(connection, id)
    assert moved.state == "checking"
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    bells = [(one.origin, one.act, one.due) for one in found if one.act in ("overdue", "escalate")]
    assert len(bells) == len(set(bells))
    assert ("handling" in {origin for origin, _, _ in bells}) is (jump == YEAR)


async def test_a_suspension_that_ends_before_it_began_costs_no_time(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        id = await begun(connection, tenant)
        for doer, act in ((ACCEPTOR, "accept"), (CHIEF, "file"), (DISPATCHER, "dispatch")):
            wanted = Act(name=act, organisation="roads" if act == "dispatch" else None)
            await Cases(connection, tenant, NOON).act(id, wanted, doer)
        due = (await view(connection, id, ROADS)).case.due
        await Cases(connection, tenant, NOON).act(id, Act(name="suspend", reason="rain"), ROADS)
        await Cases(connection, tenant, NOON).act(id, Act(name="grant"), CHIEF)
        resumed = await Cases(connection, tenant, NOON - YEAR).act(id, Act(name="resume"), CHIEF)
    assert resumed.due == due
