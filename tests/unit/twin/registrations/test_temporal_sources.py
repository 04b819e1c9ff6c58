"""Histories over several sources (5.7.3, 5.7.4, 5.14.5): entity maps, and which sources are asked."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from quanyu.connect.outgoing import Outgoing
from quanyu.store import Database
from tests.unit.twin.ngsi_client import Client
from tests.unit.twin.registrations.source import Source, listening
from tests.unit.twin.registrations.test_distributed import CAR, NEW, OLD, client_of, put, register

OTHER = "urn:there:1"
BEFORE = f"timerel=before&timeAt={NEW}"
MAP = {"id": "urn:ngsi-ld:EntityMap:there", "type": "EntityMap", "entityMap": {OTHER: ["@none"]}}
MAKING = ["queryTemporal", "retrieveTemporal", "createEntityMapQueryTemporal"]


@pytest_asyncio.fixture
async def source() -> AsyncIterator[Source]:
    async with listening() as made:
        yield made


@pytest.fixture
def ngsi(database: Database, tenant: str) -> Client:
    return client_of(database, tenant, Outgoing(("127.0.0.0/8",)))


def past(value: int, id: str = CAR, at: str = OLD) -> dict[str, Any]:
    return {"id": id, "type": "Vehicle", "speed": [{"type": "Property", "value": value, "observedAt": at}]}


async def registered(ngsi: Client, source: Source, **more: Any) -> str:
    interval = {"startAt": "2020-01-01T00:00:00Z"}
    return await register(ngsi, source, **{"operations": MAKING, "observationInterval": interval, **more})


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_map_of_the_past_names_the_maps_of_sources(ngsi: Client, source: Source, method: str) -> None:
    """5.14.5."""
    await put(ngsi, "/temporal/entities?local=true", past(1))
    registration = await registered(ngsi, source)
    source.answer(method, "/temporal/entityMaps", 201, MAP)
    query = {"type": "Query", "entities": [{"type": "Vehicle"}], "q": "speed>5",
             "temporalQ": {"timerel": "before", "timeAt": NEW}}  # fmt: skip
    posted = method == "POST"
    target = "/temporal/entityMaps" + ("" if posted else f"?type=Vehicle&q=speed%3E5&{BEFORE}")
    made = await put(ngsi, target, query if posted else None, method)
    assert made.json["entityMap"] == {CAR: ["@none"], OTHER: [registration]}
    assert made.json["linkedMaps"] == {registration: MAP["id"]}
    (asked,) = source.asked
    assert ("q=" in asked.target, "q" in (asked.body or {})) == (False, False)
    source.answer("GET", "/temporal/entities", 200, [past(9, OTHER)])
    kept = {"ngsild_entitymap": made.headers["ngsild-entitymap"]}
    page = await ngsi.ask("GET", f"/temporal/entities?type=Vehicle&{BEFORE}", **kept)
    assert [one["id"] for one in page.json] == [CAR, OTHER]
    assert source.asked[-1].headers["ngsild-entitymap"].endswith(f"/entityMaps/{MAP['id']}")


@pytest.mark.parametrize(
    "target", [f"/temporal/entities/{CAR}?", f"/temporal/entities?type=Vehicle&{BEFORE}&"]
)
async def test_a_map_alone_says_which_sources_of_the_past_are_asked(
    ngsi: Client, source: Source, target: str
) -> None:
    """5.7.3.4, 5.7.4.4: also a new map learns who knows an entity."""
    await put(ngsi, "/temporal/entities?local=true", past(1))
    first = await ngsi.ask("GET", f"{target}entityMap=true")
    registration = await registered(ngsi, source)
    found = past(9, at="2026-01-02T00:00:00Z")
    source.answer("GET", f"/temporal/entities/{CAR}", 200, found)
    source.answer("GET", "/temporal/entities?", 200, [found])
    await ngsi.ask("GET", target, ngsild_entitymap=first.headers["ngsild-entitymap"])
    assert source.asked == []
    new = await ngsi.ask("GET", f"{target}entityMap=true")
    at = new.headers["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")
    assert (await ngsi.ask("GET", at)).json["entityMap"] == {CAR: ["@none", registration]}
    assert "entityMap=true" in source.asked[0].target


async def test_a_client_says_which_sources_of_the_past_are_asked(ngsi: Client, source: Source) -> None:
    """5.7.4.3: by a filter of sources; every type asks this broker alone (6.18.3.2)."""
    await registered(ngsi, source, owner="roads")
    await ngsi.ask("GET", f'/temporal/entities?type=Vehicle&{BEFORE}&csf=owner=="water"')
    await ngsi.ask("GET", f"/temporal/entities?type=*&{BEFORE}")
    assert source.asked == []
    await ngsi.ask("GET", f'/temporal/entities?type=Vehicle&{BEFORE}&csf=owner=="roads"')
    assert len(source.asked) == 1


LATER = "2026-01-02T00:00:00Z"


async def test_figures_and_filters_look_at_the_whole_history(ngsi: Client, source: Source) -> None:
    """5.7.4.4: filters wait until the pieces of a history are together; so do figures and pages."""
    await put(ngsi, "/temporal/entities?local=true", past(1))
    await registered(ngsi, source)
    source.answer("GET", "/temporal/entities", 200, [past(9, at=LATER), past(3, OTHER)])
    asked = f"/temporal/entities?type=Vehicle&{BEFORE}"
    found = await ngsi.ask("GET", f"{asked}&q=speed%3E5&format=aggregatedValues&aggrMethods=sum")
    assert [one["speed"]["sum"][0][0] for one in found.json] == [10]
    assert "q=" not in source.asked[0].target
    assert "aggr" not in source.asked[0].target
    last = await ngsi.ask("GET", f"{asked}&lastN=1&format=temporalValues&limit=1&count=true")
    assert last.json[0]["speed"]["values"] == [[9, LATER]]
    assert (len(last.json), last.headers["ngsild-results-count"]) == (1, "2")
    await ngsi.ask("GET", f"{asked}&q=speed%3E5&splitEntities=false")
    assert "q=" in source.asked[-1].target


async def test_a_history_that_only_a_source_knows_is_shown_with_its_ids(ngsi: Client, source: Source) -> None:
    """5.7.3.4, 4.5.7: a deletion of an attribute is an instance as well."""
    there = past(7)
    there["speed"][0]["instanceId"] = "urn:there:instance:1"
    there["speed"].append({"type": "Property", "value": "urn:ngsi-ld:null", "deletedAt": LATER})
    source.answer("GET", f"/temporal/entities/{CAR}", 200, there)
    await registered(ngsi, source)
    found = (await ngsi.ask("GET", f"/temporal/entities/{CAR}")).json
    assert [(one["value"], one["instanceId"]) for one in found["speed"]] == [(7, "urn:there:instance:1")]
    ended = (await ngsi.ask("GET", f"/temporal/entities/{CAR}?timeproperty=deletedAt")).json
    assert [one["deletedAt"] for one in ended["speed"]] == [LATER]
    assert (await ngsi.ask("GET", f"/temporal/entities/{CAR}?local=true")).status == 404


@pytest.mark.parametrize("status", [201, 204])
async def test_the_past_of_what_is_held_elsewhere_is_told_there(
    ngsi: Client, source: Source, status: int
) -> None:
    """5.6.11: with several instances of one attribute, and the answer that the source gives."""
    source.answer("POST", "/temporal/entities", status)
    await registered(ngsi, source, mode="redirect", operations=["upsertTemporal"])
    told = past(1)
    told["speed"] += past(2, at=LATER)["speed"]
    answer = await put(ngsi, "/temporal/entities", told)
    assert (answer.status, source.asked[0].body) == (status, told)
    assert (await ngsi.ask("GET", f"/temporal/entities/{CAR}?local=true")).status == 404


async def test_the_past_of_what_cannot_be_told_elsewhere_is_a_conflict(ngsi: Client, source: Source) -> None:
    """5.6.12: the operation is not supported by who holds the attribute."""
    await registered(ngsi, source, mode="redirect", operations=["retrieveTemporal"])
    part = {"speed": past(1)["speed"]}
    answer = await put(ngsi, f"/temporal/entities/{CAR}/attrs", part)
    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (409, "Conflict")
