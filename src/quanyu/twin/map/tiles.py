"""Tiles of a layer, made when asked for: counts in hexagons from afar, the entities themselves from near."""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

import asyncpg

from quanyu.core.errors import NotFound
from quanyu.core.geometry import Box
from quanyu.store import Connection
from quanyu.twin.map import _sql, draw, hexagons
from quanyu.twin.map.grid import Tile
from quanyu.twin.map.layers import Drawn, Layer
from quanyu.twin.map.mvt import TileLayer, encode_tile
from quanyu.twin.map.places import Held, PlaceMemory
from quanyu.twin.veil import Veil, veiled_names

NEAR = 13  # from this zoom on points are drawn as points
FEW = 2_000  # a layer of no more is drawn as points at every zoom
CROWD = 5_000  # points in one tile of which no eye sees the single one
MOST_SHAPES = 6_000  # lines and areas in one tile, the largest first
_KEPT = 32 * 1024 * 1024  # bytes of finished tiles


_Key = tuple[str, str, int, Tile, Veil | None]


@dataclass(frozen=True, slots=True)
class Made:
    """A tile in bytes; `etag` names these bytes."""

    body: bytes
    etag: str


@dataclass(slots=True)
class CityMap:
    """One per node: makes tiles and remembers what they are made from."""

    memory: PlaceMemory = field(default_factory=PlaceMemory)
    _tiles: OrderedDict[_Key, Made] = field(default_factory=OrderedDict)
    _bytes: int = 0

    async def tile(
        self, connection: Connection, tenant: str, layer: Layer, tile: Tile, veil: Veil | None = None
    ) -> Made:
        """`veil`: of the names, for who does not see them whole. Raises NotFound for a tile that is not on the map."""
        if not tile.is_on_the_map():
            raise NotFound("twin.tile.unknown", z=tile.z, x=tile.x, y=tile.y)
        key = (tenant, layer.id, layer.version, tile, veil)
        if known := self._tiles.get(key):
            self._tiles.move_to_end(key)
            return known
        held = await self.memory.of(connection, tenant, layer) if layer.located > FEW else None
        drawn = await _draw(connection, tenant, layer, tile, held, veil)
        body = await asyncio.to_thread(encode_tile, drawn)
        made = Made(body, hashlib.blake2b(body, digest_size=12).hexdigest())
        if held is None or held.version == layer.version:
            self._keep(key, made)
        return made

    def _keep(self, key: _Key, made: Made) -> None:
        if key not in self._tiles:
            self._tiles[key] = made
            self._bytes += len(made.body) + 200
        while self._bytes > _KEPT:
            _, gone = self._tiles.popitem(last=False)
            self._bytes -= len(gone.body) + 200


async def _draw(
    connection: Connection, tenant: str, layer: Layer, tile: Tile, held: Held | None, veil: Veil | None
) -> tuple[TileLayer, ...]:
    places = held.within(*tile.places()) if held else None
    if layer.drawn == Drawn.SHAPES:
        rows = await _shapes(connection, tenant, layer, tile, veil)
        shapes = await asyncio.to_thread(draw.shapes, tile, rows)
        if held and places is not None and len(places) > FEW and len(rows) * 5 < len(places):
            return (await _bins(tile, held), *shapes)  # most are too small to be seen
        return shapes
    if held and places is not None and (tile.z < NEAR or len(places) > CROWD):
        return (await _bins(tile, held),)
    first, behind = tile.places()
    found = await connection.fetch(_sql.POINTS, tenant, layer.type, layer.dataset, first, behind, CROWD)
    return (draw.points(tile, veiled_names(found, veil)),)


async def _bins(tile: Tile, held: Held) -> TileLayer:
    return await asyncio.to_thread(lambda: draw.bins(tile, held.inside(*hexagons.ranges(tile))))


async def _shapes(
    connection: Connection, tenant: str, layer: Layer, tile: Tile, veil: Veil | None
) -> list[draw.Drawing]:
    box = tile.box(margin=draw.MARGIN / 4096)
    pixel = 360 / (1 << tile.z) / 512 if layer.located > FEW else 0.0
    rows = await connection.fetch(
        _sql.SHAPES, tenant, layer.type, layer.dataset, _box(box), pixel, MOST_SHAPES
    )
    named = veiled_names([row for row in rows if row["geometry"]], veil)
    return [draw.Drawing(row["id"], row["name"], row["geometry"]) for row in named]


def _box(box: Box) -> asyncpg.Box:
    return asyncpg.Box((box.x2, box.y2), (box.x1, box.y1))
