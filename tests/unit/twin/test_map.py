"""What the tiles of the city map hold; they are read with the reader of test_mvt."""

import random
from itertools import product
from math import asinh, pi, radians, tan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import NotFound
from quanyu.store import Database
from quanyu.twin import EntityWrite, Op, Writer, write_of
from quanyu.twin.map import draw
from quanyu.twin.map.grid import PLACE_ZOOM, Tile, interleave, mercator, separate
from quanyu.twin.map.hexagons import counted, ranges
from quanyu.twin.map.layers import layer, layers
from quanyu.twin.map.mvt import EXTENT
from quanyu.twin.map.places import Held
from quanyu.twin.map.tiles import CityMap
from quanyu.twin.ngsild.document import parse_entity
from tests.unit.twin.test_mvt import read_tile


def thing(number: int, geometry: dict[str, Any], type: str = "Lamp") -> EntityWrite:
    entity = {"id": f"urn:ngsi-ld:{type}:{number}", "type": type, "location": geometry, "name": f"{number}号"}
    return write_of(parse_entity(entity))


def point(x: float, y: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [x, y]}


async def tile_of(
    database: Database, tenant: str, id: str, tile: Tile, city: CityMap | None = None
) -> dict[str, Any]:
    async with database.tenant(tenant) as connection:
        shown = await layer(connection, tenant, id)
        return read_tile((await (city or CityMap()).tile(connection, tenant, shown, tile)).body)


@given(st.lists(st.tuples(st.integers(0, 2**24 - 1), st.integers(0, 2**24 - 1)), min_size=1))
def test_interleaved_numbers_come_apart_again(pairs: list[tuple[int, int]]) -> None:
    columns, rows = separate(np.array([interleave(x, y) for x, y in pairs]))
    assert list(zip(columns.tolist(), rows.tolist(), strict=True)) == pairs


@given(st.floats(-179.9, 179.9), st.floats(-85, 85), st.integers(0, 20))
def test_the_tile_of_a_position_has_it_in_its_box(x: float, y: float, zoom: int) -> None:
    column, row = np.floor(mercator(np.array([(x, y)]))[0] * (1 << zoom)).astype(int).tolist()
    box = Tile(zoom, column, row).box()
    assert box.x1 - 1e-9 <= x <= box.x2 + 1e-9
    assert box.y1 - 1e-9 <= y <= box.y2 + 1e-9


async def test_the_database_and_the_node_place_a_point_alike(database: Database, tenant: str) -> None:
    chance = random.Random(3)
    positions = [(chance.uniform(-180, 180), chance.uniform(-85, 85)) for _ in range(200)]
    cells = np.floor(mercator(np.array(positions)) * (1 << PLACE_ZOOM)).astype(int).tolist()
    async with database.tenant(tenant) as connection:
        placed = await connection.fetchval(
            "select array_agg(twin_place(box(point(x, y), point(x, y))) order by o)"
            " from unnest($1::float8[], $2::float8[]) with ordinality as p(x, y, o)",
            [x for x, _ in positions], [y for _, y in positions],
        )  # fmt: skip
    assert placed == [interleave(x, y) for x, y in cells]


async def test_a_small_layer_shows_its_points_from_afar(database: Database, tenant: str) -> None:
    await Writer(database).submit(tenant, [thing(1, point(121.5, 31.2)), thing(2, point(-70, -30))])
    shown = await tile_of(database, tenant, "Lamp", Tile(1, 1, 0))
    assert [(one["properties"]["id"], one["properties"]["name"]) for one in shown["points"]] == [
        ("urn:ngsi-ld:Lamp:1", "1号")
    ]
    ((x, y),) = shown["points"][0]["paths"][0]
    north = asinh(tan(radians(31.2))) / pi  # of the upper half
    assert (x, y) == (round(121.5 / 180 * 4096), round((1 - north) * 4096))


async def test_a_large_layer_is_counted_in_hexagons_and_none_is_lost(database: Database, tenant: str) -> None:
    chance = random.Random(1)
    crowd = [
        thing(number, point(chance.gauss(121.5, 0.05), chance.gauss(31.2, 0.05))) for number in range(2500)
    ]
    await Writer(database).submit(tenant, crowd)
    city = CityMap()
    for tile in (Tile(0, 0, 0), Tile(5, 26, 13)):
        shown = await tile_of(database, tenant, "Lamp", tile, city)
        assert sum(one["properties"]["n"] for one in shown["bins"]) == 2500


