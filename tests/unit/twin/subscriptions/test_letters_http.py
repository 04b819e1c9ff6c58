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


async def test_ten_thousand_subscriptions_come_page_by_page_those_first_that_somebody_must_look_after(
    city: City, http: AsyncClient, database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await connection.execute(
            """insert into subscription (tenant, id, body, names, maker, since, revision, created, modified)
            select $1, 'urn:s:' || lpad(n::text, 5, '0'), jsonb_build_object('notification', jsonb_build_object('endpoint',
              jsonb_build_object('uri', 'https://me:secret@desk.example/' || n))), '{}', '{}', 0, 0, now(), now() from generate_series(1, 10000) n""",
            tenant,
        )
        await connection.execute(
            """insert into notification (tenant, subscription, body, made, due, dead, fault)
            values ($1, 'urn:s:05000', '{}', now(), now(), null, 'bad gateway'), ($1, 'urn:s:09000', '{}', now(), now(), now(), 'gone')""",
            tenant,
        )
    for worst, first in (("false", ["urn:s:00001", "urn:s:00002"]), ("true", ["urn:s:09000", "urn:s:05000"])):
        names, asked = list[str](), {"limit": "1000", "worst": worst}
        while "after" not in asked or asked["after"]:
            page = (await http.get("/api/v1/notifications", params=asked)).json()
            assert page["total"] == 10_000
            names += [one["subscription"] for one in page["items"]]
            asked["after"] = page["next"] or ""
        assert (names[:2], len(names), len(set(names))) == (first, 10_000, 10_000)
    for words, found in (("DESK.example/777", 11), ("bad gateway", 1), ("secret", 0)):
        page = (await http.get("/api/v1/notifications", params={"q": words})).json()
        assert page["total"] == found
