"""City and base map are chosen in the portal where the start of the node says nothing, and hold at once."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from httpx import AsyncClient

from quanyu.app.choices import Ground, chosen, current
from quanyu.app.health import about
from quanyu.app.operations.settings_http import routes
from quanyu.app.settings import Settings, parse
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor, ActorKind
from quanyu.core.clock import utc_now
from quanyu.identity import tenant_name
from quanyu.store import Database
from quanyu.twin import Twin, Writer
from quanyu.twin.http import routes as twin_routes
from tests.doors import door
from tests.tiles import picture, pixels_of, tile_server

SETTINGS = "/api/v1/settings"
KEY = "secret-of-the-city"
PUBLIC = "https://tiles.example/{z}/{x}/{y}.png"
TILES = f"{PUBLIC}?key={KEY}"


@pytest.fixture
def settings(tenant: str, folder: Path) -> Settings:
    return Settings(tenant=tenant, data=folder)


@pytest_asyncio.fixture(loop_scope="session")
async def office(database: Database, tenant: str, settings: Settings) -> AsyncIterator[AsyncClient]:
    async with opened(database, tenant, settings) as client:
        yield client


def opened(database: Database, tenant: str, settings: Settings) -> AsyncClient:
    actor = Actor(id="chief", tenant=tenant, kind=ActorKind.ACCOUNT, roles=frozenset({"system_admin"}))
    ground = Ground(database, settings, Outgoing(("127.0.0.1",)))
    twin = Twin(Writer(database), base_map=ground.base_map)
    node = SimpleNamespace(
        settings=settings, database=database, tenant=tenant, folder=settings.data, twin=twin
    )
    client = door(
        [*routes, about, *twin_routes], actor=actor, database=database, node=node, twin=twin, clock=utc_now
    )  # fmt: skip
    client.headers["accept-language"] = "en"
    return client


async def test_a_name_that_is_chosen_is_the_citys_at_once(
    office: AsyncClient, database: Database, tenant: str
) -> None:
    answer = await office.patch(SETTINGS, json={"city": "江州市", "city_en": "Jiangzhou"})
    assert answer.status_code == 200
    said = (await office.get("/api/v1/node")).json()
    assert (said["city"], said["city_en"]) == ("江州市", "Jiangzhou")
    async with database.tenant(tenant) as connection:
        assert await tenant_name(connection, tenant) == "江州市"
    await office.patch(SETTINGS, json={"city_en": ""})
    assert (await office.get("/api/v1/node")).json()["city_en"] == "江州市"


async def test_who_changed_what_is_evidence_and_no_key_is_shown_or_kept_readable(
    office: AsyncClient, database: Database, tenant: str, settings: Settings
) -> None:
    shown = (await office.patch(SETTINGS, json={"basemap": TILES, "basemap_attribution": "© 测绘院"})).json()
    (one,) = (item for item in shown["items"] if item["name"] == "QUANYU_BASEMAP")
    assert (one["value"], one["given"], one["open"]) == (PUBLIC, True, True)
    async with database.tenant(tenant) as connection:
        evidence = await connection.fetch("select * from evidence_pending where action = 'setting.manage'")
        locked = await connection.fetchval("select basemap from choice")
        assert (await chosen(connection, settings)).basemap == TILES
    assert "chief" in str(dict(evidence[-1]))
    assert PUBLIC in str(dict(evidence[-1]))
    assert KEY not in str(dict(evidence[-1]))
    assert KEY.encode() not in locked


async def test_a_tile_of_the_server_that_is_chosen_lies_below_the_map_until_it_is_taken_back(
    office: AsyncClient,
) -> None:
    tile = "/api/v1/map/ground/14/13726/6693"
    assert (await office.get(tile)).status_code == 404
    with tile_server() as server:
        await office.patch(SETTINGS, json={"basemap": server.address})
        assert (await office.get("/api/v1/node")).json()["base_map"]["attribution"] == ""
        assert (await office.get(tile)).content == picture(pixels_of(13726, 6693))
        await office.patch(SETTINGS, json={"basemap_gcj02": True})
        assert (await office.get(tile)).content != picture(pixels_of(13726, 6693))
    await office.patch(SETTINGS, json={"basemap": ""})
    assert (await office.get("/api/v1/node")).json()["base_map"] is None
    assert (await office.get(tile)).status_code == 404


async def test_what_the_start_says_is_changed_there_and_every_fault_is_named(
    database: Database, tenant: str, folder: Path
) -> None:
    given = parse({"QUANYU_TENANT": tenant, "QUANYU_DATA": str(folder), "QUANYU_CITY": "启动市"})
    async with opened(database, tenant, given) as office:
        answer = await office.patch(SETTINGS, json={"city": "别的市", "basemap": f"ftp://tiles/?key={KEY}"})
        assert answer.status_code == 400
        assert {one["where"] for one in answer.json()["faults"]} == {"city", "basemap"}
        assert KEY not in answer.text
        assert (await office.get("/api/v1/node")).json()["city"] == "启动市"
        items = (await office.get(SETTINGS)).json()["items"]
    assert {one["name"] for one in items if one["open"]} == {
        "QUANYU_CITY_EN", "QUANYU_BASEMAP", "QUANYU_BASEMAP_GCJ02", "QUANYU_BASEMAP_ATTRIBUTION",
    }  # fmt: skip


async def test_the_name_of_the_demonstration_gives_way_to_a_chosen_one(
    database: Database, tenant: str, folder: Path
) -> None:
    demo = parse({"QUANYU_TENANT": tenant, "QUANYU_DATA": str(folder)}, demo=True)
    async with opened(database, tenant, demo) as office:
        assert (await office.get("/api/v1/node")).json()["city"] == "江州市"
        assert (await office.patch(SETTINGS, json={"city": "本市", "city_en": "Ours"})).status_code == 200
        assert (await office.get("/api/v1/node")).json()["city"] == "本市"


@pytest.mark.parametrize(
    "said",
    [{"city": "x" * 61}, {"city": "a\u0000b"}, {"city": " 江州"}, {"port": 80}, {"basemap": f"http://t/{'x' * 1000}"}, {"basemap_gcj02": "yes"}],
)  # fmt: skip
async def test_what_is_no_setting_is_refused(office: AsyncClient, said: dict[str, Any]) -> None:
    assert (await office.patch(SETTINGS, json=said)).status_code == 400


async def test_another_tenant_has_choices_of_its_own(
    office: AsyncClient, database: Database, settings: Settings, folder: Path
) -> None:
    await office.patch(SETTINGS, json={"city": "江州市"})
    assert (await current(database, Settings(tenant="another", data=folder))).city == ""
