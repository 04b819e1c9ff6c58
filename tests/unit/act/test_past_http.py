"""The day of a city: what was open then, what came and went, how its things stand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from quanyu.store import Database
from quanyu.twin import Writer, write_of
from quanyu.twin.ngsild.document import parse_entity
from tests.unit.act.conftest import As
from tests.unit.act.test_case_http import sent


async def closed_at(database: Database, tenant: str, id: str, **moments: datetime) -> None:
    """As if it had been so: cases of days ago come from imports."""
    async with database.tenant(tenant) as connection:
        for name, moment in moments.items():
            await connection.execute(f"update case_record set {name} = $2 where id = $1", id, moment)


async def test_the_map_of_yesterday_has_the_cases_that_were_open_then(
    asking: As, database: Database, tenant: str
) -> None:
    desk, now = asking("acceptor"), datetime.now(UTC)
    gone, still, new = [(await sent(asking()))["id"] for _ in range(3)]
    hours = timedelta(hours=1)
    await closed_at(database, tenant, gone, reported=now - 9 * hours, closed=now - 2 * hours)
    await closed_at(database, tenant, still, reported=now - 5 * hours)

    async def then(at: datetime, **more: str) -> set[str]:
        answer = await desk.get("/api/v1/cases/past", params={"at": at.isoformat(), **more})
        return {one["id"] for one in answer.json()["items"]}

    assert await then(now - 6 * hours) == {gone}
    assert await then(now - 3 * hours) == {gone, still}
    assert await then(now - hours) == {still}
    assert await then(now - 3 * hours, bbox="0,0,1,1") == set()
    assert new not in await then(now - hours)


async def test_a_moment_to_come_has_not_been(asking: As) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    answer = await asking("acceptor").get("/api/v1/cases/past", params={"at": later})
    assert answer.status_code == 400


async def test_the_pace_of_a_day_says_what_came_and_what_was_closed(
    asking: As, database: Database, tenant: str
) -> None:
    now = datetime.now(UTC)
    one, _ = [(await sent(asking()))["id"] for _ in range(2)]
    await closed_at(
        database, tenant, one, reported=now - timedelta(minutes=40), closed=now - timedelta(minutes=5)
    )
    found = (await asking("acceptor").get("/api/v1/cases/pace", params={"spans": 4, "minutes": 15})).json()
    assert (found["reported"], found["closed"]) == ([0, 1, 0, 1], [0, 0, 0, 1])


async def test_a_body_counts_its_own_cases_only(asking: As) -> None:
    await sent(asking())
    found = (await asking("handler", organisation="water").get("/api/v1/cases/pace")).json()
    assert sum(found["reported"]) == 0


def sensor(number: int, observed: datetime) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:Device:{number}",
        "type": "Device",
        "location": {"type": "Point", "coordinates": [121 + number, 31]},
        "level": {"type": "Property", "value": 1, "observedAt": observed.isoformat().replace("+00:00", "Z")},
    }


async def test_of_what_reports_it_is_told_how_much_is_silent(
    asking: As, database: Database, tenant: str
) -> None:
    now = datetime.now(UTC)
    written = [sensor(1, now), sensor(2, now - timedelta(hours=3))]
    await Writer(database).submit(tenant, [write_of(parse_entity(one)) for one in written])
    desk = asking("acceptor")
    (found,) = (await desk.get("/api/v1/facilities")).json()["items"]
    assert (found["type"], found["number"], found["silent"], found["alarmed"]) == ("Device", 2, 1, 0)
    (here,) = (await desk.get("/api/v1/facilities", params={"bbox": "122.5,30,124,32"})).json()["items"]
    assert (here["number"], here["silent"]) == (1, 1)
    assert (await asking("handler", organisation="water").get("/api/v1/facilities")).status_code == 200
