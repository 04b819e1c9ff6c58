"""The pages of OGC API Features."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from httpx import AsyncClient

from quanyu.store import Database
from quanyu.twin import Twin, Writer, write_of
from quanyu.twin.ngsild.document import parse_entity
from quanyu.twin.ogc import routes
from tests.doors import door
from tests.unit.twin.ngsi_client import actor

LAMPS = [
    {"id": f"urn:x:Lamp/{n}", "type": "Lamp", "power": n, "name": f"<b>{n}</b>",
     "observed": {"type": "Property", "value": n, "observedAt": f"2026-01-0{n}T00:00:00Z"},
     "location": {"type": "Point", "coordinates": [120.0 + n, 31.0]}}
    for n in range(1, 6)
]  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def ogc(database: Database, tenant: str) -> AsyncIterator[AsyncClient]:
    twin = Twin(Writer(database), declared=frozenset({"power"}))
    await twin.writer.submit(tenant, [write_of(parse_entity(one)) for one in LAMPS])
    async with door(routes, actor=actor(tenant), database=database, twin=twin) as client:
        yield client


async def _found(ogc: AsyncClient, **parameters: Any) -> list[int]:
    page = (await ogc.get("/ogc/collections/Lamp/items", params=parameters)).json()
    return [one["properties"]["power"] for one in page["features"]]


async def test_every_document_can_be_reached_from_the_landing_page(ogc: AsyncClient) -> None:
    waiting, seen = ["http://node/ogc"], set()
    while waiting:
        url = waiting.pop()
        answer = await ogc.get(url)
        assert answer.status_code == 200, url
        seen.add(url)
        if "json" in answer.headers["content-type"]:
            found = _links(answer.json())
            waiting += [one for one in found if one not in seen and one not in waiting]
    assert "http://node/ogc/collections/Lamp/queryables" in seen


async def test_pages_lead_to_every_feature_once(ogc: AsyncClient) -> None:
    url, found = "/ogc/collections/Lamp/items?limit=2", []
    while url:
        page = (await ogc.get(url)).json()
        found += [one["id"] for one in page["features"]]
        assert (page["numberMatched"], page["numberReturned"]) == (5, len(page["features"]))
        url = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    assert found == [one["id"] for one in LAMPS]


async def test_features_are_found_by_place_time_property_and_filter(ogc: AsyncClient) -> None:
    assert await _found(ogc, bbox="121.5,30,123.5,32") == [2, 3]
    assert await _found(
        ogc, bbox="30,121.5,32,123.5", **{"bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/4490"}
    ) == [2, 3]
    assert await _found(ogc, bbox="124.5,30,-170,32") == [5]
    assert await _found(ogc, datetime="2026-01-02/2026-01-03") == [2, 3]
    assert await _found(ogc, datetime="../2026-01-01T00:00:00Z") == [1]
    assert await _found(ogc, power="4") == [4]
    assert await _found(ogc, filter="power > 3 AND S_INTERSECTS(location, BBOX(0,0,124.5,60))") == [4]
    assert await _found(ogc, filter="power > 9") == []


async def test_geometries_come_in_the_system_asked_for(ogc: AsyncClient) -> None:
    uri = "http://www.opengis.net/def/crs/EPSG/0/"
    for code, place in (("4326", [31.0, 121.0]), ("4490", [31.0, 121.0]), ("3857", [13469658.4, 3632749.1])):
        answer = await ogc.get("/ogc/collections/Lamp/items", params={"crs": uri + code, "limit": 1})
        coordinates = answer.json()["features"][0]["geometry"]["coordinates"]
        assert [round(one, 1) for one in coordinates] == place
        assert answer.headers["content-crs"] == f"<{uri}{code}>"


async def test_one_feature_has_its_address_though_its_id_holds_a_slash(ogc: AsyncClient) -> None:
    one = (await ogc.get("/ogc/collections/Lamp/items/urn:x:Lamp%2F1")).json()
    assert (one["id"], one["properties"]["power"]) == ("urn:x:Lamp/1", 1)
    assert (await ogc.get(one["links"][0]["href"])).json()["id"] == one["id"]


async def test_people_get_pages_without_foreign_markup(ogc: AsyncClient) -> None:
    answer = await ogc.get("/ogc/collections/Lamp/items", headers={"accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;1&lt;/b&gt;" in answer.text
    assert "<b>" not in answer.text


async def test_a_new_type_is_a_collection_at_once(ogc: AsyncClient, database: Database, tenant: str) -> None:
    bench = parse_entity({"id": "urn:x:Bench:1", "type": "https://example.org/types#Bench"})
    await Writer(database).submit(tenant, [write_of(bench)])
    listed = (await ogc.get("/ogc/collections")).json()["collections"]
    assert [one["title"] for one in listed] == ["Lamp", "https://example.org/types#Bench"]
    items = next(one["href"] for one in listed[1]["links"] if one["rel"] == "items")
    assert (await ogc.get(items)).json()["features"][0]["geometry"] is None


def _links(document: Any) -> list[str]:
    match document:
        case {"href": str() as url}:
            return [url]
        case dict():
            return [url for one in document.values() for url in _links(one)]
        case list():
            return [url for one in document for url in _links(one)]
    return []
