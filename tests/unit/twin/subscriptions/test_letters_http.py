"""Who runs the node sees how notifications fare, and sends dead letters again."""

from collections.abc import AsyncIterator

import pytest_asyncio
from httpx import ASGITransport, AsyncClient
from litestar import Litestar
from litestar.di import Provide

from quanyu.store import Database
from quanyu.twin.http import routes
from tests.unit.twin.ngsi_client import actor
from tests.unit.twin.subscriptions.conftest import City

DEAD = "/api/v1/notifications/dead"


@pytest_asyncio.fixture
async def http(database: Database, tenant: str, city: City) -> AsyncIterator[AsyncClient]:
    app = Litestar(
        [one for one in routes if "/notifications" in min(one.paths)],
        dependencies={
            "actor": Provide(lambda: actor(tenant), sync_to_thread=False),
            "database": Provide(lambda: database, sync_to_thread=False),
            "clock": Provide(lambda: city.clock, sync_to_thread=False),
        },
        logging_config=None,
        openapi_config=None,
    )
    async with AsyncClient(transport=ASGITransport(app), base_url="http://node") as client:
        yield client


async def test_dead_letters_are_listed_sent_again_and_thrown_away(city: City, http: AsyncClient) -> None:
    city.receiver.answers = [400, 400, 400]
    secret = city.receiver.url.replace("http://", "http://me:secret@")
    id = await city.subscribe(notification={"endpoint": {"uri": secret}})
    for number in range(3):
        await city.create(f"urn:ngsi-ld:Lamp:{number}", power={"type": "Property", "value": number})
    await city.told(id, timesFailed=3)
    (row,) = (await http.get("/api/v1/notifications")).json()["items"]
    assert (row["subscription"], row["dead"], row["failed"]) == (id, 3, 3)
    assert "secret" not in row["endpoint"]
    page = (await http.get(DEAD, params={"limit": 2})).json()
    first, second = page["items"]
    assert (first["entities"], first["fault"], page["next"]) == (
        ["urn:ngsi-ld:Lamp:0"], "The endpoint answers 400", second["id"],
    )  # fmt: skip
    assert (await http.delete(f"{DEAD}/{second['id']}")).status_code == 204
    assert (await http.post(f"{DEAD}/{first['id']}/replay")).json() == {"replayed": 1}
    assert (await city.receiver.next()).entities[0]["id"] == "urn:ngsi-ld:Lamp:0"
    assert (await http.post(f"{DEAD}/replay", params={"subscription": id})).json() == {"replayed": 1}
    assert (await city.receiver.next()).entities[0]["id"] == "urn:ngsi-ld:Lamp:2"
    assert (await http.get(DEAD)).json() == {"items": [], "next": None}
