"""The routes that the portal asks."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from httpx import AsyncClient

from quanyu.core.clock import utc_now
from quanyu.store import Database
from quanyu.twin import Point, Twin, Writer, write_of
from quanyu.twin.history import HistorySource
from quanyu.twin.http import routes
from quanyu.twin.ngsild.document import parse_entity
from tests.doors import door
from tests.unit.twin.ngsi_client import actor
from tests.unit.twin.test_mvt import read_tile

LAMP = "urn:ngsi-ld:Lamp:1"


class Archive:
    """Keeps one older value of everything."""

    async def history(
        self, tenant: str, entity_id: str, attribute: str, start: Any, end: Any, limit: int
    ) -> Any:
        return (Point(at=start.replace(year=2020), value=100, observed=True),)


def lamp(number: int, x: float, power: int) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:Lamp:{number}",
        "type": "Lamp",
        "name": f"坪山大道{number}号路灯",
        "power": power,
        "location": {"type": "Point", "coordinates": [x, 31]},
    }


@pytest_asyncio.fixture(loop_scope="session")
async def http(database: Database, tenant: str) -> AsyncIterator[AsyncClient]:
    source: HistorySource = Archive()
    twin = Twin(Writer(database), source=source)
    await twin.writer.submit(
        tenant, [write_of(parse_entity(lamp(n, 121 + n / 10, 10 + n))) for n in range(1, 4)]
    )
    async with door(routes, actor=actor(tenant), database=database, twin=twin, clock=utc_now) as client:
        yield client


async def test_entities_are_listed_page_by_page(http: AsyncClient) -> None:
    first = (await http.get("/api/v1/entities", params={"type": "Lamp", "limit": 2})).json()
    rest = (
        await http.get("/api/v1/entities", params={"type": "Lamp", "limit": 2, "after": first["next"]})
    ).json()
    assert [one["id"][-1] for one in first["items"] + rest["items"]] == ["1", "2", "3"]
    assert (first["total"], rest["next"]) == (3, None)


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"bbox": "121.15,30,121.25,32"}, ["2"]),
        ({"q": "坪山大道3号"}, ["3"]),
        ({"q": "路灯", "bbox": "121,30,121.15,32"}, ["1"]),
    ],
)
async def test_entities_are_found_by_box_and_text(
    http: AsyncClient, params: dict[str, str], found: list[str]
) -> None:
    answer = (await http.get("/api/v1/entities", params=params)).json()
    assert [one["id"][-1] for one in answer["items"]] == found


async def test_an_entity_is_shown_with_name_and_place(http: AsyncClient) -> None:
    shown = (await http.get(f"/api/v1/entities/{LAMP}")).json()
    assert (shown["name"], shown["location"]["coordinates"]) == ("坪山大道1号路灯", [121.1, 31])


async def test_history_joins_the_log_with_what_others_keep(http: AsyncClient) -> None:
    query = {"attribute": "power", "from": "2019-06-01T00:00:00Z", "period": 86400}
    shown = (await http.get(f"/api/v1/entities/{LAMP}/history", params=query)).json()
    assert [one["value"] for one in shown["attributes"][0]["points"]] == [100, 11]
    assert [(one["count"], one["avg"]) for one in shown["periods"]] == [(1, 100.0), (1, 11.0)]


async def test_the_map_lists_its_layers_and_serves_their_tiles(http: AsyncClient) -> None:
    (layer,) = (await http.get("/api/v1/map/layers")).json()["items"]
    assert (layer["id"], layer["count"], layer["bbox"]) == ("Lamp", 3, [121.1, 31, 121.3, 31])
    address = layer["tiles"].format(z=0, x=0, y=0)
    tile = await http.get(address)
    assert len(read_tile(tile.content)["points"]) == 3
    again = await http.get(address, headers={"if-none-match": tile.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_features_of_a_box_are_geojson(http: AsyncClient) -> None:
    answer = await http.get(
        "/api/v1/map/layers/Lamp/features", params={"bbox": "121.15,30,122,32", "zoom": 9}
    )
    assert answer.headers["content-type"] == "application/geo+json"
    assert [one["properties"]["power"] for one in answer.json()["features"]] == [12, 13]
