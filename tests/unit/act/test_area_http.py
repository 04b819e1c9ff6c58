"""Cases of a district: those within its boundary, not those in the box around it."""

from datetime import UTC, datetime
from typing import Any

from quanyu.store import Database
from quanyu.twin import Writer, write_of
from quanyu.twin.ngsild.document import parse_entity
from tests.unit.act.conftest import As
from tests.unit.act.test_case_http import sent

TRIANGLE = [[121.0, 31.0], [122.0, 31.0], [121.0, 32.0], [121.0, 31.0]]
AREA = "urn:ngsi-ld:AdministrativeArea:regions:990101"


def area(geometry: dict[str, Any]) -> dict[str, Any]:
    return {"id": AREA, "type": "AdministrativeArea", "location": geometry}


async def test_all_that_tells_of_cases_holds_to_the_boundary_of_a_district(
    asking: As, database: Database, tenant: str
) -> None:
    drawn = area({"type": "MultiPolygon", "coordinates": [[TRIANGLE]]})
    await Writer(database).submit(tenant, [write_of(parse_entity(drawn))])
    inside = (await sent(asking(), place={"lon": 121.2, "lat": 31.2}))["id"]
    await sent(asking(), place={"lon": 121.9, "lat": 31.9})  # within the box, beyond the boundary
    desk, now = asking("acceptor"), datetime.now(UTC).isoformat()
    for path, asked in (("", {}), ("/pressing", {"hours": "999"}), ("/past", {"at": now})):
        answer = await desk.get(f"/api/v1/cases{path}", params={"area": AREA, **asked})
        assert [one["id"] for one in answer.json()["items"]] == [inside], path
    pace = (await desk.get("/api/v1/cases/pace", params={"area": AREA})).json()
    assert sum(pace["reported"]) == 1


async def test_what_has_no_boundary_is_no_area(asking: As, database: Database, tenant: str) -> None:
    point = area({"type": "Point", "coordinates": [121.0, 31.0]})
    await Writer(database).submit(tenant, [write_of(parse_entity(point))])
    desk = asking("acceptor")
    assert (await desk.get("/api/v1/cases", params={"area": AREA})).status_code == 400
    assert (await desk.get("/api/v1/cases", params={"area": "urn:ngsi-ld:None:1"})).status_code == 404


async def test_without_an_extent_the_city_ends_far_from_all_that_the_twin_knows(
    asking: As, database: Database, tenant: str
) -> None:
    await sent(asking(), place={"lon": 5.0, "lat": 45.0})  # nothing is known so far
    point = area({"type": "Point", "coordinates": [121.0, 31.0]})
    await Writer(database).submit(tenant, [write_of(parse_entity(point))])
    await sent(asking(), place={"lon": 121.1, "lat": 31.1})
    for channel in ("resident", "hotline", "import", "ngsi-ld"):
        report = {"channel": channel, "description": "hole", "place": {"lon": 122.5, "lat": 31.0}}
        answer = await asking("acceptor").post("/api/v1/reports", json=report)
        assert (answer.status_code, answer.json()["faults"][0]["where"]) == (400, "place"), channel
    await sent(asking("operator"), channel="sensor", place={"lon": 122.5, "lat": 31.0})