@given(
    st.lists(
        st.tuples(st.integers(-300, 300), st.integers(-300, 300)), min_size=1, max_size=60
    ),
    st.integers(1, 10),
)  # fmt: skip
def test_hexagons_know_no_seam(near: list[tuple[int, int]], zoom: int) -> None:
    """Around the corner of four tiles every hexagon counts alike in each tile, and all together count every entity once."""
    middle = 1 << (PLACE_ZOOM - 1)
    fine = 1 << (PLACE_ZOOM - zoom - 9)  # a 512th of a tile
    placed = [interleave(middle + x * fine // 8, middle + y * fine // 8) for x, y in near]
    held = Held(np.sort(np.array(placed, dtype=np.int64)), 1, 0.0, 0.0)
    corner, seen = 1 << (zoom - 1), {}
    for column, row in product((corner - 1, corner), repeat=2):
        tile = Tile(zoom, column, row)
        x, y, n = counted(tile, held.inside(*ranges(tile)))
        for one in zip((x + column * EXTENT).tolist(), (y + row * EXTENT).tolist(), n.tolist(), strict=True):
            assert seen.setdefault(one[:2], one[2]) == one[2]
    assert sum(seen.values()) == len(near)


async def test_from_near_every_point_of_a_large_layer_stands_in_one_tile(
    database: Database, tenant: str
) -> None:
    chance = random.Random(1)
    crowd = [
        thing(number, point(chance.uniform(121.5, 121.54), chance.uniform(31.2, 31.22)))
        for number in range(2100)
    ]
    await Writer(database).submit(tenant, crowd)
    city, ids = CityMap(), []
    for x in range(6860, 6864):
        for y in range(3346, 3350):
            shown = await tile_of(database, tenant, "Lamp", Tile(13, x, y), city)
            ids += [one["properties"]["id"] for one in shown.get("points", [])]
    assert len(ids) == len(set(ids)) == 2100


async def test_a_moved_entity_is_drawn_where_it_is(database: Database, tenant: str) -> None:
    writer, city = Writer(database), CityMap()
    await writer.submit(tenant, [thing(1, point(121.5, 31.2))])
    assert await tile_of(database, tenant, "Lamp", Tile(1, 1, 0), city)
    await writer.submit(tenant, [thing(1, point(-121.5, 31.2))])
    assert await tile_of(database, tenant, "Lamp", Tile(1, 1, 0), city) == {}


async def test_an_area_is_cut_at_the_tile_and_turned_the_right_way(database: Database, tenant: str) -> None:
    outer = [[100, 20], [100, 40], [130, 40], [130, 20], [100, 20]]
    hole = [[110, 25], [120, 25], [120, 35], [110, 35], [110, 25]]
    area = thing(1, {"type": "Polygon", "coordinates": [outer, hole]}, "District")
    road = thing(2, {"type": "LineString", "coordinates": [[100, 30], [130, 31]]}, "District")
    await Writer(database).submit(tenant, [area, road])
    shown = await tile_of(database, tenant, "District", Tile(3, 6, 3))
    rings = shown["areas"][0]["paths"]
    assert [sum_of_areas(ring) > 0 for ring in rings] == [True, False]
    assert all(-64 <= value <= 4160 for ring in rings for position in ring for value in position)
    assert shown["lines"][0]["properties"]["id"] == "urn:ngsi-ld:District:2"


def sum_of_areas(ring: list[tuple[int, int]]) -> float:
    """4.3.4.4 of the specification: positive for an outer ring."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


@given(st.lists(st.tuples(st.floats(115, 125), st.floats(25, 35)), min_size=3, max_size=12))
def test_any_polygon_is_drawn_without_a_fault(ring: list[tuple[float, float]]) -> None:
    coordinates = [[list(position) for position in [*ring, ring[0]]]]
    text = str({"type": "Polygon", "coordinates": coordinates}).replace("'", '"')
    draw.shapes(Tile(6, 53, 26), [draw.Drawing("a", "区", text)])


async def test_an_area_that_lies_in_many_tiles_has_its_name_in_one(database: Database, tenant: str) -> None:
    ring = [[121, 31], [121, 31.4], [121.5, 31.4], [121.5, 31], [121, 31]]
    await Writer(database).submit(tenant, [thing(1, {"type": "Polygon", "coordinates": [ring]}, "District")])
    tiles = [Tile(10, x, y) for x in range(855, 859) for y in range(416, 421)]
    shown = [await tile_of(database, tenant, "District", tile) for tile in tiles]
    assert sum("areas" in one for one in shown) > 1
    assert [len(one["areaNames"]) for one in shown if "areaNames" in one] == [1]


async def test_layers_are_named_counted_and_marked(database: Database, tenant: str) -> None:
    await Writer(database).submit(tenant, [thing(1, point(121, 31)), thing(2, point(122, 30))])
    async with database.tenant(tenant) as connection:
        (found,) = await layers(connection, tenant)
    assert (found.id, found.located, found.drawn) == ("Lamp", 2, "points")
    assert (found.box.x1, found.box.y1, found.box.x2, found.box.y2) == (121, 30, 122, 31)


async def test_a_layer_that_lost_its_last_entity_is_gone(database: Database, tenant: str) -> None:
    writer = Writer(database)
    await writer.submit(tenant, [thing(1, point(121, 31))])
    await writer.submit(tenant, [EntityWrite(id="urn:ngsi-ld:Lamp:1", op=Op.DELETE)])
    async with database.tenant(tenant) as connection:
        with pytest.raises(NotFound):
            await layer(connection, tenant, "Lamp")


async def test_a_tile_off_the_map_does_not_exist(database: Database, tenant: str) -> None:
    await Writer(database).submit(tenant, [thing(1, point(121, 31))])
    with pytest.raises(NotFound):
        await tile_of(database, tenant, "Lamp", Tile(2, 4, 0))
