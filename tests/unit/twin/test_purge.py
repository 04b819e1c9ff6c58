"""What a query finds leaves, or some of its attributes do (5.6.21)."""

import pytest

from tests.unit.twin.ngsi_client import Client


@pytest.fixture
async def sensors(ngsi: Client) -> Client:
    made = [{"id": f"urn:ngsi-ld:Sensor:{n}", "type": "Sensor", "level": n, "note": "x"} for n in range(4)]
    assert (await ngsi.ask("POST", "/entityOperations/create", made)).status == 201
    return ngsi


async def levels(client: Client) -> list[object]:
    found = (await client.ask("GET", "/entities?type=Sensor&options=keyValues")).json
    return [(one.get("level"), one.get("note")) for one in found]


async def test_only_what_the_query_finds_leaves(sensors: Client) -> None:
    assert (await sensors.ask("DELETE", "/entities?type=Sensor&q=level>1")).status == 204
    assert await levels(sensors) == [(0, "x"), (1, "x")]


async def test_attributes_are_dropped_and_entities_stay(sensors: Client) -> None:
    assert (await sensors.ask("DELETE", "/entities?type=Sensor&q=level>2&drop=note")).status == 204
    assert await levels(sensors) == [(0, "x"), (1, "x"), (2, "x"), (3, None)]


async def test_only_the_attributes_to_keep_stay(sensors: Client) -> None:
    assert (await sensors.ask("DELETE", "/entities?type=Sensor&keep=note")).status == 204
    assert await levels(sensors) == [(None, "x")] * 4


@pytest.mark.parametrize(
    "query", ["", "?type=Sensor&keep=a&drop=b", "?type=Sensor&drop=", "?type=Sensor&keep=", "?type=Sensor&q="]
)
async def test_what_is_too_wide_or_says_two_things_is_refused(sensors: Client, query: str) -> None:
    assert (await sensors.ask("DELETE", f"/entities{query}")).status == 400
    assert len(await levels(sensors)) == 4


@pytest.mark.parametrize(
    ("query", "status"), [("join=inline", 400), ("q=level{x}>1", 400), ("limit=1", 501), ("lang=en", 501)]
)
async def test_what_purging_does_not_know_is_refused(sensors: Client, query: str, status: int) -> None:
    """5.6.21.4, Table 6.4.3.3-1."""
    assert (await sensors.ask("DELETE", f"/entities?type=Sensor&{query}")).status == status
    assert len(await levels(sensors)) == 4


async def test_only_what_an_entity_map_lists_leaves(sensors: Client) -> None:
    """Table 6.4.3.3-2."""
    asked = await sensors.ask("GET", "/entities?type=Sensor&q=level>2&entityMap=true")
    where = asked.headers["ngsild-entitymap"]
    gone = await sensors.ask("DELETE", "/entities?type=Sensor", ngsild_entitymap=where)
    assert (gone.status, gone.headers["ngsild-entitymap"]) == (204, where)
    assert await levels(sensors) == [(0, "x"), (1, "x"), (2, "x")]
