"""The picture below the layers of the city map, tile by tile."""

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from quanyu.core.errors import Invalid, NotFound
from quanyu.twin.map.base_map import DEEPEST, TileSource
from quanyu.twin.map.grid import Tile
from quanyu.twin.service import Twin

_LONGEST = 8


class BaseMapShown(msgspec.Struct, kw_only=True, frozen=True):
    """`tiles`: a template for {z}, {x} and {y}, up to zoom `deepest`."""

    tiles: str
    attribution: str
    deepest: int


def shown_base_map(source: TileSource) -> BaseMapShown:
    tiles = f"/api/v1/map/ground/{{z}}/{{x}}/{{y}}?v={source.version}"
    return BaseMapShown(tiles=tiles, attribution=source.attribution, deepest=DEEPEST)


@get(
    "/api/v1/map/ground/{z:str}/{x:str}/{y:str}", opt={"action": "map.read", "exclude_from_compression": True}
)
async def show_ground(
    z: FromPath[str], x: FromPath[str], y: FromPath[str], twin: NamedDependency[Twin]
) -> Response[bytes]:
    """In WGS-84, whatever the source is in (docs/map.md)."""
    base_map = await twin.base_map()
    if base_map is None:
        raise NotFound("twin.ground.none")
    made = await base_map.tile(_parse(z, x, y))
    return Response(
        made.body, media_type=made.media_type, headers={"cache-control": "private, max-age=86400"}
    )


def _parse(z: str, x: str, y: str) -> Tile:
    if not all(part.isascii() and part.isdigit() and len(part) <= _LONGEST for part in (z, x, y)):
        raise Invalid("twin.ground.place", z=z[:20], x=x[:20], y=y[:20], deepest=DEEPEST)
    return Tile(int(z), int(x), int(y))
