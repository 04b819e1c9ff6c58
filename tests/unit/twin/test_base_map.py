"""The picture below the layers: asked for by the node, from a real tile server."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
import pytest_asyncio
from httpx import AsyncClient
from PIL import Image

from quanyu.connect.outgoing import Outgoing
from quanyu.core.clock import utc_now
from quanyu.store import Database
from quanyu.twin import Twin, Writer
from quanyu.twin.http import routes
from quanyu.twin.map.base_map import DEEPEST, MOST_BYTES, MOST_SIDE, PAUSE, BaseMap, TileSource
from quanyu.twin.map.grid import Tile
from quanyu.twin.map.shift import shifted
from tests.doors import door
from tests.tiles import SIDE, TileServer, picture, pixels_of, tile_server
from tests.unit.twin.ngsi_client import actor

HERE = Tile(14, 13726, 6693)
GROUND = f"/api/v1/map/ground/{HERE.z}/{HERE.x}/{HERE.y}"
ALLOWED = Outgoing(("127.0.0.1",))


@pytest.fixture
def server() -> Iterator[TileServer]:
    with tile_server() as server:
        yield server


@pytest.fixture
def base_map(server: TileServer) -> BaseMap:
    return BaseMap(TileSource(server.address), ALLOWED)


@pytest_asyncio.fixture(loop_scope="session")
async def http(database: Database, tenant: str, base_map: BaseMap) -> AsyncIterator[AsyncClient]:
    async with opened(database, tenant, base_map) as client:
        yield client


def opened(database: Database, tenant: str, base_map: BaseMap | None) -> AsyncClient:
    async def chosen() -> BaseMap | None:
        return base_map

    twin = Twin(Writer(database), base_map=chosen)
    client = door(routes, actor=actor(tenant), database=database, twin=twin, clock=utc_now)
    client.headers["accept-language"] = "en"
    return client


async def test_a_tile_is_handed_on_as_it_is_and_asked_for_once(http: AsyncClient, server: TileServer) -> None:
    answers = await asyncio.gather(*(http.get(GROUND) for _ in range(4)), http.get(GROUND))
    assert {one.content for one in answers} == {picture(pixels_of(HERE.x, HERE.y))}
    assert answers[0].headers["content-type"] == "image/png"
    assert answers[0].headers["cache-control"] == "private, max-age=86400"
    assert server.asked == [f"/{HERE.z}/{HERE.x}/{HERE.y}.png?key=secret-of-the-city"]


async def test_the_key_is_in_no_line_of_the_log_even_in_development(
    base_map: BaseMap, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await base_map.tile(HERE)
    assert "secret" not in caplog.text


async def test_a_source_in_gcj02_is_put_where_it_belongs(
    database: Database, tenant: str, server: TileServer
) -> None:
    base_map = BaseMap(TileSource(server.address, gcj02=True), ALLOWED)
    async with opened(database, tenant, base_map) as http:
        answer = await http.get(GROUND)
        await http.get(GROUND)
    made = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).reshape(-1, 3)
    places = shifted(HERE)
    assert (made[:, 0] == np.floor(places.x * SIDE).astype(int) % SIDE).all()
    assert (made[:, 1] == np.floor(places.y * SIDE).astype(int) % SIDE).all()
    assert len(server.asked) == len(places.sources) > 1


async def test_photographs_stay_photographs(server: TileServer) -> None:
    server.answers = lambda z, x, y: (200, "image/jpeg", picture(pixels_of(x, y), "JPEG"))
    made = await BaseMap(TileSource(server.address, gcj02=True), ALLOWED).tile(HERE)
    assert (made.media_type, Image.open(io.BytesIO(made.body)).format) == ("image/jpeg", "JPEG")


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("a/0/0", "a/0/0"),
        ("1/2/0", "1/2/0"),
        ("1/0/-1", "1/0/-1"),
        ("3/٣/1", "3/٣/1"),
        (f"{DEEPEST + 1}/0/0", f"{DEEPEST + 1}/0/0"),
    ],
)
async def test_a_place_that_is_none_is_refused_in_words(
    http: AsyncClient, server: TileServer, place: str, named: str
) -> None:
    answer = await http.get(f"/api/v1/map/ground/{place}")
    assert (answer.status_code, server.asked) == (400, [])
    assert f"Tile {named} of the base map does not exist" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("status", "body", "key"),
    [
        (404, b"", "twin.ground.status"),
        (500, picture(pixels_of(0, 0)), "twin.ground.status"),
        (200, b"<html>", "twin.ground.picture"),
        (200, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "twin.ground.picture"),
        (200, picture(pixels_of(0, 0))[:300], "twin.ground.picture"),
        (200, b"", "twin.ground.picture"),
        (200, picture(np.zeros((1, MOST_SIDE + 1, 3), np.uint8)), "twin.ground.large"),
        (200, picture(pixels_of(0, 0)) + bytes(MOST_BYTES), "twin.ground.large"),
    ],
)
async def test_what_is_no_picture_is_not_handed_on(
    http: AsyncClient, server: TileServer, status: int, body: bytes, key: str
) -> None:
    server.answers = lambda z, x, y: (status, "image/png", body)
    answer = await http.get(GROUND)
    assert (answer.status_code, answer.json()["type"]) == (503, f"urn:quanyu:problem:{key}")


async def test_a_server_that_does_not_answer_is_left_in_peace_for_a_while(
    database: Database, tenant: str, caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    with tile_server() as gone:
        pass
    base_map = BaseMap(TileSource(gone.address), ALLOWED, seconds=lambda: now)
    async with opened(database, tenant, base_map) as http:
        for _ in range(3):
            answer = await http.get(GROUND)
            assert (answer.status_code, answer.json()["type"]) == (
                503,
                "urn:quanyu:problem:twin.ground.silent",
            )
        assert len(caplog.records) == 1
        now = PAUSE + 1.0
        await http.get(GROUND)
    assert len(caplog.records) == 2
    assert "secret" not in caplog.text + answer.text


async def test_a_host_of_ones_own_network_is_asked_only_where_the_settings_allow_it(
    database: Database, tenant: str, server: TileServer
) -> None:
    async with opened(database, tenant, BaseMap(TileSource(server.address), Outgoing())) as http:
        answer = await http.get(GROUND)
    assert (answer.status_code, server.asked) == (503, [])
    assert "127.0.0.1" not in answer.text


async def test_what_is_kept_is_asked_for_again_after_a_day(server: TileServer) -> None:
    hour = 0
    base_map = BaseMap(TileSource(server.address), ALLOWED, seconds=lambda: hour * 3600.0)
    await base_map.tile(HERE)
    hour = 23
    await base_map.tile(HERE)
    assert len(server.asked) == 1
    hour = 25
    await base_map.tile(HERE)
    assert len(server.asked) == 2


async def test_no_more_is_kept_than_there_is_room_for(
    server: TileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quanyu.twin.map.base_map._KEPT_BYTES", 2 * len(picture(pixels_of(0, 0))) + 200)
    base_map = BaseMap(TileSource(server.address), ALLOWED)
    for x in (0, 1, 2, 2, 0):
        await base_map.tile(Tile(2, x, 0))
    assert [path.split("/")[2] for path in server.asked] == ["0", "1", "2", "0"]


async def test_a_node_without_one_has_no_tiles_of_it(database: Database, tenant: str) -> None:
    async with opened(database, tenant, None) as http:
        assert (await http.get(GROUND)).status_code == 404
