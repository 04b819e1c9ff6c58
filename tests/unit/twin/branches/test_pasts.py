"""Temporal queries of snapshots: what they find is the past of the snapshot (ETSI GS CIM 009 V1.9.1, 5.16.1)."""

from typing import Any

from tests.unit.twin.ngsi_client import Client

ID = "urn:ngsi-ld:Snapshot:rush"
CAR = "urn:ngsi-ld:Car:1"
MORNING = {"timerel": "between", "timeAt": "2026-03-01T08:00:00Z", "endTimeAt": "2026-03-01T09:00:00Z"}
YEAR = "timerel=after&timeAt=2026-01-01T00:00:00Z"


def speed(value: int, hour: int, minute: int) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2026-03-01T{hour:02}:{minute:02}:00Z"}


async def kept(ngsi: Client, **query: Any) -> dict[str, Any]:
    """The status of a snapshot of the past of cars."""
    told = {
        "id": CAR,
        "type": "Car",
        "speed": [speed(10, 7, 59), speed(20, 8, 0), speed(30, 8, 30), speed(40, 9, 0)],
    }
    reply = await ngsi.ask("POST", "/temporal/entities", told, content_type="application/json")
    assert reply.status == 201, reply.json
    past = {"type": "Query", "entities": [{"type": "Car"}], "temporalQ": MORNING, **query}
    body = {"id": ID, "type": "Snapshot", "snapshotTemporalQueries": [past]}
    made = await ngsi.ask("POST", "/snapshots", body, content_type="application/json")
    assert made.status == 201, made.json
    status: dict[str, Any] = (await ngsi.ask("GET", f"/snapshots/{ID}")).json
    return status


async def speeds(ngsi: Client) -> list[int]:
    reply = await ngsi.ask("GET", f"/temporal/entities?type=Car&{YEAR}", ngsild_snapshot=ID)
    return [one["value"] for entity in reply.json for one in entity["speed"]]


async def test_a_snapshot_keeps_the_instances_that_its_query_finds(ngsi: Client) -> None:
    status = await kept(ngsi)
    assert (status["snapshotStatus"], await speeds(ngsi)) == ("success", [20, 30])
    await ngsi.ask("DELETE", f"/temporal/entities/{CAR}")
    assert await speeds(ngsi) == [20, 30]


async def test_the_last_of_them_alone_where_the_query_says_so(ngsi: Client) -> None:
    await kept(ngsi, temporalQ={**MORNING, "lastN": 1})
    assert await speeds(ngsi) == [30]


async def test_a_query_of_the_past_makes_no_entity_of_today(ngsi: Client) -> None:
    await kept(ngsi)
    reply = await ngsi.ask("GET", "/entities?type=Car", ngsild_snapshot=ID)
    assert (reply.status, reply.json) == (200, [])


async def test_a_past_in_which_nothing_was_is_empty(ngsi: Client) -> None:
    status = await kept(ngsi, q="speed>50")
    assert status["snapshotTemporalQueriesDetails"] == [{"resultStatus": "empty"}]
