"""Snapshots hold what context sources answer to their queries, too (ETSI GS CIM 009 V1.9.1, 5.16.1)."""

from typing import Any

from tests.unit.twin.ngsi_client import Client
from tests.unit.twin.registrations.source import Source
from tests.unit.twin.registrations.test_distributed import CAR, NEW, OLD, car, ngsi, put, register, source

__all__ = ["ngsi", "source"]

ID = "urn:ngsi-ld:Snapshot:fleet"
FLEET = {"type": "Query", "entities": [{"type": "Vehicle"}]}
AT = {"ngsild_snapshot": ID}


async def kept(ngsi: Client, target: str = "/snapshots", **query: Any) -> dict[str, str]:
    made = await put(ngsi, target, {"id": ID, "type": "Snapshot", "snapshotQueries": [{**FLEET, **query}]})
    assert made.status == 201, made.json
    reply = await ngsi.ask("GET", "/entities?type=Vehicle&format=simplified", **AT)
    return {one["id"]: one.get("brand", "") for one in reply.json}


async def test_what_a_source_knows_is_kept_with_what_is_known_here(ngsi: Client, source: Source) -> None:
    other = {**car(brand="B", speed=70), "id": "urn:ngsi-ld:Vehicle:2"}
    source.answer("GET", "/entities", 200, [other])
    source.answer("POST", "/entityOperations/query", 200, [other])
    await put(ngsi, "/entities", car(brand="A"))
    await register(ngsi, source, operations=["queryBatch", "queryEntity"])
    assert await kept(ngsi) == {CAR: "A", "urn:ngsi-ld:Vehicle:2": "B"}
    asked = len(source.asked)
    await ngsi.ask("GET", "/entities?type=Vehicle", **AT)
    assert len(source.asked) == asked


async def test_filters_look_at_what_a_source_knows(ngsi: Client, source: Source) -> None:
    other = {**car(brand="B", speed=70), "id": "urn:ngsi-ld:Vehicle:2"}
    source.answer("GET", "/entities", 200, [other])
    source.answer("POST", "/entityOperations/query", 200, [other])
    await put(ngsi, "/entities", car(brand="A", speed=10))
    await register(ngsi, source, operations=["queryBatch", "queryEntity"])
    assert await kept(ngsi, q="speed>50") == {"urn:ngsi-ld:Vehicle:2": "B"}


async def test_nobody_is_asked_with_local(ngsi: Client, source: Source) -> None:
    await put(ngsi, "/entities", car(brand="A"))
    await register(ngsi, source, operations=["queryBatch", "queryEntity"])
    assert await kept(ngsi, "/snapshots?local=true") == {CAR: "A"}
    assert source.asked == []


async def test_the_past_that_a_source_knows_is_kept(ngsi: Client, source: Source) -> None:
    """5.7.4.4."""
    told = {"id": CAR, "type": "Vehicle", "speed": [{"type": "Property", "value": 9, "observedAt": OLD}]}
    source.answer("POST", "/temporal/entityOperations/query", 200, [told])
    interval = {"startAt": "2020-01-01T00:00:00Z"}
    await register(ngsi, source, operations=["queryTemporal"], observationInterval=interval)
    past = {**FLEET, "temporalQ": {"timerel": "before", "timeAt": NEW}}
    made = await put(ngsi, "/snapshots", {"id": ID, "type": "Snapshot", "snapshotTemporalQueries": [past]})
    assert made.status == 201, made.json
    assert source.asked[0].body["temporalQ"] == past["temporalQ"]
    kept = await ngsi.ask("GET", f"/temporal/entities?type=Vehicle&timerel=before&timeAt={NEW}", **AT)
    assert [one["value"] for one in kept.json[0]["speed"]] == [9]
